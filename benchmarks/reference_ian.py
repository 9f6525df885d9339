"""Iterated adaptive neighbourhoods the plain way, to measure ours against.

Every pair of points is asked for every witness; in each iteration the whole linear programme is set
up and solved from nothing, and the kernel of all pairs is computed anew, as in the published code.
Nothing here is shared with the package.
"""

from statistics import NormalDist

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array
from scipy.spatial.distance import cdist


def ian_graph(points):
    """Return the edges ``(edge, 2)``, i < j in ascending order, for the l1 objective."""
    squared = cdist(points, points, "sqeuclidean")
    squared /= squared[squared > 0].min()
    adjacent = gabriel_graph(squared)
    lengths = np.sqrt(squared)
    middle = [
        neighbours[min(len(neighbours) - 1, max(1, -(-len(neighbours) // 2) - 1))] / neighbours[-1]
        for neighbours in (np.sort(row[near]) for row, near in zip(lengths, adjacent, strict=True))
    ]
    factor = float(np.clip(np.median(middle), 0.55, 0.95))
    while True:
        factor, ratios = tuned(squared, lengths, adjacent, factor)
        candidates = sticking_out(ratios)
        if not len(candidates):
            return np.argwhere(np.triu(adjacent))
        used = set()
        for i in candidates[: max(1, int(0.1 * len(candidates)))]:
            reach = np.where(adjacent[i], lengths[i], -1)
            j = len(reach) - 1 - int(np.argmax(reach[::-1]))
            if adjacent[i].any() and i not in used and j not in used:
                adjacent[i, j] = adjacent[j, i] = False
                used |= {i, j}


def gabriel_graph(squared):
    """Return which points have no other in the ball between them, in single precision."""
    squared = squared.astype(np.float32)
    n = len(squared)
    adjacent = np.zeros((n, n), dtype=bool)
    for i in range(n):
        for j in range(i + 1, n):
            inside = squared[i] + squared[j] <= squared[i, j] + np.float32(10 * 2.0**-23)
            adjacent[i, j] = adjacent[j, i] = inside.sum() == 2  # both ends themselves
    return adjacent


def tuned(squared, lengths, adjacent, factor):
    """Return the factor at which the median volume ratio is near 1, and the ratios."""
    low, high = min(factor, 0.5), max(factor, 1.0)
    for step in range(21):
        ratios = volume_ratios(squared, adjacent, scales(lengths, adjacent, factor))
        median = np.median(ratios[ratios > 0])
        at_bound = np.isclose(factor, low if median > 1 else high)
        if abs(median - 1) <= 0.1 or at_bound or step == 20:
            return factor, ratios
        low, high = (low, factor) if median > 1 else (factor, high)
        factor = (low + high) / 2


def scales(lengths, adjacent, factor):
    """Return the scales with the smallest sum that cover all edges, from nothing."""
    n = len(lengths)
    radius = np.where(adjacent, lengths, 0).max(axis=1)
    i, j = np.nonzero(adjacent)
    covered = factor * lengths[i, j]
    row = np.arange(len(i))
    values = np.r_[-covered / radius[i], -np.ones(len(i))]
    matrix = coo_array((values, (np.r_[row, row], np.r_[i, j])), shape=(len(i), n)).tocsr()
    bounds = -covered * (1 + covered / radius[i])
    between = np.c_[np.zeros(n), radius]
    # The fastest here of SciPy's solvers, an interior-point method like the one of the reference.
    method, options = "highs-ipm", {"presolve": False}
    return linprog(np.ones(n), matrix, bounds, bounds=between, method=method, options=options).x


def volume_ratios(squared, adjacent, sigma):
    """Return each point's kernel sum beside what its number of neighbours lets expect."""
    degree = adjacent.sum(axis=1)
    kernel = np.exp(-squared / np.where(degree > 0, sigma, 1)[:, np.newaxis] ** 2)
    expected = np.maximum(degree, 2) * (np.sqrt(np.pi) / 2) ** np.log2(np.maximum(degree, 2))
    return np.where(degree > 0, kernel.sum(axis=1) / expected, 0)


def sticking_out(ratios):
    """Return the points whose farthest edge may go, the worst first."""
    connected = ratios[ratios > 0]
    n = len(connected)
    low, median, high = np.percentile(connected, [25, 50, 75])
    normal = NormalDist().inv_cdf((0.75 * n - 0.125) / (n + 0.25))
    threshold = max(2.75, 0.333 * (low + median + high) + 4.5 * (high - low) / (2 * normal))
    if connected.max() <= threshold:
        threshold = min(threshold, 5 - (median - 1))
    count = int((ratios > threshold).sum())
    if median > 1.1:
        count = max(count, n - 2 * int((connected < 1.1).sum()))
    return np.argsort(-ratios, kind="stable")[:count]
