"""Where mean activity goes: whatever keeps it, and maps that are kept."""

from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from napari_nfm.recording.blocks import Blocks
from napari_nfm.recording.conditions import Condition
from napari_nfm.recording.description import Description
from napari_nfm.recording.errors import ActivityRangeError
from napari_nfm.recording.interpolation import Taps
from napari_nfm.recording.layout import create_activity, open_activity
from napari_nfm.recording.recorded_site import RecordedSite

__all__ = ["Keeper", "KeptMaps", "too_large"]


class Keeper(Protocol):
    """Keeps mean activity as it comes, and may be given the same again."""

    def keep(self, condition: Condition, start: int, site: RecordedSite, activity: Tensor) -> None:
        """Keep the activity of a site.

        Parameters
        ----------
        condition
            The condition.
        start
            First frame of `activity`.
        site
            The site.
        activity
            ``(channel, time, position)`` float32, rectified unless maps are kept; for an
            interpolated site, the maps that its units read, never rectified.
        """


class KeptMaps:
    """Maps in the finished store.

    Parameters
    ----------
    store
        The store.
    description
        What the recording is of.
    block
        Frames written at once.
    taps
        What units read from maps, where a site is interpolated.
    fresh
        Whether nothing was kept yet.
    """

    def __init__(
        self,
        store: Path,
        description: Description,
        block: int,
        taps: Taps | None,
        fresh: bool,
    ) -> None:
        self.taps = taps
        self._blocks = Blocks(description.n_frames, block)
        self._arrays = {
            site.name: create_activity(store, site, description, block)
            if fresh
            else open_activity(store, site)
            for site in description.sites
        }

    def keep(self, condition: Condition, start: int, site: RecordedSite, activity: Tensor) -> None:
        """Write a block; see `Keeper.keep`."""
        array = self._arrays[site.name]
        if site.interpolated:
            assert self.taps is not None
            tables = activity.permute(1, 2, 0).contiguous()
            activity = torch.stack([self.taps.read(table).T for table in tables], 1)
        complete = self._blocks.add(condition, start, site, activity, array.dtype)
        if complete is None:
            return
        first, numbers = complete
        if np.isinf(numbers).any():
            raise too_large(site, condition)
        maps = np.ascontiguousarray(numbers.swapaxes(0, 1)).reshape(-1, *site.shape)
        for category, direction in condition.targets:
            array[category, direction, first : first + len(maps)] = maps


def too_large(site: RecordedSite, condition: Condition) -> ActivityRangeError:
    """Return the error that float16 cannot hold some activity."""
    return ActivityRangeError(
        f"The activity at {site.name} during {condition.label} is larger than float16 can hold",
        "record to another folder with dtype='float32'",
    )
