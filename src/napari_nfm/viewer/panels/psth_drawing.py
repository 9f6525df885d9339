"""Painting a unit's responses as heat maps."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from qtpy.QtCore import QPointF, QRectF, Qt
from qtpy.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QImage,
    QLinearGradient,
    QPainter,
    QPen,
    QPolygonF,
)

from napari_nfm.palette import CategoryLook, category_looks, scale_colours
from napari_nfm.viewer.markers import draw_marker
from napari_nfm.viewer.panels.plots import SELECTED, PlotColours
from napari_nfm.viewer.panels.psth_layout import AXIS, BAR, GAP, LEFT, RIGHT, TITLE, PsthLayout
from napari_nfm.viewer.unit_data import ResponsePage

__all__ = ["PsthDrawing"]

MARKED_DIRECTIONS = (0.0, 90.0, 180.0, 270.0)


@dataclass(frozen=True)
class PsthDrawing:
    """Draws heat maps, with what explains them.

    Attributes
    ----------
    page
        The responses.
    images
        Of each category, the first direction at the bottom.
    layout
        Where they stand.
    highest
        The response at the end of the colour scale.
    colours, font
        Of axes and text.
    """

    page: ResponsePage
    images: Sequence[QImage]
    layout: PsthLayout
    highest: float
    colours: PlotColours
    font: QFont

    def draw_still(self, painter: QPainter, height: int) -> None:
        """Draw heat maps, axes, preferred directions, and the scale at the bottom of `height`."""
        page = self.page
        painter.setFont(self.font)
        looks, n_columns = category_looks(page.categories), self.layout.columns
        for category, image in enumerate(self.images):
            box = self.layout.box(category)
            painter.drawImage(box, image)
            self._draw_title(painter, box, category, looks[category])
            if page.preferred[category] >= 0:
                at = QPointF(box.right() + 2, self._height_of(box, page.preferred[category]))
                _arrow(painter, at, 1, QColor(self.colours.text))
            if category % n_columns == 0:
                self._draw_directions(painter, box)
            if category + n_columns >= len(self.images):
                self._draw_times(painter, box)
        self._draw_scale(painter, height)

    def _height_of(self, box: QRectF, row: int) -> float:
        """Return where along y the middle of a direction's row is."""
        return box.bottom() - (row + 0.5) * box.height() / len(self.page.directions)

    def _draw_title(
        self, painter: QPainter, box: QRectF, category: int, look: CategoryLook
    ) -> None:
        page = self.page
        font = QFont(self.font)
        font.setBold(category == page.preferred_category)
        painter.setFont(font)
        draw_marker(painter, look, QPointF(box.left() + 4, box.top() - 9), 8)
        room = QRectF(box.left() + 11, box.top() - TITLE, box.width() + RIGHT + GAP - 13, TITLE)
        text = QFontMetricsF(font).elidedText(
            page.short_titles[category], Qt.TextElideMode.ElideMiddle, room.width()
        )
        painter.setPen(QColor(self.colours.text))
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, text)
        painter.setFont(self.font)

    def draw_marks(self, painter: QPainter, current: tuple[str | None, float | None, int]) -> None:
        """Draw which category, direction and frame are on screen."""
        for category in range(len(self.images)):
            self._draw_marks_of(painter, self.layout.box(category), category, current)

    def _draw_marks_of(
        self,
        painter: QPainter,
        box: QRectF,
        category: int,
        current: tuple[str | None, float | None, int],
    ) -> None:
        page = self.page
        name, direction, frame = current
        if page.categories[category] == name:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(SELECTED), 1.6))
            painter.drawRect(box.adjusted(-1, -1, 1, 1))
            rows = np.flatnonzero(page.directions == direction)
            if len(rows):
                at = QPointF(box.left() - 2, self._height_of(box, int(rows[0])))
                _arrow(painter, at, -1, QColor(SELECTED))
        n_frames = page.rates.shape[2]
        if frame < n_frames:
            x = box.left() + (frame + 0.5) * box.width() / n_frames
            for colour, width in (("#000000", 2.6), ("#ffffff", 1.2)):
                painter.setPen(QPen(QColor(colour), width))
                painter.drawLine(QPointF(x, box.top()), QPointF(x, box.bottom()))

    def _draw_directions(self, painter: QPainter, box: QRectF) -> None:
        page = self.page
        painter.setPen(QColor(self.colours.text))
        for row, direction in enumerate(page.directions):
            if direction in MARKED_DIRECTIONS or len(page.directions) <= 4:
                middle = self._height_of(box, row)
                room = QRectF(0, middle - 7, box.left() - 7, 14)
                sides = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                painter.drawText(room, sides, f"{direction:g}°")

    def _draw_times(self, painter: QPainter, box: QRectF) -> None:
        page = self.page
        painter.setPen(QColor(self.colours.text))
        room = QRectF(box.left(), box.bottom() + 1, box.width(), AXIS - 2)
        unit = " s" if page.time_unit == "s" else ""
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft, "0")
        last = f"{page.times[-1]:.3g}{unit or ' frames'}"
        painter.drawText(room, Qt.AlignmentFlag.AlignRight, last)

    def _draw_scale(self, painter: QPainter, height: int) -> None:
        top = height - BAR + 7
        bar = QRectF(LEFT + 116, top, max(self.layout.width - LEFT - 176, 40), 11)
        gradient = QLinearGradient(bar.topLeft(), bar.topRight())
        shares = np.linspace(0, 1, 9)
        for share, colour in zip(shares.tolist(), scale_colours(shares).tolist(), strict=True):
            gradient.setColorAt(share, QColor.fromRgbF(*colour))
        painter.fillRect(bar, gradient)
        painter.setPen(QColor(self.colours.text))
        left = QRectF(0, top - 2, bar.left() - 5, 15)
        right = QRectF(bar.right() + 5, top - 2, 55, 15)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(left, Qt.AlignmentFlag.AlignRight | middle, "Response (all alike)   0")
        painter.drawText(right, Qt.AlignmentFlag.AlignLeft | middle, f"{self.highest:.3g}")


def _arrow(painter: QPainter, tip: QPointF, side: int, colour: QColor) -> None:
    """Draw a small triangle that points to a heat map from the right (1) or the left (-1)."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawPolygon(QPolygonF([tip, tip + QPointF(6 * side, -4), tip + QPointF(6 * side, 4)]))
