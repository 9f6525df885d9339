"""Decoding accuracy over growing and shrinking windows, beside what guessing gives."""

import numpy as np
import pyqtgraph as pg
from pyqtgraph.GraphicsScene.mouseEvents import MouseClickEvent
from qtpy.QtCore import Qt, Signal

from napari_nfm.viewer.accuracy_data import AccuracyPage, Windows
from napari_nfm.viewer.panels.plots import CURVE, SELECTED, Plot, PlotColours, faint_colour

__all__ = ["AccuracyPlot"]

BAND_OPACITY = 55
LOOKS: dict[Windows, tuple[str, Qt.PenStyle]] = {
    "growing": (CURVE, Qt.PenStyle.SolidLine),
    "shrinking": ("#CC79A7", Qt.PenStyle.DashLine),
}
"""Colour and dash of each kind of window; the second is Okabe and Ito's."""
LEAST_HEIGHT = 160


class AccuracyPlot(Plot):
    """Both kinds of windows with their intervals; a click picks a window."""

    window_clicked = Signal(int)
    """A person clicked at this frame."""

    def __init__(self) -> None:
        super().__init__("decoding_accuracy", "", "Frame at which the window ends or begins", "")
        self.set_axis_titles("Frame at which the window ends or begins", "Accuracy (%)")
        self.setToolTip(
            "Share of stimuli whose category is decoded from the mean response in a window: "
            "growing windows from the first frame to each, shrinking ones from each to the last. "
            "Bands: 95 % intervals. Grey: what guessing gives. Click to choose a window."
        )
        self.setMinimumHeight(LEAST_HEIGHT)
        self._n_frames = 0
        self._chance = pg.LinearRegionItem(orientation="horizontal", movable=False)
        self._guess = pg.InfiniteLine(angle=0)
        self._picked = pg.InfiniteLine(angle=90, pen=pg.mkPen(SELECTED, width=2))
        self.addItem(self._chance)
        self.addItem(self._guess)
        self._curves: dict[Windows, pg.PlotDataItem] = {}
        self._bands: dict[Windows, tuple[pg.PlotDataItem, pg.PlotDataItem]] = {}
        for kind, (colour, style) in LOOKS.items():
            ends = pg.PlotDataItem(), pg.PlotDataItem()
            self.addItem(
                pg.FillBetweenItem(*ends, brush=pg.mkBrush(faint_colour(colour, BAND_OPACITY)))
            )
            self._bands[kind] = ends
            self._curves[kind] = pg.PlotDataItem(pen=pg.mkPen(colour, width=2, style=style))
            self.addItem(self._curves[kind])
        self.addItem(self._picked)
        self._published = pg.ScatterPlotItem(symbol="d", size=12, brush=None)
        self.addItem(self._published)
        self.scene().sigMouseClicked.connect(self._tell_click)

    def show_page(self, page: AccuracyPage) -> None:
        """Draw the curves of `page`."""
        for kind, curve in page.curves.items():
            self._curves[kind].setData(curve.frames, 100 * curve.mean)
            for end, values in zip(self._bands[kind], (curve.low, curve.high), strict=True):
                end.setData(curve.frames, 100 * values)
        frames = page.curves["growing"].frames
        self._n_frames = len(frames)
        self._chance.setRegion((100 * page.chance_low, 100 * page.chance_high))
        self._guess.setValue(100 * page.chance)
        # The study does not say which windows its value is of: it stands at the edge.
        marks = [] if page.published is None else [100 * page.published]
        self._published.setData([len(frames) - 1] * len(marks), marks)
        self.set_ticks("left", [(share, str(share)) for share in (0, 25, 50, 75, 100)])
        every = max(1, -(-len(frames) // 8))
        self.set_ticks("bottom", [(frame, f"{frame:g}") for frame in frames[::every]])
        self.setRange(xRange=(-0.5, len(frames) - 0.5), yRange=(0, 102), padding=0)

    def mark_window(self, frame: int) -> None:
        """Draw the line of the window whose confusions are shown."""
        self._picked.setValue(frame)

    def set_colours(self, colours: PlotColours) -> None:
        """Use the colours of a theme."""
        super().set_colours(colours)
        self._chance.setBrush(pg.mkBrush(faint_colour(colours.text, 35)))
        for line in self._chance.lines:
            line.setPen(pg.mkPen(None))
        self._published.setPen(pg.mkPen(colours.text, width=2))
        self._guess.setPen(pg.mkPen(faint_colour(colours.text, 130), style=Qt.PenStyle.DotLine))

    def _tell_click(self, event: MouseClickEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._n_frames:
            place = self.getViewBox().mapSceneToView(event.scenePos())
            self.window_clicked.emit(int(np.clip(round(place.x()), 0, self._n_frames - 1)))
