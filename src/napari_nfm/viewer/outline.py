"""The outline that a person draws over the canvas to choose what is inside."""

from collections.abc import Sequence
from typing import Any

from napari.qt import QtViewer
from qtpy.QtCore import QPointF, QRectF, Qt
from qtpy.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from qtpy.QtWidgets import QApplication, QWidget

__all__ = ["Outline", "canvas_of"]


def canvas_of(viewer: Any) -> QWidget:
    """Return the widget in which `viewer` draws."""
    widgets = QApplication.allWidgets()
    shown = [widget for widget in widgets if isinstance(widget, QtViewer)]
    return next(widget.canvas.native for widget in shown if widget.viewer is viewer)


class Outline(QWidget):
    """A see-through sheet over a canvas that shows a path, or a box between two corners.

    Drawing it does not draw the scene again, which thousands of points would slow.

    Parameters
    ----------
    canvas
        The canvas, which goes on getting the mouse.
    """

    def __init__(self, canvas: QWidget) -> None:
        super().__init__(canvas)
        self.setObjectName("selection_outline")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setGeometry(canvas.rect())
        self._shape = QPolygonF()

    def draw(self, places: Sequence[tuple[float, float]], *, closed: bool) -> None:
        """Show the path through `places` ``(x, y)``, or the box of two where it is not `closed`."""
        corners = [QPointF(float(x), float(y)) for x, y in places]
        if closed:
            self._shape = QPolygonF(corners)
        else:
            self._shape = QPolygonF(QRectF(corners[0], corners[-1]).normalized())
        self.show()
        self.update()

    def remove(self) -> None:
        """Take the sheet away."""
        self.hide()
        self.deleteLater()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the outline light on dark, so that it is seen on any background."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(QColor(255, 255, 255, 28))
        painter.setPen(QPen(QColor(0, 0, 0, 180), 3))
        painter.drawPolygon(self._shape)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(255, 255, 255), 1.2, Qt.PenStyle.DashLine))
        painter.drawPolygon(self._shape)
        painter.end()
