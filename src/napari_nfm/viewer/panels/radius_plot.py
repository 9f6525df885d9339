"""The radius of every bundle along its tube, in the colours of the stimulus categories."""

from collections.abc import Sequence

import pyqtgraph as pg

from napari_nfm.viewer.panels.plots import SYMBOLS, Plot
from napari_nfm.viewer.radius_data import Profile

__all__ = ["RadiusPlot"]

MARKERS = 8
"""Markers along a curve, which tell categories apart without colour."""
LEAST_HEIGHT = 170


class RadiusPlot(Plot):
    """One curve per bundle: the radius R_q(u) over the share of the tube's length."""

    def __init__(self) -> None:
        super().__init__("radius_profile")
        self.setMinimumHeight(LEAST_HEIGHT)
        self._curves: list[pg.PlotDataItem] = []
        self.setToolTip(
            "Radius R_q(u): the quantile of the trajectories' distances to the centreline, in each "
            "bin along the tube. Over the centreline's length, its mean is S_tight."
        )

    def show_profiles(self, profiles: Sequence[Profile], by_length: bool) -> None:
        """Draw these radii, as shares of the centrelines' lengths or in units of the curves."""
        for curve in self._curves:
            self.removeItem(curve)
        self._curves = [_curve(profile, by_length) for profile in profiles]
        for curve in self._curves:
            self.addItem(curve)
        unit = "share of the length" if by_length else "z-scored units"
        self.set_axis_titles("Place along the tube u, start 0, end 1", f"Radius ({unit})")
        self.set_ticks("bottom", [(place / 4, f"{place / 4:g}") for place in range(5)])
        highest = max((float(curve.getData()[1].max()) for curve in self._curves), default=1.0)
        self.setRange(xRange=(0, 1), yRange=(0, 1.05 * highest), padding=0)


def _curve(profile: Profile, by_length: bool) -> pg.PlotDataItem:
    radius = profile.radius / profile.length if by_length else profile.radius
    curve = pg.PlotDataItem(
        profile.positions, radius, pen=pg.mkPen(profile.look.colour, width=2), name=profile.title
    )
    every = max(1, len(radius) // MARKERS)
    markers = pg.ScatterPlotItem(
        x=profile.positions[every // 2 :: every],
        y=radius[every // 2 :: every],
        symbol=SYMBOLS[profile.look.symbol],
        size=8,
        pen=pg.mkPen(None),
        brush=pg.mkBrush(profile.look.colour),
        hoverable=True,
        tip=None,
    )
    markers.setParentItem(curve)
    return curve
