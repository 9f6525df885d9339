"""A selection of units against the whole: decoded, scored, and removed.

What Bertram et al. (arXiv 2601.21508) do with the "intensity arm" of an encoding manifold, whose
removal leaves trajectories that hardly move, for any selection.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from napari_nfm.analysis.accuracy import DecodingAccuracy, decoding_accuracy
from napari_nfm.analysis.arguments import check_choice
from napari_nfm.analysis.classifiers import CLASSIFIERS, Classifier
from napari_nfm.analysis.errors import AnalysisError
from napari_nfm.analysis.responses import as_responses
from napari_nfm.analysis.tubes import Tubularity, TubularitySettings, tubularity
from napari_nfm.analysis.tubes.settings import settings_of
from napari_nfm.analysis.unit_selection import check_size, unit_positions
from napari_nfm.analysis.window_accuracy import full_window
from napari_nfm.jobs import Progress, ShouldStop, check_stop, part_of, report
from napari_nfm.provenance import Provenance, name_or_given

__all__ = [
    "PopulationScore",
    "SubpopulationComparison",
    "compare_subpopulation",
]

IntArray = npt.NDArray[np.int64]

POPULATIONS = {"whole": "all units", "selected": "selected only", "removed": "selected removed"}


@dataclass(frozen=True)
class PopulationScore:
    """The readouts of one population, or why there are none.

    Attributes
    ----------
    n_units
        How many units it has.
    tubularity
        Of its units alone, in principal components of their own; None where there is none.
    accuracy
        Of decoding the category from the whole recording, one window; None where there is none.
    why_not
        In a sentence for each readout that is missing, why; None where none is.
    """

    n_units: int
    tubularity: Tubularity | None
    accuracy: DecodingAccuracy | None
    why_not: str | None


@dataclass(frozen=True)
class SubpopulationComparison:
    """All units, the selected ones alone, and all but the selected ones, side by side.

    Attributes
    ----------
    whole, selected, removed
        The readouts of each.
    units
        ``(unit,)``, positions of the selected units, ascending.
    classifier
        "knn" or "logistic".
    provenance
        The call that made this result.
    """

    whole: PopulationScore
    selected: PopulationScore
    removed: PopulationScore
    units: IntArray
    classifier: str
    provenance: Provenance

    def table(self) -> pd.DataFrame:
        """Return one row per population; NaN where there is no readout, and ``why_not``."""
        rows = {title: _row(getattr(self, name)) for name, title in POPULATIONS.items()}
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("population")


def compare_subpopulation(
    responses: Any,
    units: Any,
    *,
    classifier: Classifier = "knn",
    labels: Any = None,
    preset: str | TubularitySettings = "study",
    n_bootstrap: int = 0,
    seed: int = 0,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
    **changes: Any,
) -> SubpopulationComparison:
    """Decode and score a population, a selection of its units, and the rest without them.

    Parameters
    ----------
    responses
        ``(unit, category, direction, time)``.
    units
        The selected ones: positions, or one boolean per unit.
    classifier
        As in `decoding_accuracy`; one window, the whole recording.
    labels, preset, n_bootstrap, seed, changes
        As in `tubularity`. With "hdbscan" the bundles of all units are those of the parts too.
    progress, should_stop
        See `napari_nfm.jobs`.

    Returns
    -------
    SubpopulationComparison
        A population that cannot be scored says why: no unit, or fewer than the components of the
        space in which the others are scored.

    Raises
    ------
    AnalysisError
        `responses` is not such a tensor, `units` are not units of it, or a setting is out of range.

    Notes
    -----
    Scores of unlike numbers of units do not compare: fewer units are noisier, whichever they are.
    `removal_sweep` holds a removal against that of as many random units.
    """
    tensor = as_responses(responses)
    positions = np.unique(unit_positions(units, tensor.sizes["unit"]))
    check_choice("classifier", classifier, CLASSIFIERS)
    settings = settings_of(preset, **changes)
    averaged = full_window(tensor)

    def scored(part: IntArray | None, labels: Any, number: int) -> PopulationScore:
        check_stop(should_stop)
        chosen = {} if part is None else {"unit": part}
        report(part_of(progress, number, len(POPULATIONS)), 0, 1, "Scoring")
        return _score(
            tensor.isel(chosen),
            averaged.isel(chosen),
            classifier,
            settings.n_components,
            labels=labels,
            preset=preset,
            n_bootstrap=n_bootstrap,
            seed=seed,
            progress=part_of(progress, number, len(POPULATIONS)),
            should_stop=should_stop,
            **changes,
        )

    whole = scored(None, labels, 0)
    kept = labels
    if isinstance(labels, str) and whole.tubularity is not None:
        kept = whole.tubularity.curve_labels
    rest = np.setdiff1d(np.arange(tensor.sizes["unit"]), positions)
    return SubpopulationComparison(
        whole=whole,
        selected=scored(positions, kept, 1),
        removed=scored(rest, kept, 2),
        units=positions,
        classifier=classifier,
        provenance=Provenance.of(
            "napari_nfm.analysis.compare_subpopulation",
            responses,
            units=positions.tolist(),
            classifier=classifier,
            labels=name_or_given(labels),
            preset=name_or_given(preset),
            n_bootstrap=n_bootstrap,
            seed=seed,
            **changes,
        ),
    )


def _score(
    tensor: xr.DataArray,
    averaged: xr.DataArray,
    classifier: Classifier,
    n_components: int,
    /,  # the arguments may have an n_components of their own
    **arguments: Any,
) -> PopulationScore:
    """Return the readouts of a population, each with a reason where it is missing."""
    n_units = tensor.sizes["unit"]
    found: Tubularity | None = None
    accuracy: DecodingAccuracy | None = None
    reasons = []
    try:
        check_size(n_units, n_components)
        found = tubularity(tensor, **arguments)
    except AnalysisError as error:
        reasons.append(str(error))
    if n_units:
        try:
            accuracy = decoding_accuracy(averaged, classifier=classifier)
        except AnalysisError as error:
            reasons.append(str(error))
    return PopulationScore(n_units, found, accuracy, " ".join(dict.fromkeys(reasons)) or None)


def _row(score: PopulationScore) -> dict[str, Any]:
    """Return a row of the table."""
    row: dict[str, Any] = {"n_units": score.n_units}
    found = score.tubularity
    for name in ("s_tight", "s_cross"):
        row[name] = getattr(found, f"mean_{name}", np.nan)
        interval = getattr(found, f"interval_mean_{name}", None)
        row[f"{name}_low"], row[f"{name}_high"] = (np.nan, np.nan) if interval is None else interval
    accuracy = score.accuracy
    bounds = None if accuracy is None else accuracy.growing.interval.values[-1]
    row["accuracy"] = np.nan if accuracy is None else float(accuracy.growing.mean[-1])
    row["accuracy_low"], row["accuracy_high"] = (np.nan, np.nan) if bounds is None else bounds
    row["chance"] = np.nan if accuracy is None else accuracy.chance
    row["why_not"] = score.why_not or ""
    return row
