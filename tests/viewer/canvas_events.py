"""Real mouse events in a real canvas, and where on it things are drawn."""

import time

import numpy as np
from qtpy.QtCore import QEvent, QPointF, Qt
from qtpy.QtGui import QMouseEvent
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication

from napari_nfm.viewer.refit import PAUSE_MS
from napari_nfm.viewer.roles import Role

__all__ = ["box", "drag", "units_on_screen"]


def units_on_screen(viewer, explorer, canvas):
    """Return where each unit of the manifold is drawn, ``(unit, 2)`` in pixels of the canvas.

    A window that was just shown finds its size first, and the camera is fitted to it.
    """
    before, camera = None, viewer.scene.camera
    while (now := (canvas.width(), canvas.height(), camera.center, camera.zoom)) != before:
        before = now
        QTest.qWait(3 * PAUSE_MS)
    right, up = np.array([0.0, 0.0, 1.0]), np.array([0.0, -1.0, 0.0])
    if viewer.dims.ndisplay == 3:
        up = np.array(camera.up_direction)
        right = np.cross(camera.view_direction, up)  # in the order z, y, x
    away = explorer.world.find(Role.MANIFOLD).data - np.array(camera.center)
    middle = np.array([canvas.width(), canvas.height()]) / 2
    return middle + camera.zoom * np.column_stack([away @ right, -away @ up])


def drag(canvas, places, modifiers=Qt.KeyboardModifier.NoModifier):
    """Press at the first of `places`, move through the others, and let go; one place is a click."""
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    moves = [(QEvent.Type.MouseMove, place, none, left) for place in places[1:]]
    for kind, place, button, buttons in (
        (QEvent.Type.MouseMove, places[0], none, none),
        (QEvent.Type.MouseButtonPress, places[0], left, left),
        *moves,
        (QEvent.Type.MouseButtonRelease, places[-1], left, none),
    ):
        point = QPointF(*map(float, place))
        event = QMouseEvent(kind, point, canvas.mapToGlobal(point), button, buttons, modifiers)
        time.sleep(0.012)  # vispy leaves out moves that follow sooner
        QApplication.sendEvent(canvas, event)
        QApplication.processEvents()


def box(corner, opposite):
    """Return the places of a drag from one corner of a box to the other."""
    return [corner, (np.add(corner, opposite)) / 2, opposite]
