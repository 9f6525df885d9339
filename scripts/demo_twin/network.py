"""The demo twin's network: its size, its start, and its responses with gradients."""

from collections import OrderedDict

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from demo_twin.optics import RETINA, perspective_weights
from napari_nfm.fnn.activity import Activity
from napari_nfm.fnn.architecture import Architecture, DenseBlock
from napari_nfm.fnn.feedforward import Histories, PreparedFeedforward
from napari_nfm.fnn.network import FNN
from napari_nfm.fnn.seeded_weights import seeded_state
from napari_nfm.fnn.site import SITES

__all__ = ["ARCHITECTURE", "new_network", "responses"]

FRAMES_AT_ONCE = 4

ARCHITECTURE = Architecture(
    streams=2,
    retina=RETINA,
    eye_features=4,
    eye_layers=1,
    behaviour_features=4,
    behaviour_cells=4,
    blocks=(DenseBlock(8, 1), DenseBlock(32, 2), DenseBlock(64, 4, pool=1)),
    encoder_features=64,
    recurrent_inputs=64,
    recurrent_hidden=64,
    recurrent_common=128,
    recurrent_groups=4,
    features=64,
)
"""The published topology with two streams, fewer channels and a smaller retina."""


def new_network(
    seed: int,
    positions: NDArray[np.float64],
    mean_counts: NDArray[np.float64],
    architecture: Architecture = ARCHITECTURE,
) -> FNN:
    """Build the network as it is before training.

    The core starts from the seeded weights, whose first layers are Gabor filters; the
    perspective is the mouse's; and each unit starts at its mean rate.

    Parameters
    ----------
    seed
        Of the weights.
    positions
        Where each unit reads, ``(unit, 2)`` in (-1, 1); see `receptive_fields.first_positions`.
    mean_counts
        Spikes per frame ``(unit,)``.
    architecture
        The size of the network.
    """
    state = seeded_state(architecture, len(positions), seed)
    state |= OrderedDict(
        (f"perspective.{key}", value.float()) for key, value in perspective_weights().items()
    )
    state["readout.position.mu"] = torch.from_numpy(np.arctanh(np.clip(positions, -0.97, 0.97)))
    for stream in range(architecture.streams):
        state[f"readout.feature.weights.{stream}"] *= 0.05
        state[f"readout.biases.{stream}"] = torch.from_numpy(np.log(mean_counts))[:, None]
    network = FNN.from_state_dict(state)
    network.perspective.requires_grad_(False)
    return network


def responses(network: FNN, images: Tensor, body: Tensor) -> Tensor:
    """Return responses that can be differentiated, by the parts that inference runs through.

    Parameters
    ----------
    network
        Its weights are standardised anew.
    images
        Retinal images ``(sequence, time, y, x)``.
    body
        Pupil and running ``(sequence, time, 2)``.

    Returns
    -------
    Tensor
        Spikes per frame ``(sequence, time, unit)``.
    """
    streams = range(network.architecture.streams)
    n_sequences, n_frames = images.shape[:2]
    encoded = _encode(network.core.feedforward.prepare(streams), images)
    modulation = network.modulation.prepare(streams)
    modulated, _ = modulation(body, modulation.initial_state(n_sequences))
    recurrent = network.core.recurrent.prepare(streams)
    start = recurrent.initial_state(n_sequences, (encoded.shape[-2], encoded.shape[-1]))
    hidden, _ = recurrent(encoded, modulated, start)
    by_frame = hidden.unflatten(1, (n_sequences, -1)).flatten(0, 1)
    rates = network.readout.prepare(streams)(recurrent.output(by_frame))
    return rates.unflatten(0, (n_frames, n_sequences)).transpose(0, 1)


def _encode(encoder: PreparedFeedforward, images: Tensor) -> Tensor:
    """Encode some frames at a time: gradients of slices of long sequences are mostly zeros."""
    histories: Histories = ()
    parts = []
    for frames in images.split(FRAMES_AT_ONCE, dim=1):
        encoded, histories = encoder(frames, histories, len(SITES), Activity(()))
        assert encoded is not None
        parts.append(encoded)
    return torch.cat(parts, dim=1)
