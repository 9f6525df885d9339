"""Scales by one pass over the edges: the greedy objective."""

import numpy as np

from napari_nfm.analysis.neighbourhoods.adjacency import Adjacency
from napari_nfm.analysis.neighbourhoods.gabriel import TOLERANCE
from napari_nfm.analysis.neighbourhoods.result import FloatArray

__all__ = ["GreedyScales"]


class GreedyScales:
    """Scales of a graph, each edge covered in its turn.

    Parameters
    ----------
    adjacency
        The graph; later changes to it are seen by the next call of `scales`.
    """

    def __init__(self, adjacency: Adjacency) -> None:
        self._adjacency = adjacency
        self._n_edges = -1
        self._at_one = np.zeros(0, dtype=np.float32)

    def scales(self, factor: float) -> FloatArray:
        """Return the scales ``(unit,)`` at a factor C; 0 for units without edges."""
        n_edges = int(self._adjacency.present.sum())
        if n_edges != self._n_edges:
            self._n_edges = n_edges
            self._at_one = _cover_in_turn(self._adjacency)
        return (self._at_one * np.float32(factor)).astype(np.float64)


def _cover_in_turn(adjacency: Adjacency) -> np.ndarray:
    """Return the scales at C = 1 in single precision, in which the reference computes them.

    The reference goes through the edges by their later unit, we by their earlier one. Edges that
    share a unit meet in the same order either way, so that the scales are the same.
    """
    edges = adjacency.edges[adjacency.present]
    squares = (adjacency.lengths[adjacency.present] ** 2).astype(np.float32)
    lengths = np.sqrt(squares)
    radius = list(np.sqrt((adjacency.radius**2).astype(np.float32)))
    zero = np.float32(0)
    scales = [zero] * len(radius)
    earlier, later = edges[:, 0].tolist(), edges[:, 1].tolist()
    for i, j, length, square, enough in zip(
        earlier, later, list(lengths), list(squares), list(squares - TOLERANCE), strict=True
    ):
        a, b = scales[i], scales[j]
        if a == zero and b == zero:
            a = b = length
        elif a == zero:
            a = square / b
        elif b == zero:
            b = square / a
        elif a * b < enough:
            stretch = length / np.sqrt(a * b)
            a, b = a * stretch, b * stretch
        else:
            continue
        if a > radius[i]:
            a, b = radius[i], square / radius[i]
        elif b > radius[j]:
            a, b = square / radius[j], radius[j]
        scales[i], scales[j] = a, b
    return np.array(scales, dtype=np.float32)
