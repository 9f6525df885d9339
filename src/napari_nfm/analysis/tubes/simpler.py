"""Simpler measures of a bundle of curves, to hold beside its tubularity.

None of them changes where curves are turned, moved, scaled, or run through at another pace.
"""

from __future__ import annotations

import numpy as np

from napari_nfm.analysis.tubes.curves import FloatArray, tangents

__all__ = ["dimension", "smoothness", "straightness", "variance_explained", "warping_spread"]

TENTH = 10
"""Smoothness compares directions a tenth of a curve apart."""

WARPING_POINTS = 50
"""Points of a curve that are warped onto each other."""

PAIRS_AT_ONCE = 256


def straightness(curves: FloatArray) -> float:
    """Return the distance between the ends of a curve over its length, mean over curves.

    1 is a straight line, 0 a loop. A curve that does not move counts as 0.

    Parameters
    ----------
    curves
        ``(curve, point, component)`` of one bundle, equally spaced along each curve.
    """
    lengths = np.linalg.norm(np.diff(curves, axis=1), axis=2).sum(axis=1)
    ends = np.linalg.norm(curves[:, -1] - curves[:, 0], axis=1)
    return float(np.mean(ends / np.where(lengths > 0, lengths, 1)))


def smoothness(curves: FloatArray) -> float:
    """Return the cosine between directions a tenth of a curve apart, mean over points and curves.

    1 is straight, 0 a right angle within a tenth of the curve, below 0 turning back. A curve that
    does not move counts as 0.

    Parameters
    ----------
    curves
        ``(curve, point, component)`` of one bundle, equally spaced along each curve.
    """
    directions = tangents(curves)
    apart = max(1, round((curves.shape[1] - 1) / TENTH))
    cosines = np.einsum("cpk,cpk->cp", directions[:, :-apart], directions[:, apart:])
    return float(cosines.mean())


def variance_explained(curves: FloatArray, centreline: FloatArray) -> float:
    """Return the share of the points' variance that the centreline explains.

    1 minus the mean squared distance to the centreline at the same share of the length, over that
    to the mean of all points. 1 is a perfect tube; it can be below 0.

    Parameters
    ----------
    curves
        ``(curve, point, component)`` of one bundle, equally spaced along each curve.
    centreline
        ``(point, component)`` at the same points.
    """
    around_line = np.sum((curves - centreline) ** 2)
    around_mean = np.sum((curves - curves.mean(axis=(0, 1))) ** 2)
    return float(1 - around_line / around_mean)


def dimension(curves: FloatArray) -> float:
    """Return the participation ratio of the points' covariance, from 1 to the components.

    Parameters
    ----------
    curves
        ``(curve, point, component)`` of one bundle, equally spaced along each curve.
    """
    points = curves.reshape(-1, curves.shape[2])
    centred = points - points.mean(axis=0)
    covariance = centred.T @ centred
    return float(np.trace(covariance) ** 2 / np.sum(covariance**2))


def warping_spread(curves: FloatArray) -> float:
    """Return the mean distance between curves after dynamic time warping, over their mean length.

    Mean over pairs. 0 where all curves are the same path. The path through both curves may step
    in either or in both; a step in both counts twice (Sakoe and Chiba 1978, symmetric form), so
    that the sum of weights is the same for all paths.

    Parameters
    ----------
    curves
        ``(curve, point, component)`` of one bundle, equally spaced along each curve.
    """
    lengths = np.linalg.norm(np.diff(curves, axis=1), axis=2).sum(axis=1)
    chosen = np.linspace(0, curves.shape[1] - 1, WARPING_POINTS).round().astype(int)
    points = curves[:, chosen]
    first, second = np.triu_indices(len(curves), k=1)
    sums = [
        _warped(points[first[start:][:PAIRS_AT_ONCE]], points[second[start:][:PAIRS_AT_ONCE]]).sum()
        for start in range(0, len(first), PAIRS_AT_ONCE)
    ]
    return float(sum(sums) / len(first) / lengths.mean())


def _warped(first: FloatArray, second: FloatArray) -> FloatArray:
    """Return the warped mean distance ``(pair,)`` of curves ``(pair, point, component)``.

    All pairs at once, one diagonal of the table of both curves' points after the other.
    """
    pairs, count = first.shape[:2]
    costs = np.sqrt(((first[:, :, np.newaxis] - second[:, np.newaxis]) ** 2).sum(axis=3))
    # By the first curve's point, shifted by one, so that there is something before the start.
    last, before_last = np.full((2, pairs, count + 1), np.inf)
    before_last[:, 0] = 0
    for diagonal in range(2 * count - 1):
        rows = np.arange(max(0, diagonal - count + 1), min(diagonal, count - 1) + 1)
        cost = costs[:, rows, diagonal - rows]
        both = before_last[:, rows] + 2 * cost
        either = np.minimum(last[:, rows], last[:, rows + 1]) + cost
        current = np.full((pairs, count + 1), np.inf)
        current[:, rows + 1] = np.minimum(both, either)
        before_last, last = last, current
    return last[:, -1] / (2 * count)
