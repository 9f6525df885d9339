"""Markers of stimulus categories, drawn with Qt as napari draws them in the canvas."""

import math
from collections.abc import Sequence

from qtpy.QtCore import QPointF, Qt
from qtpy.QtGui import QColor, QPainter, QPixmap, QPolygonF

from napari_nfm.palette import CategoryLook

__all__ = ["draw_marker", "marker_pixmap"]


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


def marker_pixmap(look: CategoryLook, size: int) -> QPixmap:
    """Return a category's marker in a transparent square of `size`, sharp on high-dpi screens."""
    pixmap = QPixmap(2 * size, 2 * size)
    pixmap.setDevicePixelRatio(2)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    draw_marker(painter, look, QPointF(size / 2, size / 2), size - 2)
    painter.end()
    return pixmap


def _on_circle(degrees: float, radius: float) -> QPointF:
    angle = math.radians(degrees)
    return QPointF(radius * math.sin(angle), -radius * math.cos(angle))


CORNERS: dict[str, Sequence[QPointF]] = {
    "square": [QPointF(-0.9, -0.9), QPointF(0.9, -0.9), QPointF(0.9, 0.9), QPointF(-0.9, 0.9)],
    "triangle_up": [QPointF(0, -1), QPointF(1, 0.9), QPointF(-1, 0.9)],
    "triangle_down": [QPointF(0, 1), QPointF(1, -0.9), QPointF(-1, -0.9)],
    "diamond": [QPointF(0, -1.1), QPointF(0.9, 0), QPointF(0, 1.1), QPointF(-0.9, 0)],
    "star": [_on_circle(36 * i, 1.1 if i % 2 == 0 else 0.45) for i in range(10)],
    "cross": [
        QPointF(*corner)
        for corner in (
            (-0.35, -1),
            (0.35, -1),
            (0.35, -0.35),
            (1, -0.35),
            (1, 0.35),
            (0.35, 0.35),
            (0.35, 1),
            (-0.35, 1),
            (-0.35, 0.35),
            (-1, 0.35),
            (-1, -0.35),
            (-0.35, -0.35),
        )
    ],
}
