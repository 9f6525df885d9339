"""From feature maps to units: a position on the maps and a weight per feature.

Each unit reads every feature map at one learned position, bilinearly, and weighs what it finds
(Wang et al., 2025; after the Gaussian readout of Lurz et al., 2021).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from napari_nfm.fnn.architecture import Architecture

__all__ = ["PreparedReadout", "Readout", "interpolate"]


BUNCH = 32
FRAMES_AT_ONCE = 8  # bounds the copies of feature vectors, 15 MB a frame at most


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
    """The units, sorted by the place on the maps that they read.

    All units between the same four pixels need the same four feature vectors, so they are read
    together: first the product of features and weights at each pixel, then the bilinear sum.
    Units lie in bunches of equal size, padded with zeros where a place has fewer.

    Parameters
    ----------
    positions
        (unit, 2): x and y in (-1, 1) over the width and height of the maps.
    features
        (bunch, row, stream × feature), divided by the number of streams.
    pixels
        (bunch, 4): flat numbers of the four pixels.
    weights
        (bunch × row, 4, 1): bilinear weights.
    rows
        (unit,): row of each unit, counted over all bunches.
    bias
        (unit,), the mean over streams.
    """

    positions: Tensor
    features: Tensor
    pixels: Tensor
    weights: Tensor
    rows: Tensor
    bias: Tensor

    def __call__(self, values: Tensor) -> Tensor:
        """Return the response of every unit to the core's output.

        response = exp(mean over streams of (Σ_c weight_c · map_c(position) + bias))

        Parameters
        ----------
        values
            (batch, position, stream × feature).

        Returns
        -------
        Tensor
            (batch, unit).
        """
        logarithms = [self._logarithm(part) for part in values.split(FRAMES_AT_ONCE)]
        return torch.exp(torch.cat(logarithms, dim=1).T + self.bias)

    def _logarithm(self, values: Tensor) -> Tensor:
        n_frames, _, n_features = values.shape
        by_pixel = values.transpose(0, 1).flatten(1)
        seen = by_pixel.index_select(0, self.pixels.flatten()).view(
            len(self.pixels), 4 * n_frames, n_features
        )
        products = torch.bmm(self.features, seen.mT).view(-1, 4, n_frames)
        return (products * self.weights).sum(dim=1).index_select(0, self.rows)


class Readout(nn.Module):
    """Positions and feature weights of all units of a scan."""

    def __init__(self, architecture: Architecture, units: int) -> None:
        super().__init__()
        streams = architecture.streams
        self.map_size = architecture.map_sizes()[-1]
        self.position = _Position(units)
        self.feature = _Feature(streams, units, architecture.features)
        self.biases = nn.ParameterList(nn.Parameter(torch.zeros(units, 1)) for _ in range(streams))

    def prepare(self, streams: Sequence[int]) -> PreparedReadout:
        """Sort the units by place and put the weights of the given streams side by side."""
        positions = self.position.mu.tanh()
        pixels, weights = bilinear_taps(positions, self.map_size)
        rows, n_bunches = _bunches(pixels[:, 0])

        def to_rows(values: Tensor) -> Tensor:
            return values.new_zeros(n_bunches * BUNCH, values.shape[1]).index_copy(0, rows, values)

        features = torch.cat([self.feature.weights[s][:, 0] for s in streams], dim=1)
        biases = torch.cat([self.biases[s] for s in streams], dim=1)
        bunch_pixels = pixels.new_zeros(n_bunches, 4)
        bunch_pixels[rows // BUNCH] = pixels
        return PreparedReadout(
            positions=positions,
            features=to_rows(features / len(streams)).view(n_bunches, BUNCH, -1),
            pixels=bunch_pixels,
            weights=to_rows(weights)[..., None],
            rows=rows,
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
    by_pixel = maps.flatten(-2).flatten(0, -2).T.contiguous()
    read = F.embedding_bag(pixels, by_pixel, per_sample_weights=weights, mode="sum")
    return read.T.view(*maps.shape[:-2], len(positions))


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


def _bunches(places: Tensor) -> tuple[Tensor, int]:
    """Give each unit a row so that no bunch of rows holds units of two places.

    Parameters
    ----------
    places
        (unit,): number of the place that each unit reads.

    Returns
    -------
    tuple
        The row of each unit, and the number of bunches.
    """
    order = torch.argsort(places, stable=True)
    counts = torch.bincount(places)
    rank = torch.arange(len(places), device=places.device)
    rank = rank - (counts.cumsum(0) - counts)[places[order]]
    bunches = (counts + BUNCH - 1) // BUNCH
    first_row = (bunches.cumsum(0) - bunches) * BUNCH
    rows = torch.empty_like(order)
    rows[order] = first_row[places[order]] + rank
    return rows, int(bunches.sum())
