"""The Gabriel graph: two units are neighbours if no third lies in the ball between them."""

import numpy as np
import numpy.typing as npt

from napari_nfm.analysis.neighbourhoods.result import FloatArray, IntArray

__all__ = ["TOLERANCE", "are_gabriel_neighbours", "gabriel_edges"]

TOLERANCE = np.float32(10 * np.finfo(np.float32).eps)
"""How far outside of the ball a unit still separates two others (squared, smallest distance 1)."""

N_NEAR = 24
ELEMENTS_AT_ONCE = 4_000_000


def gabriel_edges(squared_distances: FloatArray) -> IntArray:
    """Return the edges ``(edge, 2)`` of the Gabriel graph, i < j in ascending order.

    Parameters
    ----------
    squared_distances
        ``(unit, unit)``, in units of the smallest.

    Notes
    -----
    As in the reference, sums and comparisons are in single precision. Of the units that separate
    a pair, one is nearly always among the nearest of either end; these are asked first, and all
    units only about the few pairs that pass. Beside the single-precision distances memory stays
    below some 50 MB.
    """
    distances = squared_distances.astype(np.float32)
    np.fill_diagonal(distances, np.inf)  # no unit separates itself from others
    n = len(distances)
    n_near = min(N_NEAR, n - 1)
    near = np.argpartition(distances, n_near - 1, axis=1)[:, :n_near]
    edges = [
        np.column_stack([np.full(len(neighbours), unit), neighbours])
        for unit in range(n - 1)
        if len(neighbours := _later_neighbours(distances, unit, near[unit]))
    ]
    return np.concatenate(edges).astype(np.int64)


def _later_neighbours(
    distances: npt.NDArray[np.float32], unit: int, near: npt.NDArray[np.integer]
) -> npt.NDArray[np.integer]:
    """Return the Gabriel neighbours of `unit` that come after it."""
    limits = distances[unit] + TOLERANCE
    others = np.arange(unit + 1, len(distances))
    for witnesses in (near[: len(near) // 3], near[len(near) // 3 :]):
        paths = distances[unit, witnesses, np.newaxis] + distances[np.ix_(witnesses, others)]
        others = others[(paths > limits[others]).all(axis=0)]
    step = max(1, ELEMENTS_AT_ONCE // len(distances))
    parts = [others[start : start + step] for start in range(0, len(others), step)]
    passed = [
        part[(distances[unit] + distances[part] > limits[part, np.newaxis]).all(axis=1)]
        for part in parts
    ]
    return np.concatenate(passed) if passed else others


def are_gabriel_neighbours(
    points: FloatArray, units: npt.NDArray[np.integer], nearest: npt.NDArray[np.integer]
) -> npt.NDArray[np.bool_]:
    """Return which of some units' nearest neighbours are their neighbours in the Gabriel graph.

    A witness w lies in the ball between a unit u and its neighbour n if the angle at w is not
    acute, that is ``(w - u)·(n - u) ≥ |w - u|²``. Whoever does is nearer to u than n is, so that
    for nearest neighbours the answer is that of the whole graph.

    Parameters
    ----------
    points
        ``(point, dimension)``, all units.
    units
        ``(unit,)``, which of them are asked about.
    nearest
        ``(unit, neighbour)``, for each the nearest others, nearest first.

    Returns
    -------
    neighbours
        ``(unit, neighbour)``.
    """
    towards = points[nearest] - points[units, np.newaxis]
    along = np.einsum("uwd,und->uwn", towards, towards, optimize=True)
    squares = np.einsum("und,und->un", towards, towards)
    separates = along >= squares[:, :, np.newaxis]
    own = np.arange(nearest.shape[1])
    separates[:, own, own] = False
    return ~separates.any(axis=1)
