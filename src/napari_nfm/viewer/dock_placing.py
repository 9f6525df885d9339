"""Docks of ours that napari's own menu opens stand where our buttons put them."""

from typing import TYPE_CHECKING

from qtpy.QtCore import QChildEvent, QEvent, QObject, QTimer
from qtpy.QtWidgets import QDockWidget, QMainWindow, QWidget

from napari_nfm.viewer import docks
from napari_nfm.viewer.dock_arranging import AREAS

if TYPE_CHECKING:
    from napari.viewer import Viewer

__all__ = ["DockPlacing"]


class DockPlacing(QObject):
    """Puts a new dock on top of ours at its side.

    napari stacks docks that its menu opens, until the window is higher than the screen.

    Parameters
    ----------
    viewer
        The viewer whose docks are placed.
    parent
        Panel in one of the docks.
    """

    def __init__(self, viewer: "Viewer", parent: QWidget) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._panel = parent
        self._is_watching = False
        self._size = (0, 0)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self._place_new)

    def watch(self, window: QWidget) -> None:
        """Place docks that come to this window from now on, where it is a main one."""
        if isinstance(window, QMainWindow) and not self._is_watching:
            self._is_watching = True
            window.installEventFilter(self)
            for _, dock in docks.all_docks(self._viewer):
                dock.setProperty(docks.IS_PLACED, True)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Notice a new dock, whose place is known only after this event."""
        if (
            isinstance(watched, QMainWindow)
            and isinstance(event, QChildEvent)
            and event.added()
            and isinstance(event.child(), QDockWidget)
            and not self._soon.isActive()
        ):
            self._size = watched.width(), watched.height()
            self._soon.start()
        return False

    def _place_new(self) -> None:
        window = self._panel.window()
        if not isinstance(window, QMainWindow):
            return  # this dock floats; the others stay where they are
        ours = docks.all_docks(self._viewer)
        placed = [dock for _, dock in ours if dock.property(docks.IS_PLACED)]
        new = [(name, dock) for name, dock in ours if dock not in placed]
        for name, dock in new:
            dock.setProperty(docks.IS_PLACED, True)
            side = AREAS[docks.AREAS.get(name, "right")]
            if window.dockWidgetArea(dock) != side:
                window.addDockWidget(side, dock)
            beside = [
                other
                for other in placed
                if not other.isFloating() and window.dockWidgetArea(other) == side
            ]
            if beside:
                window.tabifyDockWidget(beside[-1], dock)
            dock.show()
            dock.raise_()
            placed.append(dock)
        if new:
            docks.keep_size(window, *self._size)
