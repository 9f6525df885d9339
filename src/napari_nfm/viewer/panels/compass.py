"""Direction of motion: one arrow per direction."""

from collections.abc import Sequence

from qtpy.QtCore import QPointF, QSize, Qt, Signal
from qtpy.QtGui import QIcon, QPainter, QPainterPath, QPalette, QPixmap
from qtpy.QtWidgets import QButtonGroup, QGridLayout, QToolButton, QWidget

from napari_nfm.viewer.panels.fields import tab_in_turn

__all__ = ["Compass"]

PER_ROW = 8
ICON = 18


class Compass(QWidget):
    """A row of arrows, of which one is chosen; hidden where there is only one direction."""

    chosen = Signal(float)
    """A person chose this direction, in degrees."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("compass")
        self._directions: tuple[float, ...] = ()
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self._group.idClicked.connect(self._tell)
        self._layout = QGridLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(2)

    def set_directions(self, directions: Sequence[float]) -> None:
        """Offer these directions, in degrees."""
        if tuple(directions) == self._directions:
            return
        self._directions = tuple(directions)
        for button in self._group.buttons():
            self._group.removeButton(button)
            self._layout.removeWidget(button)
            button.deleteLater()
        for index, direction in enumerate(self._directions):
            button = QToolButton()
            button.setObjectName(f"direction_{direction:g}")
            button.setCheckable(True)
            button.setIcon(_arrow(direction, self.palette()))
            button.setIconSize(QSize(ICON, ICON))
            button.setToolTip(f"Direction of motion {direction:g}°")
            button.setStyleSheet("QToolButton:checked { background: #4477AA; }")
            self._group.addButton(button, index)
            self._layout.addWidget(button, index // PER_ROW, index % PER_ROW)
        tab_in_turn(self, *self._group.buttons())
        self.setVisible(len(self._directions) > 1)

    def set_current(self, direction: float | None) -> None:
        """Mark this direction as chosen."""
        if direction in self._directions:
            self._group.button(self._directions.index(direction)).setChecked(True)

    def _tell(self, index: int) -> None:
        self.chosen.emit(self._directions[index])


def _arrow(direction: float, palette: QPalette) -> QIcon:
    """Draw an arrow that points along `direction`, counter-clockwise from rightward."""
    pixmap = QPixmap(2 * ICON, 2 * ICON)
    pixmap.setDevicePixelRatio(2)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(ICON / 2, ICON / 2)
    painter.rotate(-direction)
    path = QPainterPath(QPointF(-7.0, -1.2))
    for x, y in [(1, -1.2), (1, -5), (8, 0), (1, 5), (1, 1.2), (-7, 1.2)]:
        path.lineTo(QPointF(x, y))
    path.closeSubpath()
    painter.fillPath(path, palette.color(QPalette.ColorRole.ButtonText))
    painter.end()
    return QIcon(pixmap)
