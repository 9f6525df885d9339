"""`ian_graph`: from points or squared distances to a neighbourhood graph."""

from __future__ import annotations

from typing import Any, Literal, get_args

import numpy as np

from napari_nfm.analysis.arguments import check_choice
from napari_nfm.analysis.errors import AnalysisError
from napari_nfm.analysis.neighbourhoods.adjacency import Adjacency
from napari_nfm.analysis.neighbourhoods.distances import (
    as_points,
    as_squared_distances,
    check_distinct,
    squared_distances_of,
)
from napari_nfm.analysis.neighbourhoods.gabriel import gabriel_edges
from napari_nfm.analysis.neighbourhoods.greedy import GreedyScales
from napari_nfm.analysis.neighbourhoods.iteration import Fit, Pruning, fit_weighted, prune
from napari_nfm.analysis.neighbourhoods.kernel import dense_kernel
from napari_nfm.analysis.neighbourhoods.linear_programme import LeastSumScales
from napari_nfm.analysis.neighbourhoods.nearest import nearest_neighbour_graph
from napari_nfm.analysis.neighbourhoods.result import FloatArray, GraphHistory, IanGraph
from napari_nfm.jobs import Progress, ShouldStop, check_stop, report
from napari_nfm.provenance import Provenance

__all__ = ["ian_graph"]

ObjectiveName = Literal["l1", "greedy"]
Method = Literal["exact", "approximate"]


def ian_graph(
    points: Any = None,
    *,
    squared_distances: Any = None,
    objective: ObjectiveName = "l1",
    method: Method = "exact",
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> IanGraph:
    """Join units that respond alike, and give each unit's neighbourhood a scale.

    Parameters
    ----------
    points
        ``(unit, dimension)``, coordinates of the units; or give `squared_distances`.
    squared_distances
        ``(unit, unit)``, in the place of points.
    objective
        How scales are chosen from the distances along edges: ``"l1"`` makes their sum smallest (a
        linear programme), ``"greedy"`` goes through the edges once, which is faster and rougher.
        The approximate method takes no notice.
    method
        ``"exact"`` holds all distances, several matrices of 8 bytes per pair of units, and is
        meant for up to some 5,000 units. ``"approximate"`` holds the nearest neighbours only,
        and does not iterate; see ``docs/neighbourhood_graph.md`` for how well the two agree.
    progress, should_stop
        See `napari_nfm.jobs`; both are asked in every iteration.

    Returns
    -------
    IanGraph
        Edges, scales and kernel; disconnected units are listed and have empty rows.

    Raises
    ------
    AnalysisError
        Neither or both of points and distances; fewer than three units; values that are not
        finite; distances that are negative, not square or not symmetric; units in the same place.
    napari_nfm.jobs.Cancelled
        `should_stop` said so.

    Notes
    -----
    Iterated adaptive neighbourhoods (Dyballa and Zucker, Neural Computation 35, 2023): starting
    from the Gabriel graph, scales are found that cover all edges; where a unit's kernel sums to
    much more than its number of neighbours accounts for, its farthest edge is pruned; and so on
    until no unit sticks out. The exact method gives the same edges as the authors' code, in the
    same order of pruning. It differs for units that lose all edges: theirs get an arbitrary
    scale, which can make their kernel infinite; ours get scale 0 and an empty row, and do not
    take part in tuning the weighted graph.
    """
    check_choice("objective", objective, get_args(ObjectiveName))
    check_choice("method", method, get_args(Method))
    if (points is None) == (squared_distances is None):
        raise AnalysisError(
            f"{'Neither' if points is None else 'Both'} of points and squared_distances "
            f"{'is' if points is None else 'are'} given",
            "give one of the two",
        )
    provenance = Provenance.of(
        "napari_nfm.analysis.ian_graph",
        squared_distances if points is None else points,
        objective=objective,
        method=method,
    )
    coordinates = None if points is None else as_points(points)
    if method == "approximate":
        if coordinates is None:
            raise AnalysisError(
                "The approximate graph looks for neighbours among points, and only distances "
                "are given",
                "give points, or choose the exact method",
            )
        return nearest_neighbour_graph(coordinates, provenance, progress, should_stop)
    if coordinates is None:
        squared = as_squared_distances(squared_distances)
    else:
        squared = squared_distances_of(coordinates)
    return _exact_graph(coordinates, squared, objective, provenance, progress, should_stop)


def _exact_graph(
    points: FloatArray | None,
    squared_distances: FloatArray,
    objective_name: ObjectiveName,
    provenance: Provenance,
    progress: Progress | None,
    should_stop: ShouldStop | None,
) -> IanGraph:
    unit_length = _smallest_distance(squared_distances)
    squared = squared_distances / unit_length**2
    report(progress, 0, 1, "Gabriel graph")
    check_stop(should_stop)
    adjacency = Adjacency(gabriel_edges(squared), squared)
    objective = (LeastSumScales if objective_name == "l1" else GreedyScales)(adjacency)
    pruning = prune(adjacency, objective, squared, progress=progress, should_stop=should_stop)
    check_stop(should_stop)
    weighted = fit_weighted(adjacency, objective, squared, pruning.fits[-1].factor)
    return IanGraph(
        edges=adjacency.edges[adjacency.present],
        scales=weighted.scales * unit_length,
        weights=dense_kernel(squared, weighted.scales),
        disconnected=np.flatnonzero(adjacency.degree == 0),
        n_units=len(squared),
        points=points,
        squared_distances=squared_distances,
        history=_history(pruning, weighted, unit_length),
        provenance=provenance,
    )


def _smallest_distance(squared_distances: FloatArray) -> float:
    """Return the smallest distance between two units, after checking that it is one."""
    others = squared_distances.copy()
    np.fill_diagonal(others, np.inf)
    partner = others.argmin(axis=1)
    nearest = np.sqrt(others[np.arange(len(others)), partner])
    check_distinct(nearest, partner)
    return float(nearest.min())


def _history(pruning: Pruning, weighted: Fit, unit_length: float) -> GraphHistory:
    return GraphHistory(
        scale_factors=np.array([fit.factor for fit in pruning.fits]),
        thresholds=np.array(pruning.thresholds),
        n_pruned=np.array([len(edges) for edges in pruning.pruned]),
        pruned_edges=np.concatenate(pruning.pruned),
        first_scales=pruning.fits[0].scales * unit_length,
        volume_ratios=pruning.fits[-1].ratios,
        weighted_scale_factor=weighted.factor,
        weighted_volume_ratios=weighted.ratios,
    )
