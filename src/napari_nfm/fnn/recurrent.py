"""The parameters of the recurrent part, and their standardisation (CvT-LSTM; Wang et al., 2025)."""

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn

from napari_nfm.fnn.architecture import Architecture
from napari_nfm.fnn.layers import Projection, standardise
from napari_nfm.fnn.recurrence import PreparedRecurrent

__all__ = ["Recurrent"]

GATES = "ifgo"
LAID_OUT = "ifog"  # the three logistic gates side by side, then tanh


class _BetweenGroups(nn.Module):
    """A projection from every group to every other group of a stream, not to itself.

    Parameters
    ----------
    streams, groups
        Number of streams, and of groups per stream.
    out_channels, in_channels
        Channels of a group.
    """

    def __init__(self, streams: int, groups: int, out_channels: int, in_channels: int) -> None:
        super().__init__()
        # The published files carry these two constants; nothing reads them.
        self.register_buffer("mask", torch.zeros(groups, groups, 1, 1, dtype=torch.bool))
        self.register_buffer("zero", torch.zeros(groups, groups, out_channels, in_channels))
        shape = (groups, groups - 1, out_channels, in_channels)
        self.weights = nn.ParameterList(nn.Parameter(torch.zeros(shape)) for _ in range(streams))
        self.gains = nn.ParameterList(
            nn.Parameter(torch.zeros(groups, out_channels)) for _ in range(streams)
        )

    def matrix(self, streams: Sequence[int]) -> Tensor:
        """Return dense standardised weights (stream, output channel, input channel)."""
        return torch.stack([self._dense(self.weights[s], self.gains[s]) for s in streams])

    def _dense(self, weight: Tensor, gain: Tensor) -> Tensor:
        groups, sources, n_out, n_in = weight.shape
        # Fan-in is over all sources of an output channel.
        rows = weight.transpose(1, 2).reshape(groups * n_out, sources * n_in)
        rows = standardise(rows, gain).view(groups, n_out, sources, n_in)
        dense = rows.new_zeros(groups, n_out, groups, n_in)
        for target in range(groups):
            dense[target, :, :target] = rows[target, :, :target]
            dense[target, :, target + 1 :] = rows[target, :, target:]
        return dense.view(groups * n_out, groups * n_in)


class Recurrent(nn.Module):
    """The parameters of the recurrent part, a set per stream."""

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        self.architecture = architecture
        streams, groups = architecture.streams, architecture.recurrent_groups
        inputs, hidden = architecture.recurrent_inputs, architecture.recurrent_hidden
        common, size = architecture.recurrent_common, architecture.recurrent_kernel
        width = common // groups
        self.conv = Projection(
            streams,
            common,
            (inputs + hidden) // groups,
            kernel=(1, size, size),
            gain=None,
            bias=False,
        )
        self.scales = nn.ParameterList(
            nn.Parameter(torch.zeros(groups, width)) for _ in range(streams)
        )
        self.proj_x = nn.ModuleList(
            [
                _BetweenGroups(streams, groups, inputs // groups, hidden // groups),
                Projection(streams, inputs, architecture.encoder_features, groups=groups),
                Projection(
                    streams, inputs, architecture.behaviour_cells, groups=groups, bias=False
                ),
            ]
        )
        for name in "qkv":
            projection = Projection(streams, common, width, gain=None, bias=False)
            self.add_module(f"proj_{name}", projection)
        for name in GATES:
            self.add_module(f"proj_{name}", Projection(streams, hidden, 2 * width, groups=groups))
        self.out = Projection(streams, architecture.features, hidden)

    def projection(self, name: str) -> Projection:
        """Return the 1 × 1 projection of q, k or v, or of the gate i, f, g or o."""
        return cast("Projection", self.get_submodule(f"proj_{name}"))

    def prepare(self, streams: Sequence[int]) -> PreparedRecurrent:
        """Standardise the weights of the given streams."""
        groups = self.architecture.recurrent_groups * len(streams)
        between = cast("_BetweenGroups", self.proj_x[0])
        encoder = cast("Projection", self.proj_x[1])
        modulation = cast("Projection", self.proj_x[2])
        per_stream = (len(streams), -1)

        def per_group(name: str) -> Tensor:
            weight = self.projection(name).weight(streams)
            return weight.flatten(1).unflatten(0, (groups, -1)).mT

        gates = torch.cat([per_group(name) for name in LAID_OUT], dim=2)
        on_common, on_attended = gates.chunk(2, dim=1)
        biases = [self.projection(name).bias(streams).view(groups, -1) for name in LAID_OUT]
        common = self.conv.weight(streams)[:, :, 0]
        return PreparedRecurrent(
            from_hidden=between.matrix(streams).mT.contiguous(),
            from_encoder=encoder.matrix(streams).mT.contiguous(),
            encoder_bias=encoder.bias(streams).view(per_stream),
            from_modulation=modulation.matrix(streams).mT.contiguous(),
            common=common.contiguous(memory_format=torch.channels_last),
            queries_keys=torch.cat([per_group("q"), per_group("k")], dim=2),
            scale=torch.cat([self.scales[s] for s in streams]),
            gates_common=on_common.contiguous(),
            gates_attended=per_group("v") @ on_attended,
            gates_bias=torch.cat(biases, dim=1),
            out=self.out.matrix(streams).mT.contiguous(),
            out_bias=self.out.bias(streams).view(per_stream),
        )
