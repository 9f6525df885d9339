"""What every unit of the readout finds on the maps at its position."""

from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor

from napari_nfm.fnn.readout import Readout, bilinear_taps

__all__ = ["Taps", "weighted_rows"]


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

    def read(self, table: Tensor) -> Tensor:
        """Read one frame at every unit.

        Parameters
        ----------
        table
            ``(position, channel)``, contiguous.

        Returns
        -------
        Tensor
            ``(unit, channel)``.
        """
        if table.device.type == "cpu":
            # One kernel without intermediates, several times as quick as the line below; there
            # is none for MPS.
            return F.embedding_bag(self.pixels, table, mode="sum", per_sample_weights=self.weights)
        return weighted_rows(table, self.pixels, self.weights)

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


def weighted_rows(table: Tensor, rows: Tensor, weights: Tensor) -> Tensor:
    """Sum some rows of a table, each with its weight, on any device.

    Parameters
    ----------
    table
        ``(row, column)``.
    rows, weights
        Which rows, and their weights, ``(sum, term)``.

    Returns
    -------
    Tensor
        ``(sum, column)``.
    """
    return (table[rows] * weights[..., None]).sum(1)
