"""A unit's receptive field: its picture at one lag, its outline, and its time course."""

import numpy as np
from qtpy.QtCore import QPointF, QRectF, QSize, Qt, Signal
from qtpy.QtGui import (
    QColor,
    QFont,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from qtpy.QtWidgets import QSizePolicy, QWidget

from napari_nfm.palette import DIFFERENCE, difference_colours
from napari_nfm.viewer.field_data import UnitField
from napari_nfm.viewer.panels.plots import FONT_POINTS, SELECTED, PlotColours

__all__ = ["FieldPlot"]

COURSE_HEIGHT, COURSE_GAP, AXIS = 46.0, 8.0, 16.0


class FieldPlot(QWidget):
    """Blue lowers the response and red raises it; below, the strongest pixel over time.

    A click on the time course, or the arrow keys, show another lag.

    Parameters
    ----------
    name
        Object name.
    """

    lag_changed = Signal(int)
    """The lag that is shown."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setToolTip(
            "Receptive field on the stimulus: brightness raises the response where it is red and "
            "lowers it where it is blue. Below, the strongest pixel over time before the "
            "response; click there, or press the left and right arrow keys, to see another moment"
        )
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._field: UnitField | None = None
        self._lag = 0
        self._image = QImage()
        self._colours = PlotColours.of("dark")

    @property
    def lag(self) -> int:
        """Frames before the response that are shown."""
        return self._lag

    def show_field(self, field: UnitField) -> None:
        """Show this receptive field at its strongest lag."""
        self._field = field
        self.show_lag(int(np.abs(field.values).max(axis=(1, 2)).argmax()))
        self.updateGeometry()

    def show_lag(self, lag: int) -> None:
        """Show the receptive field so many frames before the response."""
        if self._field is None:
            return
        self._lag = lag
        shares = self._field.values[lag] / self._field.highest
        pixels = (255 * difference_colours(shares)).round().astype(np.uint8)
        height, width, _ = pixels.shape
        self._image = QImage(
            pixels.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888
        ).copy()
        self.lag_changed.emit(lag)
        self.update()

    def set_colours(self, colours: PlotColours) -> None:
        """Use the colours of a theme."""
        self._colours = colours
        self.update()

    def hasHeightForWidth(self) -> bool:
        """Keep the stimulus' proportions."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return picture and time course for this width."""
        return int(width * self._proportion + COURSE_GAP + COURSE_HEIGHT + AXIS)

    def sizeHint(self) -> QSize:
        """Ask for the width of the dock."""
        return QSize(360, self.heightForWidth(360))

    def minimumSizeHint(self) -> QSize:
        """Take the height that goes with the width."""
        return QSize(160, self.heightForWidth(self.width()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Show the lag that is clicked in the time course."""
        box = self._course_box()
        if self._field is not None and event.position().y() >= box.top():
            places = [self._lag_place(lag) for lag in range(len(self._field.values))]
            away = [abs(place - event.position().x()) for place in places]
            self.show_lag(int(np.argmin(away)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Show an earlier moment, which is further left, or a later one."""
        step = {Qt.Key.Key_Left: 1, Qt.Key.Key_Right: -1}.get(Qt.Key(event.key()))
        if self._field is None or step is None:
            super().keyPressEvent(event)
        else:
            self.show_lag(min(max(self._lag + step, 0), len(self._field.values) - 1))

    @property
    def _proportion(self) -> float:
        if self._field is None:
            return 9 / 16
        return self._field.values.shape[1] / self._field.values.shape[2]

    def _picture_box(self) -> QRectF:
        return QRectF(0, 0, self.width(), self.width() * self._proportion)

    def _course_box(self) -> QRectF:
        top = self._picture_box().bottom() + COURSE_GAP
        return QRectF(6, top, self.width() - 12, COURSE_HEIGHT)

    def _lag_place(self, lag: int) -> float:
        """Return where along x a lag is; the response is at the right."""
        assert self._field is not None
        box, last = self._course_box(), max(len(self._field.values) - 1, 1)
        return box.right() - lag * box.width() / last

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw picture, outline and time course."""
        if self._field is None:
            return
        painter = QPainter(self)
        box = self._picture_box()
        painter.drawImage(box, self._image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width = self._field.values.shape[2]
        scale = box.width() / (width * self._field.block)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor("#202020"), 1.4))
        for line in self._field.outlines:
            # Coordinates are those of pixels' centres.
            painter.drawPolyline(
                QPolygonF([QPointF((x + 0.5) * scale, (y + 0.5) * scale) for y, x in line])
            )
        self._draw_course(painter)
        painter.end()

    def _draw_course(self, painter: QPainter) -> None:
        field, box = self._field, self._course_box()
        assert field is not None
        font = QFont()
        font.setPointSize(FONT_POINTS)
        painter.setFont(font)
        middle, half = box.center().y(), box.height() / 2 - 3
        painter.setPen(QPen(QColor(self._colours.faint), 1))
        painter.drawLine(QPointF(box.left(), middle), QPointF(box.right(), middle))
        painter.setPen(QPen(QColor(SELECTED), 1.6))
        at = self._lag_place(self._lag)
        painter.drawLine(QPointF(at, box.top()), QPointF(at, box.bottom()))
        points = [
            QPointF(self._lag_place(lag), middle - half * value / field.highest)
            for lag, value in enumerate(field.time_course)
        ]
        painter.setPen(QPen(QColor(self._colours.text), 1.6))
        painter.drawPolyline(QPolygonF(points))
        painter.setPen(Qt.PenStyle.NoPen)
        for point in points:
            is_above = point.y() <= middle
            painter.setBrush(QColor(DIFFERENCE[-2] if is_above else DIFFERENCE[1]))
            painter.drawEllipse(point, 3.0, 3.0)
        painter.setPen(QColor(self._colours.text))
        room = QRectF(box.left(), box.bottom(), box.width(), AXIS)
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft, f"-{field.seconds[-1]:.2g} s")
        painter.drawText(room, Qt.AlignmentFlag.AlignRight, "response")
        moment = f"{1000 * field.seconds[self._lag]:.0f} ms before the response"
        painter.drawText(room, Qt.AlignmentFlag.AlignHCenter, moment)
