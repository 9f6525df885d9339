"""Units to leave out before the graph of neighbours, by a rule instead of by hand."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import cKDTree

from napari_nfm.analysis.errors import AnalysisError
from napari_nfm.analysis.neural import NeuralMatrix

__all__ = ["Outliers", "find_outliers"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

STUDY_FARTHEST = 3
STUDY_CLOSEST = 10

# Distance between distinct units, at least, in standard deviations of all along the widest axis.
LEAST_SPACING = 1e-4

# Median absolute deviation to standard deviation, for normally distributed values.
NORMAL = 1.4826
LEAST_SPREAD = 0.1


@dataclass(frozen=True)
class Outliers:
    """Which units stay and which do not, and why.

    Attributes
    ----------
    kept
        Positions of the units that stay, ascending.
    removed
        One row per unit that does not; the index ``unit`` is its position. Columns ``reason``
        ("silent", "near-duplicate", "isolated", or "by hand"), ``nearest_distance`` and
        ``nearest_unit``: of a near-duplicate, the unit that stays in its place; of an isolated
        one, its nearest neighbour; missing for a silent unit.
    rule
        The rule in words, with its numbers.
    """

    kept: IntArray
    removed: pd.DataFrame
    rule: str


def find_outliers(
    scores: NeuralMatrix | npt.ArrayLike,
    *,
    isolated: float = 3.5,
    duplicates: float = 0.01,
    keep: Collection[int] = (),
    remove: Collection[int] | None = None,
    like_study: bool = False,
) -> Outliers:
    """Find units that are silent, near-duplicates of another, or far from all others.

    The rule draws nothing at random. First, units whose row is zero throughout are silent. Then, of
    units closer to each other than `duplicates` times the median distance to the nearest
    neighbour, the first stays; this is repeated with the median of those that stay until no two
    are so close. (The median counts as at least 1e-4 of the points' largest standard deviation,
    for populations that are mostly copies.) Last, a unit is isolated where the logarithm of its
    distance to the nearest neighbour exceeds the median by more than `isolated` robust standard
    deviations (1.4826 times the median absolute deviation, at least 0.1).

    Parameters
    ----------
    scores
        The `NeuralMatrix`, or points ``(unit, component)`` as its ``scores``. Silent are zero rows
        of its ``values``, or of the points.
    isolated
        Robust standard deviations above which a unit is isolated; infinite for never.
    duplicates
        Share of the median nearest-neighbour distance below which two units are the same; 0 for
        equal points only.
    keep
        Positions of units that stay whatever the rule says. Of two near-duplicates the kept one
        stays, and both do where both are kept.
    remove
        Positions of the units to remove instead of any rule: a manual choice.
    like_study
        Remove, as the study did, the 3 units with the largest and the 10 with the smallest
        distance to their nearest neighbour, whatever these distances are.

    Returns
    -------
    Outliers
        Positions that stay, and a table of those that do not.

    Raises
    ------
    AnalysisError
        NaN, fewer than two units, nothing left, positions that are not there, or two ways of
        choosing at once.

    Notes
    -----
    The threshold of 3.5 is that of Iglewicz and Hoaglin (1993) for robust z-scores. Removing 13
    units as the study did leaves further near-duplicates in real populations, with which the
    graph of neighbours cannot be made.
    """
    points, silent = _points(scores)
    n_units = len(points)
    kept_by_hand = _positions("keep", keep, n_units)
    if like_study and remove is not None:
        raise AnalysisError(
            "Both remove and like_study choose the outliers", "give only one of them"
        )
    if remove is not None:
        removed, rule = _by_hand(points, _positions("remove", remove, n_units), kept_by_hand)
    elif like_study:
        removed, rule = _like_study(points, kept_by_hand)
    else:
        _check_threshold("isolated", isolated)
        _check_threshold("duplicates", duplicates)
        removed = _by_rule(points, silent, isolated, duplicates, kept_by_hand)
        rule = (
            f"silent: zero throughout; near-duplicate: closer than {duplicates:g} of the median "
            f"nearest-neighbour distance, the first stays; isolated: log nearest-neighbour "
            f"distance more than {isolated:g} robust standard deviations above the median"
        )
    removed = removed.sort_index()
    staying = np.setdiff1d(np.arange(n_units), removed.index.to_numpy())
    if len(staying) < 2:
        raise AnalysisError(
            f"Of {n_units} units, {len(staying)} would be left without the outliers",
            "use more units, or keep some of these with keep",
        )
    return Outliers(staying, removed, rule)


def _points(scores: NeuralMatrix | npt.ArrayLike) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """Return the points ``(unit, component)`` and which units are silent."""
    if isinstance(scores, NeuralMatrix):
        points, rows = scores.scores, scores.values
    else:
        points = rows = np.asarray(scores, dtype=np.float64)
    if points.ndim != 2 or len(points) < 2 or points.shape[1] < 1:
        raise AnalysisError(
            f"The points have the shape {points.shape}",
            "give (unit, component) with at least two units",
        )
    bad = ~np.isfinite(points).all(axis=1)
    if bad.any():
        raise AnalysisError(
            f"The points of {bad.sum()} units are NaN or infinite, first unit {bad.argmax()}",
            "leave these units out",
        )
    return points, np.asarray(~rows.any(axis=1))


def _positions(name: str, units: Collection[int], n_units: int) -> IntArray:
    numbers = np.unique(np.asarray(list(units)))
    if not len(numbers):
        return np.empty(0, dtype=np.int64)
    integers = np.issubdtype(numbers.dtype, np.integer)
    if not integers or numbers[0] < 0 or numbers[-1] >= n_units:
        strange = numbers[-1] if numbers[0] in range(n_units) else numbers[0]
        raise AnalysisError(
            f"The argument {name} names unit {strange} of {n_units}",
            f"give whole numbers from 0 to {n_units - 1}",
        )
    return numbers.astype(np.int64)


def _check_threshold(name: str, value: float) -> None:
    if not value >= 0:
        raise AnalysisError(f"The argument {name} is {value}", "give a number from 0")


def _by_rule(
    points: FloatArray,
    silent: npt.NDArray[np.bool_],
    isolated: float,
    duplicates: float,
    keep: IntArray,
) -> pd.DataFrame:
    never = np.setdiff1d(np.flatnonzero(silent), keep)
    staying = np.setdiff1d(np.arange(len(points)), never)
    tables = [_table(never, "silent")]
    while len(staying) > 1:
        distances, _ = _nearest(points[staying])
        # where most units have a copy, the median is a distance between copies
        least = LEAST_SPACING * float(points[staying].std(axis=0).max())
        limit = duplicates * max(float(np.median(distances)), least)
        doubles = _near_duplicates(points, staying, staying[distances <= limit], limit, keep)
        if doubles.empty:
            break
        tables.append(doubles)
        staying = np.setdiff1d(staying, doubles.index.to_numpy())
    if len(staying) > 2:  # two units are each other's only neighbour
        distances, partners = _nearest(points[staying])
        far = _robust_scores(distances) > isolated
        far &= ~np.isin(staying, keep)
        table = _table(staying[far], "isolated", distances[far], staying[partners[far]])
        tables.append(table)
    return pd.concat(tables)


def _near_duplicates(
    points: FloatArray, staying: IntArray, candidates: IntArray, limit: float, keep: IntArray
) -> pd.DataFrame:
    """Return the candidates within `limit` of one that stays, the first of each group staying."""
    tree = cKDTree(points[staying])
    gone: dict[int, int] = {}
    for unit in [*candidates[np.isin(candidates, keep)], *candidates]:
        if unit in gone:
            continue
        near = staying[tree.query_ball_point(points[unit], limit)]
        for other in np.setdiff1d(near, keep):
            if other != unit:
                gone.setdefault(int(other), int(unit))
    units = np.array(list(gone), dtype=np.int64)
    instead = np.array(list(gone.values()), dtype=np.int64)
    distances = np.linalg.norm(points[units] - points[instead], axis=1)
    return _table(units, "near-duplicate", distances, instead)


def _robust_scores(distances: FloatArray) -> FloatArray:
    """Return by how many robust standard deviations the log distances exceed their median."""
    logarithms = np.log(np.maximum(distances, np.finfo(np.float64).tiny))
    excess = logarithms - np.median(logarithms)
    return excess / max(NORMAL * float(np.median(np.abs(excess))), LEAST_SPREAD)


def _by_hand(points: FloatArray, remove: IntArray, keep: IntArray) -> tuple[pd.DataFrame, str]:
    both = np.intersect1d(remove, keep)
    if len(both):
        raise AnalysisError(
            f"Unit {both[0]} is named both in keep and in remove", "name it in one of them"
        )
    distances, partners = _nearest(points)
    table = _table(remove, "by hand", distances[remove], partners[remove])
    return table, "chosen by hand"


def _like_study(points: FloatArray, keep: IntArray) -> tuple[pd.DataFrame, str]:
    fewest = STUDY_FARTHEST + STUDY_CLOSEST + 2
    if len(points) < fewest:
        raise AnalysisError(
            f"The study's choice removes {fewest - 2} units, and there are {len(points)}",
            f"give at least {fewest}, or leave like_study out",
        )
    distances, partners = _nearest(points)
    order = np.argsort(distances, kind="stable")
    tables = []
    for units, reason in [
        (order[-STUDY_FARTHEST:], "isolated"),
        (order[:STUDY_CLOSEST], "near-duplicate"),
    ]:
        units = np.setdiff1d(units, keep)
        tables.append(_table(units, reason, distances[units], partners[units]))
    rule = (
        f"as in the study: the {STUDY_FARTHEST} largest and the {STUDY_CLOSEST} smallest "
        "distances to the nearest neighbour"
    )
    return pd.concat(tables), rule


def _nearest(points: FloatArray) -> tuple[FloatArray, IntArray]:
    """Return distance and position of every point's nearest other point."""
    distances, partners = cKDTree(points).query(points, k=2)
    # of equal points the tree may name the other one first
    itself = partners[:, 1] == np.arange(len(points))
    return distances[:, 1], np.where(itself, partners[:, 0], partners[:, 1]).astype(np.int64)


def _table(
    units: IntArray,
    reason: str,
    distances: FloatArray | None = None,
    partners: IntArray | None = None,
) -> pd.DataFrame:
    index = pd.Index(units, name="unit", dtype=np.int64)
    return pd.DataFrame(
        {
            "reason": pd.Series(reason, index=index, dtype=object),
            "nearest_distance": pd.Series(distances, index=index, dtype=np.float64),
            "nearest_unit": pd.Series(partners, index=index, dtype="Int64"),
        }
    )
