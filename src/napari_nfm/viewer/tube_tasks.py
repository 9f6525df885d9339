"""What the window does in the background for tubes and readouts; see `tasks` for the rules."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from napari_nfm.jobs import Progress, ShouldStop, check_stop, part_of, report
from napari_nfm.titles import site_title
from napari_nfm.viewer.plans import TubeSettings

if TYPE_CHECKING:
    import pandas as pd
    from xarray import DataArray

    from napari_nfm.analysis import DecodingAccuracy, Tubularity
    from napari_nfm.analysis.classifiers import Classifier
    from napari_nfm.analysis.removal import RemovalSweep
    from napari_nfm.analysis.subpopulations import SubpopulationComparison
    from napari_nfm.analysis.tubes.sensitivity import Sensitivity

__all__ = [
    "calibrate",
    "compare",
    "measure_accuracy",
    "score_sites",
    "score_units",
    "sweep_removal",
    "sweep_settings",
]


def score_sites(
    responses: "Mapping[str, DataArray]",
    settings: TubeSettings,
    on_score: "Callable[[str, Tubularity], object]",
    *,
    n_bootstrap: int = 0,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> list[str]:
    """Score all units of one site after the other, and tell `on_score` of each.

    Returns
    -------
    list of str
        A sentence for each site that could not be scored.

    Raises
    ------
    AnalysisError
        None could be: the first one's reason.
    """
    from napari_nfm.analysis import AnalysisError, tubularity

    failed: list[AnalysisError] = []
    for number, (site, tensor) in enumerate(responses.items()):
        check_stop(should_stop)
        share = part_of(progress, number, len(responses))
        report(share, 0, 1, f"Scoring {site_title(site)}")
        try:
            found = tubularity(
                tensor,
                **_arguments(settings),
                n_bootstrap=n_bootstrap,
                seed=settings.seed,
                progress=share,
                should_stop=should_stop,
            )
        except AnalysisError as error:
            failed.append(AnalysisError(f"{site_title(site)}: {error.problem}", error.remedy))
        else:
            on_score(site, found)
    if failed and len(failed) == len(responses):
        raise failed[0]
    return [str(error) for error in failed]


def score_units(
    responses: "DataArray",
    units: Sequence[int],
    settings: TubeSettings,
    whole: "Tubularity | None" = None,
    *,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> "Tubularity | str":
    """Score some units by themselves, or say in one sentence why they cannot be.

    With clusters of curves for bundles, they are those of `whole`, the score of all units, where
    there is one: a selection is compared by the same bundles.
    """
    from napari_nfm.analysis import AnalysisError, tubularity
    from napari_nfm.analysis.unit_selection import check_size

    report(progress, 0, 0, f"Scoring {len(units):,} units")
    check_stop(should_stop)
    arguments = _arguments(settings)
    if arguments["labels"] is not None and whole is not None:
        arguments["labels"] = whole.curve_labels
    try:
        check_size(len(units), settings.n_components)
        return tubularity(responses.isel(unit=list(units)), **arguments)
    except AnalysisError as error:
        return str(error)


def measure_accuracy(
    responses: "DataArray",
    classifier: "Classifier",
    *,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> "DecodingAccuracy":
    """Decode the category from all units, over growing and shrinking windows."""
    from napari_nfm.analysis import decoding_accuracy

    return decoding_accuracy(
        responses, classifier=classifier, progress=progress, should_stop=should_stop
    )


def compare(
    responses: "DataArray",
    units: Sequence[int],
    settings: TubeSettings,
    classifier: "Classifier",
    *,
    n_bootstrap: int = 0,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> "SubpopulationComparison":
    """Decode and score all units, the given ones alone, and all but these."""
    from napari_nfm.analysis.subpopulations import compare_subpopulation

    return compare_subpopulation(
        responses,
        list(units),
        classifier=classifier,
        **_arguments(settings),
        n_bootstrap=n_bootstrap,
        seed=settings.seed,
        progress=progress,
        should_stop=should_stop,
    )


def sweep_removal(
    responses: "DataArray",
    order: Sequence[int],
    settings: TubeSettings,
    classifier: "Classifier",
    *,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> "RemovalSweep":
    """Remove more and more units in an order, and as many random ones, and score the rest."""
    from napari_nfm.analysis.removal import removal_sweep

    return removal_sweep(
        responses,
        list(order),
        classifier=classifier,
        **_arguments(settings),
        seed=settings.seed,
        progress=progress,
        should_stop=should_stop,
    )


def calibrate(
    *,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> "pd.DataFrame":
    """Score synthetic tubes of known shape."""
    from napari_nfm.analysis import tube_calibration

    report(progress, 0, 0, "Scoring synthetic tubes")
    check_stop(should_stop)
    return tube_calibration()


def sweep_settings(
    responses: "Mapping[str, DataArray]",
    *,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> "Sensitivity":
    """Score sites with one setting of the study varied at a time."""
    from napari_nfm.analysis.tubes.sensitivity import tubularity_sensitivity

    return tubularity_sensitivity(responses, progress=progress, should_stop=should_stop)


def _arguments(settings: TubeSettings) -> dict[str, Any]:
    """Return settings as the analysis takes them."""
    return {
        "labels": None if settings.labels == "stimulus" else settings.labels,
        "preset": settings.preset,
        "n_components": settings.n_components,
    }
