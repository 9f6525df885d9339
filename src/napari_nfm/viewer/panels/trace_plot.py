"""Time courses of units while the stimulus plays, in step with it."""

from collections.abc import Mapping

import numpy as np
import pyqtgraph as pg
from qtpy.QtCore import Signal
from qtpy.QtGui import QMouseEvent, QPen

from napari_nfm.viewer.field_data import InstanceTraces
from napari_nfm.viewer.panels.plots import SELECTED, Plot, PlotColours
from napari_nfm.viewer.unit_data import Traces
from napari_nfm.viewer.unit_looks import UnitLook

__all__ = ["TracePlot"]


class TracePlot(Plot):
    """One line per unit, the mean of several as a thick one, single instances as thin ones.

    A click goes to the frame that was clicked.

    Parameters
    ----------
    name
        Object name.
    """

    frame_chosen = Signal(int)
    """The frame that was clicked."""

    def __init__(self, name: str) -> None:
        super().__init__(name, x_title="Time (s)", y_title="Response")
        self.setToolTip("Responses to the stimulus on screen; click to go to a moment")
        self._times = np.zeros(0)
        self._colours = PlotColours.of("dark")
        self._cursor = pg.InfiniteLine(angle=90, pen=pg.mkPen(SELECTED, width=1.6))

    def show_traces(
        self,
        traces: Traces,
        looks: Mapping[int, UnitLook],
        *,
        mean: np.ndarray | None,
        instances: InstanceTraces | None,
        frame: int,
    ) -> None:
        """Show lines: those of `looks` in colour, others faintly, the mean ``(time,)``."""
        self.clear()
        self._times = traces.times
        title = "Time (s)" if traces.time_unit == "s" else "Frame"
        self.set_axis_titles(title, "Response")
        if instances is not None:
            n_frames = min(instances.rates.shape[1], len(traces.times))
            pen = pg.mkPen(self._colours.text, width=0.9)
            self._plot_many(traces.times[:n_frames], instances.rates[:, :n_frames], pen)
        faint = [row for row, unit in enumerate(traces.units) if unit not in looks]
        self._plot_many(traces.times, traces.rates[faint], pg.mkPen(self._colours.faint, width=1))
        for unit, rates in zip(traces.units, traces.rates, strict=True):
            look = looks.get(unit)
            if look is not None:
                pen = pg.mkPen(look.colour, width=2)
                if look.dashes:
                    pen.setDashPattern([length / 2 for length in look.dashes])
                self.plot(traces.times, rates, pen=pen)
        if mean is not None:
            self.plot(traces.times, mean, pen=pg.mkPen(self._colours.text, width=2.5))
        self.addItem(self._cursor)
        self.show_frame(frame)
        self.set_colours(self._colours)
        self.setYRange(0, max(self._largest(), 1e-9), padding=0.06)

    def show_frame(self, frame: int) -> None:
        """Move the cursor to the current frame."""
        if len(self._times):
            self._cursor.setValue(float(self._times[min(frame, len(self._times) - 1)]))

    def set_colours(self, colours: PlotColours) -> None:
        """Use the colours of a theme."""
        self._colours = colours
        super().set_colours(colours)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to the moment under the pointer."""
        if len(self._times):
            at = self.plotItem.vb.mapSceneToView(self.mapToScene(event.position().toPoint())).x()
            self.frame_chosen.emit(int(np.abs(self._times - at).argmin()))

    def _plot_many(self, times: np.ndarray, rates: np.ndarray, pen: QPen) -> None:
        """Draw lines ``(line, time)`` as one, which is many times quicker."""
        if len(rates):
            gaps = np.full((len(rates), 1), np.nan)
            along = np.tile(np.append(times, np.nan), len(rates))
            self.plot(along, np.hstack([rates, gaps]).ravel(), pen=pen, connect="finite")

    def _largest(self) -> float:
        curves = self.listDataItems()
        return max((float(np.nanmax(curve.yData, initial=0.0)) for curve in curves), default=0.0)
