"""What the window does in the background for the encoding manifold; see `tasks` for the rules."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from napari_nfm.jobs import Progress, ShouldStop, check_stop, report
from napari_nfm.viewer.plans import ManifoldSettings, RankSettings

if TYPE_CHECKING:
    from xarray import DataArray

    from napari_nfm.analysis import EncodingManifold, PermutedCP, RankChoice

__all__ = ["encode", "kept_steps", "open_population", "sweep"]


def kept_steps() -> Path:
    """Return the folder of the user's cache in which finished steps are kept."""
    from napari_nfm.fnn.cache import cache_directory

    return cache_directory() / "encoding"


def open_population(
    path: Path,
    *,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> "tuple[str, DataArray]":
    """Read a response tensor of any population; return its name and the tensor."""
    from napari_nfm.recording import load_responses

    report(progress, 0, 0, f"Reading {path.name}")
    responses = load_responses(path)
    check_stop(should_stop)
    return str(responses.attrs.get("site", path.stem)), responses


def encode(
    site: str,
    responses: "DataArray",
    settings: ManifoldSettings,
    *,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> "tuple[str, EncodingManifold]":
    """Return the site and the encoding manifold of its responses; steps done before are reused."""
    from napari_nfm.analysis import encoding_manifold

    return site, encoding_manifold(
        responses,
        rank=settings.rank,
        seed=settings.seed,
        n_starts=settings.n_starts,
        objective=settings.objective,
        method=settings.method,
        keep=settings.keep,
        cache=kept_steps(),
        progress=progress,
        should_stop=should_stop,
    )


def sweep(
    site: str,
    responses: "DataArray",
    settings: RankSettings,
    on_choice: "Callable[[int, RankChoice | None], object]",
    *,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> "tuple[str, RankChoice]":
    """Decompose a site's responses at every rank and choose one.

    After each rank, `on_choice` is told the rank and what the ranks so far would choose; None
    while there is only one.
    """
    from napari_nfm.analysis import choose_rank, encoding_tensor, sweep_ranks
    from napari_nfm.analysis.archive import fingerprint

    fits: dict[int, PermutedCP] = {}

    def take(rank: int, fit: "PermutedCP") -> None:
        fits[rank] = fit
        on_choice(rank, choose_rank(fits) if len(fits) > 1 else None)

    report(progress, 0, 0, "Preparing the tensor")
    # The tensor that `encoding_manifold` decomposes.
    tensor = encoding_tensor(responses, spatial_frequency="auto")
    store = settings.store
    if store is None:
        which = fingerprint(tensor.values.values, settings.n_starts, settings.seed)
        store = kept_steps() / "ranks" / which
    sweep_ranks(
        tensor,
        range(settings.first, settings.last + 1),
        n_starts=settings.n_starts,
        seed=settings.seed,
        store=store,
        scheduler=settings.scheduler,
        progress=progress,
        should_stop=should_stop,
        on_fit=take,
    )
    return site, choose_rank(fits)
