"""Arrangements of one picture: which layers are seen, in how many dimensions, from where."""

from enum import StrEnum
from typing import Any

from napari_nfm.viewer.layers import STIMULUS_ROLES, TRAJECTORY_ROLES, World

__all__ = ["View", "show_view"]

OBLIQUE = (0.0, 22.0, 12.0)
"""Camera angles in degrees from which depth is seen and the movie still reads well."""


class View(StrEnum):
    """What a person wants to look at; the value is its title."""

    MOVIE_AND_MAPS = "Movie and maps"
    TRAJECTORIES = "Trajectories"
    ALL = "All"


_ROLES = {
    View.MOVIE_AND_MAPS: STIMULUS_ROLES,
    View.TRAJECTORIES: TRAJECTORY_ROLES,
    View.ALL: (*STIMULUS_ROLES, *TRAJECTORY_ROLES),
}


def show_view(viewer: Any, world: World, view: View) -> None:
    """Show the layers of `view`, set dimensions, and fit the camera to them."""
    viewer.dims.ndisplay = 2 if view is View.MOVIE_AND_MAPS else 3
    world.set_visible(*_ROLES[view])
    layers = [layer for role in _ROLES[view] if (layer := world.find(role)) is not None]
    if not layers:
        return
    if viewer.dims.ndisplay == 3:
        viewer.scene.camera.angles = OBLIQUE
    viewer.fit_to_view(layers=layers, margin=0.08)
