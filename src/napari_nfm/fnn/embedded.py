"""The demo twin, which comes with the package."""

from pathlib import Path

import napari_nfm

__all__ = ["embedded_checkpoint"]


def embedded_checkpoint() -> Path:
    """Return the folder of the demo twin, a small network trained on a synthetic mouse."""
    return Path(napari_nfm.__file__).parent / "resources" / "demo_twin"
