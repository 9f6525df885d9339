"""One frame after the other through the recurrent part: an LSTM over maps with attention.

The CvT-LSTM of Wang et al. (2025), with standardised weights.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from napari_nfm.fnn.layers import tanh

__all__ = ["PreparedRecurrent", "RecurrentState"]


@dataclass(frozen=True)
class RecurrentState:
    """Hidden and cell values after a frame.

    Parameters
    ----------
    hidden
        (sequence × position, channel).
    cell
        (group, sequence × position, channel of the group).
    """

    hidden: Tensor
    cell: Tensor


@dataclass(frozen=True)
class PreparedRecurrent:
    """The recurrent part with standardised weights.

    Inside a step, values are laid out position by position and group by group, so that every
    1 × 1 convolution is one batched matrix product over groups, and attention reads its queries,
    keys and values as rows.

    Values v = W_v z enter the gates only through W_a · attention(v), and attention is linear in
    them, so attention runs on z itself and W_v is merged into the gates' weights.

    Parameters
    ----------
    from_hidden, from_encoder, encoder_bias
        (stream, channel, x channel) and (stream, x channel): what makes the input x.
    from_modulation
        (stream, cell, x channel).
    common
        Kernel of the common representation z, (z channel, channel of [x; h] in the group, y, x).
    queries_keys
        (group, z channel, query and key channel).
    scale
        (group, channel): scale of the normalised queries.
    gates_common, gates_attended, gates_bias
        (group, z channel, gate × channel), the same for attended z, and (group, gate × channel).
    out, out_bias
        (stream, h channel, channel) and (stream, channel): what makes the output of h.
    """

    from_hidden: Tensor
    from_encoder: Tensor
    encoder_bias: Tensor
    from_modulation: Tensor
    common: Tensor
    queries_keys: Tensor
    scale: Tensor
    gates_common: Tensor
    gates_attended: Tensor
    gates_bias: Tensor
    out: Tensor
    out_bias: Tensor

    @property
    def groups(self) -> int:
        """Groups of all streams together."""
        return self.scale.shape[0]

    def initial_state(self, n_sequences: int, size: tuple[int, int]) -> RecurrentState:
        """Return the state before the first frame: all zero."""
        streams, channels, _ = self.from_hidden.shape
        positions = n_sequences * size[0] * size[1]
        zero = self.scale.new_zeros(positions, streams * channels)
        return RecurrentState(zero, zero.view(self.groups, positions, -1))

    def __call__(
        self, encoded: Tensor, modulation: Tensor, state: RecurrentState
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

        Returns
        -------
        tuple
            The hidden values (frame, sequence × position, channel), and the state after the last
            frame.
        """
        n_sequences, _, _, height, width = encoded.shape
        hidden = []
        for drive in self.drive(encoded, modulation):
            state = self.step(drive, state, (n_sequences, height, width))
            hidden.append(state.hidden)
        return torch.stack(hidden), state

    def drive(self, encoded: Tensor, modulation: Tensor) -> Tensor:
        """Return what drives x apart from h, (frame, stream, sequence × position, channel)."""
        streams = len(self.from_encoder)
        maps = encoded.flatten(3).unflatten(2, (streams, -1))
        rows = maps.permute(2, 1, 0, 4, 3)  # stream, frame, sequence, position, channel
        drive = torch.bmm(rows.flatten(1, 3), self.from_encoder)
        constant = torch.einsum("scx,ntsc->stnx", self.from_modulation, modulation)
        constant = constant + self.encoder_bias[:, None, None]
        drive = drive.view(*rows.shape[:4], -1) + constant[:, :, :, None]
        return drive.flatten(2, 3).transpose(0, 1)

    def step(
        self,
        drive: Tensor,
        state: RecurrentState,
        shape: tuple[int, int, int],
    ) -> RecurrentState:
        """Advance by one frame.

        x = tanh(P h + drive), z = conv([x; h]), a = attention(z), and the gates of an LSTM on
        [z; a]: c ← f·c + i·g, h ← o·tanh(c). Each group is on its own but for P.

        Parameters
        ----------
        drive
            (stream, sequence × position, channel).
        state
            The state after the previous frame.
        shape
            Number of sequences, height and width.
        """
        hidden = state.hidden.unflatten(1, (len(drive), -1)).transpose(0, 1)
        x = tanh(torch.baddbmm(drive, hidden, self.from_hidden))
        z = self.common_representation(x, state.hidden, shape)
        attended = self.attention(z, shape[0])
        gates = torch.baddbmm(self.gates_bias[:, None], z, self.gates_common)
        gates = gates.baddbmm_(attended, self.gates_attended)
        width = state.cell.shape[-1]
        i, f, o = gates[..., : 3 * width].sigmoid().chunk(3, dim=-1)
        cell = torch.addcmul(f * state.cell, i, tanh(gates[..., 3 * width :]))
        hidden = o * tanh(cell)
        return RecurrentState(hidden.transpose(0, 1).flatten(1), cell)

    def common_representation(
        self, x: Tensor, hidden: Tensor, shape: tuple[int, int, int]
    ) -> Tensor:
        """Return z = conv([x; h]) as (group, sequence × position, channel)."""
        x = x.unflatten(2, (self.groups // len(x), -1)).transpose(1, 2).flatten(0, 1)
        xh = torch.cat([x.transpose(0, 1), hidden.unflatten(1, (self.groups, -1))], dim=2)
        z = F.conv2d(
            xh.view(*shape, -1).permute(0, 3, 1, 2),
            self.common,
            padding=self.common.shape[-1] // 2,
            groups=self.groups,
        )
        rows = z.permute(0, 2, 3, 1).flatten(0, 2)
        # Three products read it; rows far apart would cost each of them more than this copy.
        return rows.unflatten(1, (self.groups, -1)).transpose(0, 1).contiguous()

    def attention(self, z: Tensor, n_sequences: int) -> Tensor:
        """Attend over all positions, separately in each sequence, stream and group.

        softmax over j of q̂_i · k̂_j with q̂ = scale · q / ‖q‖ and k̂ = k / ‖k‖, applied to z_j.

        Parameters
        ----------
        z
            (group, sequence × position, channel).
        n_sequences
            Number of sequences.

        Returns
        -------
        Tensor
            Of the shape of `z`.
        """
        projected = torch.bmm(z, self.queries_keys).unflatten(2, (2, -1))
        per_length = projected.norm(dim=-1, keepdim=True).reciprocal()
        queries, keys = ((projected[:, :, k] * per_length[:, :, k]) for k in range(2))
        queries = queries * self.scale[:, None]
        per_sequence = (n_sequences, -1)
        attended = F.scaled_dot_product_attention(
            queries.unflatten(1, per_sequence),
            keys.unflatten(1, per_sequence),
            z.unflatten(1, per_sequence),
            scale=1.0,
        )
        return attended.flatten(1, 2)

    def output(self, hidden: Tensor) -> Tensor:
        """Return the core's output for hidden values, both (batch, position, channel)."""
        streams = len(self.out)
        rows = hidden.flatten(0, 1).unflatten(1, (streams, -1)).transpose(0, 1)
        out = torch.baddbmm(self.out_bias[:, None], rows, self.out)
        return out.transpose(0, 1).flatten(1).view(*hidden.shape[:2], -1)
