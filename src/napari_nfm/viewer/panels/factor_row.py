"""One factor in three plots: neural loadings, stimulus loadings, and response."""

from typing import Any

import numpy as np
import pyqtgraph as pg
from qtpy.QtCore import QRectF, Qt
from qtpy.QtWidgets import QHBoxLayout, QToolButton, QWidget

from napari_nfm.palette import many_looks
from napari_nfm.viewer.factor_data import Factor, FactorPage
from napari_nfm.viewer.panels.plots import CURVE, SELECTED, Plot, PlotColours

__all__ = ["ROW_HEIGHT", "FactorRow"]

ROW_HEIGHT = 142
MOST_GROUP_TICKS = 7
GROUP_OPACITY = 110
RESPONSE_COLOURS = "viridis"
WIDTHS = (5, 4, 3)
"""Of neural loadings, stimulus loadings and response, relative to each other."""
LEAST_WIDTHS = (150, 205, 140)
"""In pixels, so that names of stimuli leave room for their bars."""


class FactorRow(QWidget):
    """One factor in three plots, and a button that stands for it; a click on any presses it.

    Parameters
    ----------
    index
        Which factor, from 0.
    """

    def __init__(self, index: int) -> None:
        super().__init__()
        self.column = ""
        self.setObjectName(f"factor_row_{index + 1}")
        self.setFixedHeight(ROW_HEIGHT)
        self.button = QToolButton()
        self.button.setObjectName(f"factor_{index + 1}")
        self.button.setCheckable(True)
        self.button.setFixedSize(64, ROW_HEIGHT - 46)
        self.button.setStyleSheet(
            "QToolButton { border: 1px solid rgba(128, 128, 128, 130); border-radius: 3px; }"
            "QToolButton:checked { background: #4477AA; color: white; }"
        )
        number = index + 1
        self.neural = Plot(f"neural_{number}", "", "", "Loading")
        self.stimulus = Plot(f"stimulus_{number}", "", "Loading", "")
        self.response = Plot(f"response_{number}", "", "", "")
        self._bars = pg.BarGraphItem(x0=[], y=[], height=0.7, width=[])
        self._stems = pg.PlotDataItem(pen=pg.mkPen(CURVE, width=1), connect="pairs")
        self._marked_stems = pg.PlotDataItem(pen=pg.mkPen(SELECTED, width=2), connect="pairs")
        self._marks = pg.ScatterPlotItem(
            size=6, symbol="t", brush=pg.mkBrush(SELECTED), pen=pg.mkPen(None)
        )
        self._groups = pg.PlotDataItem(connect="pairs")
        self._image = pg.ImageItem(axisOrder="row-major")
        self._image.setColorMap(pg.colormap.get(RESPONSE_COLOURS))
        for item in (self._groups, self._stems, self._marked_stems, self._marks):
            self.neural.addItem(item)
        self.stimulus.addItem(self._bars)
        self.response.addItem(self._image)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.button, 0, Qt.AlignmentFlag.AlignVCenter)
        for plot, width, least in zip(self._plots, WIDTHS, LEAST_WIDTHS, strict=True):
            plot.setMinimumWidth(least)
            layout.addWidget(plot, width)
            plot.scene().sigMouseClicked.connect(self._clicked)

    @property
    def _plots(self) -> tuple[Plot, Plot, Plot]:
        return self.neural, self.stimulus, self.response

    def show_factor(self, factor: Factor, page: FactorPage, colours: PlotColours) -> None:
        """Draw one factor of a page."""
        number = factor.column.rpartition("_")[2]
        self.column = factor.column
        self.button.setText(f"Factor {number}\n{100 * factor.share:.0f} %")
        self.button.setToolTip(
            f"Colour the encoding manifold by the loadings on factor {number}.\n"
            f"Its weight is {factor.weight:.3g}, {100 * factor.share:.1f} % of the sum of all."
        )
        self._draw_neural(factor, page)
        self._draw_stimulus(factor, page)
        self._draw_response(factor, page)
        self.set_colours(colours)

    def set_colours(self, colours: PlotColours) -> None:
        """Use the colours of a theme."""
        for plot in self._plots:
            plot.set_colours(colours)
        between = pg.mkColor(colours.faint)
        between.setAlpha(GROUP_OPACITY)
        self._groups.setPen(pg.mkPen(between, width=1))

    def mark(self, places: np.ndarray, loadings: np.ndarray) -> None:
        """Make the units at these places along the axis stand out."""
        self._marked_stems.setData(np.repeat(places, 2), _stems(loadings))
        self._marks.setData(places, loadings)

    def _clicked(self, event: Any) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.button.click()

    def _draw_neural(self, factor: Factor, page: FactorPage) -> None:
        n_units, highest = len(factor.neural), page.highest[0]
        self._stems.setData(np.repeat(np.arange(n_units), 2), _stems(factor.neural))
        borders = [group.start - 0.5 for group in page.groups[1:]]
        self._groups.setData(np.repeat(borders, 2), [0.0, highest] * len(borders))
        every = -(-len(page.groups) // MOST_GROUP_TICKS) or 1
        self.neural.set_ticks(
            "bottom", [((g.start + g.stop - 1) / 2, g.title) for g in page.groups[::every]]
        )
        by = f" by {page.grouped_by}" if page.grouped_by else ""
        self.neural.set_axis_titles(f"{n_units:,} units{by}", "Loading")
        _set_range(self.neural, (-0.5, n_units - 0.5), (0, 1.05 * highest))
        self.neural.setToolTip(
            "Neural loadings: how much each unit takes part in this factor. "
            "Selected units have orange marks."
        )

    def _draw_stimulus(self, factor: Factor, page: FactorPage) -> None:
        n_stimuli = len(page.stimuli)
        places = np.arange(n_stimuli)[::-1]  # the first on top
        looks = many_looks(page.stimuli)
        self._bars.setOpts(
            x0=np.zeros(n_stimuli),
            y=places,
            width=factor.stimulus,
            height=0.7,
            brushes=[pg.mkBrush(look.colour) for look in looks],
            pens=[pg.mkPen(None)] * n_stimuli,
        )
        self.stimulus.set_ticks("left", list(zip(places, page.stimuli, strict=True)))
        top = _round_down(page.highest[1])
        self.stimulus.set_ticks("bottom", [(0, "0"), (top, f"{top:g}")])
        _set_range(self.stimulus, (0, 1.12 * page.highest[1]), (-0.6, n_stimuli - 0.4))
        self.stimulus.setToolTip("Stimulus loadings: how much each stimulus drives this factor.")

    def _draw_response(self, factor: Factor, page: FactorPage) -> None:
        n_directions, n_frames = factor.response.shape
        self._image.setImage(factor.response, levels=(0.0, page.highest[2]))
        step = page.times[1] - page.times[0] if n_frames > 1 else 1.0
        start = page.times[0] - step / 2
        self._image.setRect(QRectF(start, -0.5, n_frames * step, n_directions))
        every = max(1, n_directions // 4)
        self.response.set_ticks(
            "left", [(i, f"{page.directions[i]:g}") for i in range(0, n_directions, every)]
        )
        unit = "Time (s)" if page.time_unit == "s" else "Frame"
        name = "Direction (°)"
        self.response.set_axis_titles(unit, name)
        _set_range(self.response, (start, start + n_frames * step), (-0.5, n_directions - 0.5))
        self.response.setToolTip(
            "Response of this factor over direction of motion and time; the brightest colour is "
            f"{page.highest[2]:.2g} in every row."
            + (
                "\nThe decomposition rotates each unit's directions to fit best, for each stimulus:"
                "\ndirections here are after that rotation."
                if page.aligned
                else ""
            )
        )


def _round_down(value: float) -> float:
    """Return the largest number of one digit that is not above `value`."""
    unit = 10.0 ** np.floor(np.log10(value))
    return float(np.floor(value / unit) * unit)


def _stems(heights: np.ndarray) -> np.ndarray:
    """Return the lower and upper end of every stem, in turn."""
    return np.column_stack([np.zeros(len(heights)), heights]).ravel()


def _set_range(plot: Plot, x: tuple[float, float], y: tuple[float, float]) -> None:
    plot.setRange(xRange=x, yRange=y, padding=0)
