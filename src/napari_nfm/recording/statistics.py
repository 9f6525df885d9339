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
    "add_interpolated",
    "largest_read",
    "normalise_frames",
    "normalised_sum",
]

SMALLEST_PEAK = 1e-8
"""The least that a frame is divided by."""

UNITS_AT_ONCE = 512
CHANNELS_AT_ONCE = 32

ROUNDING = 1e-5
"""By how much, relatively, a weighted mean may come out above the largest value in it."""


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


def add_interpolated(total: Tensor, maps: Tensor, taps: Taps) -> Tensor:
    """Add the normalised frames of what units read from maps, without keeping it.

    Parameters
    ----------
    total
        The sum over earlier frames, ``(unit, channel)``; changed in place.
    maps
        Maps ``(channel, time, position)`` that the units read, not rectified.
    taps
        The pixels that each unit reads.

    Returns
    -------
    Tensor
        The largest value of each frame.
    """
    tables = maps.permute(1, 2, 0).contiguous()
    largest = torch.stack([largest_read(table, taps) for table in tables])
    # Rectified after it is scaled: the same, and one pass less.
    tables *= (1 / largest.clamp_min(SMALLEST_PEAK))[:, None, None]
    # Some units at a time, so that what they read stays in the cache of a CPU.
    for first in range(0, taps.units, UNITS_AT_ONCE):
        units = slice(first, first + UNITS_AT_ONCE)
        part = Taps(taps.pixels[units], taps.weights[units])
        for table in tables:
            total[units].add_(part.read(table).relu_())
    return largest


def largest_read(table: Tensor, taps: Taps) -> Tensor:
    """Return the largest rectified value that units read from the maps of one frame.

    What is read of a channel is never above the largest value of that channel, so few channels
    are read: those with the largest, until no other can hold more.

    Parameters
    ----------
    table
        ``(position, channel)``.
    taps
        The pixels that each unit reads.

    Returns
    -------
    Tensor
        One number.
    """
    bounds, channels = table.amax(0).sort(descending=True)
    largest = table.new_zeros(())
    for first in range(0, len(channels), CHANNELS_AT_ONCE):
        if bounds[first] * (1 + ROUNDING) < largest:
            break
        some = table[:, channels[first : first + CHANNELS_AT_ONCE]]
        largest = torch.maximum(largest, taps.read(some).max())
    return largest


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
        key = condition, site.name
        if site.interpolated:
            assert self.taps is not None
            if key not in self._sums:
                self._sums[key] = activity.new_zeros(self.taps.units, len(activity)).T
            largest = add_interpolated(self._sums[key].T, activity, self.taps)
        else:
            total, largest = normalised_sum(activity)
            self._sums[key] = self._sums[key].add_(total) if key in self._sums else total
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
