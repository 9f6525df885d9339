"""Gratings drawn by us with the period, grey levels and phase of the study's."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_nfm.stimuli.motion import MOTION

__all__ = ["GRATINGS", "Grating", "draw_grating"]

DARK, BRIGHT = 68, 188


@dataclass(frozen=True)
class Grating:
    """A square-wave grating, in pixels of the still image.

    The bars of diagonal gratings are a whole number of pixels wide along x and y, so that their
    perpendicular period differs a little from that of the cardinal ones, as in the study.

    Parameters
    ----------
    bar
        Width of one bar (half a period) in the cardinal directions.
    diagonal_bar
        Width along x, and along y, of one bar in the diagonal directions.
    rightward_onset, leftward_onset
        Where a bright bar begins in diagonal gratings that move to the right and to the left:
        pixels along x in the direction of motion from the lower left corner of the image.
    """

    bar: int
    diagonal_bar: int
    rightward_onset: float
    leftward_onset: float


GRATINGS = {
    "W12": Grating(129, 182, 131.5, 57.5),
    "W1": Grating(10, 14, 17.125, 27.125),
    "W2": Grating(21, 30, 57.625, 27.59375),
}
"""The study's gratings by the part of the category's name that is the width; as measured."""


def draw_grating(width_name: str, direction: int, height: int, width: int) -> NDArray[np.uint8]:
    """Draw a square-wave grating whose bars are perpendicular to the motion.

    Edges are antialiased by the share of each pixel that a bar covers. Opposite cardinal
    directions have the same image.

    Parameters
    ----------
    width_name
        Key of `GRATINGS`.
    direction
        Direction of motion in degrees, a key of ``MOTION``.
    height, width
        Size of the image in pixels.

    Returns
    -------
    ndarray
        Grey image ``(height, width)``, uint8, levels 68 to 188.
    """
    grating = GRATINGS[width_name]
    down, right = MOTION[direction]
    # Positions are counted from the lower left corner, y upward; bars are cardinal or diagonal,
    # so that a pixel's grey is one of a short profile's.
    column = np.arange(width)
    row = np.arange(height - 1, -1, -1)
    if down == 0:
        profile = _sharp_share(_bars(column + 0.5, grating.bar))
        return np.broadcast_to(_grey(profile), (height, width)).copy()
    if right == 0:
        profile = _sharp_share(_bars(row + 0.5, grating.bar))
        return np.broadcast_to(_grey(profile)[:, None], (height, width)).copy()
    onset = grating.rightward_onset if right > 0 else grating.leftward_onset
    travelled = right * column[None, :] - down * row[:, None]
    # Of the two half-pixel offsets to the pixels' centres, opposite ones cancel.
    positions = np.arange(travelled.min(), travelled.max() + 1) + (right - down) / 2
    profile = _diagonal_share(_bars(positions - onset, grating.diagonal_bar))
    return _grey(profile)[travelled - travelled.min()]


def _grey(bright_share: NDArray[np.floating]) -> NDArray[np.uint8]:
    return np.round(DARK + (BRIGHT - DARK) * bright_share).astype(np.uint8)


def _bars(position: NDArray[np.floating], bar: int) -> NDArray[np.floating]:
    """Return the distance to the nearest edge: positive in bright bars, negative in dark ones."""
    phase = position % (2 * bar)
    within = phase % bar
    distance = np.minimum(within, bar - within)
    return np.where(phase < bar, distance, -distance)


def _sharp_share(distance: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return 1 on the bright side of an edge between pixels, 0 on the dark one."""
    return np.where(distance > 0, 1.0, 0.0)


def _diagonal_share(distance: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return the share of a pixel on the bright side of a 45° edge, `distance` along x from it."""
    clipped = np.clip(distance, -1.0, 1.0)
    corner = (1.0 - np.abs(clipped)) ** 2 / 2
    return np.where(clipped > 0, 1.0 - corner, corner)
