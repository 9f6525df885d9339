"""The only package that adds or changes layers.

Layers are found by what `ROLE` says in their metadata, never by name, so a person may rename,
reorder or remove them: what is missing is added again when it is shown next.
"""

from napari_nfm.viewer.layers.store import ROLE, SOURCE
from napari_nfm.viewer.layers.world import World

__all__ = ["ROLE", "SOURCE", "World"]
