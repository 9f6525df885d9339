"""The most central unit of each unit's neighbourhood, exactly and without all pairs of each."""

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from napari_nfm.jobs import Progress, ShouldStop, check_stop, report

if TYPE_CHECKING:
    from napari_nfm.analysis.neighbourhoods import IanGraph

__all__ = ["BATCH_NUMBERS", "central_units"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

FEW_COORDINATES = 16
"""Up to here, distances are quicker computed than fetched from all over a large matrix."""

LARGE_SHARE = 0.4
"""Neighbourhoods of more than this share of all units are large: see `_most_central_of_many`."""

N_GUESSES = 8
"""Units among which the centre of a large neighbourhood is guessed at first."""

BATCH_NUMBERS = 2**22
"""Numbers that an array of a batch may hold: 32 MB."""


def central_units(
    graph: "IanGraph",
    hoods: Any,
    total: int,
    progress: Progress | None,
    should_stop: ShouldStop | None,
) -> IntArray:
    """Return the unit with the smallest median squared distance to each unit's neighbourhood.

    Parameters
    ----------
    graph
        Where the units are.
    hoods
        Sparse ``(unit, unit)``: who is in whose neighbourhood.
    total
        Steps of the whole job, of which one is taken for each unit.
    progress, should_stop
        See `napari_nfm.jobs`.
    """
    centres = np.arange(graph.n_units)
    sizes = np.diff(hoods.indptr)
    large = sizes > LARGE_SHARE * graph.n_units
    floors = _median_floors(graph, sizes[large], should_stop)
    for unit in range(graph.n_units):
        if unit % 64 == 0:
            check_stop(should_stop)
            report(progress, unit, total, "centres of neighbourhoods")
        hood = hoods.indices[hoods.indptr[unit] : hoods.indptr[unit + 1]]
        if large[unit]:
            centres[unit] = _most_central_of_many(graph, hood, floors[_middle(len(hood))])
        else:
            centres[unit] = hood[_most_central(_distances_between(graph, hood, hood))]
    return centres


def _distances_between(graph: "IanGraph", units: IntArray, others: IntArray) -> FloatArray:
    """Return squared distances ``(unit, other)``, from where they are had more quickly."""
    from scipy.spatial.distance import cdist

    squared, points = graph.squared_distances, graph.points
    if points is not None and (squared is None or points.shape[1] <= FEW_COORDINATES):
        return cdist(points[units], points[others], "sqeuclidean")
    assert squared is not None
    return squared[units][:, others]


def _most_central(squared: FloatArray) -> int:
    """Return the first row with the smallest median."""
    guess = squared.sum(axis=1).argmin()
    return _smallest_median(squared, float(np.median(squared[guess])))


def _smallest_median(squared: FloatArray, bound: float) -> int:
    """Return the first row with the smallest median, which is at most `bound`.

    Counting is quicker than finding medians: a row whose median is no larger than that of a
    good guess has at least half of its entries up to there, and few rows have.
    """
    enough = np.count_nonzero(squared <= bound, axis=1) > _middle(squared.shape[1])
    rows = np.flatnonzero(enough)
    return int(rows[np.median(squared[rows], axis=1).argmin()])


def _middle(size: Any) -> Any:
    """Return the place of the median, or the lower of two, among so many sorted values."""
    return (size - 1) // 2


def _median_floors(
    graph: "IanGraph", sizes: IntArray, should_stop: ShouldStop | None
) -> dict[int, FloatArray]:
    """Return what no median of squared distances to so many units is below, for each unit.

    The median over some units is no smaller than that over as many of the nearest of all.

    Returns
    -------
    dict
        By `_middle` of each of `sizes`, ``(unit,)``.
    """
    if not len(sizes):
        return {}
    middles = np.unique(_middle(sizes))
    floors = np.empty((len(middles), graph.n_units))
    everyone = np.arange(graph.n_units)
    at_once = max(1, BATCH_NUMBERS // graph.n_units)
    for first in range(0, graph.n_units, at_once):
        check_stop(should_stop)
        units = everyone[first : first + at_once]
        floors[:, units] = np.sort(_distances_between(graph, units, everyone))[:, middles].T
    return dict(zip(middles.tolist(), floors, strict=True))


def _most_central_of_many(graph: "IanGraph", hood: IntArray, floor: FloatArray) -> int:
    """Return the unit with the smallest median squared distance to a large neighbourhood.

    Where edges are many, a few steps reach most units, and the distances within every such
    neighbourhood would cost the cube of their number. Only units are looked at whose `floor` is
    below the median of the best of a few guesses.
    """
    least = floor[hood]
    guesses = hood[np.argsort(least, kind="stable")[:N_GUESSES]]
    bound = float(np.median(_distances_between(graph, guesses, hood), axis=1).min())
    units = hood[least <= bound]
    return int(units[_smallest_median(_distances_between(graph, units, hood), bound)])
