"""Opening whatever a person drops on the *Explore* dock."""

from pathlib import Path
from typing import TYPE_CHECKING

from napari_nfm.stimuli.source import StimulusSource
from napari_nfm.viewer.readers import (
    read_recording_or_decline,
    read_responses_or_decline,
    read_session_or_decline,
)

if TYPE_CHECKING:
    from napari_nfm.viewer.explorer import Explorer
    from napari_nfm.viewer.worker import Job

__all__ = ["open_path"]

TENSOR_SUFFIXES = (".npy", ".nc")


def open_path(explorer: "Explorer", path: Path) -> "Job":
    """Open a session, a recording, a response tensor, stimuli or a checkpoint, whichever `path` is.

    What is none of the others is taken as a checkpoint, whose errors say what a checkpoint has.
    """
    from napari_nfm.stimuli import is_stimulus, kind_of

    if read_session_or_decline(str(path)) is not None:
        return explorer.saving.open(path)
    if read_recording_or_decline(str(path)) is not None:
        return explorer.open_recording(path)
    if path.suffix in TENSOR_SUFFIXES and read_responses_or_decline(str(path)) is not None:
        return explorer.encoding.open_population(path)
    if is_stimulus(path):
        return explorer.use_stimuli(StimulusSource(kind_of(path), path))
    return explorer.load_twin(path)
