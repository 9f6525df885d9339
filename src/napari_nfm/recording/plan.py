"""What a recording will play and keep, from its arguments."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import get_args

import numpy as np

from napari_nfm.fnn.site import sites as sites_of
from napari_nfm.fnn.twin import Twin
from napari_nfm.recording.averaging import FRAMES_PER_CALL
from napari_nfm.recording.conditions import Condition, find_conditions
from napari_nfm.recording.description import Description, Keep, Precision
from napari_nfm.recording.errors import RecordingArgumentError
from napari_nfm.recording.recorded_site import RecordedSite, choose_sites
from napari_nfm.recording.sampling import Sampling
from napari_nfm.stimuli import StimulusSet

__all__ = ["Plan", "make_plan"]

BLOCK_BYTES = 512 * 1024**2
"""Size, in float32, of the activity of one condition that is written at once."""


@dataclass(frozen=True)
class Plan:
    """A recording that is about to be made.

    Parameters
    ----------
    description
        What the recording is of.
    conditions
        What is played, in order.
    block
        Frames written at once.
    """

    description: Description
    conditions: tuple[Condition, ...]
    block: int

    @property
    def itemsize(self) -> int:
        """Bytes of one stored value."""
        return np.dtype(self.description.dtype).itemsize

    @property
    def frames_played(self) -> int:
        """Frames that the network sees in one pass."""
        sequences = sum(len(condition.sequences) for condition in self.conditions)
        return sequences * self.description.n_frames


def make_plan(
    twin: Twin,
    stimuli: StimulusSet,
    sites: Sequence[str],
    *,
    keep: Keep,
    sampling: Sampling,
    dtype: Precision,
    channels: Sequence[int] | Mapping[str, Sequence[int]] | None,
    crop: float | None,
    like_study: bool,
) -> Plan:
    """Check the arguments of `record` and decide what is played and kept.

    Raises
    ------
    RecordingArgumentError
        An argument is out of range.
    UnknownSiteError
        The network has no such site.
    """
    for name, value, kind in (("keep", keep, Keep), ("dtype", dtype, Precision)):
        choices = get_args(kind)
        if value not in choices:
            raise RecordingArgumentError(
                f"The recording got {name}={value!r}", f"choose {' or '.join(map(repr, choices))}"
            )
    sampling = replace(sampling, like_study=sampling.like_study or like_study)
    chosen = choose_sites(
        sites_of(twin), sites, channels=channels, crop=crop, like_study=sampling.like_study
    )
    return Plan(
        Description.of(twin, stimuli, keep=keep, dtype=dtype, sampling=sampling, sites=chosen),
        find_conditions(stimuli),
        _frames_per_block(chosen, stimuli.n_frames),
    )


def _frames_per_block(sites: Sequence[RecordedSite], n_frames: int) -> int:
    """Return how many frames are written at once, the same on every machine.

    All frames where they fit into memory, else a multiple of `FRAMES_PER_CALL`.
    """
    bytes_per_frame = 4 * sum(site.averaged_values for site in sites)
    calls = max(1, BLOCK_BYTES // (bytes_per_frame * FRAMES_PER_CALL))
    return min(n_frames, calls * FRAMES_PER_CALL)
