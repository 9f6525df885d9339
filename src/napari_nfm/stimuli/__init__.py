"""What is shown to the network: the study's ensemble, any movie, and parametric sets."""

from napari_nfm.stimuli.ensemble import flow_ensemble
from napari_nfm.stimuli.errors import (
    MissingStimulusError,
    StimulusArgumentError,
    StimulusError,
    UnreadableStimulusError,
)
from napari_nfm.stimuli.kinds import STIMULUS_KINDS, is_stimulus, kind_of, open_stimuli
from napari_nfm.stimuli.movies import read_movie
from napari_nfm.stimuli.parametric import full_field_steps, pink_noise
from napari_nfm.stimuli.source import StimulusSource
from napari_nfm.stimuli.stimulus_set import FRAME_RATE, FRAME_SHAPE, StimulusSet

__all__ = [
    "FRAME_RATE",
    "FRAME_SHAPE",
    "STIMULUS_KINDS",
    "MissingStimulusError",
    "StimulusArgumentError",
    "StimulusError",
    "StimulusSet",
    "StimulusSource",
    "UnreadableStimulusError",
    "flow_ensemble",
    "full_field_steps",
    "is_stimulus",
    "kind_of",
    "open_stimuli",
    "pink_noise",
    "read_movie",
]
