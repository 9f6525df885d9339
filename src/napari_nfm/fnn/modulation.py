"""From behaviour to modulation: an LSTM that follows pupil and running (Wang et al., 2025)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn

from napari_nfm.fnn.architecture import Architecture
from napari_nfm.fnn.layers import Projection, Projections, gelu

__all__ = ["Modulation", "ModulationState", "PreparedModulation"]


class _Perceptron(nn.Module):
    def __init__(self, streams: int, features: int) -> None:
        super().__init__()
        self.linears = Projections([Projection(streams, features, 2, gain=False)])


class _Lstm(nn.Module):
    def __init__(self, streams: int, features: int, cells: int) -> None:
        super().__init__()
        for gate in "ifgo":
            self.add_module(f"proj_{gate}", Projection(streams, cells, features + cells))

    def gate(self, name: str) -> Projection:
        return cast("Projection", self.get_submodule(f"proj_{name}"))


@dataclass(frozen=True)
class ModulationState:
    """Hidden and cell values after a frame, each (sequence, stream, cell)."""

    hidden: Tensor
    cell: Tensor


@dataclass(frozen=True)
class PreparedModulation:
    """Standardised weights, with the four gates in one matrix.

    Parameters
    ----------
    features, features_bias
        (stream, feature, 2) and (stream, feature).
    gates_input, gates_hidden, gates_bias
        (stream, gate × cell, feature), (stream, gate × cell, cell) and (stream, gate × cell).
    """

    features: Tensor
    features_bias: Tensor
    gates_input: Tensor
    gates_hidden: Tensor
    gates_bias: Tensor

    def initial_state(self, n_sequences: int) -> ModulationState:
        """Return the state before the first frame: all zero."""
        streams, _, cells = self.gates_hidden.shape
        zero = self.gates_bias.new_zeros(n_sequences, streams, cells)
        return ModulationState(zero, zero)

    def __call__(self, behaviour: Tensor, state: ModulationState) -> tuple[Tensor, ModulationState]:
        """Follow the behaviour for some frames.

        With x = γ·GELU(W m + b), per stream: i, f, o = σ(Ŵ [x; h] + b), g = tanh(Ŵ [x; h] + b),
        c ← f·c + i·g, h ← o·tanh(c).

        Parameters
        ----------
        behaviour
            (sequence, frame, 2): pupil radius and treadmill velocity.
        state
            What the previous call returned.

        Returns
        -------
        tuple
            The hidden values (sequence, frame, stream, cell), and the state after the last frame.
        """
        x = gelu(torch.einsum("sfi,nti->ntsf", self.features, behaviour) + self.features_bias)
        drive = torch.einsum("sgf,ntsf->ntsg", self.gates_input, x) + self.gates_bias
        hidden, cell = state.hidden, state.cell
        outputs = []
        for frame_drive in drive.unbind(1):
            gates = frame_drive + torch.einsum("sgc,nsc->nsg", self.gates_hidden, hidden)
            i, f, g, o = gates.chunk(4, dim=-1)
            cell = f.sigmoid() * cell + i.sigmoid() * g.tanh()
            hidden = o.sigmoid() * cell.tanh()
            outputs.append(hidden)
        return torch.stack(outputs, dim=1), ModulationState(hidden, cell)


class Modulation(nn.Module):
    """The parameters of the modulation, a set per stream."""

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        streams, features = architecture.streams, architecture.behaviour_features
        self.mlp = _Perceptron(streams, features)
        self.lstm = _Lstm(streams, features, architecture.behaviour_cells)

    def prepare(self, streams: Sequence[int]) -> PreparedModulation:
        """Standardise the weights of the given streams."""
        (features,) = self.mlp.linears
        gates = [self.lstm.gate(name) for name in "ifgo"]
        weights = torch.cat([gate.matrix(streams) for gate in gates], dim=1)
        n_features = weights.shape[2] - gates[0].weights[0].shape[0]
        per_stream = (len(streams), -1)
        return PreparedModulation(
            features=features.matrix(streams),
            features_bias=features.bias(streams).view(per_stream),
            gates_input=weights[:, :, :n_features],
            gates_hidden=weights[:, :, n_features:],
            gates_bias=torch.cat([g.bias(streams).view(per_stream) for g in gates], dim=1),
        )
