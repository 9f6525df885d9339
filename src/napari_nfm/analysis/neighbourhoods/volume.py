"""Volume ratios: how much of its neighbourhood's volume a unit's kernel fills.

A kernel of the right width, summed over all units, comes to the number of neighbours times the
fraction of a unit's volume that a Gaussian has in log2(degree) dimensions. A ratio near 1 says
so; a ratio far above it says that the kernel bridges a gap.
"""

from typing import NamedTuple

import numpy as np

from napari_nfm.analysis.neighbourhoods.result import FloatArray, IntArray

__all__ = ["KernelSums", "Threshold", "prune_threshold", "quartiles", "volume_ratios"]

ELEMENTS_AT_ONCE = 1_000_000
FEWEST_DEVIATIONS = 4.5
LOWEST_THRESHOLD = 2.75


class KernelSums:
    """Sums over all units of each unit's own Gaussian, recomputed only where its scale changed.

    Parameters
    ----------
    squared_distances
        ``(unit, unit)``.
    """

    def __init__(self, squared_distances: FloatArray) -> None:
        self._squared = squared_distances
        self._scales = np.zeros(len(squared_distances))
        self._sums = np.zeros(len(squared_distances))

    def of(self, scales: FloatArray) -> FloatArray:
        """Return Σ_j exp(-D_ij² / σ_i²) per unit i, itself included; 0 where the scale is 0."""
        self._sums[scales <= 0] = 0
        changed = np.flatnonzero((scales != self._scales) & (scales > 0))
        step = max(1, ELEMENTS_AT_ONCE // len(scales))
        for start in range(0, len(changed), step):
            units = changed[start : start + step]
            exponents = self._squared[units]
            exponents /= -(scales[units, np.newaxis] ** 2)
            self._sums[units] = np.exp(exponents, out=exponents).sum(axis=1)
        self._scales = scales.copy()
        return self._sums.copy()


def volume_ratios(kernel_sums: FloatArray, degree: IntArray) -> FloatArray:
    """Return each unit's volume ratio: its kernel sum over d (√π / 2)^log2(d), d its degree.

    Degrees count as at least 2; units without edges have ratio 0.
    """
    at_least_two = np.maximum(degree, 2)
    expected = at_least_two * (np.sqrt(np.pi) / 2) ** np.log2(at_least_two)
    return np.where(degree > 0, kernel_sums / expected, 0)


def quartiles(ratios: FloatArray) -> FloatArray:
    """Return the quartiles of the volume ratios of connected units, by linear interpolation."""
    connected = np.sort(ratios[ratios > 0])
    places = np.array([0.25, 0.5, 0.75]) * (len(connected) - 1)
    return np.interp(places, np.arange(len(connected)), connected)


class Threshold(NamedTuple):
    """Robust mean and standard deviation of volume ratios, and what lies far above them."""

    mean: float
    deviation: float
    value: float


def prune_threshold(ratios: FloatArray) -> Threshold:
    """Return the volume ratio above which a unit's farthest edge is pruned.

    Parameters
    ----------
    ratios
        ``(unit,)``; zeros, those of disconnected units, are ignored.

    Notes
    -----
    Mean and standard deviation are estimated from the quartiles of n values (Wan, Wang, Liu and
    Tong, BMC Medical Research Methodology 14:135, 2014, scenario C3; the reference's 0.333 in
    the place of a third is kept).
    """
    from scipy.special import ndtri

    n = int((ratios > 0).sum())
    low, median, high = quartiles(ratios)
    mean = 0.333 * (low + median + high)
    deviation = (high - low) / (2 * ndtri((0.75 * n - 0.125) / (n + 0.25)))
    value = max(LOWEST_THRESHOLD, mean + FEWEST_DEVIATIONS * deviation)
    stricter = 5 - (median - 1)
    if ratios.max() <= value and stricter < value:
        value = stricter
    return Threshold(float(mean), float(deviation), float(value))
