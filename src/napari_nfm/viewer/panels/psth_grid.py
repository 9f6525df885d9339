"""A unit's responses as heat maps, one per category: direction upwards, time rightwards."""

import numpy as np
from qtpy.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from qtpy.QtGui import (
    QFont,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
)
from qtpy.QtWidgets import QSizePolicy, QToolTip, QWidget

from napari_nfm.palette import scale_colours
from napari_nfm.viewer.panels.plots import FONT_POINTS, PlotColours
from napari_nfm.viewer.panels.psth_drawing import PsthDrawing
from napari_nfm.viewer.panels.psth_layout import PsthLayout
from napari_nfm.viewer.unit_data import ResponsePage

__all__ = ["PsthGrid"]

STEPS = {
    Qt.Key.Key_Left: (0, 0, -1),
    Qt.Key.Key_Right: (0, 0, 1),
    Qt.Key.Key_Up: (0, 1, 0),
    Qt.Key.Key_Down: (0, -1, 0),
    Qt.Key.Key_PageUp: (-1, 0, 0),
    Qt.Key.Key_PageDown: (1, 0, 0),
}
"""How far a key goes in category, direction and frame."""


class PsthGrid(QWidget):
    """Heat maps on a common colour scale; a click or keys choose category, direction and frame.

    The preferred direction of each category has an arrow at the right, the direction on screen one
    at the left; a line marks the current frame.

    Parameters
    ----------
    name
        Object name.
    """

    chosen = Signal(str, float, int)
    """Category, direction and frame that a person has gone to."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setToolTip(
            "Mean response by direction and time; click to go to a stimulus and frame, or walk "
            "with the arrow keys and, from category to category, with Page Up and Page Down"
        )
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
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
        return PsthLayout(len(self._images), width).height

    def sizeHint(self) -> QSize:
        """Ask for three heat maps in a row, a little wider than they must be."""
        width = PsthLayout.least_width(3) + 15
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        """Stay readable with one heat map in a row."""
        return QSize(PsthLayout.least_width(1), self.heightForWidth(self.width()))

    def cell_at(self, place: QPointF) -> tuple[int, int, int] | None:
        """Return rows of category and direction, and the frame, at a place; None beside all."""
        found = self._layout.place_of(place)
        if self._page is None or found is None:
            return None
        category, across, up = found
        _, n_directions, n_frames = self._page.rates.shape
        return (
            category,
            min(int(up * n_directions), n_directions - 1),
            min(int(across * n_frames), n_frames - 1),
        )

    def box(self, category: int) -> QRectF:
        """Return where the heat map of a category is drawn."""
        return self._layout.box(category)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose what is under the pointer."""
        found = self.cell_at(event.position())
        if found is not None:
            self._choose(*found)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk from what is on screen to what is next to it; behind the last comes the first."""
        step = STEPS.get(Qt.Key(event.key()))
        if self._page is None or step is None:
            super().keyPressEvent(event)
            return
        category, direction, frame = self._current
        directions = np.flatnonzero(self._page.directions == direction)
        here = (
            self._page.categories.index(category) if category in self._page.categories else 0,
            int(directions[0]) if len(directions) else 0,
            frame,
        )
        self._choose(*(int(n) for n in np.add(here, step) % self._page.rates.shape))

    def _choose(self, category: int, direction: int, frame: int) -> None:
        assert self._page is not None
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

    @property
    def _layout(self) -> PsthLayout:
        return PsthLayout(len(self._images), self.width())

    # Painting

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw what stays, kept from the last time, and the marks of the moment."""
        if self._page is None:
            return
        drawing = PsthDrawing(
            self._page, self._images, self._layout, self._highest, self._colours, self._font
        )
        ratio = self.devicePixelRatioF()
        if self._still is None or self._still.size() != self.size() * ratio:
            self._still = QPixmap(self.size() * ratio)
            self._still.setDevicePixelRatio(ratio)
            self._still.fill(Qt.GlobalColor.transparent)
            painter = QPainter(self._still)
            drawing.draw_still(painter, self.height())
            painter.end()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._still)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        drawing.draw_marks(painter, self._current)
        painter.end()
