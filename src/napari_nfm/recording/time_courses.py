"""Time courses of sampled units by way of plain files: from mean maps on disk, or as they come."""

from collections.abc import Collection, Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from napari_nfm.recording.blocks import Blocks, torch_type
from napari_nfm.recording.conditions import Condition
from napari_nfm.recording.description import Description
from napari_nfm.recording.files import NumberFile
from napari_nfm.recording.interpolation import Taps
from napari_nfm.recording.recorded_site import RecordedSite
from napari_nfm.recording.unfinished import Unfinished

__all__ = ["SampledUnits", "TemporaryMaps"]


class _InFiles:
    """Keeps values in plain files, one per site, a record per condition, block by block.

    Parameters
    ----------
    files
        The files by site.
    n_frames
        Frames of a sequence.
    block
        Frames written at once.
    """

    def __init__(self, files: Mapping[str, NumberFile], n_frames: int, block: int) -> None:
        self.n_frames = n_frames
        self.block = block
        self._files = files
        self._blocks = Blocks(n_frames, block)

    def check(self, conditions: Collection[int]) -> None:
        """Make sure that the conditions of these numbers are there.

        Raises
        ------
        StoreError
            A file is missing or too short.
        """
        for file in self._files.values():
            file.check_length(max(conditions, default=-1) + 1)

    def _write(self, condition: Condition, start: int, site: RecordedSite, values: Tensor) -> None:
        """Write frames from `start` on, ``(..., time, ...)``, when their block is complete."""
        file = self._files[site.name]
        complete = self._blocks.add(condition, start, site, values, file.dtype)
        if complete is not None:
            first, numbers = complete
            file.write(condition.index, numbers, offset=file.values // self.n_frames * first)


class TemporaryMaps(_InFiles):
    """Mean maps on disk until the units are known.

    Interpolated sites keep the maps that their units read, in float32, so that the interpolated
    values are the same as those of a second pass. A record holds, block of frames by block,
    ``(channel, time, position)``: one channel is read at once.

    Parameters
    ----------
    unfinished
        Where to.
    description
        What the recording is of.
    block
        Frames written at once.
    taps
        What units read from maps, where a site is interpolated.
    """

    def __init__(
        self, unfinished: Unfinished, description: Description, block: int, taps: Taps | None
    ) -> None:
        self._dtype = torch_type(np.dtype(description.dtype))
        self.taps = None if taps is None else Taps(taps.pixels.cpu(), taps.weights.cpu())
        files = {
            site.name: unfinished.numbers(
                site.name,
                "maps",
                "float32" if site.interpolated else description.dtype,
                site.averaged_values * description.n_frames,
            )
            for site in description.sites
        }
        super().__init__(files, description.n_frames, block)

    def keep(self, condition: Condition, start: int, site: RecordedSite, activity: Tensor) -> None:
        """Write a block; see `Keeper.keep`."""
        self._write(condition, start, site, activity)

    def read(
        self, index: int, site: RecordedSite, units: NDArray[np.int64]
    ) -> NDArray[np.floating]:
        """Read the time courses of units in a condition.

        Parameters
        ----------
        index
            Number of the condition.
        site
            The site.
        units
            Channel and position, ``(unit, 2)``.

        Returns
        -------
        ndarray
            ``(unit, time)`` in the type of the recording.

        Raises
        ------
        StoreError
            The file is missing or ends before.
        """
        positions = site.averaged_values // len(site.channels)
        channels, rows = np.unique(units[:, 0], return_inverse=True)
        file, blocks = self._files[site.name], []
        for start in range(0, self.n_frames, self.block):
            length = min(self.block, self.n_frames - start) * positions
            first = site.averaged_values * start
            numbers = file.read(index, list(first + channels * length), length)
            blocks.append(torch.from_numpy(numbers).unflatten(1, (-1, positions)))
        chosen = np.column_stack([rows, units[:, 1]])
        courses = _take_courses(site, torch.cat(blocks, dim=1), chosen, self.taps)
        return courses.to(self._dtype).numpy()


class SampledUnits(_InFiles):
    """The time courses of the sampled units, on disk until all are there.

    A record holds, block of frames by block, ``(unit, time)``.

    Parameters
    ----------
    unfinished
        Where to.
    description
        What the recording is of.
    block
        Frames written at once.
    units
        Channel and position of the units by site, ``(unit, 2)``.
    taps
        What units read from maps, where a site is interpolated.
    """

    def __init__(
        self,
        unfinished: Unfinished,
        description: Description,
        block: int,
        units: Mapping[str, NDArray[np.int64]],
        taps: Taps | None,
    ) -> None:
        self.units = units
        self.taps = taps
        files = {
            site: unfinished.numbers(
                site, "courses", description.dtype, len(drawn) * description.n_frames
            )
            for site, drawn in units.items()
        }
        super().__init__(files, description.n_frames, block)

    def keep(self, condition: Condition, start: int, site: RecordedSite, activity: Tensor) -> None:
        """Write the units' values of a block; see `Keeper.keep`."""
        courses = _take_courses(site, activity, self.units[site.name], self.taps)
        self._write(condition, start, site, courses)

    def read(
        self, index: int, site: RecordedSite, units: NDArray[np.int64]
    ) -> NDArray[np.floating]:
        """Read the time courses of all units; see `TemporaryMaps.read`."""
        n_units = len(units)
        blocks = []
        for start in range(0, self.n_frames, self.block):
            length = min(self.block, self.n_frames - start)
            (numbers,) = self._files[site.name].read(index, [n_units * start], n_units * length)
            blocks.append(numbers.reshape(n_units, length))
        return np.concatenate(blocks, axis=1)


def _take_courses(
    site: RecordedSite, activity: Tensor, units: NDArray[np.int64], taps: Taps | None
) -> Tensor:
    """Pick the rectified time courses of units.

    Parameters
    ----------
    site
        The site.
    activity
        ``(channel, time, position)``; for an interpolated site, the maps that its units read.
    units
        Channel and position, ``(unit, 2)``.
    taps
        What units read from maps, where the site is interpolated.

    Returns
    -------
    Tensor
        ``(unit, time)``.
    """
    channels, positions = torch.from_numpy(units).to(activity.device).unbind(1)
    if site.interpolated:
        assert taps is not None
        return taps.read_pairs(activity, channels, positions).relu_()
    return activity[channels, :, positions].relu_()
