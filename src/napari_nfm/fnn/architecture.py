"""The numbers that fix the shape of a network of the FNN family.

The published network (Wang et al., "Foundation model of neural activity predicts response to new
stimulus types", Nature 640, 2025) and every reduced network of the same family differ only in
these numbers. All of them can be read off a state dict; strides and pools cannot, and are the
same in the whole family.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count

from torch import Tensor

__all__ = ["Architecture", "DenseBlock", "expected_shapes"]

INPUT_STRIDE = 2
N_BLOCKS = 3


@dataclass(frozen=True)
class DenseBlock:
    """One of the three dense blocks of the encoder, together with the convolution before it.

    Parameters
    ----------
    channels
        Channels per stream of every convolution of the block.
    groups
        Groups per stream of the convolutions inside the block.
    layers
        Number of convolutions, at least two; from the second on each also sees, through a skip,
        what the ones before it were shown.
    temporal
        Frames that a kernel spans, the present one included.
    spatial
        Height and width of a kernel.
    pool
        Size and stride of the average pool behind the block; 1 is none.
    """

    channels: int
    groups: int
    layers: int = 2
    temporal: int = 3
    spatial: int = 3
    pool: int = 2


@dataclass(frozen=True)
class Architecture:
    """Every number that fixes the shapes of a network; the defaults are the published ones.

    Parameters
    ----------
    streams
        Parallel streams of the core, which share nothing but their input.
    retina
        Height and width of the retinal image, in pixels.
    eye_features, eye_layers
        Width and number of the hidden layers that turn eye position into eye rotation.
    behaviour_features, behaviour_cells
        Hidden features and LSTM cells per stream that follow pupil radius and running speed.
    input_kernel
        Height and width of the kernels of the first convolution (stride 2).
    blocks
        The dense blocks, in order.
    encoder_features
        Channels per stream that the encoder hands to the recurrent part.
    recurrent_inputs, recurrent_hidden, recurrent_common
        Channels per stream of the recurrent part: its input x, its hidden state h, and the common
        representation z on which queries, keys and values are computed.
    recurrent_groups, recurrent_kernel
        Groups (attention heads) per stream, and the kernel that computes z.
    features
        Channels per stream of the core's output, each of which a unit weighs.
    """

    streams: int = 4
    retina: tuple[int, int] = (128, 192)
    eye_features: int = 16
    eye_layers: int = 3
    behaviour_features: int = 16
    behaviour_cells: int = 16
    input_kernel: int = 6
    blocks: tuple[DenseBlock, ...] = (
        DenseBlock(32, 1),
        DenseBlock(64, 2),
        DenseBlock(128, 4, pool=1),
    )
    encoder_features: int = 128
    recurrent_inputs: int = 256
    recurrent_hidden: int = 256
    recurrent_common: int = 512
    recurrent_groups: int = 8
    recurrent_kernel: int = 3
    features: int = 128

    @classmethod
    def from_state_dict(cls, state_dict: Mapping[str, Tensor]) -> Architecture:
        """Read every number off the shapes in a state dict with the published keys.

        Only a few keys are looked at; `expected_shapes` says what all of them should be.

        Raises
        ------
        KeyError
            A key from which numbers are read is missing; the argument is the key.
        ValueError
            A tensor from which numbers are read has another number of axes, there are not three
            blocks, or a block has fewer than two convolutions; the message names the key.
        """

        def shape(key: str, n_axes: int) -> tuple[int, ...]:
            found = tuple(state_dict[key].shape)
            if len(found) != n_axes:
                raise ValueError(f"{key} has shape {found}, not {n_axes} axes")
            return found

        def number_of(pattern: str, first: int = 0) -> int:
            return next(i for i in count(first) if pattern.format(i) not in state_dict) - first

        encoder, recurrent = "core.feedforward", "core.recurrent"
        n_blocks = number_of(f"{encoder}.blocks.{{}}.convs.0.weights.0")
        if n_blocks not in (0, N_BLOCKS):
            raise ValueError(f"{encoder}.blocks has {n_blocks} blocks, not {N_BLOCKS}")
        blocks = []
        for block in range(N_BLOCKS):
            path = f"{encoder}.blocks.{block}.convs"
            channels, _, temporal, spatial, _ = shape(f"{path}.0.weights.0", 5)
            layers = number_of(f"{path}.{{}}.weights.0")
            if layers < 2:
                raise ValueError(f"{path} has {layers} convolutions, not two or more")
            blocks.append(
                DenseBlock(
                    channels=channels,
                    groups=shape(f"{path}.0.gains.0", 2)[0],
                    layers=layers,
                    temporal=temporal,
                    spatial=spatial,
                    pool=1 if block == N_BLOCKS - 1 else 2,
                )
            )
        height, width, _ = shape("perspective.retina.grid", 3)
        out, hidden, *_ = shape(f"{recurrent}.out.weights.0", 5)
        return cls(
            streams=number_of(f"{encoder}.inputs.0.weights.{{}}"),
            retina=(height, width),
            eye_features=shape("perspective.mlp.linears.0.weights.0", 5)[0],
            eye_layers=number_of("perspective.mlp.linears.{}.weights.0") - 1,
            behaviour_features=shape("modulation.mlp.linears.0.weights.0", 5)[0],
            behaviour_cells=shape("modulation.lstm.proj_i.weights.0", 5)[0],
            input_kernel=shape(f"{encoder}.inputs.0.weights.0", 5)[-1],
            blocks=tuple(blocks),
            encoder_features=shape(f"{encoder}.out.weights.0", 5)[0],
            recurrent_inputs=shape(f"{recurrent}.proj_x.1.weights.0", 5)[0],
            recurrent_hidden=hidden,
            recurrent_common=shape(f"{recurrent}.conv.weights.0", 5)[0],
            recurrent_groups=shape(f"{recurrent}.scales.0", 2)[0],
            recurrent_kernel=shape(f"{recurrent}.conv.weights.0", 5)[-1],
            features=out,
        )

    def map_sizes(self) -> tuple[tuple[int, int], ...]:
        """Height and width of the feature maps of each block before its pool, in order."""
        height, width = (size // INPUT_STRIDE for size in self.retina)
        sizes = []
        for block in self.blocks:
            sizes.append((height, width))
            height, width = height // block.pool, width // block.pool
        return tuple(sizes)

    @property
    def multiply_adds(self) -> int:
        """Multiplications per frame in the encoder's large convolutions, most of its work."""
        return sum(
            height
            * width
            * self.streams
            * block.channels
            * (block.channels // block.groups)
            * block.temporal
            * block.spatial**2
            * block.layers
            for (height, width), block in zip(self.map_sizes(), self.blocks, strict=True)
        )


def expected_shapes(architecture: Architecture, units: int) -> dict[str, tuple[int, ...]]:
    """Return every key of the published state dict with its shape, in the published order.

    Parameters
    ----------
    architecture
        The numbers of the network.
    units
        Number of units in the readout.
    """
    import torch

    from napari_nfm.fnn.network import FNN  # which is built from this module

    with torch.device("meta"):
        network = FNN(architecture, units)
    return {key: tuple(value.shape) for key, value in network.state_dict().items()}
