"""Arrangements of one picture: which layers are seen, in how many dimensions, from where."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import numpy as np
from napari.layers import Layer

from napari_nfm.viewer.layers import World
from napari_nfm.viewer.roles import (
    MANIFOLD_ROLES,
    STIMULUS_ROLES,
    TRAJECTORY_ROLES,
    TUBE_ROLES,
)

__all__ = ["View", "fit_view", "show_view"]

OBLIQUE = (0.0, 22.0, 12.0)
"""Camera angles in degrees from which depth is seen and the movie still reads well."""

TEXT_SIZES = (6, 10)
"""Smallest and largest size of text, in points."""

TEXT_PER_ZOOM = 7.0
"""Points of text where one pixel of the movie is one pixel of the screen."""

TEXT_MARGIN = (120, 34)
"""Pixels of the canvas at each side, and above and below, for text that reaches beyond layers."""


class View(StrEnum):
    """What a person wants to look at; the value is its title."""

    MOVIE_AND_MAPS = "Movie, maps"
    TRAJECTORIES = "Trajectories"
    TUBES = "Tubes"
    MANIFOLD = "Manifold"
    ALL = "All"


_ROLES = {
    View.MOVIE_AND_MAPS: STIMULUS_ROLES,
    View.TRAJECTORIES: TRAJECTORY_ROLES,
    View.TUBES: TUBE_ROLES,
    View.MANIFOLD: MANIFOLD_ROLES,
    View.ALL: (*STIMULUS_ROLES, *TRAJECTORY_ROLES, *TUBE_ROLES, *MANIFOLD_ROLES),
}


def show_view(viewer: Any, world: World, view: View) -> None:
    """Show the layers of `view`, set dimensions, and fit the camera to them."""
    viewer.dims.ndisplay = 2 if view is View.MOVIE_AND_MAPS else 3
    world.set_visible(*_ROLES[view])
    if viewer.dims.ndisplay == 3:
        viewer.scene.camera.angles = OBLIQUE
    fit_view(viewer, world, view)


def fit_view(viewer: Any, world: World, view: View) -> None:
    """Fit the camera to the layers of `view`, seen from where it is, and texts to their size."""
    layers = [world.find(role) for role in _ROLES[view]]
    layers = [layer for layer in layers if layer is not None and len(layer.data)]
    if not layers:
        return
    if viewer.dims.ndisplay == 2:
        viewer.fit_to_view(layers=layers, margin=0.06)
    else:
        _fit_in_three_dimensions(viewer, layers)
    # Text has its size on the screen, while what it belongs to shrinks with the canvas.
    smallest, largest = TEXT_SIZES
    world.set_text_size(
        min(max(round(TEXT_PER_ZOOM * viewer.scene.camera.zoom), smallest), largest)
    )
    world.fitted.emit(view)


def _fit_in_three_dimensions(viewer: Any, layers: Sequence[Layer]) -> None:
    """Fill the canvas with what is seen of `layers` from the camera's direction.

    napari's own fit leaves room for any direction, which is half of the canvas for a scene that
    is wider than deep.
    """
    camera = viewer.scene.camera
    towards = np.array(camera.view_direction)
    up = np.array(camera.up_direction)
    right = np.cross(up, towards)
    axes = np.stack([right, up, towards]) / np.linalg.norm([right, up, towards], axis=1)[:, None]
    # One box per layer: planes are thin, so a box around all would be mostly empty.
    seen = np.concatenate([_corners(layer) for layer in layers]) @ axes.T
    low, high = seen.min(axis=0), seen.max(axis=0)
    camera.center = tuple((low + high) / 2 @ axes)
    height, width = viewer.canvas.size
    room = np.array([width, height]) - 2 * np.array(TEXT_MARGIN)
    camera.zoom = float((np.maximum(room, 50) / np.maximum(high - low, 1e-6)[:2]).min())


def _corners(layer: Layer) -> np.ndarray:
    """Return the eight corners ``(8, 3)`` of a layer's extent, as ``(z, y, x)``."""
    extent = layer.extent.world[:, -3:]
    return np.array([[extent[i, 0], extent[j, 1], extent[k, 2]] for i, j, k in np.ndindex(2, 2, 2)])
