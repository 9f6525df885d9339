"""Curves by arc length: equally spaced points, tangents, and the distance between two curves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from napari_nfm.analysis.errors import AnalysisError

__all__ = ["FloatArray", "as_curves", "curve_distances", "resample", "tangents"]

FloatArray = npt.NDArray[np.float64]

SLOPE_WEIGHT = 0.5
"""Weight of the squared difference of slopes in the distance between curves."""


def as_curves(curves: Any) -> list[FloatArray]:
    """Return curves as a list of float64 arrays ``(time, component)``.

    Parameters
    ----------
    curves
        ``(..., time, component)``, leading axes in order; or a sequence of arrays
        ``(time, component)`` of any lengths. Moments that are NaN throughout are left out.

    Raises
    ------
    AnalysisError
        A curve has fewer than two moments, another number of components than the first, NaN in
        some components only, or infinite values.
    """
    if isinstance(curves, Sequence):
        separate = [np.asarray(curve, dtype=np.float64) for curve in curves]
    else:
        array = np.asarray(curves, dtype=np.float64)
        if array.ndim < 3:
            raise AnalysisError(
                f"The curves have shape {array.shape}", "give them as (curve, time, component)"
            )
        separate = list(array.reshape(-1, *array.shape[-2:]))
    if not separate:
        raise AnalysisError("There are no curves", "give at least two of one bundle")
    for number, curve in enumerate(separate):
        if curve.ndim != 2 or 0 in curve.shape or curve.shape[1] != separate[0].shape[-1]:
            raise AnalysisError(
                f"Curve {number} has shape {curve.shape} and the first {separate[0].shape}",
                "give curves as (time, component) with the same number of components",
            )
        separate[number] = curve = curve[~np.isnan(curve).all(axis=1)]
        if len(curve) < 2:
            raise AnalysisError(
                f"Curve {number} has {len(curve)} moments", "give two or more per curve"
            )
        if not np.isfinite(curve).all():
            raise AnalysisError(
                f"Curve {number} holds NaN or infinite values", "leave it out or fill the gaps"
            )
    return separate


def resample(curves: Sequence[FloatArray], n_points: int) -> FloatArray:
    """Return curves at points equally spaced along their length, ``(curve, point, component)``.

    Linear between the moments. A curve that never moves is one point `n_points` times.
    """
    longest = max(map(len, curves))
    # A last moment that is repeated adds no length, so that all curves can be had at once.
    padded = np.empty((len(curves), longest, curves[0].shape[1]))
    for place, curve in zip(padded, curves, strict=True):
        place[: len(curve)] = curve
        place[len(curve) :] = curve[-1]
    steps = np.linalg.norm(np.diff(padded, axis=1), axis=2)
    travelled = np.concatenate([np.zeros((len(padded), 1)), np.cumsum(steps, axis=1)], axis=1)
    total = travelled[:, -1:]
    travelled = travelled / np.where(total > 0, total, 1)
    wanted = np.linspace(0, 1, n_points)
    before = (travelled[:, np.newaxis, :] <= wanted[:, np.newaxis]).sum(axis=2) - 1
    before = np.clip(before, 0, longest - 2)
    rows = np.arange(len(padded))[:, np.newaxis]
    start = travelled[rows, before]
    span = travelled[rows, before + 1] - start
    share = (wanted - start) / np.where(span > 0, span, 1)
    share = np.clip(share, 0, 1)[:, :, np.newaxis]
    first, second = padded[rows, before], padded[rows, before + 1]
    return first + share * (second - first)


def slopes(resampled: FloatArray) -> FloatArray:
    """Return derivatives by the share of the length, central, one-sided at the ends."""
    return np.gradient(resampled, 1 / (resampled.shape[1] - 1), axis=1)


def tangents(resampled: FloatArray) -> FloatArray:
    """Return unit tangents ``(curve, point, component)``; zero where a curve does not move."""
    derivative = slopes(resampled)
    return derivative / (np.linalg.norm(derivative, axis=2, keepdims=True) + 1e-12)


def curve_distances(resampled: FloatArray) -> FloatArray:
    """Return the H1 distances between curves, ``(curve, curve)``, divided by their median.

    The root of the mean squared distance of points plus half that of slopes. The median is that
    over pairs of different curves; where it is zero, distances are as they are.
    """
    from scipy.spatial.distance import pdist, squareform

    count, n_points = resampled.shape[:2]
    both = np.concatenate([resampled, np.sqrt(SLOPE_WEIGHT) * slopes(resampled)], axis=2)
    distances = pdist(both.reshape(count, -1)) / np.sqrt(n_points)
    middle = float(np.median(distances)) if len(distances) else 0.0
    return squareform(distances / (middle if middle > 0 else 1))
