"""Everything that knows napari: docks, layers, readers, writers, and sample data."""

from napari_nfm.viewer.docks import open_explorer

__all__ = ["open_explorer"]
