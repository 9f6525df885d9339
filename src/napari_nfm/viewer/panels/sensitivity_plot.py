"""One score of all sites as one setting is varied."""

import numpy as np
import pyqtgraph as pg

from napari_nfm.viewer.panels.plots import (
    MARK,
    SYMBOLS,
    Plot,
    PlotColours,
    faint_colour,
    logarithmic_ticks,
)
from napari_nfm.viewer.score_marks import BETTER, LOWEST, NAMES
from napari_nfm.viewer.sensitivity_data import SettingCurves

__all__ = ["SensitivityPlot"]

LEAST_HEIGHT = 170
HEADROOM = 0.16
"""Share of the height above the curves, for the agreements."""


class SensitivityPlot(Plot):
    """A curve per site over the values of a setting, with Kendall's agreement above each value."""

    def __init__(self) -> None:
        super().__init__("sensitivity_plot")
        self.setMinimumHeight(LEAST_HEIGHT)
        self.setToolTip(
            "Scores of all sites with one setting varied and all others as in the preset (green). "
            "τ: Kendall's agreement of the sites' order with that of the preset, 1 the same."
        )
        self._curves: list[pg.PlotDataItem] = []
        self._agreements: list[pg.TextItem] = []
        self._preset = pg.InfiniteLine(angle=90, pen=pg.mkPen(faint_colour(MARK, 90), width=10))
        self.addItem(self._preset)

    def show_curves(self, curves: SettingCurves, colours: PlotColours) -> None:
        """Draw these curves in the colours of a theme."""
        for item in (*self._curves, *self._agreements):
            self.removeItem(item)
        lowest = LOWEST[curves.quantity]
        logs = [np.log10(np.maximum(site.scores, lowest)) for site in curves.sites]
        places = np.arange(len(curves.values))
        self._curves = [
            pg.PlotDataItem(
                places,
                scores,
                pen=pg.mkPen(site.look.colour, width=2),
                symbol=SYMBOLS[site.look.symbol],
                symbolSize=9,
                symbolBrush=site.look.colour,
                symbolPen=None,
                connect="finite",
            )
            for site, scores in zip(curves.sites, logs, strict=True)
        ]
        finite = np.concatenate([scores[np.isfinite(scores)] for scores in logs])
        low, high = (finite.min(), finite.max()) if len(finite) else (-2.0, 0.0)
        room = max(high - low, 0.3)
        top = high + HEADROOM * room
        self._agreements = []
        for place, tau in zip(places, curves.agreement, strict=True):
            text = "τ –" if np.isnan(tau) else f"τ {tau:.2f}"
            item = pg.TextItem(text, color=colours.text, anchor=(0.5, 0.5))
            item.setPos(float(place), high + 0.6 * HEADROOM * room)
            self._agreements.append(item)
        for item in (*self._curves, *self._agreements):
            self.addItem(item)
        self._preset.setValue(curves.preset)
        bottom = low - 0.06 * room
        self.set_ticks("bottom", list(zip(places.tolist(), curves.values, strict=True)))
        self.set_ticks("left", logarithmic_ticks(bottom, high))
        self.set_axis_titles("", f"{NAMES[curves.quantity]} (lower is {BETTER[curves.quantity]})")
        self.setRange(xRange=(-0.5, len(places) - 0.5), yRange=(bottom, top), padding=0)
        self.set_colours(colours)
