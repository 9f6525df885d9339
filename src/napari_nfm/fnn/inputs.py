"""Checking what is shown to the network, and bringing it into one form."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from napari_nfm.fnn.errors import StimulusInputError

__all__ = ["Inputs", "read_inputs"]


@dataclass(frozen=True)
class Inputs:
    """What the network is shown, frame by frame.

    Parameters
    ----------
    stimuli
        uint8 (frame, sequence or 1, y, x).
    eye_positions, behaviour
        float32 (frame, sequence or 1, 2).
    n_sequences
        Number of sequences that run in lockstep.
    has_batch_axis
        Whether any of the three was given with an axis for sequences.
    """

    stimuli: Tensor
    eye_positions: Tensor
    behaviour: Tensor
    n_sequences: int
    has_batch_axis: bool

    def __len__(self) -> int:
        return len(self.stimuli)


def read_inputs(stimuli: Any, perspectives: Any, modulations: Any) -> Inputs:
    """Check stimuli, eye positions and behaviour, and cut them to the shortest.

    Parameters
    ----------
    stimuli
        uint8 frames: (frame, y, x) or (frame, sequence, y, x), each with or without a last axis
        of length 1; an array, a tensor, or an iterable of frames.
    perspectives
        Eye position per frame: (frame, 2) or (frame, sequence, 2); none is all zero.
    modulations
        Pupil radius and treadmill velocity per frame: (frame, 2) or (frame, sequence, 2); none
        is all zero.

    Raises
    ------
    StimulusInputError
        Something has another type or shape, is not finite, or the numbers of sequences differ.
    """
    frames, frames_batched = _stimuli(stimuli)
    n_frames = len(frames)
    vectors, batched = [], [frames_batched]
    for name, value in (("perspectives", perspectives), ("modulations", modulations)):
        if value is None:
            vectors.append(torch.zeros(n_frames, 1, 2, device="cpu"))
            continue
        vector, vector_batched = _vectors(value, name)
        vectors.append(vector)
        batched.append(vector_batched)
        n_frames = min(n_frames, len(vector))
    counts = [len(values[0]) for values in (frames, *vectors) if n_frames]
    n_sequences = max(counts, default=1)
    if any(count not in (1, n_sequences) for count in counts):
        raise StimulusInputError(
            "Stimuli, perspectives and modulations hold "
            f"{', '.join(map(str, counts[:-1]))} and {counts[-1]} sequences",
            "give each of them one sequence or the same number",
        )
    eyes, behaviour = (vector[:n_frames] for vector in vectors)
    return Inputs(frames[:n_frames], eyes, behaviour, n_sequences, any(batched))


def _stimuli(stimuli: Any) -> tuple[Tensor, bool]:
    frames = _tensor(stimuli, "stimuli")
    if len(frames) == 0:
        return torch.zeros(0, 1, 1, 1, dtype=torch.uint8, device="cpu"), frames.ndim > 3
    if frames.dtype != torch.uint8:
        raise StimulusInputError(
            f"The stimuli are {str(frames.dtype).removeprefix('torch.')}, not uint8",
            "give grey levels from 0 to 255 as uint8",
        )
    shape = tuple(frames.shape)
    if frames.ndim >= 4 and shape[-1] == 1:
        frames = frames[..., 0]
    if frames.ndim not in (3, 4) or min(frames.shape) < 1:
        raise StimulusInputError(
            f"The stimuli have shape {shape}",
            "give (frame, y, x) or (frame, sequence, y, x), with or without a last axis of 1",
        )
    if min(frames.shape[-2:]) < 2:
        raise StimulusInputError(
            f"The stimuli have shape {shape}", "give frames of at least 2 by 2 pixels"
        )
    return (frames, True) if frames.ndim == 4 else (frames[:, None], False)


def _vectors(values: Any, name: str) -> tuple[Tensor, bool]:
    vectors = _tensor(values, name)
    if len(vectors) == 0:
        return torch.zeros(0, 1, 2, device="cpu"), vectors.ndim > 2
    if vectors.ndim not in (2, 3) or vectors.shape[-1] != 2 or vectors.shape[-2] < 1:
        raise StimulusInputError(
            f"The {name} have shape {tuple(vectors.shape)}",
            "give (frame, 2) or (frame, sequence, 2)",
        )
    vectors = vectors.to(torch.float32)
    if not vectors.isfinite().all():
        frame = int((~vectors.isfinite()).flatten(1).any(dim=1).nonzero()[0, 0])
        raise StimulusInputError(
            f"The {name} are not finite at frame {frame}", "replace missing values by numbers"
        )
    return (vectors, True) if vectors.ndim == 3 else (vectors[:, None], False)


def _tensor(values: Any, name: str) -> Tensor:
    if isinstance(values, Tensor):
        return values
    try:
        if not hasattr(values, "__array__") and isinstance(values, Iterable):
            values = [np.asarray(value) for value in values]
        array = np.asarray(values)
        if array.dtype.kind not in "biuf" or array.ndim == 0:
            raise TypeError
        return torch.from_numpy(np.ascontiguousarray(array))
    except (TypeError, ValueError):
        raise StimulusInputError(
            f"The {name} are not an array of numbers, one entry per frame",
            "give an array, or frames of one shape",
        ) from None
