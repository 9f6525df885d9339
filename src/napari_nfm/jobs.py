"""The protocol of a long job: a plain function with ``progress`` and ``should_stop``.

A long job takes its inputs and two optional callables, and returns its result, raises
`Cancelled`, or raises another error. It knows nothing of who runs it: the command line shows a
progress bar, the window uses ``viewer/worker.py``, a cluster uses Dask.
"""

from collections.abc import Callable
from typing import Protocol

__all__ = ["Cancelled", "Progress", "ShouldStop", "check_stop", "part_of", "report"]


class Progress(Protocol):
    """Receives how far a job is; called often, so it must return quickly."""

    def __call__(self, done: int, total: int, message: str = "") -> None:
        """Report that `done` of `total` steps are finished; `message` is a short phrase."""


ShouldStop = Callable[[], bool]


class Cancelled(Exception):
    """The job stopped because it was asked to; not an error, not a result."""


def check_stop(should_stop: ShouldStop | None) -> None:
    """Raise `Cancelled` where `should_stop` says so."""
    if should_stop is not None and should_stop():
        raise Cancelled


def report(progress: Progress | None, done: int, total: int, message: str = "") -> None:
    """Call `progress` where there is one."""
    if progress is not None:
        progress(done, total, message)


def part_of(progress: Progress | None, number: int, parts: int) -> Progress | None:
    """Return the progress of part `number`, from 0, of a job of so many equal parts."""
    if progress is None:
        return None
    steps = 1000  # of one part, as only whole numbers are reported

    def tell(done: int, total: int, message: str = "") -> None:
        share = done / total if total else 0.0
        progress(number * steps + round(share * steps), parts * steps, message)

    return tell
