"""The way of stimuli through the network: retina, encoder, recurrent part, readout."""

from dataclasses import replace

import torch
from torch import Tensor

from napari_nfm.fnn.activity import Activity
from napari_nfm.fnn.perspective import Periphery, Perspective, retinal_image
from napari_nfm.fnn.prepared import PreparedParts
from napari_nfm.fnn.readout import interpolate
from napari_nfm.fnn.site import SITES
from napari_nfm.fnn.state import Gaze, State

__all__ = ["follow"]


def follow(
    perspective: Perspective,
    stimuli: Tensor,
    eye_positions: Tensor,
    behaviour: Tensor,
    state: State,
    periphery: Periphery,
    activity: Activity,
) -> State:
    """Follow stimuli through the network, and return the new state.

    Parameters
    ----------
    perspective
        From the monitor to the retina.
    stimuli
        (frame, sequence, y, x) from 0 (black) to 1 (white), of the network's device and precision.
    eye_positions, behaviour
        (frame, sequence or 1, 2).
    state
        What the network remembers; its `depth` says how far they are followed.
    periphery
        What surrounds the monitor.
    activity
        Keeps what was asked for, (sequence, frame, channel, y, x).
    """
    prepared, depth = state.prepared, state.depth
    gaze = _gaze(
        perspective, eye_positions, (stimuli.shape[-2], stimuli.shape[-1]), state.gaze, stimuli
    )
    images = stimuli.transpose(0, 1)
    images = images.expand(max(len(images), len(gaze.grid)), -1, -1, -1)
    images = retinal_image(perspective, images, gaze.grid, periphery)
    activity.offer("perspective", images)
    images = images.expand(state.n_sequences, -1, -1, -1)
    encoded, histories = prepared.feedforward(images, state.histories, depth, activity)
    state = replace(state, gaze=gaze, histories=histories)
    if encoded is None:
        return state
    activity.offer("core.feedforward.out", encoded)

    behaviour = behaviour.transpose(0, 1).to(encoded)
    behaviour = behaviour.expand(state.n_sequences, -1, -1)
    modulation, modulation_state = prepared.modulation(
        behaviour, state.modulation or prepared.modulation.initial_state(state.n_sequences)
    )
    activity.offer("modulation", modulation.flatten(2))
    size = (encoded.shape[-2], encoded.shape[-1])
    hidden, recurrent_state = prepared.recurrent(
        encoded,
        modulation,
        state.recurrent or prepared.recurrent.initial_state(state.n_sequences, size),
    )
    hidden = hidden.unflatten(1, (state.n_sequences, -1)).transpose(0, 1)
    activity.offer("recurrent.hidden", _as_maps(hidden, size))
    if depth > SITES.index("recurrent.hidden") + 1:
        _read_out(hidden, size, prepared, depth, activity)
    return replace(state, modulation=modulation_state, recurrent=recurrent_state)


@torch.no_grad()
def _gaze(
    perspective: Perspective,
    eye_positions: Tensor,
    size: tuple[int, int],
    last: Gaze | None,
    like: Tensor,
) -> Gaze:
    """Return where the eyes look, (sequence or 1, frame or 1, ...), from `last` if the same."""
    if (eye_positions == eye_positions[:1]).all():
        eye_positions = eye_positions[:1]
    if last is not None and last.size == size and torch.equal(last.eye_positions, eye_positions):
        return last
    positions = eye_positions.transpose(0, 1).to(like)
    grid = perspective.sampling_grid(positions.flatten(0, 1), size)
    return Gaze(eye_positions, size, grid.unflatten(0, positions.shape[:2]))


def _read_out(
    hidden: Tensor, size: tuple[int, int], prepared: PreparedParts, depth: int, activity: Activity
) -> None:
    """Follow hidden values (sequence, frame, position, channel) to the responses."""
    per_frame = hidden.shape[:2]
    values = prepared.recurrent.output(hidden.flatten(0, 1))
    maps = _as_maps(values.unflatten(0, per_frame), size)
    activity.offer("recurrent.out", maps)
    if activity.wants("readout.position"):
        activity["readout.position"] = interpolate(maps, prepared.readout.positions)[..., None]
    if depth == len(SITES):
        responses = prepared.readout(values).unflatten(0, per_frame)
        activity.offer("output", responses[:, :, None, :, None])


def _as_maps(values: Tensor, size: tuple[int, int]) -> Tensor:
    """Turn (sequence, frame, position, channel) into (sequence, frame, channel, y, x)."""
    return values.mT.unflatten(-1, size)
