"""Clusters of units by density, with each unit's own neighbourhood as its scale."""

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from napari_nfm.analysis.embedding import as_points, numbered_by_size
from napari_nfm.analysis.errors import AnalysisError

if TYPE_CHECKING:
    from napari_nfm.analysis.neighbourhoods import IanGraph

__all__ = ["density_clusters"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def density_clusters(
    coordinates: Any, graph: "IanGraph", *, min_cluster_size: int = 10
) -> IntArray:
    """Group units by HDBSCAN, where a unit's core distance reaches its farthest neighbour.

    Parameters
    ----------
    coordinates
        ``(unit, component)``; the study takes as many diffusion coordinates as the neural matrix
        has components.
    graph
        Who neighbours whom.
    min_cluster_size
        Fewest units that count as a cluster.

    Returns
    -------
    ndarray
        ``(unit,)``, cluster 0 has most units (of equal ones, the first unit), -1 is noise and no
        cluster. Units without neighbours or with NaN coordinates are noise.

    Raises
    ------
    AnalysisError
        `coordinates` and `graph` are not of the same units, all units are in one place, or
        `min_cluster_size` is below 2.

    Notes
    -----
    Campello et al. (2013), with clusters chosen by excess of mass. Units are as far apart as the
    largest of their distance and their two core distances, so many distances are equal; links of
    equal length join in the order in which Prim's search from the first unit meets them, as in
    the study. Its count of clusters includes the noise.

    Takes time with the square of the number of units, but memory only in proportion to it.
    """
    from sklearn.cluster import HDBSCAN

    points = as_points(coordinates)
    if len(points) != graph.n_units:
        raise AnalysisError(
            f"There are coordinates of {len(points)} units and a graph of {graph.n_units}",
            "give both of the same units",
        )
    if min_cluster_size < 2:
        raise AnalysisError(
            f"The argument min_cluster_size is {min_cluster_size}", "ask for 2 or more units"
        )
    members = np.flatnonzero((graph.degree > 0) & ~np.isnan(points).any(axis=1))
    labels = np.full(len(points), -1, dtype=np.int64)
    if len(members) >= min_cluster_size:
        if not np.ptp(points[members], axis=0).any():
            raise AnalysisError(
                f"All {len(members)} units have the same coordinates",
                "give coordinates that tell units apart",
            )
        tree = _spanning_tree(points[members], _core_distances(points, graph.edges)[members])
        # one neighbour, the unit itself: the distances are mutual reachabilities already
        found = HDBSCAN(
            min_cluster_size=min_cluster_size, min_samples=1, metric="precomputed", copy=False
        ).fit_predict(tree)
        labels[members] = numbered_by_size(found)
    return labels


def _core_distances(points: FloatArray, edges: IntArray) -> FloatArray:
    """Return each unit's distance to its farthest neighbour, 0 without any."""
    first, second = edges.T
    lengths = np.sqrt(((points[first] - points[second]) ** 2).sum(axis=1))
    core = np.zeros(len(points))
    np.maximum.at(core, first, lengths)
    np.maximum.at(core, second, lengths)
    return core


def _spanning_tree(points: FloatArray, core: FloatArray) -> Any:
    """Return a sparse matrix with the single linkage of the mutual reachabilities.

    Prim's search keeps one row of distances at a time. Each unit is linked to the one found
    before it, which leads to the same clusters at every distance as the true tree. Equal lengths
    are made to differ in their last digit, in order, so that no sorting can exchange them.
    """
    from scipy.sparse import csr_array

    count = len(points)
    order = np.zeros(count, dtype=np.int64)
    lengths = np.zeros(count - 1)
    waiting = np.arange(1, count)
    nearest = np.full(count - 1, np.inf)
    for step in range(count - 1):
        last = order[step]
        distances = np.sqrt(((points[waiting] - points[last]) ** 2).sum(axis=1))
        np.maximum(distances, np.maximum(core[waiting], core[last]), out=distances)
        np.minimum(nearest, distances, out=nearest)
        following = nearest.argmin()
        order[step + 1], lengths[step] = waiting[following], nearest[following]
        waiting, nearest = np.delete(waiting, following), np.delete(nearest, following)
    previous = np.finfo(np.float64).eps * lengths.max()  # a length of zero would be no link
    for link in np.argsort(lengths, kind="stable"):
        previous = lengths[link] = max(lengths[link], np.nextafter(previous, np.inf))
    ends = (np.r_[order[:-1], order[1:]], np.r_[order[1:], order[:-1]])
    return csr_array((np.r_[lengths, lengths], ends), shape=(count, count))
