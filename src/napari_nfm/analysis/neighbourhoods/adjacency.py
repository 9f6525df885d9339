"""The edges that are still there, and what follows from them for each unit."""

import numpy as np
import numpy.typing as npt

from napari_nfm.analysis.neighbourhoods.result import FloatArray, IntArray

__all__ = ["Adjacency"]


class Adjacency:
    """A graph from which edges are pruned.

    Parameters
    ----------
    edges
        ``(edge, 2)``, i < j in ascending order.
    squared_distances
        ``(unit, unit)``.

    Attributes
    ----------
    edges
        ``(edge, 2)``, all edges of the start.
    lengths
        ``(edge,)``.
    present
        ``(edge,)``, which edges are still there.
    degree
        ``(unit,)``, number of present edges.
    radius
        ``(unit,)``, distance to the farthest neighbour; 0 without any.
    """

    def __init__(self, edges: IntArray, squared_distances: FloatArray) -> None:
        self.edges = edges
        self.lengths: FloatArray = np.sqrt(squared_distances[edges[:, 0], edges[:, 1]])
        self.present: npt.NDArray[np.bool_] = np.ones(len(edges), dtype=bool)
        # Per unit (length, neighbour, edge), farthest last; of equally far ones the later unit.
        self._neighbours: list[list[tuple[float, int, int]]] = [[] for _ in squared_distances]
        ends = zip(edges[:, 0].tolist(), edges[:, 1].tolist(), self.lengths.tolist(), strict=True)
        for edge, (i, j, length) in enumerate(ends):
            self._neighbours[i].append((length, j, edge))
            self._neighbours[j].append((length, i, edge))
        for neighbours in self._neighbours:
            neighbours.sort()
        self.degree: IntArray = np.array([len(of_unit) for of_unit in self._neighbours])
        self.radius: FloatArray = np.array([of_unit[-1][0] for of_unit in self._neighbours])

    def middle_to_farthest(self) -> FloatArray:
        """Return the distance of each unit's middle neighbour as a fraction of its radius.

        The middle one of d neighbours is number ``ceil(d / 2)`` from the nearest, but at least
        number 2 where there are two. Every unit must have a neighbour.
        """
        places = np.minimum(self.degree - 1, np.maximum(1, -(-self.degree // 2) - 1))
        middle = [
            of_unit[place][0]
            for of_unit, place in zip(self._neighbours, places.tolist(), strict=True)
        ]
        return np.array(middle) / self.radius

    def farthest(self, unit: int) -> int | None:
        """Return the farthest neighbour of a unit, None where there is none."""
        neighbours = self._neighbours[unit]
        return neighbours[-1][1] if neighbours else None

    def remove_farthest(self, unit: int) -> None:
        """Remove the edge from a unit to its farthest neighbour."""
        length, partner, edge = self._neighbours[unit].pop()
        self._neighbours[partner].remove((length, unit, edge))
        self.present[edge] = False
        for end in (unit, partner):
            neighbours = self._neighbours[end]
            self.degree[end] -= 1
            self.radius[end] = neighbours[-1][0] if neighbours else 0.0
