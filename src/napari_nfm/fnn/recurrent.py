"""The recurrent part: an LSTM over feature maps with attention (CvT-LSTM; Wang et al., 2025)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from napari_nfm.fnn.activity import Activity
from napari_nfm.fnn.architecture import Architecture
from napari_nfm.fnn.layers import Projection, concatenate_groups, standardise

__all__ = ["PreparedRecurrent", "Recurrent", "RecurrentState"]

GATES = "ifgo"


@dataclass(frozen=True)
class RecurrentState:
    """Hidden and cell maps after a frame, each (sequence, channel, y, x)."""

    hidden: Tensor
    cell: Tensor


@dataclass(frozen=True)
class PreparedRecurrent:
    """The recurrent part with standardised weights.

    Values v = W_v z enter the gates only through W_a · attention(v), and attention is linear in
    them, so attention runs on z itself and W_v is merged into the gates' weights.

    Parameters
    ----------
    from_hidden, from_encoder, from_modulation, encoder_bias
        What makes the input x of h, of the encoder, and of the modulation.
    common
        Kernel of the common representation z.
    queries_keys
        Weights of queries and keys, side by side in each group.
    scale
        (group, channel): scale of the normalised queries.
    gates, gates_bias
        Weights of the four gates, side by side in each group.
    out, out_bias
        What makes the output of h.
    streams, groups
        Number of streams, and of groups of all streams together.
    """

    from_hidden: Tensor
    from_encoder: Tensor
    encoder_bias: Tensor
    from_modulation: Tensor
    common: Tensor
    queries_keys: Tensor
    scale: Tensor
    gates: Tensor
    gates_bias: Tensor
    out: Tensor
    out_bias: Tensor
    streams: int
    groups: int

    def initial_state(self, n_sequences: int, size: tuple[int, int]) -> RecurrentState:
        """Return the state before the first frame: all zero."""
        channels = self.from_hidden.shape[1] * self.streams
        zero = self.scale.new_zeros(n_sequences, channels, *size)
        return RecurrentState(zero, zero)

    def __call__(
        self, encoded: Tensor, modulation: Tensor, state: RecurrentState, activity: Activity
    ) -> tuple[Tensor, RecurrentState]:
        """Run over some frames.

        Parameters
        ----------
        encoded
            The encoder's output (sequence, frame, channel, y, x).
        modulation
            (sequence, frame, stream, cell).
        state
            What the previous call returned.
        activity
            Receives ``core.recurrent.*``.

        Returns
        -------
        tuple
            The hidden maps (sequence, frame, channel, y, x), and the state after the last frame.
        """
        drive = self.drive(encoded, modulation)
        hidden = []
        for frame_drive in drive.unbind(1):
            state = self.step(frame_drive, state, activity)
            hidden.append(state.hidden)
        return torch.stack(hidden, dim=1), state

    def drive(self, encoded: Tensor, modulation: Tensor) -> Tensor:
        """Return what drives x apart from h, for some frames (sequence, frame, channel, y, x)."""
        from_encoder = F.conv2d(
            encoded.flatten(0, 1), self.from_encoder, self.encoder_bias, groups=self.streams
        )
        from_modulation = torch.einsum("soc,ntsc->ntso", self.from_modulation, modulation)
        maps = from_encoder.unflatten(0, encoded.shape[:2])
        return maps + from_modulation.flatten(2)[..., None, None]

    def step(self, drive: Tensor, state: RecurrentState, activity: Activity) -> RecurrentState:
        """Advance by one frame.

        x = tanh(P h + drive), z = conv([x; h]), a = attention(z), and the gates of an LSTM on
        [z; a]: c ← f·c + i·g, h ← o·tanh(c). Each group is on its own but for P.
        """
        x = torch.tanh(drive + F.conv2d(state.hidden, self.from_hidden, groups=self.streams))
        xh = concatenate_groups([x, state.hidden], self.groups)
        z = F.conv2d(xh, self.common, padding=self.common.shape[-1] // 2, groups=self.groups)
        activity.offer("core.recurrent.conv", z)
        attended = self.attention(z)
        za = concatenate_groups([z, attended], self.groups)
        gates = F.conv2d(za, self.gates, self.gates_bias, groups=self.groups)
        per_gate = gates.unflatten(1, (self.groups, len(GATES), -1)).unbind(2)
        i, f, g, o = (gate.flatten(1, 2) for gate in per_gate)
        for name, gate in zip(GATES, (i, f, g, o), strict=True):
            activity.offer(f"core.recurrent.proj_{name}", gate)
        cell = f.sigmoid() * state.cell + i.sigmoid() * g.tanh()
        return RecurrentState(hidden=o.sigmoid() * cell.tanh(), cell=cell)

    def attention(self, z: Tensor) -> Tensor:
        """Attend over all positions, separately in each sequence, stream and group.

        softmax over j of q̂_i · k̂_j with q̂ = scale · q / ‖q‖ and k̂ = k / ‖k‖, applied to z_j.
        """
        projected = F.conv2d(z, self.queries_keys, groups=self.groups)
        queries, keys = projected.flatten(2).unflatten(1, (self.groups, 2, -1)).unbind(2)
        queries = queries / queries.norm(dim=2, keepdim=True) * self.scale[..., None]
        keys = keys / keys.norm(dim=2, keepdim=True)
        values = z.flatten(2).unflatten(1, (self.groups, -1))
        attended = F.scaled_dot_product_attention(queries.mT, keys.mT, values.mT, scale=1.0)
        return attended.mT.reshape(z.shape)

    def output(self, hidden: Tensor) -> Tensor:
        """Return the core's output for hidden maps, both (batch, channel, y, x)."""
        return F.conv2d(hidden, self.out, self.out_bias, groups=self.streams)


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

    def weight(self, streams: Sequence[int]) -> Tensor:
        """Return dense standardised weights (stream × output channel, input channel, 1, 1)."""
        return torch.cat([self._dense(self.weights[s], self.gains[s]) for s in streams])

    def _dense(self, weight: Tensor, gain: Tensor) -> Tensor:
        groups, sources, n_out, n_in = weight.shape
        # Fan-in is over all sources of an output channel.
        rows = weight.transpose(1, 2).reshape(groups * n_out, sources * n_in)
        rows = standardise(rows, gain).view(groups, n_out, sources, n_in)
        dense = rows.new_zeros(groups, n_out, groups, n_in)
        for target in range(groups):
            dense[target, :, :target] = rows[target, :, :target]
            dense[target, :, target + 1 :] = rows[target, :, target:]
        return dense.view(groups * n_out, groups * n_in, 1, 1)


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

        def per_group(name: str) -> Tensor:
            return self.projection(name).weight(streams).flatten(1).unflatten(0, (groups, -1))

        gates = torch.cat([per_group(name) for name in GATES], dim=1)
        on_common, on_attended = gates.chunk(2, dim=2)
        gates = torch.cat([on_common, on_attended @ per_group("v")], dim=2)
        biases = [self.projection(name).bias(streams).view(groups, -1) for name in GATES]
        return PreparedRecurrent(
            from_hidden=between.weight(streams),
            from_encoder=encoder.weight(streams)[:, :, 0],
            encoder_bias=encoder.bias(streams),
            from_modulation=modulation.matrix(streams),
            common=self.conv.weight(streams)[:, :, 0],
            queries_keys=torch.cat([per_group("q"), per_group("k")], dim=1).flatten(0, 1)[
                ..., None, None
            ],
            scale=torch.cat([self.scales[s] for s in streams]),
            gates=gates.flatten(0, 1)[..., None, None],
            gates_bias=torch.cat(biases, dim=1).flatten(),
            out=self.out.weight(streams)[:, :, 0],
            out_bias=self.out.bias(streams),
            streams=len(streams),
            groups=groups,
        )
