"""The only module that knows threads: runs one long job beside the window.

A job is a plain function with ``progress`` and ``should_stop`` (see `napari_nfm.jobs`). It ends
in exactly one of three ways, each with a signal of its own: `done`, `cancelled` or `failed`.
"""

import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from qtpy.QtCore import QObject, QTimer, Signal

from napari_nfm.errors import NeuralFoundationModelError
from napari_nfm.fnn.memory import return_freed_memory
from napari_nfm.jobs import Cancelled

__all__ = ["Job", "JobProgress"]

PROGRESS_INTERVAL_MS = 100
NICENESS = 5
LONG_SECONDS = 1.0
"""A job that took longer may have used much memory, which is worth a moment to return."""


class JobProgress:
    """How far a job is; written by the job's thread, read by the window.

    The job may report thousands of times a second. Only the last report counts, so none is sent:
    the window looks at its own pace.
    """

    def __init__(self) -> None:
        self.started = time.monotonic()
        self._last = (0, 0, "", self.started)
        self._first: tuple[int, float] | None = None

    def __call__(self, done: int, total: int, message: str = "") -> None:
        """Take note of a report; called in the job's thread."""
        now = time.monotonic()
        if self._first is None:
            self._first = (done, now)
        self._last = (done, total, message, now)

    @property
    def last(self) -> tuple[int, int, str]:
        """Steps done, steps in all, and what is being done."""
        return self._last[:3]

    @property
    def seconds_left(self) -> float | None:
        """Seconds to the end at the mean pace so far, or None before two reports differ."""
        done, total, _, now = self._last
        if self._first is None or done <= self._first[0]:
            return None
        pace = (now - self._first[1]) / (done - self._first[0])
        return max(0.0, pace * (total - done) - (time.monotonic() - now))

    @property
    def rate(self) -> float | None:
        """Steps per second so far, or None before two reports differ."""
        done, _, _, now = self._last
        if self._first is None or done <= self._first[0] or now <= self._first[1]:
            return None
        return (done - self._first[0]) / (now - self._first[1])


class Job(QObject):
    """One run of a long function in a thread of its own.

    Signals arrive in the thread that made this object. Connect bound methods of `QObject`s only:
    Qt forgets those when their object is gone.

    Parameters
    ----------
    function
        Called as ``function(*arguments, progress=..., should_stop=..., **keywords)``.
    parent
        Object that owns this job; when it goes, the job is stopped and waited for.
    """

    done = Signal(object)
    """The function's result."""
    cancelled = Signal()
    """The function stopped because it was asked to."""
    failed = Signal(object)
    """The exception that ended it."""
    progressed = Signal(object)
    """The `JobProgress`, ten times a second while the job runs."""
    finished = Signal()
    """After any of the three outcomes."""

    _ended = Signal(str, object)

    def __init__(
        self, function: Callable[..., Any], *arguments: Any, parent: QObject, **keywords: Any
    ) -> None:
        super().__init__(parent)
        self._call = (function, arguments, keywords)
        self._stop = threading.Event()
        self._is_wanted = True
        self._progress = JobProgress()
        self._timer = QTimer(self)
        self._timer.setInterval(PROGRESS_INTERVAL_MS)
        self._timer.timeout.connect(self._tell_progress)
        self._ended.connect(self._tell_end)
        self._thread = threading.Thread(
            target=self._run, name=f"napari-nfm {getattr(function, '__name__', 'job')}"
        )

    def start(self) -> "Job":
        """Begin; return this job."""
        self._timer.start()
        self._thread.start()
        return self

    def cancel(self) -> None:
        """Ask the function to stop; `cancelled` follows within one of its steps."""
        self._stop.set()

    def give_up(self) -> None:
        """Cancel, and take no result either where the function ends with one all the same."""
        self._is_wanted = False
        self.cancel()

    @property
    def is_running(self) -> bool:
        """Whether the function has not returned yet."""
        return self._thread.is_alive()

    def stop_and_join(self) -> None:
        """Cancel and wait for the thread's end; no signal is sent any more."""
        self.blockSignals(True)
        self._stop.set()
        self._timer.stop()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        function, arguments, keywords = self._call
        _yield_to_the_window()
        try:
            result = function(
                *arguments, progress=self._progress, should_stop=self._stop.is_set, **keywords
            )
            outcome: tuple[str, object] = ("done", result)
        except Cancelled:
            outcome = ("cancelled", None)
        except Exception as error:
            outcome = ("failed", error)
        finally:
            # The arguments may be the last hold on a network or on frames.
            self._call = (function, (), {})
            _free_gpu_memory()
            if time.monotonic() - self._progress.started > LONG_SECONDS:
                return_freed_memory()
        self._ended.emit(*outcome)

    def _tell_progress(self) -> None:
        self.progressed.emit(self._progress)

    def _tell_end(self, outcome: str, value: object) -> None:
        self._timer.stop()
        self._thread.join()
        self.progressed.emit(self._progress)
        if outcome == "failed":
            self.failed.emit(value)
        elif outcome == "done" and self._is_wanted:
            self.done.emit(value)
        else:
            self.cancelled.emit()
        self.finished.emit()
        self.deleteLater()


def describe(error: BaseException) -> str:
    """Return one sentence for a person: what to mend, or that it is a fault of ours."""
    if isinstance(error, NeuralFoundationModelError):
        return str(error)
    if isinstance(error, OSError):
        where = f" ({error.filename})" if error.filename else ""
        return f"{error.strerror}{where}." if error.strerror else str(error)
    return f"This is a fault in napari-nfm, please report it: {type(error).__name__}: {error}"


def _yield_to_the_window() -> None:
    """Let the window's thread go first where both want a core."""
    if sys.platform == "linux":
        # Linux keeps niceness per thread; threads that this one starts inherit it. On top of the
        # window's own: under `nice -n 10` an absolute value would be refused, or put the job first.
        os.nice(NICENESS)


def _free_gpu_memory() -> None:
    # Another job may be importing torch at this moment, and then it has no such part yet.
    cuda = getattr(sys.modules.get("torch"), "cuda", None)
    if cuda is not None and cuda.is_available():
        cuda.empty_cache()
