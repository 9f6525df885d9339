"""What every unit of the readout finds on the maps at its position."""

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from napari_nfm.fnn.readout import Readout, bilinear_taps

__all__ = ["Taps"]

UNITS_AT_ONCE = 256
"""Units read in one product; their pixels then stay in the processor's cache."""


@dataclass(frozen=True)
class Taps:
    """The four pixels around each unit's position, with bilinear weights.

    Parameters
    ----------
    pixels
        Flat pixel numbers ``(unit, 4)``.
    weights
        Weights ``(unit, 4)``.
    """

    pixels: Tensor
    weights: Tensor

    @classmethod
    def of(cls, readout: Readout, size: tuple[int, int]) -> "Taps":
        """Find the pixels that the units of `readout` read on maps of height and width `size`."""
        positions = readout.position.mu.detach().tanh()
        return cls(*bilinear_taps(positions, size))

    @property
    def units(self) -> int:
        """Number of units."""
        return len(self.pixels)

    @cached_property
    def _blocks(self) -> list[tuple[Tensor, Tensor]]:
        return [
            (pixels.flatten(), weights[:, None])
            for pixels, weights in zip(
                self.pixels.split(UNITS_AT_ONCE), self.weights.split(UNITS_AT_ONCE), strict=True
            )
        ]

    def read(self, maps: Tensor) -> Tensor:
        """Read one frame at every unit.

        Parameters
        ----------
        maps
            ``(channel, position)``.

        Returns
        -------
        Tensor
            ``(unit, channel)``.
        """
        table = maps.T.contiguous()
        values = maps.new_empty(self.units, len(maps))
        for (pixels, weights), part in zip(self._blocks, values.split(UNITS_AT_ONCE), strict=True):
            rows = table.index_select(0, pixels).unflatten(0, (-1, 4))
            torch.bmm(weights, rows, out=part[:, None])
        return values

    def read_pairs(self, maps: Tensor, channels: Tensor, units: Tensor) -> Tensor:
        """Read chosen units on one chosen channel each.

        Parameters
        ----------
        maps
            ``(channel, time, position)``.
        channels
            Channel of each pair.
        units
            Unit of each pair.

        Returns
        -------
        Tensor
            ``(pair, time)``.
        """
        pixels, weights = self.pixels[units], self.weights[units]
        taps = [maps[channels, :, pixels[:, k]] * weights[:, k, None] for k in range(4)]
        return taps[0] + taps[1] + taps[2] + taps[3]
