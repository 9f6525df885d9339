"""The response that sampling weighs units by.

Every frame of a site is rectified and divided by its largest value, so that no frame outweighs
another; a unit's response to a sequence is the mean over its frames (Bertram et al., arXiv
2601.21508). The maximum over sequences is what `draw_units` takes. A maximum does not change when
a sequence is counted twice, so a batch may be replayed after a crash.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from napari_nfm.recording.interpolation import Taps

__all__ = ["SMALLEST_PEAK", "interpolated_sum", "normalise_frames", "normalised_sum"]

SMALLEST_PEAK = 1e-8
"""The least that a frame is divided by."""


def normalised_sum(activity: Tensor) -> tuple[Tensor, Tensor]:
    """Sum the normalised frames of one sequence.

    Parameters
    ----------
    activity
        Rectified activity ``(channel, time, position)``.

    Returns
    -------
    tuple
        The sum over time, ``(channel, position)``, and the largest value of each frame.
    """
    # One reduction at a time: both at once takes torch twice as long.
    largest = activity.amax(2).amax(0)
    return torch.matmul(1 / largest.clamp_min(SMALLEST_PEAK), activity), largest


def interpolated_sum(maps: Tensor, taps: Taps) -> tuple[Tensor, Tensor]:
    """Sum the normalised frames of what units read from maps, without keeping it.

    Parameters
    ----------
    maps
        Maps ``(channel, time, position)`` that the units read, not rectified.
    taps
        The pixels that each unit reads.

    Returns
    -------
    tuple
        The sum over time, ``(channel, unit)``, and the largest value of each frame.
    """
    channels, n_frames = maps.shape[:2]
    total = maps.new_zeros(taps.units, channels)
    largest = maps.new_empty(n_frames)
    for frame in range(n_frames):
        activity = taps.read(maps[:, frame]).relu_()
        largest[frame] = activity.max()
        total.add_(activity, alpha=1 / max(float(largest[frame]), SMALLEST_PEAK))
    return total.T, largest


def normalise_frames(
    courses: NDArray[np.float32], largest: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Divide time courses by the largest value of their site in each frame, as the study does.

    Parameters
    ----------
    courses
        ``(unit, ..., time)``.
    largest
        ``(..., time)``.

    Returns
    -------
    ndarray
        ``(unit, ..., time)``.
    """
    return courses / np.maximum(largest, np.float32(SMALLEST_PEAK))
