"""Noticing that a main window closes, before what it shows is taken apart."""

from qtpy.QtCore import QEvent, QObject, QTimer, Signal
from qtpy.QtWidgets import QMainWindow, QWidget

__all__ = ["WindowClosing"]


class WindowClosing(QObject):
    """Tells when the main window that it watches closes.

    Parameters
    ----------
    parent
        Owner.
    """

    closed = Signal()
    """The window closes, and nobody can keep it open any more."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._window: QWidget | None = None

    def watch(self, window: QWidget) -> None:
        """Watch this main window from now on; a floating dock is a window too, but no main one."""
        if isinstance(window, QMainWindow) and window is not self._window:
            self._window = window
            window.installEventFilter(self)
            window.destroyed.connect(self.closed)

    def forget(self) -> None:
        """Watch nothing any more."""
        self._window = None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Tell where the watched window closes."""
        if watched is self._window and event.type() == QEvent.Type.Close:
            if event.spontaneous():
                # A person closes it and may still answer "no": see what happens next.
                QTimer.singleShot(0, self._tell_unless_visible)
            else:
                self.closed.emit()
        return False

    def _tell_unless_visible(self) -> None:
        if self._window is not None and not self._window.isVisible():
            self.closed.emit()
