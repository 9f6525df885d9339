"""Markers of stimulus categories, drawn with Qt as napari draws them in the canvas."""

from collections.abc import Sequence

from qtpy.QtCore import QPointF, Qt
from qtpy.QtGui import QColor, QPainter, QPolygonF

from napari_nfm.viewer.palette import CategoryLook

__all__ = ["draw_marker"]


def draw_marker(painter: QPainter, look: CategoryLook, centre: QPointF, size: float) -> None:
    """Draw a category's marker in its colour, `size` wide, around `centre`."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(look.colour))
    half = size / 2
    if look.symbol == "disc":
        painter.drawEllipse(centre, half, half)
    else:
        painter.drawPolygon(QPolygonF([centre + half * corner for corner in CORNERS[look.symbol]]))


CORNERS: dict[str, Sequence[QPointF]] = {
    "square": [QPointF(-0.9, -0.9), QPointF(0.9, -0.9), QPointF(0.9, 0.9), QPointF(-0.9, 0.9)],
    "triangle_up": [QPointF(0, -1), QPointF(1, 0.9), QPointF(-1, 0.9)],
}
