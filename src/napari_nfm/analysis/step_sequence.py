"""Steps that follow each other, with one progress for all of them."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from napari_nfm.analysis.step_cache import StepCache
from napari_nfm.jobs import Progress, ShouldStop, check_stop, report

__all__ = ["StepSequence"]

TICKS = 100
"""What one percent counts in the progress of the whole."""

Result = TypeVar("Result")


class StepSequence:
    """Runs one step after the other, and makes their progress one.

    It is itself the `Progress` of the step that runs.

    Parameters
    ----------
    shares
        The usual share of the time of each step, in percent.
    cache
        Where long steps are kept.
    progress, should_stop
        Of the whole, see `napari_nfm.jobs`.
    """

    def __init__(
        self,
        shares: Mapping[str, int],
        cache: StepCache,
        progress: Progress | None,
        should_stop: ShouldStop | None,
    ) -> None:
        self._shares = shares
        self._cache = cache
        self._progress = progress
        self._should_stop = should_stop
        self._before = 0
        self._name = ""

    def run(self, name: str, compute: Callable[[], Result], *depends_on: Any) -> Result:
        """Return the result of a step, from the cache where it says what it depends on."""
        check_stop(self._should_stop)
        self._name = name
        self(0, 1)
        if depends_on:
            result = self._cache.step(name.replace(" ", "-"), compute, *depends_on)
        else:
            result = compute()
        self(1, 1)
        self._before += self._shares[name]
        return result

    def __call__(self, done: int, total: int, message: str = "") -> None:
        """Report that `done` of `total` parts of the step are finished."""
        share = self._shares[self._name] * TICKS * done // max(total, 1)
        what = f"{self._name}: {message}" if message else self._name
        report(
            self._progress,
            self._before * TICKS + share,
            sum(self._shares.values()) * TICKS,
            what,
        )
