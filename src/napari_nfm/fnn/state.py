"""What the network remembers from one frame to the next."""

from dataclasses import dataclass, field

from torch import Tensor

from napari_nfm.fnn.errors import StimulusInputError
from napari_nfm.fnn.feedforward import Histories
from napari_nfm.fnn.modulation import ModulationState
from napari_nfm.fnn.prepared import PreparedParts
from napari_nfm.fnn.recurrence import RecurrentState
from napari_nfm.fnn.site import SITES

__all__ = ["Capture", "Gaze", "State", "check_continues"]


@dataclass(frozen=True)
class Gaze:
    """Where a constant eye position looks on stimuli of one size."""

    eye_positions: Tensor
    size: tuple[int, int]
    grid: Tensor


@dataclass(frozen=True)
class State:
    """Everything the network remembers between two frames; never changed in place.

    It holds the standardised weights as well: parameters that change in the middle of a sequence
    have no effect until the next one.

    Parameters
    ----------
    n_sequences
        Number of sequences in lockstep.
    depth
        How many of the `SITES` are up to date; deeper parts have not seen the frames.
    stream
        The one stream that runs, if not all of them.
    """

    n_sequences: int
    depth: int
    stream: int | None
    prepared: PreparedParts = field(repr=False)
    gaze: Gaze | None = field(default=None, repr=False)
    histories: Histories = field(default=(), repr=False)
    modulation: ModulationState | None = field(default=None, repr=False)
    recurrent: RecurrentState | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Capture:
    """Activity over a run of successive frames.

    Parameters
    ----------
    start
        Number of the first frame.
    activity
        For each site (frame, sequence, channel, y, x), on the network's device.
    state
        What the network remembers after the last frame.
    """

    start: int
    activity: dict[str, Tensor]
    state: State


def check_continues(state: State, n_sequences: int, depth: int, stream: int | None) -> None:
    """Refuse to go on from `state` with other sequences, deeper, or in another stream.

    Raises
    ------
    StimulusInputError
        Always when it refuses.
    """
    if n_sequences != state.n_sequences:
        raise StimulusInputError(
            f"{n_sequences} sequences cannot continue {state.n_sequences}",
            "give the same number of sequences, or start afresh",
        )
    if stream != state.stream:
        raise StimulusInputError(
            f"Stream {stream} cannot continue a run of stream {state.stream}",
            "give the same stream, or start afresh",
        )
    if depth > state.depth:
        raise StimulusInputError(
            f"{SITES[depth - 1]} lies deeper than the earlier capture ran",
            "ask for it from the first frame on, or start afresh",
        )
