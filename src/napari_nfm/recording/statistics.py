"""The response that sampling weighs units by.

Every frame of a site is rectified and divided by its largest value, so that no frame outweighs
another; a unit's response to a sequence is the mean over its frames (Bertram et al., arXiv
2601.21508). The maximum over sequences is what `draw_units` takes. A maximum does not change when
a sequence is counted twice, so a batch may be replayed after a crash.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from napari_nfm.recording.conditions import Condition
from napari_nfm.recording.interpolation import Taps
from napari_nfm.recording.recorded_site import RecordedSite

__all__ = [
    "SMALLEST_PEAK",
    "PeakResponses",
    "interpolated_sum",
    "normalise_frames",
    "normalised_sum",
]

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


class PeakResponses:
    """Peak response of every unit, and the largest value of every frame, of all sites.

    Parameters
    ----------
    peaks
        ``(channel, position)`` by site, as of an earlier batch; changed in place.
    n_frames
        Frames of a sequence.
    taps
        The pixels that units read, where a site is interpolated.
    """

    def __init__(self, peaks: Mapping[str, Tensor], n_frames: int, taps: Taps | None) -> None:
        self.peaks = peaks
        self.n_frames = n_frames
        self.taps = taps
        self._sums: dict[tuple[Condition, str], Tensor] = {}
        self._maxima: dict[tuple[Condition, str], list[NDArray[np.float32]]] = {}

    def add(self, condition: Condition, site: RecordedSite, activity: Tensor) -> float:
        """Add a block of frames.

        Parameters
        ----------
        condition
            The condition.
        site
            The site.
        activity
            ``(channel, time, position)``, rectified; for an interpolated site, the maps that its
            units read, not rectified.

        Returns
        -------
        float
            The largest value.
        """
        if site.interpolated:
            assert self.taps is not None
            total, largest = interpolated_sum(activity, self.taps)
        else:
            total, largest = normalised_sum(activity)
        key = condition, site.name
        self._sums[key] = self._sums[key] + total if key in self._sums else total
        maxima = largest.cpu().numpy()
        self._maxima.setdefault(key, []).append(maxima)
        return float(maxima.max())

    def finish(
        self, batch: Sequence[Condition]
    ) -> dict[tuple[Condition, str], NDArray[np.float32]]:
        """Raise the peaks by conditions that are complete, and return the maxima of their frames.

        Other conditions may be added to in other threads.
        """
        maxima = {}
        for condition in batch:
            for site, peaks in self.peaks.items():
                total = self._sums.pop((condition, site))
                torch.maximum(peaks, total / self.n_frames, out=peaks)
                maxima[condition, site] = np.concatenate(self._maxima.pop((condition, site)))
        return maxima

    def drop(self) -> None:
        """Forget the conditions that are not complete."""
        self._sums.clear()
        self._maxima.clear()


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
    return np.divide(courses, np.maximum(largest, SMALLEST_PEAK), dtype=np.float32)
