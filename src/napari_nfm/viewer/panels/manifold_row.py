"""A row of small encoding manifolds, one per site; a click shows one in the canvas."""

from collections.abc import Sequence

import numpy as np
from qtpy.QtCore import QPointF, QRectF, QSize, Qt, Signal
from qtpy.QtGui import QColor, QIcon, QPainter, QPixmap
from qtpy.QtWidgets import QHBoxLayout, QScrollArea, QToolButton, QWidget

from napari_nfm.viewer.compare_data import Thumbnail

__all__ = ["ManifoldRow"]

SIZE = 88
DOT = 1.6
MOST_POINTS = 3000
"""More are not told apart in a picture this small."""


class ManifoldRow(QScrollArea):
    """Buttons with pictures of manifolds, side by side; they scroll where there are many."""

    asked = Signal(str)
    """A person wants to see the manifold of this site."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("manifold_row")
        self._row = QWidget()
        self._layout = QHBoxLayout(self._row)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(4)
        self._layout.addStretch()
        self._buttons: list[QToolButton] = []
        self.setWidget(self._row)
        self.setWidgetResizable(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # a line of text, and the scroll bar where there are many
        self.setFixedHeight(SIZE + self.fontMetrics().height() + 32)

    def show_thumbnails(self, thumbnails: Sequence[Thumbnail], shown: str | None) -> None:
        """Show these pictures; the manifold of the site `shown` is pressed."""
        for button in self._buttons:
            self._layout.removeWidget(button)
            button.deleteLater()
        self._buttons = [_button(each, each.site == shown) for each in thumbnails]
        for index, button in enumerate(self._buttons):
            button.clicked.connect(self._ask)
            self._layout.insertWidget(index, button)

    def _ask(self) -> None:
        self.asked.emit(self.sender().property("site"))


def _button(thumbnail: Thumbnail, is_shown: bool) -> QToolButton:
    button = QToolButton()
    button.setObjectName(f"manifold_of_{thumbnail.site}")
    button.setProperty("site", thumbnail.site)
    button.setText(thumbnail.title)
    button.setIcon(QIcon(_picture(thumbnail)))
    button.setIconSize(QSize(SIZE, SIZE))
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
    button.setCheckable(True)
    button.setChecked(is_shown)
    button.setToolTip(f"{thumbnail.title}: click to show its encoding manifold")
    return button


def _picture(thumbnail: Thumbnail) -> QPixmap:
    pixmap = QPixmap(2 * SIZE, 2 * SIZE)
    pixmap.setDevicePixelRatio(2)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    every = -(-len(thumbnail.points) // MOST_POINTS) or 1
    points = thumbnail.points[::every]
    low, high = points.min(axis=0), points.max(axis=0)
    scale = (SIZE - 4 * DOT) / max(float((high - low).max()), 1e-12)
    area = QRectF(0, 0, SIZE, SIZE)
    middle = np.array([area.center().x(), area.center().y()])
    places = middle + (points - (low + high) / 2) * scale * [1, -1]
    for place, colour in zip(places, thumbnail.colours[::every], strict=True):
        painter.setBrush(QColor(*colour.tolist()))
        painter.drawEllipse(QPointF(*place), DOT, DOT)
    painter.end()
    return pixmap
