"""What can be wrong with the input of an analysis."""

from napari_nfm.errors import NeuralFoundationModelError

__all__ = ["AnalysisError", "ResponseTensorError"]


class AnalysisError(NeuralFoundationModelError):
    """An analysis cannot be done on this input."""


class ResponseTensorError(AnalysisError):
    """A response tensor has the wrong axes, type or values."""
