"""Moving a still image across the frame."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["MOTION", "move_and_crop"]

MOTION = {
    0: (0, 1),
    45: (-1, 1),
    90: (-1, 0),
    135: (-1, -1),
    180: (0, -1),
    225: (1, -1),
    270: (1, 0),
    315: (1, 1),
}
"""Pixels per frame along (y, x), y downward, of each direction in degrees."""


def move_and_crop(
    image: NDArray[np.uint8], motion: tuple[int, int], n_frames: int, shape: tuple[int, int]
) -> NDArray[np.uint8]:
    """Shift an image cyclically by a constant step per frame and crop its centre.

    Equal to rolling the whole image for each frame; but as the crop of a rolled image is a
    slice of the image, nothing is rolled (and only where the cyclic seam would be seen, the
    border is extended once).

    Parameters
    ----------
    image
        Grey image ``(y, x)``.
    motion
        Whole pixels per frame along (y, x).
    n_frames
        How many frames to make; the first shows the image unmoved.
    shape
        Height and width of the frames.

    Returns
    -------
    ndarray
        Frames ``(time, *shape)``, C-contiguous.
    """
    starts, pads = [], []
    for size, wanted, step in zip(image.shape, shape, motion, strict=True):
        start = size // 2 - wanted // 2
        travel = step * (n_frames - 1)
        before = max(0, travel - start)
        after = max(0, start + wanted - travel - size)
        starts.append(start + before)
        pads.append((before, after))
    if any(map(any, pads)):
        image = np.pad(image, pads, mode="wrap")
    frames = np.empty((n_frames, *shape), dtype=image.dtype)
    for t in range(n_frames):
        top, left = starts[0] - motion[0] * t, starts[1] - motion[1] * t
        frames[t] = image[top : top + shape[0], left : left + shape[1]]
    return frames
