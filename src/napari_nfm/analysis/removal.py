"""What is lost as more and more units are removed, beside as many random ones."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from napari_nfm.analysis.accuracy import decoding_accuracy
from napari_nfm.analysis.arguments import check_choice, check_count, check_seed
from napari_nfm.analysis.classifiers import CLASSIFIERS, Classifier
from napari_nfm.analysis.errors import AnalysisError
from napari_nfm.analysis.responses import as_responses, check_complete
from napari_nfm.analysis.tubes import TubularitySettings
from napari_nfm.analysis.tubes.bundles import bundles_of, labels_of
from napari_nfm.analysis.tubes.curves import resample
from napari_nfm.analysis.tubes.scores import score_bundles, weighted_mean
from napari_nfm.analysis.tubes.settings import settings_of
from napari_nfm.analysis.tubes.space import population_of, project
from napari_nfm.analysis.tubes.spread import quiet_and_single
from napari_nfm.analysis.unit_selection import check_size, unit_positions
from napari_nfm.analysis.window_accuracy import full_window
from napari_nfm.jobs import Progress, ShouldStop, check_stop, report
from napari_nfm.provenance import Provenance, name_or_given
from napari_nfm.side_by_side import side_by_side

__all__ = ["RemovalSweep", "removal_sweep"]

FloatArray = npt.NDArray[np.float64]
READOUTS = ("s_tight", "s_cross", "accuracy")
LEVEL = 0.95
"""Share of the random removals that an interval holds."""


@dataclass(frozen=True)
class RemovalSweep:
    """Readouts of what is left as units are removed, in an order and at random.

    Attributes
    ----------
    table
        One row per share: ``share`` (of the units in the order), ``n_removed``, ``n_units`` (that
        are left); for each readout ``s_tight``, ``s_cross`` and ``accuracy`` its value when units
        are removed in order, and of as many random units ``random_*``, the mean,
        ``random_*_low`` and ``random_*_high``, which hold 95 percent of them, and ``p_*``, how
        often chance gives a value at least as far from that mean, two-sided, never below
        1/(n_random + 1); ``why_not``, where there is no readout.
    random
        One row per share and draw: ``share``, ``draw`` and the readouts.
    n_units
        How many units the population has.
    chance
        Accuracy of guessing.
    classifier
        "knn" or "logistic".
    provenance
        The call that made this result.
    """

    table: pd.DataFrame
    random: pd.DataFrame
    n_units: int
    chance: float
    classifier: str
    provenance: Provenance


def removal_sweep(
    responses: Any,
    order: Any,
    *,
    shares: Sequence[float] = (0, 0.05, 0.1, 0.2, 0.3, 0.5),
    n_random: int = 20,
    classifier: Classifier = "knn",
    labels: Any = None,
    preset: str | TubularitySettings = "study",
    seed: int = 0,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
    **changes: Any,
) -> RemovalSweep:
    """Decode and score what is left as units are removed in an order, and as many at random.

    Parameters
    ----------
    responses
        ``(unit, category, direction, time)``.
    order
        Positions of units, the first to be removed first: all units by a measure, as
        ``select_units(values, share=1)`` gives them, or a selection.
    shares
        How many of the units in `order` are removed, 0 to 1, ascending.
    n_random
        How often as many units are drawn from all, without replacement, and removed.
    classifier
        As in `decoding_accuracy`; one window, the whole recording.
    labels, preset, changes
        As in `tubularity`. With "hdbscan" the bundles of all units are kept.
    seed
        Of the random units. Those of a share do not depend on the other shares.
    progress, should_stop
        See `napari_nfm.jobs`.

    Returns
    -------
    RemovalSweep
        Tables of the readouts of what is left.

    Raises
    ------
    AnalysisError
        `responses` is not such a tensor, `order` are not units of it or some of them twice, shares
        are out of range, or the whole population cannot be scored.
    """
    tensor = as_responses(responses)
    check_complete(tensor)
    n_units = tensor.sizes["unit"]
    ordered = _checked_order(order, n_units)
    shares = _checked_shares(shares)
    check_count(n_random, "n_random")
    check_seed(seed)
    check_choice("classifier", classifier, CLASSIFIERS)
    settings = settings_of(preset, **changes)
    check_size(n_units, settings.n_components)
    counts = [round(share * len(ordered)) for share in shares]
    lefts = []
    for count in counts:
        rng = np.random.default_rng((seed, count))
        drawn = (rng.permutation(n_units)[:count] for _ in range(n_random))
        lefts += [_without(removed, n_units) for removed in (ordered[:count], *drawn)]
    averaged = full_window(tensor)
    chance = decoding_accuracy(averaged, classifier=classifier).chance
    with quiet_and_single():
        population = population_of(tensor, settings.categories)
        curves, _ = project(population, settings.n_components)
        whole = resample(curves, settings.n_points)
        _, bundles, _ = bundles_of(labels_of(labels, whole, population.categories))
        sizes = np.array([len(members) for members in bundles])
        distinct = {left.tobytes(): left for left in lefts}  # where none is removed, one
        finished: list[int] = []

        def score(number: int, left: npt.NDArray, stop: ShouldStop) -> tuple[FloatArray, str]:
            check_stop(stop)
            try:
                check_size(len(left), settings.n_components)
                weights = np.bincount(left, minlength=n_units)
                curves, _ = project(population, settings.n_components, weights)
                scores = score_bundles(resample(curves, settings.n_points), bundles, settings)
                decoded = decoding_accuracy(averaged.isel(unit=left), classifier=classifier)
            except AnalysisError as error:
                values, why_not = np.full(len(READOUTS), np.nan), str(error)
            else:
                tight, cross = (
                    weighted_mean(each, sizes) for each in (scores.s_tight, scores.s_cross)
                )
                values, why_not = np.array([tight, cross, decoded.growing.mean[-1]]), ""
            finished.append(number)
            report(progress, len(finished), len(distinct), "Removing units")
            return values, why_not

        results = side_by_side(score, list(distinct.values()), os.cpu_count() or 1, should_stop)
    of_left = dict(zip(distinct, results, strict=True))
    scored = [of_left[left.tobytes()] for left in lefts]
    values = np.stack([each for each, _ in scored]).reshape(len(shares), 1 + n_random, -1)
    reasons = [why_not for _, why_not in scored[:: 1 + n_random]]
    return RemovalSweep(
        table=_table(shares, counts, n_units, values, reasons),
        random=_random_table(shares, values),
        n_units=n_units,
        chance=chance,
        classifier=classifier,
        provenance=Provenance.of(
            "napari_nfm.analysis.removal_sweep",
            responses,
            order=ordered.tolist(),
            shares=shares,
            n_random=n_random,
            classifier=classifier,
            labels=name_or_given(labels),
            preset=name_or_given(preset),
            seed=seed,
            **changes,
        ),
    )


def _checked_order(order: Any, n_units: int) -> npt.NDArray[np.int64]:
    ordered = unit_positions(order, n_units)
    if not len(ordered):
        raise AnalysisError("No unit is to be removed", "give one or more units in an order")
    if len(np.unique(ordered)) != len(ordered):
        raise AnalysisError("Some units are twice in the order", "name each unit once")
    return ordered


def _checked_shares(shares: Sequence[float]) -> tuple[float, ...]:
    given = tuple(float(share) for share in shares)
    ascending = all(low < high for low, high in pairwise(given))
    if not given or not ascending or given[0] < 0 or not given[-1] <= 1:
        raise AnalysisError(
            f"The shares are {', '.join(map(str, given)) or 'none'}",
            "give some from 0 to 1, rising",
        )
    return given


def _without(removed: npt.NDArray[np.int64], n_units: int) -> npt.NDArray[np.int64]:
    """Return the units that are left."""
    return np.setdiff1d(np.arange(n_units), removed)


def _table(
    shares: Sequence[float],
    counts: Sequence[int],
    n_units: int,
    values: FloatArray,
    reasons: Sequence[str],
) -> pd.DataFrame:
    """Return one row per share from `values` ``(share, ordered and draws, readout)``."""
    n_removed = np.array(counts)
    columns: dict[str, Any] = {
        "share": shares,
        "n_removed": n_removed,
        "n_units": n_units - n_removed,
    }
    tail = (1 - LEVEL) / 2
    for place, name in enumerate(READOUTS):
        ordered, random = values[:, 0, place], values[:, 1:, place]
        mean = random.mean(axis=1)
        low, high = np.quantile(random, [tail, 1 - tail], axis=1)
        distance = np.abs(ordered - mean) * (1 - 1e-12)
        as_far = (np.abs(random - mean[:, np.newaxis]) >= distance[:, np.newaxis]).sum(axis=1)
        p = (1 + as_far) / (1 + random.shape[1])
        columns |= {
            name: ordered,
            f"random_{name}": mean,
            f"random_{name}_low": low,
            f"random_{name}_high": high,
            f"p_{name}": np.where(np.isnan(distance), np.nan, p),
        }
    return pd.DataFrame(columns | {"why_not": reasons})


def _random_table(shares: Sequence[float], values: FloatArray) -> pd.DataFrame:
    """Return one row per share and draw."""
    n_random = values.shape[1] - 1
    columns = {
        "share": np.repeat(shares, n_random),
        "draw": np.tile(np.arange(n_random), len(shares)),
    }
    drawn = values[:, 1:].reshape(-1, len(READOUTS)).T
    return pd.DataFrame(columns | dict(zip(READOUTS, drawn, strict=True)))
