"""A unit's responses as heat maps, one per category: direction upwards, time rightwards."""

import numpy as np
from qtpy.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from qtpy.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QHelpEvent,
    QImage,
    QLinearGradient,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
)
from qtpy.QtWidgets import QSizePolicy, QToolTip, QWidget

from napari_nfm.palette import CategoryLook, category_looks, scale_colours
from napari_nfm.viewer.markers import draw_marker
from napari_nfm.viewer.panels.plots import FONT_POINTS, SELECTED, PlotColours
from napari_nfm.viewer.unit_data import ResponsePage

__all__ = ["PsthGrid"]

LEAST_WIDTH = 104
"""Narrowest heat map with its margins, in pixels."""
MAP_HEIGHT = 62
TITLE, AXIS, LEFT, RIGHT, GAP, BAR = 17.0, 17.0, 36.0, 9.0, 7.0, 24.0
MARKED_DIRECTIONS = (0.0, 90.0, 180.0, 270.0)


class PsthGrid(QWidget):
    """Heat maps on a common colour scale; a click chooses category, direction and frame.

    The preferred direction of each category has an arrow at the right, the direction on screen one
    at the left; a line marks the current frame.

    Parameters
    ----------
    name
        Object name.
    """

    chosen = Signal(str, float, int)
    """Category, direction and frame that were clicked."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setToolTip("Mean response by direction and time; click to go to a stimulus and frame")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._page: ResponsePage | None = None
        self._highest = 1.0
        self._images: list[QImage] = []
        self._still: QPixmap | None = None
        self._current: tuple[str | None, float | None, int] = (None, None, 0)
        self._colours = PlotColours.of("dark")
        self._font = QFont()
        self._font.setPointSize(FONT_POINTS)

    def show_page(self, page: ResponsePage, highest: float) -> None:
        """Show these responses with colours from 0 to `highest`."""
        self._page, self._highest = page, max(highest, 1e-12)
        # The first direction is the lowest row.
        shares = np.clip(np.nan_to_num(page.rates[:, ::-1]) / self._highest, 0, 1)
        pixels = (255 * scale_colours(shares)).round().astype(np.uint8)
        self._images = [
            QImage(
                picture.tobytes(),
                picture.shape[1],
                picture.shape[0],
                3 * picture.shape[1],
                QImage.Format.Format_RGB888,
            ).copy()
            for picture in pixels
        ]
        self._still = None
        self.updateGeometry()
        self.update()

    def show_current(self, category: str | None, direction: float | None, frame: int) -> None:
        """Mark the stimulus and the frame on screen."""
        if (category, direction, frame) != self._current:
            self._current = (category, direction, frame)
            self.update()

    def set_colours(self, colours: PlotColours) -> None:
        """Use the colours of a theme."""
        self._colours = colours
        self._still = None
        self.update()

    def hasHeightForWidth(self) -> bool:
        """Put as many heat maps in a row as fit, and take the height that this needs."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the height of all rows, of the axes and of the scale."""
        rows = -(-len(self._images) // self._columns(width))
        return int(rows * (TITLE + MAP_HEIGHT + GAP) - GAP + AXIS + BAR)

    def sizeHint(self) -> QSize:
        """Ask for three heat maps in a row."""
        width = int(LEFT + 3 * (LEAST_WIDTH + 5))
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        """Stay readable with one heat map in a row."""
        return QSize(int(LEFT + LEAST_WIDTH), self.heightForWidth(self.width()))

    def cell_at(self, place: QPointF) -> tuple[int, int, int] | None:
        """Return rows of category and direction, and the frame, at a place; None beside all."""
        if self._page is None:
            return None
        _, n_directions, n_frames = self._page.rates.shape
        for category in range(len(self._images)):
            box = self.box(category)
            if box.contains(place):
                across = (place.x() - box.left()) / box.width()
                up = (box.bottom() - place.y()) / box.height()
                return (
                    category,
                    min(int(up * n_directions), n_directions - 1),
                    min(int(across * n_frames), n_frames - 1),
                )
        return None

    def box(self, category: int) -> QRectF:
        """Return where the heat map of a category is drawn."""
        n_columns = self._columns(self.width())
        row, column = divmod(category, n_columns)
        width = (self.width() - LEFT - n_columns * (RIGHT + GAP)) / n_columns
        top = row * (TITLE + MAP_HEIGHT + GAP) + TITLE
        return QRectF(LEFT + column * (width + RIGHT + GAP), top, width, MAP_HEIGHT)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose what is under the pointer."""
        found = self.cell_at(event.position())
        if found is not None and self._page is not None:
            category, direction, frame = found
            self.chosen.emit(
                self._page.categories[category], float(self._page.directions[direction]), frame
            )

    def event(self, event: QEvent) -> bool:
        """Tell the response under the pointer."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            found = self.cell_at(QPointF(event.pos()))
            if found is not None and self._page is not None:
                page, (category, direction, frame) = self._page, found
                unit = " s" if page.time_unit == "s" else ""
                QToolTip.showText(
                    event.globalPos(),
                    f"{page.titles[category]}, {page.directions[direction]:g}°, "
                    f"{page.times[frame]:.3g}{unit}: response {page.rates[found]:.3g}",
                    self,
                )
                return True
        return super().event(event)

    def _columns(self, width: int) -> int:
        fit = int((width - LEFT) // LEAST_WIDTH)
        return min(max(fit, 1), max(len(self._images), 1))

    # Painting

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw what stays, kept from the last time, and the marks of the moment."""
        if self._page is None:
            return
        ratio = self.devicePixelRatioF()
        if self._still is None or self._still.size() != self.size() * ratio:
            self._still = QPixmap(self.size() * ratio)
            self._still.setDevicePixelRatio(ratio)
            self._still.fill(Qt.GlobalColor.transparent)
            painter = QPainter(self._still)
            self._draw_still(painter)
            painter.end()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._still)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for category in range(len(self._images)):
            self._draw_marks(painter, self.box(category), category)
        painter.end()

    def _draw_still(self, painter: QPainter) -> None:
        """Draw heat maps, axes, preferred directions and the scale."""
        page = self._page
        assert page is not None
        painter.setFont(self._font)
        looks, n_columns = category_looks(page.categories), self._columns(self.width())
        for category, image in enumerate(self._images):
            box = self.box(category)
            painter.drawImage(box, image)
            self._draw_title(painter, box, category, looks[category])
            if page.preferred[category] >= 0:
                at = QPointF(box.right() + 2, self._height_of(box, page.preferred[category]))
                _arrow(painter, at, 1, QColor(self._colours.text))
            if category % n_columns == 0:
                self._draw_directions(painter, box)
            if category + n_columns >= len(self._images):
                self._draw_times(painter, box)
        self._draw_scale(painter)

    def _height_of(self, box: QRectF, row: int) -> float:
        """Return where along y the middle of a direction's row is."""
        assert self._page is not None
        return box.bottom() - (row + 0.5) * box.height() / len(self._page.directions)

    def _draw_title(
        self, painter: QPainter, box: QRectF, category: int, look: CategoryLook
    ) -> None:
        page = self._page
        assert page is not None
        font = QFont(self._font)
        font.setBold(category == page.preferred_category)
        painter.setFont(font)
        draw_marker(painter, look, QPointF(box.left() + 4, box.top() - 9), 8)
        room = QRectF(box.left() + 11, box.top() - TITLE, box.width() + RIGHT + GAP - 13, TITLE)
        text = QFontMetricsF(font).elidedText(
            page.short_titles[category], Qt.TextElideMode.ElideMiddle, room.width()
        )
        painter.setPen(QColor(self._colours.text))
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, text)
        painter.setFont(self._font)

    def _draw_marks(self, painter: QPainter, box: QRectF, category: int) -> None:
        """Draw which stimulus and which frame are on screen."""
        page = self._page
        assert page is not None
        name, direction, frame = self._current
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
        page = self._page
        assert page is not None
        painter.setPen(QColor(self._colours.text))
        for row, direction in enumerate(page.directions):
            if direction in MARKED_DIRECTIONS or len(page.directions) <= 4:
                middle = self._height_of(box, row)
                room = QRectF(0, middle - 7, box.left() - 7, 14)
                sides = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                painter.drawText(room, sides, f"{direction:g}°")

    def _draw_times(self, painter: QPainter, box: QRectF) -> None:
        page = self._page
        assert page is not None
        painter.setPen(QColor(self._colours.text))
        room = QRectF(box.left(), box.bottom() + 1, box.width(), AXIS - 2)
        unit = " s" if page.time_unit == "s" else ""
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft, "0")
        last = f"{page.times[-1]:.3g}{unit or ' frames'}"
        painter.drawText(room, Qt.AlignmentFlag.AlignRight, last)

    def _draw_scale(self, painter: QPainter) -> None:
        top = self.height() - BAR + 7
        bar = QRectF(LEFT + 116, top, max(self.width() - LEFT - 176, 40), 11)
        gradient = QLinearGradient(bar.topLeft(), bar.topRight())
        shares = np.linspace(0, 1, 9)
        for share, colour in zip(shares.tolist(), scale_colours(shares).tolist(), strict=True):
            gradient.setColorAt(share, QColor.fromRgbF(*colour))
        painter.fillRect(bar, gradient)
        painter.setPen(QColor(self._colours.text))
        left = QRectF(0, top - 2, bar.left() - 5, 15)
        right = QRectF(bar.right() + 5, top - 2, 55, 15)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(left, Qt.AlignmentFlag.AlignRight | middle, "Response (all alike)   0")
        painter.drawText(right, Qt.AlignmentFlag.AlignLeft | middle, f"{self._highest:.3g}")


def _arrow(painter: QPainter, tip: QPointF, side: int, colour: QColor) -> None:
    """Draw a small triangle that points to a heat map from the right (1) or the left (-1)."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawPolygon(QPolygonF([tip, tip + QPointF(6 * side, -4), tip + QPointF(6 * side, 4)]))
