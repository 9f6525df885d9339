"""The encoder: three dense blocks of causal convolutions (Wang et al., 2025, feedforward part).

Nothing here depends on what the network did before, except for a history of two frames in front
of each causal convolution; so several frames go through in one call.
"""

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from napari_nfm.fnn.activity import Activity
from napari_nfm.fnn.architecture import INPUT_STRIDE, Architecture, DenseBlock
from napari_nfm.fnn.causal import CausalConvolution, pooled_kernel
from napari_nfm.fnn.layers import GELU_GAIN, Projection, Projections, concatenate_groups

__all__ = ["Feedforward", "Histories", "PreparedFeedforward"]

Histories = tuple[Tensor, ...]
"""The last frames in front of each causal convolution, (sequence, frame, channel, y, x)."""


@dataclass(frozen=True)
class _PreparedBlock:
    """A dense block ready for use. γ is folded into every weight that acts on a GELU's output."""

    convolutions: tuple[CausalConvolution, ...]
    skips: tuple[Tensor, ...]
    groups: int
    pool: int


@dataclass(frozen=True)
class PreparedFeedforward:
    """The encoder with standardised weights.

    Parameters
    ----------
    inputs
        Weight and bias of the convolution in front of each block, and of the last one.
    blocks
        The dense blocks.
    streams
        Number of streams that run.
    """

    inputs: tuple[tuple[Tensor, Tensor], ...]
    blocks: tuple[_PreparedBlock, ...]
    streams: int

    def __call__(
        self, images: Tensor, histories: Histories, depth: int, activity: Activity
    ) -> tuple[Tensor | None, Histories]:
        """Encode some frames.

        Parameters
        ----------
        images
            Retinal images (sequence, frame, y, x).
        histories
            What the previous call returned; empty before the first frame.
        depth
            Number of recording sites of the encoder after which to stop: 1 is L1, 2 is L2, 3 is
            L4, and so on; more than there are runs the whole encoder.
        activity
            Receives the sites ``encoder.*``, (sequence, frame, channel, y, x).

        Returns
        -------
        tuple
            The encoder's output (sequence, frame, channel, y, x), none where `depth` stopped
            earlier; and the histories for the next call.
        """
        n_sequences = images.shape[0]
        padding = (self.inputs[0][0].shape[-1] - INPUT_STRIDE) // 2
        padded = F.pad(images.flatten(0, 1)[:, None], [padding] * 4, mode="replicate")
        x = F.conv2d(padded, *self.inputs[0], stride=INPUT_STRIDE)
        kept: list[Tensor] = []
        for number, block in enumerate(self.blocks):
            # y = GELU(x) without its gain γ, which the next weights carry.
            outputs, responses = [x], [F.gelu(x)]
            _offer(activity, f"encoder.L{3 * number + 1}", responses[0], n_sequences)
            if depth <= 2 * number + 1:
                return None, tuple(kept)
            for layer, convolution in enumerate(block.convolutions):
                pool = block.pool if layer == len(block.convolutions) - 1 else 1
                frames = responses[-1].unflatten(0, (n_sequences, -1))
                before = (
                    histories[len(kept)]
                    if histories
                    else frames.new_zeros(n_sequences, convolution.n_history, *frames.shape[2:])
                )
                kept.append(_last(convolution.n_history, before, frames))
                x = convolution(before, frames).flatten(0, 1)
                if layer > 0:
                    earlier = concatenate_groups(responses[:-1], block.groups)
                    skip = block.skips[layer - 1]
                    x = x + F.conv2d(_pool(earlier, pool), skip, groups=block.groups)
                outputs.append(x)
                if layer == 0:
                    responses.append(F.gelu(x))
                    _offer(activity, f"encoder.L{3 * number + 2}", responses[1], n_sequences)
                    if depth <= 2 * number + 2:
                        return None, tuple(kept)
                elif layer < len(block.convolutions) - 1:
                    responses.append(F.gelu(x))
            pooled = [_pool(output, block.pool) for output in outputs[:-1]]
            x = concatenate_groups([*pooled, outputs[-1]], block.groups)
            activity.offer(f"core.feedforward.blocks.{number}", x.unflatten(0, (n_sequences, -1)))
            x = F.conv2d(x, *self.inputs[number + 1], groups=self.streams)
        return x.unflatten(0, (n_sequences, -1)), tuple(kept)


class _Block(nn.Module):
    def __init__(self, streams: int, block: DenseBlock) -> None:
        super().__init__()
        channels, groups = block.channels, block.groups
        width = channels // groups
        kernel = (block.temporal, block.spatial, block.spatial)
        self.convs = Projections(
            Projection(streams, channels, width, kernel=kernel, groups=groups)
            for _ in range(block.layers)
        )
        # Numbered from 1 as published: the first convolution has no skip.
        skips = [
            Projection(streams, channels, layer * width, groups=groups, bias=False)
            for layer in range(1, block.layers)
        ]
        self.skips = Projections([nn.Identity(), *skips])


class Feedforward(nn.Module):
    """The parameters of the encoder, a set per stream."""

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        self.architecture = architecture
        streams, blocks = architecture.streams, architecture.blocks
        size = architecture.input_kernel
        first = Projection(
            streams,
            blocks[0].channels,
            1,
            kernel=(1, size, size),
            groups=blocks[0].groups,
            gain=False,
        )
        deep = [
            Projection(streams, block.channels, _concatenated(before), groups=block.groups)
            for before, block in pairwise(blocks)
        ]
        self.inputs = Projections([first, *deep])
        self.blocks = nn.ModuleList(_Block(streams, block) for block in blocks)
        self.out = Projection(streams, architecture.encoder_features, _concatenated(blocks[-1]))

    def prepare(self, streams: Sequence[int]) -> PreparedFeedforward:
        """Standardise the weights of the given streams."""
        blocks = []
        for shape, block in zip(
            self.architecture.blocks, cast("Iterable[_Block]", self.blocks), strict=True
        ):
            groups = shape.groups * len(streams)
            convolutions = []
            for layer, convolution in enumerate(block.convs):
                weight = convolution.weight(streams) * GELU_GAIN
                stride = shape.pool if layer == shape.layers - 1 else 1
                convolutions.append(
                    CausalConvolution.prepare(
                        pooled_kernel(weight, stride),
                        convolution.bias(streams),
                        groups=groups,
                        padding=shape.spatial // 2,
                        stride=stride,
                    )
                )
            skips = [s.weight(streams)[:, :, 0] * GELU_GAIN for s in list(block.skips)[1:]]
            blocks.append(_PreparedBlock(tuple(convolutions), tuple(skips), groups, shape.pool))
        inputs = [
            (layer.weight(streams)[:, :, 0], layer.bias(streams))
            for layer in (*self.inputs, self.out)
        ]
        return PreparedFeedforward(tuple(inputs), tuple(blocks), len(streams))


def _concatenated(block: DenseBlock) -> int:
    return block.channels * (block.layers + 1)


def _pool(x: Tensor, size: int) -> Tensor:
    """Average over squares; sums of slices are several times faster here than avg_pool2d."""
    if size == 1:
        return x
    height, width = (length - length % size for length in x.shape[-2:])
    rows = [x[..., start:height:size, :width] for start in range(size)]
    summed = functools.reduce(torch.add, rows)
    columns = [summed[..., start::size] for start in range(size)]
    return functools.reduce(torch.add, columns) / size**2


def _last(number: int, before: Tensor, frames: Tensor) -> Tensor:
    """Return the last frames, in memory of their own: they are kept longer than the others."""
    if frames.shape[1] < number:
        frames = torch.cat([before, frames], dim=1)
    return frames[:, frames.shape[1] - number :].clone()


def _offer(activity: Activity, name: str, response: Tensor, n_sequences: int) -> None:
    if activity.wants(name):
        kept = GELU_GAIN * activity.cut(name, response)
        activity[name] = kept.unflatten(0, (n_sequences, -1))
