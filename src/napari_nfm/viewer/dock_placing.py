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
        Owner.
    """

    def __init__(self, viewer: "Viewer", parent: QObject) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._window: QMainWindow | None = None
        self._new: list[QDockWidget] = []
        self._size = (0, 0)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self._place_new)

    def watch(self, window: QWidget) -> None:
        """Place docks that come to this window from now on, where it is a main one."""
        if isinstance(window, QMainWindow) and window is not self._window:
            self._window = window
            window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Notice a new dock, whose place is known only after this event."""
        if (
            self._window is not None
            and watched is self._window
            and isinstance(event, QChildEvent)
            and event.added()
            and isinstance(event.child(), QDockWidget)
        ):
            if not self._new:
                self._size = self._window.width(), self._window.height()
            self._new.append(event.child())
            self._soon.start()
        return False

    def _place_new(self) -> None:
        new, self._new = self._new, []
        assert self._window is not None
        ours = docks.all_docks(self._viewer)
        for name, dock in ours:
            if dock in new and not dock.property(docks.IS_PLACED):
                others = [other for _, other in ours if other not in new]
                self._place(dock, docks.AREAS.get(name, "right"), others)
                new.remove(dock)

    def _place(self, dock: QDockWidget, area: str, others: list[QDockWidget]) -> None:
        assert self._window is not None
        side = AREAS[area]
        if self._window.dockWidgetArea(dock) != side:
            self._window.addDockWidget(side, dock)
        beside = [
            other
            for other in others
            if not other.isFloating() and self._window.dockWidgetArea(other) == side
        ]
        if beside:
            self._window.tabifyDockWidget(beside[-1], dock)
        dock.show()
        dock.raise_()
        dock.setProperty(docks.IS_PLACED, True)
        docks.keep_size(self._window, *self._size)
