"""The centreline of a bundle: the mean of its curves, smoothed."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from napari_nfm.analysis.tubes.curves import FloatArray
from napari_nfm.analysis.tubes.settings import TubularitySettings

__all__ = ["centreline", "lengths_of"]

LEAST_KNOTS = 8
"""With as many knots, or half as many as there are points, the study's `UnivariateSpline` has
stopped once to find more memory, and has gone on from other knots than `splrep`."""


def centreline(mean: FloatArray, at: FloatArray, settings: TubularitySettings) -> FloatArray:
    """Return a smoothed mean curve ``(point, component)`` at shares `at` of its length.

    Parameters
    ----------
    mean
        ``(point, component)``, the mean of a bundle's curves at equal spacing.
    at
        ``(point,)``, from 0 to 1.
    settings
        Kind and strength of the smoothing.
    """
    if settings.centreline == "study":
        return _splines(mean, at, settings.smoothing)
    from scipy.interpolate import CubicSpline

    smooth = _filter(len(mean), settings.smoothing) @ mean
    return CubicSpline(np.linspace(0, 1, len(mean)), smooth, bc_type="natural")(at)


def lengths_of(lines: FloatArray) -> FloatArray:
    """Return the lengths ``(bundle,)`` of polygons ``(bundle, point, component)``."""
    return np.sqrt((np.diff(lines, axis=1) ** 2).sum(axis=2)).sum(axis=1)


def _splines(mean: FloatArray, at: FloatArray, smoothing: float) -> FloatArray:
    """Return FITPACK's cubic smoothing splines of a curve's components, ``(point, component)``.

    Knots are added until the squared residuals add up to `smoothing`; where that cannot be had,
    the fit at which FITPACK stops is taken, as in the study.
    """
    from scipy.interpolate import UnivariateSpline, splev, splrep

    along = np.linspace(0, 1, len(mean))
    line = np.empty((len(at), mean.shape[1]))
    for component, values in enumerate(mean.T):
        # Of both ways to FITPACK this one leaves Python free for another thread.
        spline, *_ = splrep(along, values, k=3, s=smoothing, full_output=True, quiet=True)
        if len(spline[0]) < max(len(mean) // 2, LEAST_KNOTS):
            line[:, component] = splev(at, spline)
        else:
            line[:, component] = UnivariateSpline(along, values, k=3, s=smoothing)(at)
    return line


@lru_cache(maxsize=16)
def _filter(n_points: int, wavelength: float) -> FloatArray:
    """Return the matrix of the natural cubic smoothing spline, ``(point, point)``.

    It minimises the mean squared residual plus (wavelength / 2 pi)^4 times the integral of the
    squared second derivative (Reinsch 1967; in the form of Green and Silverman 1994, section
    2.3), so that waves of that length are halved. It is linear and the same for all components:
    turning, moving or scaling the curve turns, moves or scales the result.
    """
    from scipy.linalg import solve

    step = 1 / (n_points - 1)
    inner = n_points - 2
    second = np.zeros((n_points, inner))
    places = np.arange(inner)
    second[places, places] = second[places + 2, places] = 1 / step
    second[places + 1, places] = -2 / step
    width = 2 * step / 3 * np.eye(inner) + step / 6 * (np.eye(inner, k=1) + np.eye(inner, k=-1))
    strength = n_points * (wavelength / (2 * np.pi)) ** 4
    roughness = second @ solve(width, second.T, assume_a="pos")
    matrix = np.eye(n_points) + strength * roughness
    return solve(matrix, np.eye(n_points), assume_a="pos")
