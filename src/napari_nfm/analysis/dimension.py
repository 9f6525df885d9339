"""Local dimension of the manifold around each unit: how many directions its neighbours spread in.

The neighbourhood correlation dimension of Dyballa & Zucker (Neural Computation 35, 2023): around
the most central unit of a unit's extended neighbourhood, how fast the number of units grows with
the radius, softly counted, at the radius where it grows fastest.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from napari_nfm.analysis.central_units import BATCH_NUMBERS, central_units
from napari_nfm.analysis.errors import AnalysisError
from napari_nfm.jobs import Progress, ShouldStop, check_stop, report
from napari_nfm.provenance import Provenance

if TYPE_CHECKING:
    from napari_nfm.analysis.neighbourhoods import IanGraph

__all__ = ["LocalDimension", "local_dimension"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

GRID_STEP = 0.01
"""Spacing of log10 radii."""

BOUND_STEP, BOUND_TOLERANCE = 0.25, 1e-4
"""How the ends of the radii are found: see `_log_radii`."""

NEAR_BEST = 0.99
"""Peaks of the quick curve this high (relative to the highest) are computed exactly."""

WINDOW = np.arange(-2, 3)
"""Radii around a peak of the quick curve at which the exact one is computed."""


@dataclass(frozen=True)
class LocalDimension:
    """Estimates of the dimension around each unit; NaN for units without neighbours.

    Attributes
    ----------
    values
        ``(unit,)``, the larger of the two.
    correlation
        ``(unit,)``, neighbourhood correlation dimension, averaged over the unit's neighbours.
    degree
        ``(unit,)``, from the number k of neighbours: ``floor(max(1, log2 k))``, averaged over the
        unit's neighbours.
    provenance
        The call that made this result.
    """

    values: FloatArray
    correlation: FloatArray
    degree: FloatArray
    provenance: Provenance


def local_dimension(
    graph: "IanGraph",
    *,
    order: int = 3,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> LocalDimension:
    """Estimate the dimension of the manifold around each unit.

    Parameters
    ----------
    graph
        Who neighbours whom, with points or a matrix of distances.
    order
        How many steps along edges a neighbourhood reaches.
    progress, should_stop
        See `napari_nfm.jobs`.

    Returns
    -------
    LocalDimension
        One estimate per unit.

    Raises
    ------
    AnalysisError
        `graph` has no edges, neither distances nor points, NaN among them or all units in one
        place; or `order` is below 1.
    Cancelled
        `should_stop` said so.

    Notes
    -----
    The centre of a neighbourhood is the unit with the smallest median squared distance to it, the
    first among equals. With the squared distances d² from the centre to its own and the unit's
    neighbourhood, ``S(s) = sum exp(-d² / 2 s²)`` counts units within a radius s; the dimension is
    the highest peak of ``d log S / d log s`` on a grid of radii.

    The study evaluates that curve at all radii. Here all curves are drawn at once from histograms
    of log distance, to about one part in a thousand, and only the radii around the highest peaks
    are evaluated exactly. The result is the same.
    """
    if order < 1:
        raise AnalysisError(f"The argument order is {order}", "ask for one or more steps")
    places = graph.points if graph.squared_distances is None else graph.squared_distances
    if places is None:
        raise AnalysisError(
            "The graph has neither distances nor points", "make it with ian_graph from points"
        )
    if not np.isfinite(places).all():
        raise AnalysisError(
            "The distances between units are NaN or infinite", "leave units without a place out"
        )
    adjacency = _adjacency(graph)
    if not adjacency.nnz:
        raise AnalysisError(
            f"The graph of {graph.n_units} units has no edges", "give a graph that links units"
        )
    total = 2 * graph.n_units
    hoods = _hoods(adjacency, order)
    centres = central_units(graph, hoods, total, progress, should_stop)
    around = hoods + hoods[centres]
    around.sort_indices()
    squared = _distances_from(graph, centres, around)
    if not squared.any():
        raise AnalysisError("The distances between units are all zero", "leave near-duplicates out")
    log_radii = _log_radii(squared)
    per_batch = max(1, BATCH_NUMBERS // len(log_radii))
    dimensions = np.full(graph.n_units, np.nan)
    for first in range(0, graph.n_units, per_batch):
        check_stop(should_stop)
        report(progress, graph.n_units + first, total, "growth curves")
        starts = around.indptr[first : first + per_batch + 1]
        inside = squared[starts[0] : starts[-1]]
        dimensions[first : first + per_batch] = _highest_peaks(
            inside, starts - starts[0], log_radii
        )
    report(progress, total, total)
    n_neighbours = graph.degree
    from_degree = np.floor(np.maximum(1, np.log2(np.maximum(n_neighbours, 1))))
    with np.errstate(invalid="ignore"):  # 0 / 0: no neighbours, no dimension
        correlation, degree = (
            (adjacency @ values) / n_neighbours
            for values in (np.where(n_neighbours, dimensions, 0), from_degree)
        )
    return LocalDimension(
        values=np.maximum(correlation, degree),
        correlation=correlation,
        degree=degree,
        provenance=Provenance.of("napari_nfm.analysis.local_dimension", graph, order=order),
    )


def _adjacency(graph: "IanGraph") -> Any:
    from scipy.sparse import csr_array

    ends = np.concatenate([graph.edges, graph.edges[:, ::-1]]).T
    return csr_array((np.ones(ends.shape[1]), (ends[0], ends[1])), shape=(graph.n_units,) * 2)


def _hoods(adjacency: Any, order: int) -> Any:
    """Return, as a sparse matrix of ones, who is within `order` steps of whom, oneself included."""
    from scipy.sparse import eye_array

    step = adjacency + eye_array(adjacency.shape[0], format="csr")
    reach = step
    for _ in range(order - 1):
        reach = reach @ step
        reach.data[:] = 1
    reach.sort_indices()
    return reach


def _distances_from(graph: "IanGraph", centres: IntArray, around: Any) -> FloatArray:
    """Return the squared distances from each unit's centre to the units around, row by row."""
    origin = np.repeat(centres, np.diff(around.indptr))
    if graph.squared_distances is not None:
        return graph.squared_distances[origin, around.indices]
    assert graph.points is not None
    squared = np.zeros(len(origin))
    for column in graph.points.T:  # one at a time, for memory
        squared += (column[origin] - column[around.indices]) ** 2
    return squared


def _log_radii(squared: FloatArray) -> FloatArray:
    """Return the grid of log10 radii, from where the nearest unit does not count to where all do.

    As in the study, the ends move outwards from 0 in quarter decades until the softly counted
    pair at the smallest (largest) distance is within a tolerance of one (two) on a log10 scale.
    """
    nearest, farthest = squared[squared > 0].min(), squared.max()

    def count(square: float, log_radius: float) -> float:
        return float(np.log10(1 + np.exp(-square / (2 * 10 ** (2 * log_radius)))))

    low = -BOUND_STEP
    while count(nearest, low) > BOUND_TOLERANCE:
        low -= BOUND_STEP
    high = BOUND_STEP
    while np.log10(2) - count(farthest, high) > BOUND_TOLERANCE:
        high += BOUND_STEP
    return np.arange(low, high + GRID_STEP, GRID_STEP)


def _highest_peaks(squared: FloatArray, starts: IntArray, log_radii: FloatArray) -> FloatArray:
    """Return the highest peak of each unit's growth curve.

    Entries ``starts[i] : starts[i + 1]`` of `squared` are the squared distances of unit i.
    """
    quick = _quick_curves(squared, starts, log_radii)
    rises = np.diff(quick, axis=1) > 0
    peaks = np.pad(rises[:, :-1] & ~rises[:, 1:], ((0, 0), (1, 1)))
    peaks &= quick >= NEAR_BEST * quick.max(axis=1, keepdims=True)
    units, places = np.nonzero(peaks)
    heights = np.full(len(starts) - 1, -np.inf)
    for unit, place in zip(units, places, strict=True):
        inside = squared[starts[unit] : starts[unit + 1]]
        at = np.clip(place + WINDOW, 0, len(log_radii) - 1)
        heights[unit] = max(heights[unit], _peak_height(inside, log_radii[at]))
    for unit in np.flatnonzero(np.isinf(heights)):
        inside = squared[starts[unit] : starts[unit + 1]]
        heights[unit] = _peak_height(inside, log_radii)
    return np.where(np.isinf(heights), np.nan, heights)


def _quick_curves(squared: FloatArray, starts: IntArray, log_radii: FloatArray) -> FloatArray:
    """Return growth curves ``(unit, radius)`` with each distance shared between two grid points."""
    n_units, n_radii = len(starts) - 1, len(log_radii)
    unit = np.repeat(np.arange(n_units), np.diff(starts))
    apart = squared > 0
    at_centre = np.bincount(unit[~apart], minlength=n_units)[:, np.newaxis]
    position = (np.log10(squared[apart]) / 2 - log_radii[0]) / GRID_STEP
    below = position.astype(np.int64)
    share = position - below
    flat = unit[apart] * n_radii + below
    counts = np.bincount(flat, 1 - share, n_units * n_radii)
    counts += np.bincount(flat + 1, share, n_units * n_radii)
    counts = counts.reshape(n_units, n_radii)
    exponent = 10 ** (2 * (log_radii[:, np.newaxis] - log_radii)) / 2
    within = np.exp(-exponent)
    return counts @ (2 * exponent * within) / (at_centre + counts @ within)


def _peak_height(squared: FloatArray, log_radii: FloatArray) -> float:
    """Return the largest slope of ``log S`` where it stops growing; minus infinity if nowhere."""
    ratio = squared / (10 ** (2 * log_radii))[:, np.newaxis]
    within = np.exp(-ratio / 2)
    count = within.sum(axis=1)
    within *= ratio
    slope = within.sum(axis=1) / count
    within *= ratio
    bend = within.sum(axis=1) / count - slope**2 - 2 * slope
    tops = np.flatnonzero((bend[:-1] > 0) & (bend[1:] < 0))
    return float(slope[tops].max(initial=-np.inf))
