"""Physiology on a neural foundation model, in napari.

The packages are ``fnn`` (the network), ``stimuli``, ``recording``, ``analysis``
and ``viewer`` (all that knows napari). Importing this package imports none of them.
"""

try:
    from napari_nfm._version import __version__
except ImportError:  # a source tree that was never built
    __version__ = "0+unknown"

__all__ = ["__version__"]
