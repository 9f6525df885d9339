"""Frames of activity gathered in memory until a block of them is complete."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from napari_nfm.recording.conditions import Condition
from napari_nfm.recording.recorded_site import RecordedSite

__all__ = ["Blocks", "torch_type"]


class Blocks:
    """Gathers the frames of a block, which are written at once.

    Blocks begin at multiples of their length, and no frames belong to two of them.

    Parameters
    ----------
    n_frames
        Frames of a sequence.
    block
        Frames of a block.
    """

    def __init__(self, n_frames: int, block: int) -> None:
        self.n_frames = n_frames
        self.block = block
        self._memory: dict[tuple[int, str], Tensor] = {}

    def add(
        self, condition: Condition, start: int, site: RecordedSite, values: Tensor, kind: np.dtype
    ) -> tuple[int, NDArray] | None:
        """Add ``(..., time, ...)``, time being the second axis.

        Returns
        -------
        tuple or None
            The first frame and all values of the block, where these complete it.
        """
        first = start - start % self.block
        length = min(self.block, self.n_frames - first)
        key, dtype = (condition.index, site.name), torch_type(kind)
        if start == first:
            shape = values.shape[0], length, *values.shape[2:]
            self._memory[key] = torch.empty(shape, dtype=dtype)
        end = start - first + values.shape[1]
        # From an accelerator as few bytes as possible; on the CPU one pass less.
        narrow = values if values.device.type == "cpu" else values.to(dtype)
        self._memory[key][:, start - first : end].copy_(narrow)
        return (first, self._memory.pop(key).numpy()) if end == length else None


def torch_type(dtype: np.dtype) -> torch.dtype:
    """Return the type of tensors for one of the two types of a recording."""
    return torch.float16 if dtype == np.float16 else torch.float32
