"""The jobs of one window: one per purpose, and what is done with their results."""

import logging
import time
from collections.abc import Callable
from typing import Any

from napari.utils.notifications import show_error
from qtpy.QtCore import QObject, Signal
from qtpy.QtWidgets import QApplication

from napari_nfm.errors import NeuralFoundationModelError
from napari_nfm.viewer.worker import Job, describe

__all__ = ["Jobs"]

logger = logging.getLogger(__name__)


class Jobs(QObject):
    """Starts jobs, hands on the results of those still wanted, and tells of failures.

    Parameters
    ----------
    parent
        Object that owns the jobs; when it goes, they are stopped and waited for.
    """

    started = Signal(str, object)
    """What for, and the `Job`."""
    ended = Signal()
    """A job has ended, and what follows from its result is done or started."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._running: dict[str, tuple[Job, Callable[..., Any]]] = {}
        self._failure: BaseException | None = None
        self._is_closed = False

    def start(
        self,
        purpose: str,
        then: Callable[..., Any],
        function: Callable[..., Any],
        *arguments: Any,
        **keywords: Any,
    ) -> Job:
        """Run a long function beside the window, in the place of an earlier job for `purpose`.

        Nothing starts any more after `close`: a timer may still ask for it.

        Parameters
        ----------
        purpose
            What the job is for; there is one job for each.
        then
            Called with the result, unless the job was abandoned.
        function, arguments, keywords
            As `Job` takes them.
        """
        self.abandon(purpose)
        job = Job(function, *arguments, parent=self, **keywords)
        if self._is_closed:
            return job
        self._running[purpose] = (job, then)
        job.done.connect(self._take_result)
        job.failed.connect(self._tell_failure)
        job.finished.connect(self._forget_job)
        self.started.emit(purpose, job)
        return job.start()

    def job(self, purpose: str) -> Job | None:
        """Return the job that runs for `purpose`, or None."""
        return self._running[purpose][0] if purpose in self._running else None

    def abandon(self, *purposes: str) -> None:
        """Cancel the jobs that run for these, if any, and take no result from them."""
        for purpose in purposes:
            if purpose in self._running:
                job, _ = self._running.pop(purpose)
                job.give_up()

    def wait(self, timeout: float = 600.0) -> None:
        """Run the event loop until no job is left; raise what made one fail.

        Raises
        ------
        TimeoutError
            After `timeout` seconds.
        """
        end = time.monotonic() + timeout
        self._failure = None
        while self._running:
            if time.monotonic() > end:
                raise TimeoutError(f"still running after {timeout:g} s: {', '.join(self._running)}")
            QApplication.processEvents()
            time.sleep(0.005)
            if self._failure is not None:
                raise self._failure

    def close(self) -> None:
        """Stop all jobs, wait for their threads, and start no others."""
        self._is_closed = True
        self._running.clear()
        for job in self.findChildren(Job):
            job.stop_and_join()

    def _purpose_of(self, job: QObject | None) -> str | None:
        """Return what `job` is for, or None where a newer job took its place."""
        for purpose, (running, _) in self._running.items():
            if running is job:
                return purpose
        return None

    def _take_result(self, result: Any) -> None:
        purpose = self._purpose_of(self.sender())
        if purpose is not None:
            self._running[purpose][1](result)

    def _tell_failure(self, error: BaseException) -> None:
        if not isinstance(error, NeuralFoundationModelError):
            logger.error("a job failed", exc_info=error)
        if self._purpose_of(self.sender()) is not None:
            self._failure = error
            show_error(describe(error))

    def _forget_job(self) -> None:
        purpose = self._purpose_of(self.sender())
        if purpose is not None:
            del self._running[purpose]
        self.ended.emit()
