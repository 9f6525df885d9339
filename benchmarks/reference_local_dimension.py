"""The local dimension in the study's way: one unit after the other, the whole curve of each.

A plain port of what the public IAN package does (neighbourhood correlation dimension, with the
settings of the study), so that `encode.py` can time it beside ours.
"""

from __future__ import annotations

import numpy as np

STEP = 0.01  # of log10 radius
END_STEP, END_TOLERANCE = 0.25, 1e-4


def local_dimension(squared: np.ndarray, edges: np.ndarray, order: int = 3) -> np.ndarray:
    """Return each unit's dimension: the larger of the correlation and the degree dimension."""
    n_units = len(squared)
    neighbours: list[list[int]] = [[] for _ in range(n_units)]
    for i, j in edges.tolist():
        neighbours[i].append(j)
        neighbours[j].append(i)
    hoods = [hood_of(unit, neighbours, order) for unit in range(n_units)]
    around = []
    for hood in hoods:
        medians = [np.median(squared[member, hood]) for member in hood]
        centre = hood[int(np.argmin(medians))]
        around.append(squared[centre][sorted({*hood, *hoods[centre]})])
    squared_radii = 10 ** (2 * log_radii(around))
    dimensions = np.array([highest_peak(distances, squared_radii) for distances in around])
    from_degree = np.array([np.floor(max(1, np.log2(len(near)))) for near in neighbours])
    return np.array([max(dimensions[near].mean(), from_degree[near].mean()) for near in neighbours])


def hood_of(unit: int, neighbours: list[list[int]], order: int) -> list[int]:
    """Return who is within `order` steps, in ascending order."""
    hood = {unit}
    for _ in range(order):
        hood = hood.union(near for member in hood for near in neighbours[member])
    return sorted(hood)


def log_radii(around: list[np.ndarray]) -> np.ndarray:
    """Return log10 radii that reach, for every unit, from no other unit to all of them."""
    lows, highs = [], []
    for distances in around:
        low, high = -END_STEP, END_STEP
        nearest, farthest = distances[distances > 0].min(), distances.max()
        while np.log10(1 + np.exp(-nearest / (2 * 10 ** (2 * low)))) > END_TOLERANCE:
            low -= END_STEP
        while np.log10(2 / (1 + np.exp(-farthest / (2 * 10 ** (2 * high))))) > END_TOLERANCE:
            high += END_STEP
        lows.append(low)
        highs.append(high)
    return np.arange(min(lows), max(highs) + STEP, STEP)


def highest_peak(distances: np.ndarray, squared_radii: np.ndarray) -> float:
    """Return the highest slope of the softly counted units where the curve stops growing."""
    within = np.array([np.exp(-square / (2 * squared_radii)) for square in distances])
    first = distances[:, np.newaxis] * within
    second = distances[:, np.newaxis] * first
    count, first_sum, second_sum = within.sum(axis=0), first.sum(axis=0), second.sum(axis=0)
    slope = first_sum / (squared_radii * count)
    bend = (
        second_sum / (squared_radii**2 * count)
        - first_sum**2 / (squared_radii * count) ** 2
        - 2 * first_sum / (squared_radii * count)
    ) * np.log(10)
    start = np.flatnonzero((bend[1:-1] > bend[:-2]) & (bend[1:-1] > bend[2:]))[0] + 1
    tops = np.flatnonzero((bend[start:-1] > 0) & (bend[start + 1 :] < 0)) + start
    return float(slope[tops].max())
