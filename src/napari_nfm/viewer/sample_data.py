"""*File > Open Sample*: something to look at without files or a download."""

from typing import TYPE_CHECKING

import numpy as np

from napari_nfm.viewer import convert_maps, styles
from napari_nfm.viewer.docks import current_explorer, open_explorer, open_tubularity
from napari_nfm.viewer.layers.store import ROLE, TIME_AND_SPACE
from napari_nfm.viewer.readers import LayerData
from napari_nfm.viewer.roles import Role

if TYPE_CHECKING:
    from napari_nfm.viewer.explorer import Explorer

__all__ = ["drawn_stimuli", "embedded_network", "recording", "reference_values"]

DIRECTION = 45.0


def drawn_stimuli() -> list[LayerData]:
    """Return one movie per category of the drawn flow ensemble, side by side, moving at 45°."""
    from napari_nfm.stimuli import flow_ensemble

    stimuli = flow_ensemble(instances=1)
    movies = np.stack(
        [stimuli.frames(category, DIRECTION) for category in stimuli.categories], axis=1
    )
    montage = convert_maps.Montage.arrange(len(stimuli.categories), movies.shape[2:])
    look = {
        **styles.MovieStyle(name="Drawn stimuli").as_kwargs(),
        "axis_labels": ("time", "z", "y", "x"),
        "metadata": {"categories": stimuli.categories, "titles": stimuli.titles},
    }
    return [(convert_maps.maps_to_montage(movies, montage), look, "image")]


def embedded_network() -> list[LayerData]:
    """Load the demo twin and the drawn stimuli; the layer is the movie that plays first."""
    explorer = current_explorer()
    if explorer is not None:
        explorer.try_it()
    return _movie_for(explorer)


def recording() -> list[LayerData]:
    """Open a recording of the demo twin, which takes a minute the first time.

    The layer is the movie that was played to it first.
    """
    explorer = current_explorer()
    if explorer is not None:
        explorer.open_sample_recording()
    return _movie_for(explorer)


def reference_values() -> list[LayerData]:
    """Return the published tubularity as points in logarithmic axes, and open its dock.

    A step of 100 is a factor of ten; the values themselves, with their sources, are features.
    """
    import napari

    from napari_nfm.analysis import published_scores

    viewer = napari.current_viewer()
    if viewer is not None:
        open_explorer(viewer)
        open_tubularity(viewer)
    table = published_scores()
    by_stimulus = table[table["labels"] == "stimulus"]
    scores = by_stimulus.pivot_table(index="population", columns="quantity", values="value")
    scores = scores[["S_cross", "S_tight"]].dropna()
    features = scores.reset_index().merge(
        by_stimulus.loc[by_stimulus["quantity"] == "S_tight", ["population", "site", "source"]]
    )
    look = {
        **styles.ReferenceStyle().as_kwargs(),
        "features": features,
        "text": {"string": "{population}", "translation": (-9, 0), "size": 10, "color": "orange"},
        "axis_labels": ("100 log10 S_cross", "100 log10 S_tight"),
        "metadata": {"notes": table.attrs["notes"]},
    }
    return [(100 * np.log10(features[["S_cross", "S_tight"]].to_numpy()), look, "points")]


def _movie_for(explorer: "Explorer | None") -> list[LayerData]:
    """Return the movie as a layer that `explorer` goes on with as its own.

    napari takes a sample without a layer for a failure.
    """
    from napari_nfm.stimuli import flow_ensemble

    if explorer is not None:
        explorer.world.remove(Role.MOVIE)
    stimuli = flow_ensemble(instances=1)
    look = {
        **styles.MovieStyle().as_kwargs(),
        "axis_labels": TIME_AND_SPACE,
        "metadata": {ROLE: Role.MOVIE.value},
    }
    frames = stimuli.frames(stimuli.categories[0], stimuli.directions[0])
    return [(convert_maps.movie_to_plane(frames), look, "image")]
