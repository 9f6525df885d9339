"""Direction tuning as polar curves, counter-clockwise from rightward motion."""

import math
from collections.abc import Mapping

import numpy as np
from qtpy.QtCore import QPointF, QRectF, QSize, Qt
from qtpy.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen, QPolygonF
from qtpy.QtWidgets import QSizePolicy, QWidget

from napari_nfm.viewer.panels.plots import FONT_POINTS, SELECTED, PlotColours
from napari_nfm.viewer.unit_data import TuningCurves
from napari_nfm.viewer.unit_looks import UnitLook

__all__ = ["PolarPlot"]

MARGIN = 22.0


class PolarPlot(QWidget):
    """One closed curve per unit, the mean of several as a thick one, on a common scale from 0.

    A dot marks the preferred direction, a spoke the direction on screen.

    Parameters
    ----------
    name
        Object name.
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setToolTip(
            "Mean response by direction of motion in the stimulus on screen; 0° is rightward, "
            "angles are counter-clockwise. Dot: preferred direction; orange spoke: on screen"
        )
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._curves: TuningCurves | None = None
        self._looks: Mapping[int, UnitLook] = {}
        self._mean: np.ndarray | None = None
        self._direction: float | None = None
        self._colours = PlotColours.of("dark")

    def show_curves(
        self, curves: TuningCurves, looks: Mapping[int, UnitLook], mean: np.ndarray | None
    ) -> None:
        """Show curves: those of `looks` in colour, others faintly, the mean ``(direction,)``."""
        self._curves, self._looks, self._mean = curves, looks, mean
        self.update()

    def show_direction(self, direction: float | None) -> None:
        """Mark the direction on screen."""
        self._direction = direction
        self.update()

    def set_colours(self, colours: PlotColours) -> None:
        """Use the colours of a theme."""
        self._colours = colours
        self.update()

    def sizeHint(self) -> QSize:
        """Ask for a square that reads well."""
        return QSize(190, 190)

    def minimumSizeHint(self) -> QSize:
        """Stay readable on a small screen."""
        return QSize(150, 170)

    @property
    def _highest(self) -> float:
        assert self._curves is not None
        return max(float(np.nanmax(self._curves.rates, initial=0.0)), 1e-12)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw circles, spokes and curves."""
        if self._curves is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = QFont()
        font.setPointSize(FONT_POINTS)
        painter.setFont(font)
        self._draw_grid(painter)
        curves, text = self._curves, QColor(self._colours.text)
        ordered = sorted(range(len(curves.units)), key=lambda row: curves.units[row] in self._looks)
        for row in ordered:
            look = self._looks.get(curves.units[row])
            pen = QPen(QColor(self._colours.faint if look is None else look.colour))
            pen.setWidthF(0.8 if look is None else 2.0)
            if look is not None and look.dashes:
                pen.setDashPattern([length / 2.0 for length in look.dashes])
            self._draw_curve(painter, pen, curves.rates[row])
            if look is not None and not math.isnan(curves.preferred[row]):
                at = self._place(float(curves.preferred[row]), float(curves.rates[row].max()))
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(look.colour))
                painter.drawEllipse(at, 4.0, 4.0)
        if self._mean is not None:
            self._draw_curve(painter, QPen(text, 2.4), self._mean)
        painter.end()

    def _draw_grid(self, painter: QPainter) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(self._colours.faint), 1))
        centre, radius = self._place(0, 0), self._radius
        for share in (0.5, 1.0):
            painter.drawEllipse(centre, share * radius, share * radius)
        for angle in range(0, 360, 45):
            painter.drawLine(centre, self._place(angle, self._highest))
        if self._direction is not None:
            painter.setPen(QPen(QColor(SELECTED), 1.6, Qt.PenStyle.DotLine))
            painter.drawLine(centre, self._place(self._direction, self._highest))
        painter.setPen(QColor(self._colours.text))
        for angle in (0, 90, 180, 270):
            at = self._place(angle, self._highest * (1 + 13 / radius))
            painter.drawText(
                QRectF(at.x() - 18, at.y() - 8, 36, 16), Qt.AlignmentFlag.AlignCenter, f"{angle}°"
            )
        at = self._place(45, self._highest)
        painter.drawText(QPointF(at.x() + 2, at.y() - 2), f"{self._highest:.3g}")

    def _draw_curve(self, painter: QPainter, pen: QPen, rates: np.ndarray) -> None:
        assert self._curves is not None
        pairs = zip(self._curves.directions, rates, strict=True)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolygon(QPolygonF([self._place(float(d), float(r)) for d, r in pairs]))

    @property
    def _radius(self) -> float:
        return max(min(self.width(), self.height()) / 2 - MARGIN, 10.0)

    def _place(self, degrees: float, rate: float) -> QPointF:
        angle, length = math.radians(degrees), self._radius * rate / self._highest
        return QPointF(
            self.width() / 2 + length * math.cos(angle),
            self.height() / 2 - length * math.sin(angle),
        )
