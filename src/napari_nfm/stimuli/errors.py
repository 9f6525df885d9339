"""What can be wrong with stimuli, each with a remedy."""

from napari_nfm.errors import NeuralFoundationModelError

__all__ = [
    "MissingStimulusError",
    "StimulusArgumentError",
    "StimulusError",
    "UnreadableStimulusError",
]


class StimulusError(NeuralFoundationModelError):
    """A stimulus that cannot be had; the root of this package's errors."""


class MissingStimulusError(StimulusError):
    """A stimulus file or folder that is not there."""


class UnreadableStimulusError(StimulusError):
    """A stimulus file that is there but cannot be turned into frames."""


class StimulusArgumentError(StimulusError, ValueError):
    """An argument outside what a stimulus set offers."""
