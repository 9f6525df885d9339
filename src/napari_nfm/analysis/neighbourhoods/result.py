"""What a neighbourhood graph consists of."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from napari_nfm.provenance import Provenance

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["FloatArray", "GraphHistory", "IanGraph", "IntArray"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class GraphHistory:
    """How the iteration went from the Gabriel graph to the final one.

    Attributes
    ----------
    scale_factors
        ``(iteration,)``, the factor C on which the scales depend, after its tuning.
    thresholds
        ``(iteration, 3)``, robust mean and standard deviation of the volume ratios, and the
        threshold above which a unit's farthest edge is pruned.
    n_pruned
        ``(iteration,)``, edges that each iteration pruned; the last is 0.
    pruned_edges
        ``(edge, 2)``, the pruned edges i < j, in the order in which they went.
    first_scales
        ``(unit,)``, the scales on the Gabriel graph, in the points' units.
    volume_ratios
        ``(unit,)``, volume ratios of the last iteration; 0 for disconnected units.
    weighted_scale_factor
        The factor C of the weighted graph, tuned once more.
    weighted_volume_ratios
        ``(unit,)``, volume ratios of the weighted graph; 0 for disconnected units.
    """

    scale_factors: FloatArray
    thresholds: FloatArray
    n_pruned: IntArray
    pruned_edges: IntArray
    first_scales: FloatArray
    volume_ratios: FloatArray
    weighted_scale_factor: float
    weighted_volume_ratios: FloatArray


@dataclass(frozen=True)
class IanGraph:
    """Units as nodes, joined where their neighbourhoods meet.

    Attributes
    ----------
    edges
        ``(edge, 2)``, pairs i < j in ascending order.
    scales
        ``(unit,)``, the radius of each unit's neighbourhood in the points' units; 0 for
        disconnected units.
    weights
        ``(unit, unit)``, the kernel: symmetric, between 0 and 1, with ones on the diagonal. The
        rows and columns of disconnected units are empty.
    disconnected
        Ascending positions of units that have no edge left; an outlier loses them one by one.
    n_units
        Number of units, the disconnected ones included.
    points
        ``(unit, dimension)``, the coordinates; None where only distances were given.
    squared_distances
        ``(unit, unit)``, in the points' units; None in the approximate method, which has no
        matrix of all distances.
    history
        How the iteration went; None in the approximate method, which does not iterate.
    provenance
        The call that made this result.
    """

    edges: IntArray
    scales: FloatArray
    weights: csr_array
    disconnected: IntArray
    n_units: int
    points: FloatArray | None
    squared_distances: FloatArray | None
    history: GraphHistory | None
    provenance: Provenance

    @property
    def degree(self) -> IntArray:
        """``(unit,)``, the number of edges of each unit."""
        return np.bincount(self.edges.ravel(), minlength=self.n_units)

    @property
    def components(self) -> IntArray:
        """``(unit,)``, a number per connected component of the edges, in order of first unit."""
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        i, j = self.edges.T
        shape = (self.n_units, self.n_units)
        adjacency = coo_array((np.ones(len(i), dtype=np.int8), (i, j)), shape=shape)
        labels = connected_components(adjacency, directed=False)[1]
        return labels.astype(np.int64)

    def without_disconnected(self) -> tuple[IntArray, IanGraph]:
        """Return which units have a neighbour, and the graph of these alone, without history."""
        joined = np.setdiff1d(np.arange(self.n_units), self.disconnected)
        if len(joined) == self.n_units:
            return joined, self
        distances = self.squared_distances
        connected = replace(
            self,
            edges=np.searchsorted(joined, self.edges),
            scales=self.scales[joined],
            weights=self.weights[joined][:, joined],
            disconnected=np.empty(0, dtype=np.int64),
            n_units=len(joined),
            points=None if self.points is None else self.points[joined],
            squared_distances=None if distances is None else distances[np.ix_(joined, joined)],
            history=None,
        )
        return joined, connected
