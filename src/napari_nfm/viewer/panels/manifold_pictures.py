"""Pictures of small manifolds side by side, with their titles: how they are drawn."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from qtpy.QtCore import QPoint, QPointF, QRect, QRectF, Qt, Signal
from qtpy.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen, QResizeEvent
from qtpy.QtWidgets import QWidget

from napari_nfm.viewer.panels.plots import CURVE, PlotColours, faint_colour
from napari_nfm.viewer.small_manifold_data import SmallManifold
from napari_nfm.viewer.small_manifolds import SmallManifolds

__all__ = ["ManifoldPictures"]

LEAST_WIDTH = 126
"""Titles need some room."""
MARGIN = 3
TOP = 4
"""Above titles, where the ring of the focus is."""
SHARPNESS = 2.0
"""Pictures have at least so many pixels per pixel of the widget, and are smoothed into it."""
CURRENT_OPACITY = 70
Rows = Mapping[str, npt.NDArray[np.intp]]


class ManifoldPictures(QWidget):
    """As many pictures as there are sites, each as high as there is room."""

    picked = Signal(QRect)
    """Where the picture is that was picked last."""

    def __init__(self) -> None:
        super().__init__()
        self._colours = PlotColours.of("dark")
        self.manifolds: tuple[SmallManifold, ...] = ()
        self.site: str | None = None
        self.drawn = SmallManifolds(self)
        self._place = 0
        self._images: dict[int, QImage] = {}

    def show_manifolds(self, manifolds: Sequence[SmallManifold], colours: PlotColours) -> None:
        """Show these, in the colours of a theme."""
        self._colours, self.manifolds = colours, tuple(manifolds)
        self._place = min(self._place, max(len(manifolds) - 1, 0))
        self.drawn.show(self.manifolds, colours.text)
        self._images.clear()
        self.update()

    def mark(self, site: str | None, selected: Rows, hovered: Rows) -> None:
        """Mark the current site, and the units that stand out, by site and row."""
        if site != self.site:
            self.site = site
            sites = [manifold.site for manifold in self.manifolds]
            if site in sites and not self.hasFocus():
                self.pick(sites.index(site))
            self.update()
        for number in self.drawn.mark(selected, hovered):
            self._images.pop(number, None)
            self.update(self.cell(number))

    @property
    def picked_site(self) -> str | None:
        """The site of the picture that was picked last."""
        return self.manifolds[self._place].site if self.manifolds else None

    def cell(self, number: int) -> QRect:
        """Return where a manifold with its title is."""
        width = self._cell_at(self.height())
        return QRect(number * width, 0, width, self.height())

    def picture(self, number: int) -> QRect:
        """Return where the picture of a manifold is."""
        top = TOP + 2 * self._line + MARGIN
        return self.cell(number).adjusted(MARGIN, top, -MARGIN, -MARGIN)

    def places(self, number: int) -> npt.NDArray[np.float64]:
        """Return where the units of a manifold are drawn, ``(unit, 2)``."""
        corner = self.picture(number).topLeft()
        return self.drawn.places(number)[:, :2] + [corner.x(), corner.y()]

    def width_at(self, height: int) -> int:
        """Return how wide all pictures are side by side, where there is so much height."""
        return len(self.manifolds) * self._cell_at(height)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw titles and pictures, of which only those that have changed are made again."""
        shown = [i for i in range(len(self.manifolds)) if self.cell(i).intersects(event.rect())]
        if not shown or self.picture(0).isEmpty():
            return
        self._make_images(shown)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for number in shown:
            self._paint(painter, number)
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Make pictures of another size."""
        super().resizeEvent(event)
        self._images.clear()

    def pick(self, number: int) -> None:
        """Put the frame of the keys around a picture."""
        self._place = min(max(number, 0), max(len(self.manifolds) - 1, 0))
        self.update()
        self.picked.emit(self.cell(self._place))

    def redraw(self) -> None:
        """Make all pictures again."""
        self._images.clear()
        self.update()

    def number_at(self, place: QPoint) -> int | None:
        """Return which manifold is there, or None."""
        number = place.x() // self._cell_at(self.height())
        return number if 0 <= number < len(self.manifolds) else None

    def unit_at(self, place: QPoint) -> int | None:
        """Return the unit of the current site that is seen there, or None."""
        number = self.number_at(place)
        if number is None or self.manifolds[number].site != self.site:
            return None
        on_picture = place - self.picture(number).topLeft()
        row = self.drawn.row_at(number, on_picture.x(), on_picture.y())
        return None if row is None else int(self.manifolds[number].units[row])

    @property
    def _line(self) -> int:
        """Height of a line of a title."""
        return self.fontMetrics().height()

    def _side_at(self, height: int) -> int:
        return max(height - TOP - 2 * self._line - 2 * MARGIN, 1)

    def _cell_at(self, height: int) -> int:
        return max(self._side_at(height), LEAST_WIDTH) + 2 * MARGIN

    def _make_images(self, shown: list[int]) -> None:
        missing = [number for number in shown if number not in self._images]
        if not missing:
            return
        size, ratio = self.picture(0).size(), max(self.devicePixelRatioF(), SHARPNESS)
        self.drawn.resize(size.width(), size.height(), ratio)
        numbers = range(missing[0], missing[-1] + 1)
        made = self.drawn.pictures(numbers, self._colours.background)
        for number, pixels in zip(numbers, made, strict=True):
            height, width, _ = pixels.shape
            image = QImage(pixels.tobytes(), width, height, QImage.Format.Format_RGBX8888).copy()
            image.setDevicePixelRatio(ratio)
            self._images[number] = image

    def _paint(self, painter: QPainter, number: int) -> None:
        manifold, cell, picture = self.manifolds[number], self.cell(number), self.picture(number)
        is_current = manifold.site == self.site
        inside = cell.adjusted(1, 1, -1, -1)
        if is_current:
            painter.fillRect(inside, faint_colour(CURVE, CURRENT_OPACITY))
        painter.drawImage(picture, self._images[number])
        painter.setPen(QColor(self._colours.text))
        font = self.font()
        font.setBold(is_current)
        painter.setFont(font)
        title = QRect(cell.left() + MARGIN, TOP, cell.width() - 2 * MARGIN, self._line)
        name = f"▸ {manifold.title}" if is_current else manifold.title
        elided = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, title.width())
        painter.drawText(title, Qt.AlignmentFlag.AlignCenter, elided)
        font.setBold(False)
        painter.setFont(font)
        count = f"{len(manifold.units):,} units"
        painter.drawText(title.translated(0, self._line), Qt.AlignmentFlag.AlignCenter, count)
        self._number_axes(painter, number)
        if number == self._place and self.hasFocus():
            painter.setPen(QPen(QColor(self._colours.text), 2))
            painter.drawRect(inside.adjusted(3, 3, -3, -3))

    def _number_axes(self, painter: QPainter, number: int) -> None:
        """Write the numbers of the axes where they end."""
        font = self.font()
        font.setPointSizeF(0.8 * font.pointSizeF())
        painter.setFont(font)
        picture = self.picture(number)
        box = QRectF(0, 0, self._line, self._line)
        for axis, (x, y) in enumerate(self.drawn.axis_ends(number), start=1):
            box.moveCenter(QPointF(x, y) + QPointF(picture.topLeft()))
            if QRectF(picture).contains(box.center()):
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(axis))
