"""One readout of what is left as units are removed, beside as many random ones."""

import numpy as np
import pyqtgraph as pg
from qtpy.QtCore import Qt

from napari_nfm.viewer.panels.plots import (
    SELECTED,
    Plot,
    PlotColours,
    faint_colour,
    logarithmic_ticks,
)
from napari_nfm.viewer.removal_data import RemovalCurve
from napari_nfm.viewer.score_marks import LOWEST

__all__ = ["RemovalPlot"]

BAND_OPACITY = 45


class RemovalPlot(Plot):
    """The chosen removal as a line, random removals as a band.

    Parameters
    ----------
    name
        Object name.
    title
        The readout.
    x_title
        Title of the axis of shares, empty where a plot below has it.
    """

    def __init__(self, name: str, title: str, x_title: str = "") -> None:
        super().__init__(name, title, x_title, "")
        self._lower, self._upper = pg.PlotDataItem(), pg.PlotDataItem()
        self._band = pg.FillBetweenItem(self._lower, self._upper)
        self._random = pg.PlotDataItem()
        self._ordered = pg.PlotDataItem(
            pen=pg.mkPen(SELECTED, width=2),
            symbol="t1",
            symbolSize=9,
            symbolBrush=SELECTED,
            symbolPen=None,
        )
        self._chance = pg.InfiniteLine(angle=0)
        for item in (self._chance, self._band, self._random, self._ordered):
            self.addItem(item)

    def show_curve(self, curve: RemovalCurve) -> None:
        """Draw this curve."""
        ordered, random, low, high = (
            _log(values) if curve.logarithmic else values
            for values in (curve.ordered, curve.random, curve.low, curve.high)
        )
        self._ordered.setData(curve.removed, ordered)
        self._random.setData(curve.removed, random)
        self._lower.setData(curve.removed, low)
        self._upper.setData(curve.removed, high)
        self._chance.setVisible(curve.chance is not None)
        values = np.concatenate([ordered, low, high])
        if curve.chance is not None:
            self._chance.setValue(curve.chance)
            values = np.append(values, [0.0, 100.0])
        bottom, top = _ends(values)
        last = max(float(curve.removed.max()), 1.0)
        self.setRange(xRange=(-0.03 * last, 1.03 * last), yRange=(bottom, top), padding=0)
        self.getAxis("left").setTicks(
            [logarithmic_ticks(bottom, top)] if curve.logarithmic else None
        )
        self.setToolTip("\n".join(_lines(curve)))

    def set_colours(self, colours: PlotColours) -> None:
        """Use the colours of a theme."""
        super().set_colours(colours)
        self._band.setBrush(pg.mkBrush(faint_colour(colours.text, BAND_OPACITY)))
        self._random.setPen(pg.mkPen(colours.text, width=1.5, style=Qt.PenStyle.DashLine))
        self._chance.setPen(pg.mkPen(faint_colour(colours.text, 130), style=Qt.PenStyle.DotLine))


def _log(values: np.ndarray) -> np.ndarray:
    return np.log10(np.maximum(values, LOWEST["s_cross"]))


def _ends(values: np.ndarray) -> tuple[float, float]:
    """Return where an axis begins and ends that shows all values that are numbers."""
    finite = values[np.isfinite(values)]
    if not len(finite):
        return 0.0, 1.0
    low, high = float(finite.min()), float(finite.max())
    room = 0.06 * (high - low) or 0.1 * max(abs(high), 1e-9)
    return low - room, high + room


def _lines(curve: RemovalCurve) -> list[str]:
    """Return the numbers behind the curve, a line each."""
    lines = [f"{curve.title}: in order; at random, with 95 % of the draws; p"]
    for removed, ordered, random, low, high, p in zip(
        curve.removed, curve.ordered, curve.random, curve.low, curve.high, curve.p, strict=True
    ):
        lines.append(
            f"{removed:.0f} % removed: {ordered:.3g}; {random:.3g}, {low:.3g} to {high:.3g}; "
            f"{p:.2g}"
        )
    return lines
