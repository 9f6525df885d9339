"""From feature maps to units: a position on the maps and a weight per feature.

Each unit reads every feature map at one learned position, bilinearly, and weighs what it finds
(Wang et al., 2025; after the Gaussian readout of Lurz et al., 2021).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from napari_nfm.fnn.architecture import Architecture

__all__ = ["PreparedReadout", "Readout", "interpolate"]


class _Position(nn.Module):
    def __init__(self, units: int) -> None:
        super().__init__()
        self.mu = nn.Parameter(torch.zeros(units, 2))
        self.sigma = nn.Parameter(torch.zeros(units, 2, 2))  # serves training only


class _Feature(nn.Module):
    def __init__(self, streams: int, units: int, features: int) -> None:
        super().__init__()
        self.weights = nn.ParameterList(
            nn.Parameter(torch.zeros(units, 1, features)) for _ in range(streams)
        )


@dataclass(frozen=True)
class PreparedReadout:
    """Everything about the units that does not change from frame to frame.

    Parameters
    ----------
    positions
        (unit, 2): x and y in (-1, 1) over the width and height of the maps.
    features
        (unit, stream × feature), divided by the number of streams.
    bias
        (unit,), the mean over streams.
    """

    positions: Tensor
    features: Tensor
    bias: Tensor

    def __call__(self, maps: Tensor) -> Tensor:
        """Return the response of every unit to the core's output.

        response = exp(mean over streams of (Σ_c weight_c · map_c(position) + bias))

        Parameters
        ----------
        maps
            (batch, stream × feature, y, x).

        Returns
        -------
        Tensor
            (batch, unit).
        """
        sampled = interpolate(maps, self.positions)
        return torch.exp(torch.einsum("ncu,uc->nu", sampled, self.features) + self.bias)


class Readout(nn.Module):
    """Positions and feature weights of all units of a scan."""

    def __init__(self, architecture: Architecture, units: int) -> None:
        super().__init__()
        streams = architecture.streams
        self.position = _Position(units)
        self.feature = _Feature(streams, units, architecture.features)
        self.biases = nn.ParameterList(nn.Parameter(torch.zeros(units, 1)) for _ in range(streams))

    def prepare(self, streams: Sequence[int]) -> PreparedReadout:
        """Put the weights of the given streams side by side."""
        weights = torch.cat([self.feature.weights[s][:, 0] for s in streams], dim=1)
        biases = torch.cat([self.biases[s] for s in streams], dim=1)
        return PreparedReadout(
            positions=self.position.mu.tanh(),
            features=weights / len(streams),
            bias=biases.mean(dim=1),
        )


def interpolate(maps: Tensor, positions: Tensor) -> Tensor:
    """Read maps at positions, bilinearly; beyond the outermost pixel centres they are constant.

    Equal to `torch.nn.functional.grid_sample` with ``padding_mode="border"`` and
    ``align_corners=False``, but the four pixels around a position are found once for all maps.

    Parameters
    ----------
    maps
        (..., channel, y, x).
    positions
        (unit, 2): x and y, where -1 and 1 are the outer edges of the maps.

    Returns
    -------
    Tensor
        (..., channel, unit).
    """
    pixels, weights = bilinear_taps(positions, (maps.shape[-2], maps.shape[-1]))
    flat = maps.flatten(-2)
    taps = [flat.index_select(-1, pixels[:, k]) * weights[:, k] for k in range(4)]
    return taps[0] + taps[1] + taps[2] + taps[3]


def bilinear_taps(positions: Tensor, size: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """Return the four pixels around each position and their weights.

    Parameters
    ----------
    positions
        (unit, 2): x and y, where -1 and 1 are the outer edges of the map.
    size
        Height and width of the map.

    Returns
    -------
    tuple
        Flat pixel numbers ``y * width + x`` and bilinear weights, each (unit, 4).
    """
    sides = []
    for axis, length in ((1, size[0]), (0, size[1])):
        place = (((positions[:, axis] + 1) * length - 1) / 2).clamp(0, length - 1)
        low = place.floor()
        high = (low + 1).clamp_max(length - 1)
        share = place - low
        sides.append(((low.long(), high.long()), (1 - share, share)))
    (rows, row_weights), (columns, column_weights) = sides
    pixels = [row * size[1] + column for row in rows for column in columns]
    weights = [row * column for row in row_weights for column in column_weights]
    return torch.stack(pixels, dim=1), torch.stack(weights, dim=1)
