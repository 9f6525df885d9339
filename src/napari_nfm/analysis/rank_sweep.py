"""Decompositions at many ranks, as one long job that can be stopped, resumed and spread."""

from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_nfm.analysis.arguments import check_count
from napari_nfm.analysis.errors import AnalysisError
from napari_nfm.analysis.responses import labelled
from napari_nfm.jobs import Progress, ShouldStop, check_stop, report

if TYPE_CHECKING:
    from napari_nfm.analysis.permuted import PermutedCP

__all__ = ["sweep_ranks"]


def sweep_ranks(
    tensor: Any,
    ranks: Iterable[int] = range(2, 31),
    *,
    n_starts: int = 30,
    seed: int = 0,
    store: str | Path | None = None,
    scheduler: str | None = None,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
    on_fit: "Callable[[int, PermutedCP], object] | None" = None,
) -> "list[PermutedCP]":
    """Decompose a tensor at many ranks, for `choose_rank`.

    Parameters
    ----------
    tensor
        ``(unit, stimulus, direction, time)``, see `permuted_cp`.
    ranks
        The ranks.
    n_starts
        Random starts at each; the study used 50 (30 for some layers).
    seed
        Of the random starts.
    store
        Folder in which every rank is kept when it is finished, and from which a sweep of the same
        tensor, starts and seed goes on. None keeps nothing.
    scheduler
        None computes in this process, on all its cores. ``"processes"`` starts Dask workers on
        this machine, one per core, and ends them. An address such as ``"tcp://host:8786"`` uses
        the workers of that Dask scheduler; they need this package in the same version. A script
        that starts processes begins with ``if __name__ == "__main__"``.
    progress, should_stop
        See `napari_nfm.jobs`; a step is one component, so rank 20 has ten times the steps of rank
        2, as it takes about ten times as long.
    on_fit
        Called with rank and decomposition whenever one is finished, those in `store` first.
        In this process the lowest rank comes first, on workers the highest is begun first.

    Returns
    -------
    list of PermutedCP
        One per rank, by rank. The same whichever way they are computed and in whatever order.

    Raises
    ------
    ResponseTensorError
        `tensor` is no such tensor.
    AnalysisError
        A rank is larger than possible, the store belongs to another sweep, or the workers or
        their package are missing.
    Cancelled
        `should_stop` said so; finished ranks are in the store.

    Notes
    -----
    No rank starts from the result of another, so that all can be computed at the same time and
    the curve over ranks does not depend on which ranks are in it.
    """
    from napari_nfm.analysis.permuted.inputs import as_tensor_values
    from napari_nfm.analysis.rank_store import RankStore

    check_stop(should_stop)
    values = as_tensor_values(tensor)
    wanted = _checked_ranks(ranks, values.shape)
    n_starts = check_count(n_starts, "n_starts")
    kept = RankStore(store, values, n_starts, seed)
    fits: dict[int, PermutedCP] = {}

    def take(rank: int, fit: "PermutedCP") -> None:
        fits[rank] = fit
        _report_ranks(progress, fits, wanted)
        if on_fit is not None:
            on_fit(rank, fit)

    for rank in wanted:
        found = kept.read(rank)
        if found is not None:
            take(rank, found)
    missing = [rank for rank in wanted if rank not in fits]
    if missing:
        computed = _fits(
            labelled(tensor),
            missing,
            n_starts=n_starts,
            seed=seed,
            scheduler=scheduler,
            progress=_Share(progress, fits, wanted),
            should_stop=should_stop,
        )
        with closing(computed):  # ends the workers whatever on_fit does
            for rank, fit in computed:
                kept.write(rank, fit)
                take(rank, fit)
    return [fits[rank] for rank in wanted]


class _Share:
    """The progress of one decomposition, as part of the sweep's."""

    def __init__(
        self, progress: Progress | None, finished: "dict[int, PermutedCP]", ranks: Sequence[int]
    ) -> None:
        self._progress = progress
        self._finished = finished
        self._ranks = ranks
        self.rank = 0

    def __call__(self, done: int, total: int, message: str = "") -> None:
        """Report that `done` of `total` starts of the current rank are finished."""
        del message  # the rank says more
        part = self.rank * done // max(total, 1)
        _report_ranks(self._progress, self._finished, self._ranks, part, f"rank {self.rank}")


def _report_ranks(
    progress: Progress | None,
    finished: "dict[int, PermutedCP]",
    ranks: Sequence[int],
    part: int = 0,
    message: str = "",
) -> None:
    report(
        progress,
        sum(finished) + part,
        sum(ranks),
        message or f"{len(finished)} of {len(ranks)} ranks",
    )


def _checked_ranks(ranks: Iterable[int], shape: Sequence[int]) -> list[int]:
    from napari_nfm.analysis.permuted.inputs import check_rank

    wanted = sorted({check_rank(rank, shape) for rank in ranks})
    if not wanted:
        raise AnalysisError("There is no rank to decompose at", "give some, as range(2, 31)")
    return wanted


def _fits(
    tensor: Any,
    ranks: Sequence[int],
    *,
    n_starts: int,
    seed: int,
    scheduler: str | None,
    progress: _Share,
    should_stop: ShouldStop | None,
) -> "Generator[tuple[int, PermutedCP], None, None]":
    """Yield ranks and decompositions as they are finished."""
    if scheduler is not None:
        from napari_nfm.analysis.cluster import fits_on_cluster

        yield from fits_on_cluster(
            tensor,
            ranks,
            n_starts=n_starts,
            seed=seed,
            scheduler=scheduler,
            should_stop=should_stop,
        )
        return
    from napari_nfm.analysis.permuted import permuted_cp

    for rank in ranks:
        progress.rank = rank
        yield (
            rank,
            permuted_cp(
                tensor,
                rank,
                n_starts=n_starts,
                seed=seed,
                progress=progress,
                should_stop=should_stop,
            ),
        )
