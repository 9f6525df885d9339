"""What a click in the canvas means, whatever it hits: a unit, a trajectory, or nothing."""

import weakref
from typing import Any

import numpy as np
import numpy.typing as npt

from napari_nfm.session import Session
from napari_nfm.titles import category_title
from napari_nfm.viewer.layers import World
from napari_nfm.viewer.manifold_view import ManifoldView
from napari_nfm.viewer.picking import nearest_to_ray
from napari_nfm.viewer.player import Player
from napari_nfm.viewer.roles import Role
from napari_nfm.viewer.units_on_maps import UnitsOnMaps

__all__ = ["Pointing"]

FloatArray = npt.NDArray[np.float64]
CURVES = (Role.HEADS, Role.TUBE_HEADS)
"""Layers that hold every moment of every trajectory, as ``(time, z, y, x)``."""
REACH_PIXELS = 6.0
"""A click this far from a trajectory on the screen still means it."""


class Pointing:
    """Gives clicks to units first, then to trajectories; a click beside all selects nothing.

    Parameters
    ----------
    viewer
        The napari viewer; not kept alive.
    session
        What is selected.
    world
        What is drawn.
    manifold, maps
        Who selects units, on the manifold and on feature maps.
    player
        Who plays the stimulus of a trajectory that was clicked.
    """

    def __init__(
        self,
        viewer: Any,
        session: Session,
        world: World,
        manifold: ManifoldView,
        maps: UnitsOnMaps,
        player: Player,
    ) -> None:
        self._viewer: Any = weakref.proxy(viewer)
        self._session = session
        self._world = world
        self._manifold = manifold
        self._maps = maps
        self._player = player

    def click(self, position: FloatArray, direction: FloatArray, *, add: bool) -> None:
        """Select the unit under the cursor, or play the stimulus of the trajectory there."""
        if self._manifold.click(position, direction, add=add):
            return
        if self._maps.click(position, direction, add=add):
            return
        if not any(self._click_curve(role, position, direction) for role in CURVES) and not add:
            self._session.selection.units = ()

    def enclose(self, positions: FloatArray, directions: FloatArray, *, add: bool) -> None:
        """Select the units inside of an outline."""
        self._manifold.enclose(positions, directions, add=add)

    def hover(self, position: FloatArray, direction: FloatArray) -> None:
        """Take notice of the unit under the cursor."""
        self._manifold.hover(position, direction)

    def _click_curve(self, role: Role, position: FloatArray, direction: FloatArray) -> bool:
        layer, session = self._world.find(role), self._session
        if layer is None or not layer.visible:
            return False
        reach = REACH_PIXELS / self._viewer.scene.camera.zoom
        row = nearest_to_ray(layer.data[:, 1:], position, direction, reach)
        if row is None:
            return False
        moment = layer.features.iloc[row]
        category, degrees = str(moment["category"]), float(moment["direction"])
        stimuli = session.stimuli
        name = f"{category_title(category)}, {degrees:g}°"
        if stimuli is None or category not in stimuli.categories:
            self._viewer.status = f"{name}: load these stimuli to see the movie."
            return True
        session.choose(category, degrees, session.selection.instance)
        session.selection.frame = min(int(moment["frame"]), session.n_frames - 1)
        self._viewer.status = f"{name}: playing from frame {session.selection.frame}."
        self._player.play()
        return True
