"""What the mouse does in the canvas: a click chooses a unit, an outline chooses many.

A viewer's own callbacks are used, so they work whichever layer is active, and the camera stays
with napari wherever no outline is being drawn.
"""

import time
import weakref
from collections.abc import Iterator
from enum import StrEnum
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from napari_nfm.viewer.outline import Outline, canvas_of
from napari_nfm.viewer.picking import box_corners

__all__ = ["PointedAt", "Pointer", "SelectionTool"]

FloatArray = npt.NDArray[np.float64]
CLICK_PIXELS = 4.0
"""A press that moves farther than that is a drag."""
HOVER_SECONDS = 0.05
"""A moving mouse is looked at no more often."""
ADDING = {"Shift", "Control"}


class SelectionTool(StrEnum):
    """What dragging in the canvas does; the value is its title."""

    NAVIGATE = "Navigate"
    BOX = "Box"
    LASSO = "Lasso"


class PointedAt(Protocol):
    """Who is told what the mouse meant; positions and directions are ``(z, y, x)``."""

    def click(self, position: FloatArray, direction: FloatArray, *, add: bool) -> None:
        """Take a click along this ray."""

    def enclose(self, positions: FloatArray, directions: FloatArray, *, add: bool) -> None:
        """Take an outline whose corners are these rays."""

    def hover(self, position: FloatArray, direction: FloatArray) -> None:
        """Take notice that the mouse rests on this ray."""


class Pointer:
    """Turns mouse gestures into clicks and outlines.

    Parameters
    ----------
    viewer
        The napari viewer; not kept alive.
    target
        Who is told.
    """

    def __init__(self, viewer: Any, target: PointedAt) -> None:
        self._viewer = weakref.proxy(viewer)
        self._target = target
        self.tool = SelectionTool.NAVIGATE
        self._looked = 0.0
        viewer.mouse_drag_callbacks.append(self._pressed)
        viewer.mouse_move_callbacks.append(self._moved)

    def _pressed(self, viewer: Any, event: Any) -> Iterator[None] | None:
        if event.button != 1 or not self._is_ours(event):
            return None
        if self.tool is SelectionTool.NAVIGATE:
            return self._follow_click(event)
        return self._follow_outline(viewer, event)

    def _moved(self, _viewer: Any, event: Any) -> None:
        now = time.monotonic()
        if now - self._looked >= HOVER_SECONDS and self._is_ours(event):
            self._looked = now
            self._target.hover(*_ray(event))

    def _is_ours(self, event: Any) -> bool:
        """Whether the last axes of the world are on screen and no layer is being edited."""
        n_shown, n_axes = len(event.dims_displayed), len(event.position)
        if list(event.dims_displayed) != list(range(n_axes - n_shown, n_axes)):
            return False
        active = self._viewer.layers.selection.active
        return str(getattr(active, "mode", "pan_zoom")) in ("pan_zoom", "Mode.PAN_ZOOM")

    def _follow_click(self, event: Any) -> Iterator[None]:
        start = np.array(event.pos)
        position, direction = _ray(event)
        add = bool(ADDING & set(event.modifiers))
        yield
        moved = 0.0
        while event.type == "mouse_move":
            moved = max(moved, float(np.abs(np.array(event.pos) - start).max()))
            yield
        if moved <= CLICK_PIXELS:
            self._target.click(position, direction, add=add)

    def _follow_outline(self, viewer: Any, event: Any) -> Iterator[None]:
        event.handled = True  # else the camera turns
        add = bool(ADDING & set(event.modifiers))
        up = np.array([0.0, -1.0, 0.0])
        if event.up_direction is not None:
            up = np.array(event.up_direction)[-3:]
        is_lasso = self.tool is SelectionTool.LASSO
        outline = Outline(canvas_of(viewer))
        places, rays = [tuple(event.pos)], [_ray(event)]
        is_down = True
        while is_down:
            yield
            event.handled = True
            is_down = event.type == "mouse_move"
            if not is_lasso:
                del places[1:], rays[1:]
            places.append(tuple(event.pos))
            rays.append(_ray(event))
            outline.draw(places, closed=is_lasso)
        outline.remove()
        if np.ptp(places, axis=0).max() <= CLICK_PIXELS:
            self._target.click(*rays[0], add=add)
            return
        positions, directions = (np.array(part) for part in zip(*rays, strict=True))
        if not is_lasso:
            positions, directions = box_corners(positions, directions, up)
        self._target.enclose(positions, directions, add=add)


def _ray(event: Any) -> tuple[FloatArray, FloatArray]:
    """Return position and direction of what is under the cursor, ``(z, y, x)`` each."""
    position = np.array(event.position, dtype=float)[-3:]
    if event.view_direction is None:  # two dimensions are seen along z
        return position, np.array([1.0, 0.0, 0.0])
    return position, np.array(event.view_direction, dtype=float)[-3:]
