"""The digital twin of visual cortex: a recurrent network from movies to neuronal responses.

Wang et al., "Foundation model of neural activity predicts response to new stimulus types",
Nature 640 (2025): perspective (monitor to retina), modulation (behaviour), a core of encoder and
recurrent part that all scans share, and a readout per scan.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from napari_nfm.fnn.activity import Activity, Window
from napari_nfm.fnn.architecture import Architecture
from napari_nfm.fnn.causal import RUN
from napari_nfm.fnn.cores import worthwhile_threads
from napari_nfm.fnn.errors import StimulusInputError
from napari_nfm.fnn.feedforward import Feedforward
from napari_nfm.fnn.inputs import Inputs, read_inputs
from napari_nfm.fnn.memory import keep_freed_memory
from napari_nfm.fnn.modulation import Modulation
from napari_nfm.fnn.pathway import follow
from napari_nfm.fnn.perspective import PERIPHERIES, Periphery, Perspective
from napari_nfm.fnn.prepared import PreparedWeights
from napari_nfm.fnn.readout import Readout
from napari_nfm.fnn.recurrent import Recurrent
from napari_nfm.fnn.site import depth_of
from napari_nfm.fnn.state import Capture, State, check_continues

__all__ = ["FNN"]


class Core(nn.Module):
    """The part of the network that all scans share."""

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        self.feedforward = Feedforward(architecture)
        self.recurrent = Recurrent(architecture)


class FNN(nn.Module):
    """A network of the FNN family with the units of one scan.

    The keys of its state dict are the published ones. Nothing in it is random: what the published
    package does in training mode only (jitter of monitor and readout positions) is left out.

    Parameters
    ----------
    architecture
        The numbers that fix all shapes.
    units
        Number of units in the readout.
    """

    def __init__(self, architecture: Architecture, units: int) -> None:
        super().__init__()
        self.architecture = architecture
        self.units = units
        self.core = Core(architecture)
        self.perspective = Perspective(architecture)
        self.modulation = Modulation(architecture)
        self.readout = Readout(architecture, units)
        self._prepared = PreparedWeights()
        self._last_state: State | None = None

    @classmethod
    def from_state_dict(cls, state_dict: Mapping[str, Tensor]) -> FNN:
        """Build the network that a state dict describes, in evaluation mode.

        Parameters
        ----------
        state_dict
            All keys of a core file and of one scan file.

        Raises
        ------
        KeyError, ValueError
            The network's numbers cannot be read off, see `Architecture.from_state_dict`.
        RuntimeError
            Keys are missing or not known, or a shape differs.
        """
        units = len(state_dict["readout.position.mu"])
        network = cls(Architecture.from_state_dict(state_dict), units)
        network.load_state_dict(state_dict)
        return network.eval()

    def capture(
        self,
        stimuli: Any,
        sites: Sequence[str] = ("output",),
        *,
        perspectives: Any = None,
        modulations: Any = None,
        state: State | None = None,
        periphery: Periphery = "dark",
        frames_per_call: int = 4,
        stream: int | None = None,
        windows: Mapping[str, Window] | None = None,
    ) -> Iterator[Capture]:
        """Play stimuli and yield what happens at some sites, a few frames at a time.

        Only the parts of the network up to the deepest site run. The encoder, which needs nothing
        from the recurrent part, takes `frames_per_call` frames at once.

        Parameters
        ----------
        stimuli
            uint8 (frame, y, x) or (frame, sequence, y, x), each with or without a last axis of 1.
        sites
            Names from `SITES`.
        perspectives
            Eye positions (frame, 2) or (frame, sequence, 2); none is all zero.
        modulations
            Pupil radius and treadmill velocity, (frame, 2) or (frame, sequence, 2); none is all
            zero.
        state
            The state of an earlier capture, whose sequences go on; none starts afresh.
        periphery
            What surrounds the monitor: ``"dark"``, or its border pixels (``"extend"``).
        frames_per_call
            Frames per yielded capture; the last one may hold fewer.
        stream
            Run only this stream of the core; responses are then those of the stream.
        windows
            Rows and columns of a site's maps to keep; a site without them is kept whole.

        Yields
        ------
        Capture
            The activity over the next frames, in memory of its own.

        Raises
        ------
        UnknownSiteError
            A site is not in `SITES`.
        StimulusInputError
            Inputs have another type or shape, or do not go with `state`.
        """
        depth = depth_of(sites)
        if periphery not in PERIPHERIES:
            raise StimulusInputError(
                f"The periphery is {periphery!r}", f"choose from {', '.join(PERIPHERIES)}"
            )
        if stream is not None and stream not in range(self.architecture.streams):
            raise StimulusInputError(
                f"The network has no stream {stream}",
                f"choose from 0 to {self.architecture.streams - 1}",
            )
        if frames_per_call < 1:
            raise StimulusInputError(
                f"The argument frames_per_call is {frames_per_call}", "give a number of at least 1"
            )
        inputs = read_inputs(stimuli, perspectives, modulations)
        if state is None:
            state = State(inputs.n_sequences, depth, stream, self._prepared.of(self, stream))
        else:
            n_sequences = inputs.n_sequences if len(inputs) else state.n_sequences
            check_continues(state, n_sequences, depth, stream)
            state = replace(state, depth=depth)
        keep_freed_memory()
        return self._captures(
            inputs, tuple(sites), state, periphery, frames_per_call, windows or {}
        )

    def predict(
        self,
        stimuli: Any,
        perspectives: Any = None,
        modulations: Any = None,
        *,
        reset: bool = True,
        periphery: Periphery = "dark",
    ) -> npt.NDArray[np.float32]:
        """Predict the responses of all units, as the published package does.

        Parameters
        ----------
        stimuli, perspectives, modulations
            As for `capture`; the shortest of them sets the number of frames, and those without
            an axis for sequences, or with one sequence, are shown to all.
        reset
            Whether the sequence starts afresh; otherwise it goes on where the last one stopped.
        periphery
            As for `capture`.

        Returns
        -------
        numpy.ndarray
            float32 (frame, unit); (frame, sequence, unit) where any input has an axis for
            sequences; shape (0,) without frames.

        Raises
        ------
        StimulusInputError
            Inputs have another type or shape, or another number of sequences than before.
        """
        inputs = read_inputs(stimuli, perspectives, modulations)
        state = None if reset else self._last_state
        captures = self.capture(
            inputs.stimuli,
            perspectives=inputs.eye_positions,
            modulations=inputs.behaviour,
            state=state,
            periphery=periphery,
        )
        responses = []
        if reset:
            self._last_state = None
        for capture in captures:
            responses.append(capture.activity["output"][:, :, 0, :, 0])
            self._last_state = capture.state
        if not responses:
            return np.zeros(0, dtype=np.float32)
        array = torch.cat(responses).to("cpu", torch.float32).numpy()
        return array if inputs.has_batch_axis else array[:, 0]

    def respond(self, stimuli: Tensor, site: str, *, state: State | None = None) -> Tensor:
        """Return the activity at a site as a function that is differentiable in the stimuli.

        It is the same computation as that of `capture`, with eye position and behaviour all zero
        and a dark periphery.

        Parameters
        ----------
        stimuli
            (frame, sequence, y, x) from 0 (black) to 1 (white), of the network's device and
            precision.
        site
            One of the `SITES`.
        state
            The state of an earlier capture, whose sequences go on; none starts afresh.

        Returns
        -------
        Tensor
            (frame, sequence, channel, y, x).

        Raises
        ------
        UnknownSiteError, StimulusInputError
            As for `capture`.
        """
        depth, n_sequences = depth_of((site,)), stimuli.shape[1]
        if state is None:
            state = State(n_sequences, depth, None, self._prepared.of(self, None))
        else:
            check_continues(state, n_sequences, depth, None)
            state = replace(state, depth=depth)

        def play(frames: Tensor, before: State) -> tuple[Tensor, State]:
            nothing = torch.zeros(len(frames), 1, 2)
            activity = Activity((site,))
            with worthwhile_threads(self.architecture):  # here, because it comes again
                after = follow(self.perspective, frames, nothing, nothing, before, "dark", activity)
            return activity[site].transpose(0, 1), after

        # What a gradient needs of each run is computed again when it is needed: held for all
        # frames, that is gigabytes in the published network.
        played = []
        for frames in stimuli.split(RUN):
            values, state = checkpoint(
                play, frames, state, use_reentrant=False, preserve_rng_state=False
            )
            played.append(values)
        return torch.cat(played)

    def _captures(
        self,
        inputs: Inputs,
        sites: tuple[str, ...],
        state: State,
        periphery: Periphery,
        frames_per_call: int,
        windows: Mapping[str, Window],
    ) -> Iterator[Capture]:
        for start in range(0, len(inputs), frames_per_call):
            activity = Activity(sites, windows)
            frames = slice(start, start + frames_per_call)
            with worthwhile_threads(self.architecture):
                state = self._play(inputs, frames, state, periphery, activity)
            # Sequences come first inside the network, frames first outside.
            moved = {site: activity[site].transpose(0, 1) for site in sites}
            yield Capture(start, moved, state)

    @torch.no_grad()
    def _play(
        self,
        inputs: Inputs,
        frames: slice,
        state: State,
        periphery: Periphery,
        activity: Activity,
    ) -> State:
        """Play some frames, keep the activity asked for, and return the new state."""
        like = self.readout.position.mu
        # float32 first whatever the network's precision: so is the stimulus defined.
        stimuli = inputs.stimuli[frames].to(like.device, torch.float32) / 255
        eyes, behaviour = inputs.eye_positions[frames], inputs.behaviour[frames]
        return follow(
            self.perspective, stimuli.to(like.dtype), eyes, behaviour, state, periphery, activity
        )
