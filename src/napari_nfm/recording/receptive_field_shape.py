"""Where a receptive field lies, how wide it is, and whether there is one at all."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["FieldShape", "energy", "outlined", "shape_of"]

FloatArray = NDArray[np.float64]
HALF = 0.5
"""Share of the profile's peak from which a place belongs to the receptive field."""


@dataclass(frozen=True)
class FieldShape:
    """What one receptive field is like.

    Attributes
    ----------
    centre_y, centre_x
        Centroid of the field, in pixels of the stimulus.
    width
        Diameter in pixels of a circle with the field's area.
    peak_lag
        Frames from the strongest pixel of the field to the response.
    peak
        Signed value of that pixel; negative where darkness drives the unit.
    """

    centre_y: float
    centre_x: float
    width: float
    peak_lag: int
    peak: float


def energy(values: NDArray[np.floating], smoothing: float) -> FloatArray:
    """Return the sum of squares over lags at each place, smoothed in space.

    Parameters
    ----------
    values
        ``(..., lag, y, x)``.
    smoothing
        Standard deviation of the Gaussian, in steps of the last two axes.
    """
    from scipy.ndimage import gaussian_filter

    squares = (values.astype(np.float64) ** 2).sum(axis=-3)
    return gaussian_filter(squares, smoothing, mode="nearest", axes=(-2, -1))


def outlined(profile: FloatArray) -> NDArray[np.bool_]:
    """Return the receptive field: all places around the peak with at least half its strength."""
    from scipy.ndimage import label

    regions, _ = label(profile >= HALF * profile.max())
    return regions == regions[np.unravel_index(profile.argmax(), profile.shape)]


def shape_of(values: FloatArray, profile: FloatArray, block: int = 1) -> FieldShape:
    """Describe a receptive field that is not zero everywhere.

    Parameters
    ----------
    values
        ``(lag, y, x)``.
    profile
        ``(y, x)``: strength at each place, the root of its `energy`.
    block
        Pixels of the stimulus per step of y and x.
    """
    inside = outlined(profile)
    rows, columns = np.nonzero(inside)
    weights = profile[inside]
    strongest = np.where(inside, np.abs(values), -1.0)
    lag, row, column = np.unravel_index(strongest.argmax(), values.shape)

    def centroid(places: NDArray[np.intp]) -> float:
        return float(((weights @ places) / weights.sum() + 0.5) * block - 0.5)

    return FieldShape(
        centre_y=centroid(rows),
        centre_x=centroid(columns),
        width=float(2 * block * np.sqrt(inside.sum() / np.pi)),
        peak_lag=int(lag),
        peak=float(values[lag, row, column]),
    )
