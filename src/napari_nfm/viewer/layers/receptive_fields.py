"""Receptive fields of units, outlined on the stimulus movie."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from napari.layers import Vectors

from napari_nfm.viewer import styles
from napari_nfm.viewer.layers.store import SPACE, LayerStore
from napari_nfm.viewer.roles import Role
from napari_nfm.viewer.scenes import Outline

__all__ = ["ReceptiveFieldOutlines"]


class ReceptiveFieldOutlines:
    """Draws lines at all times, in the plane of the movie.

    Parameters
    ----------
    store
        Our layers.
    """

    def __init__(self, store: LayerStore) -> None:
        self._store = store

    def show(self, outlines: Sequence[Outline]) -> None:
        """Draw these and no others; nothing while there is no movie."""
        movie = self._store.find(Role.MOVIE)
        if movie is None or not outlines:
            self._store.remove(Role.FIELDS)
            return
        segments = [np.stack([o.points[:-1], np.diff(o.points, axis=0)], axis=1) for o in outlines]
        lengths = [len(part) for part in segments]
        units = np.repeat([outline.unit for outline in outlines], lengths)
        colours = np.repeat([outline.colour for outline in outlines], lengths)
        self._store.put(
            Role.FIELDS,
            Vectors,
            np.pad(np.concatenate(segments), ((0, 0), (0, 0), (1, 0))),
            **styles.FieldStyle().as_kwargs(),
            edge_color=colours,
            features=pd.DataFrame({"unit": units, "category_index": colours}),
            visible=movie.visible,
            axis_labels=SPACE,
        )
