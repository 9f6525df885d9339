"""What can go wrong with figures."""

from napari_nfm.errors import NeuralFoundationModelError

__all__ = ["FigureError"]


class FigureError(NeuralFoundationModelError):
    """A figure cannot be drawn or written as asked."""
