"""Networks that are here without anybody naming their path."""

from pathlib import Path

from napari_nfm.fnn.cache import cache_directory
from napari_nfm.fnn.checkpoint import CORE
from napari_nfm.fnn.embedded import embedded_checkpoint

__all__ = ["kept_checkpoints"]


def kept_checkpoints() -> list[Path]:
    """Return folders of the networks that come with this package or were downloaded."""
    downloaded = (core.parent for core in sorted(cache_directory().glob(f"*/{CORE}")))
    return list(dict.fromkeys((embedded_checkpoint(), *downloaded)))
