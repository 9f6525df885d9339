"""*File > Open Sample*: something to look at without files or a download."""

from typing import Any

import numpy as np

from napari_nfm.viewer import convert, styles

__all__ = ["drawn_stimuli", "embedded_network"]

LayerData = tuple[Any, ...]
DIRECTION = 45.0


def drawn_stimuli() -> list[LayerData]:
    """Return one movie per category of the drawn flow ensemble, side by side, moving at 45°."""
    from napari_nfm.stimuli import flow_ensemble

    stimuli = flow_ensemble(instances=1)
    movies = np.stack(
        [stimuli.frames(category, DIRECTION) for category in stimuli.categories], axis=1
    )
    montage = convert.Montage.arrange(len(stimuli.categories), movies.shape[2:])
    look = {
        **styles.MovieStyle(name="Drawn stimuli").as_kwargs(),
        "axis_labels": ("time", "z", "y", "x"),
        "metadata": {"categories": stimuli.categories, "titles": stimuli.titles},
    }
    return [(convert.maps_to_montage(movies, montage), look, "image")]


def embedded_network() -> list[LayerData]:
    """Open the *Explore* dock with the embedded network and the drawn stimuli."""
    import napari

    from napari_nfm.viewer.docks import open_explorer

    viewer = napari.current_viewer()
    if viewer is not None:
        open_explorer(viewer)[1].explorer.try_it()
    return [(None,)]
