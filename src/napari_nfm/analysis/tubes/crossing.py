"""How much the curves of a bundle cross: pairs of near points with unlike tangents."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from napari_nfm.analysis.tubes.curves import FloatArray, tangents

__all__ = ["crossing"]

NEIGHBOURS = 9
"""Nearest other points among which one of another curve is looked for."""

REACH = 3
"""Pairs of points count up to this many crossing scales."""

LEAST_SCALE = 1e-12
"""Of the study, where all curves run through the same points."""


def crossing(curves: FloatArray) -> tuple[float, float]:
    """Return how much the curves of a bundle cross, not divided by a length, and at which scale.

    The scale is the median distance of a point to the nearest point of another curve, over points
    that have one among their 9 nearest; 1 if none has. Pairs of points of different curves count
    by their nearness at that scale and by the square of the sine between their tangents.

    Parameters
    ----------
    curves
        ``(curve, point, component)`` of one bundle, equally spaced along each curve.

    Returns
    -------
    float
        The sum over pairs over the number of points squared, mean over pairs of curves.
    float
        The scale, in the units of the curves.
    """
    count, n_points, components = curves.shape
    # About their middle, so that little is lost in squares of distances from products.
    points = (curves - curves.mean(axis=(0, 1))).reshape(-1, components)
    factors = _factors_of_squares(points)
    epsilon = _scale(points, factors, n_points)
    limit = (REACH * epsilon) ** 2
    roughly = limit * (1 + 1e-9) + 1e-12 * np.abs(factors[0][:, -1]).max()
    directions = tangents(curves).reshape(-1, components)
    total = 0.0
    for end in range(n_points, count * n_points, n_points):
        here, later = slice(end - n_points, end), slice(end, None)
        close = np.flatnonzero(factors[0][here] @ factors[1][:, later] <= roughly)
        first, second = np.divmod(close, (count * n_points) - end)
        squared = _squared_distances(points[here], points[later], first, second)
        cosines = np.einsum(
            "pk,pk->p", directions[here].take(first, axis=0), directions[later].take(second, axis=0)
        )
        nearness = np.exp(-squared / (2 * epsilon**2)) * (squared <= limit)
        total += float(nearness @ (1 - cosines**2))
    return total / n_points**2 * 2 / (count * (count - 1)), epsilon


def _scale(points: FloatArray, factors: tuple[FloatArray, FloatArray], n_points: int) -> float:
    """Return the median distance to the nearest point of another curve where that is near."""
    number = np.arange(n_points)
    nearest = []
    for start in range(0, len(points), n_points):
        here = slice(start, start + n_points)
        squared = factors[0][here] @ factors[1]
        own = squared[:, here].copy()
        own[number, number] = np.inf
        squared[:, here] = np.inf
        other = squared.argmin(axis=1)
        nearer = (own < squared[number, other][:, np.newaxis]).sum(axis=1)
        found = np.flatnonzero(nearer < NEIGHBOURS)
        nearest.append(_squared_distances(points[here], points, found, other[found]))
    distances = np.sqrt(np.concatenate(nearest))
    return max(float(np.median(distances)) if len(distances) else 1.0, LEAST_SCALE)


def _factors_of_squares(points: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return two matrices whose product is the squared distances of all pairs, up to rounding."""
    squares = np.einsum("pk,pk->p", points, points)[:, np.newaxis]
    ones = np.ones_like(squares)
    first = np.concatenate([-2 * points, ones, squares], axis=1)
    second = np.concatenate([points, squares, ones], axis=1)
    return first, np.ascontiguousarray(second.T)


def _squared_distances(
    points: FloatArray,
    others: FloatArray,
    first: npt.NDArray[np.int64],
    second: npt.NDArray[np.int64],
) -> FloatArray:
    """Return exact squared distances ``(pair,)`` of chosen pairs of points."""
    apart = points.take(first, axis=0) - others.take(second, axis=0)
    return np.einsum("pk,pk->p", apart, apart)
