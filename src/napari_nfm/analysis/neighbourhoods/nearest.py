"""The approximate graph: nearest neighbours with self-tuning scales, and no matrix of all pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from napari_nfm.analysis.neighbourhoods.distances import check_distinct
from napari_nfm.analysis.neighbourhoods.gabriel import are_gabriel_neighbours
from napari_nfm.analysis.neighbourhoods.kernel import SMALLEST_WEIGHT
from napari_nfm.analysis.neighbourhoods.result import FloatArray, IanGraph
from napari_nfm.jobs import Progress, ShouldStop, check_stop, report
from napari_nfm.provenance import Provenance

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["nearest_neighbour_graph"]

N_NEIGHBOURS = 64
SCALE_NEIGHBOUR = 7
"""The neighbour at whose distance a unit's scale is set; seventh in Zelnik-Manor and Perona."""

UNITS_AT_ONCE = 500


def nearest_neighbour_graph(
    points: FloatArray,
    provenance: Provenance,
    progress: Progress | None,
    should_stop: ShouldStop | None,
) -> IanGraph:
    """Return the graph of each unit's 64 nearest neighbours.

    Parameters
    ----------
    points
        ``(unit, dimension)``.
    provenance
        Goes into the result.
    progress, should_stop
        See `napari_nfm.jobs`; both are asked every few hundred units.

    Notes
    -----
    A unit's scale is its distance to the seventh neighbour (Zelnik-Manor and Perona, NIPS 2004).
    The kernel joins a unit to its nearest neighbours and to those it is near to. Edges are those
    of these pairs that are edges of the Gabriel graph, with which the exact method begins. Where
    no weight reaches another unit, a unit is disconnected.
    """
    nearest, distances, gabriel = _search(points, progress, should_stop)
    n = len(points)
    scales = distances[:, min(SCALE_NEIGHBOUR, distances.shape[1]) - 1].copy()
    weights = np.exp(-(distances**2) / (scales[:, np.newaxis] * scales[nearest]))
    weights[weights < SMALLEST_WEIGHT] = 0
    unit, place = np.nonzero(weights)
    partner = nearest[unit, place]
    connected = np.zeros(n, dtype=bool)
    connected[unit] = True
    connected[partner] = True
    scales[~connected] = 0
    unit_of_edge, place_of_edge = np.nonzero(gabriel & (weights > 0))
    pairs = np.column_stack([unit_of_edge, nearest[unit_of_edge, place_of_edge]])
    return IanGraph(
        edges=np.unique(np.sort(pairs, axis=1), axis=0).astype(np.int64),
        scales=scales,
        weights=_symmetric(unit, partner, weights[unit, place], connected),
        disconnected=np.flatnonzero(~connected),
        n_units=n,
        points=points,
        squared_distances=None,
        history=None,
        provenance=provenance,
    )


def _search(
    points: FloatArray, progress: Progress | None, should_stop: ShouldStop | None
) -> tuple[npt.NDArray[np.integer], FloatArray, npt.NDArray[np.bool_]]:
    """Return neighbours, distances and which are Gabriel neighbours, each (unit, neighbour)."""
    from scipy.spatial import KDTree

    n = len(points)
    count = min(N_NEIGHBOURS, n - 1)
    tree = KDTree(points)
    nearest = np.empty((n, count), dtype=np.int64)
    distances = np.empty((n, count))
    for units in _chunks(n):
        check_stop(should_stop)
        report(progress, units.start, 2 * n, "Nearest neighbours")
        found_distances, found = tree.query(points[units], k=count + 1)
        nearest[units], distances[units] = _without_self(found, found_distances, units)
    check_distinct(distances[:, 0], nearest[:, 0])
    every = np.arange(n)
    gabriel = np.empty((n, count), dtype=bool)
    for units in _chunks(n):
        check_stop(should_stop)
        report(progress, n + units.start, 2 * n, "Edges")
        gabriel[units] = are_gabriel_neighbours(points, every[units], nearest[units])
    report(progress, 2 * n, 2 * n, "Edges")
    return nearest, distances, gabriel


def _chunks(n: int) -> list[slice]:
    return [slice(start, min(start + UNITS_AT_ONCE, n)) for start in range(0, n, UNITS_AT_ONCE)]


def _without_self(
    found: npt.NDArray[np.integer], distances: FloatArray, units: slice
) -> tuple[npt.NDArray[np.integer], FloatArray]:
    """Drop each unit from its own neighbours; of identical units, itself need not come first."""
    other = found != np.arange(units.start, units.stop)[:, np.newaxis]
    # A unit behind more than 64 identical ones is not found at all; then the farthest goes.
    other[other.all(axis=1), -1] = False
    shape = (len(found), found.shape[1] - 1)
    return found[other].reshape(shape), distances[other].reshape(shape)


def _symmetric(
    unit: npt.NDArray[np.integer],
    partner: npt.NDArray[np.integer],
    values: FloatArray,
    connected: npt.NDArray[np.bool_],
) -> csr_array:
    """Return the kernel ``(unit, unit)`` with each weight both ways and ones on the diagonal."""
    from scipy.sparse import coo_array

    n = len(connected)
    one_way = coo_array((values, (unit, partner)), shape=(n, n)).tocsr()
    itself = np.flatnonzero(connected)
    diagonal = coo_array((np.ones(len(itself)), (itself, itself)), shape=(n, n)).tocsr()
    return one_way.maximum(one_way.T).maximum(diagonal).tocsr()
