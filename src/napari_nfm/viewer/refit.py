"""The picture keeps filling the canvas while docks come and go, until a person moves the camera."""

import weakref
from typing import Any

import numpy as np
from qtpy.QtCore import QObject, QTimer

from napari_nfm.viewer.layers import World
from napari_nfm.viewer.views import View, fit_view

__all__ = ["Refit"]

PAUSE_MS = 60
"""A canvas whose size has not changed for so long has settled."""


class Refit(QObject):
    """Fits the last view again when the canvas has another size and the camera is untouched.

    Parameters
    ----------
    viewer
        The napari viewer; not kept alive.
    world
        What is drawn, and who tells that the camera was fitted to it.
    parent
        Owner.
    """

    def __init__(self, viewer: Any, world: World, parent: QObject) -> None:
        super().__init__(parent)
        self._viewer = weakref.ref(viewer)
        self._world = world
        self._view: View | None = None
        self._camera = np.zeros(0)
        self._settled = QTimer(self)
        self._settled.setSingleShot(True)
        self._settled.setInterval(PAUSE_MS)
        self._settled.timeout.connect(self._fit)
        world.fitted.connect(self._remember)
        viewer.canvas.events.size.connect(self._follow_canvas)

    def _remember(self, view: View) -> None:
        self._view, self._camera = view, _state(self._viewer())

    def _follow_canvas(self) -> None:
        # The camera is looked at now: drawing in the new size changes its zoom.
        if self._settled.isActive() or self._is_untouched():
            self._settled.start()

    def _is_untouched(self) -> bool:
        """Whether the camera is where the last fit has put it."""
        viewer = self._viewer()
        if viewer is None or self._view is None:
            return False
        return np.allclose(_state(viewer), self._camera, rtol=1e-3, atol=1e-2)

    def _fit(self) -> None:
        viewer = self._viewer()
        if viewer is not None and self._view is not None:
            fit_view(viewer, self._world, self._view)


def _state(viewer: Any) -> np.ndarray:
    camera = viewer.scene.camera
    return np.array([viewer.dims.ndisplay, *camera.center, *camera.angles, camera.zoom])
