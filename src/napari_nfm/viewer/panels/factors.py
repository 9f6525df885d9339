"""The *Factors* dock: the tensor components behind the encoding manifold, as the study draws them.

One row per factor: the neural loadings, the stimulus loadings, and the response over direction and
time. All rows share their scales.
"""

from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
from qtpy.QtCore import QRectF, QSize, Qt
from qtpy.QtGui import QShowEvent
from qtpy.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from napari_nfm.viewer.explorer import explorer_of
from napari_nfm.viewer.factor_data import Factor, FactorPage, factor_page
from napari_nfm.viewer.palette import many_looks
from napari_nfm.viewer.panels.plots import CURVE, SELECTED, Plot, PlotColours
from napari_nfm.viewer.scene import site_title

if TYPE_CHECKING:
    from napari.viewer import Viewer

__all__ = ["FactorsPanel"]

ROW_HEIGHT = 142
MOST_GROUP_TICKS = 7
GROUP_OPACITY = 110
RESPONSE_COLOURS = "viridis"
WIDTHS = (5, 4, 3)
"""Of neural loadings, stimulus loadings and response, relative to each other."""
LEAST_WIDTHS = (150, 205, 140)
"""In pixels, so that names of stimuli leave room for their bars."""


class FactorsPanel(QWidget):
    """All factors of the manifold on screen; a click on one colours the manifold by it.

    Parameters
    ----------
    napari_viewer
        The viewer that the dock is in.
    """

    def __init__(self, napari_viewer: "Viewer") -> None:
        super().__init__()
        self._viewer = napari_viewer
        self._explorer = explorer = explorer_of(napari_viewer)
        self.setObjectName("factors_panel")
        self._page: FactorPage | None = None
        self._is_stale = True
        self.rows: list[_FactorRow] = []
        self._about = QLabel()
        self._about.setObjectName("about_factors")
        self._about.setWordWrap(True)
        self._buttons = QButtonGroup(self)
        self._buttons.setExclusive(False)
        self._buttons.idClicked.connect(self.colour_by)
        listed = QWidget()
        self._column = QVBoxLayout(listed)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2)
        self._column.addStretch(1)
        scroll = QScrollArea()
        scroll.setObjectName("factors_scroll")
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(listed)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 2, 4, 2)
        layout.setSpacing(2)
        layout.addWidget(self._about)
        layout.addWidget(scroll, 1)

        session = explorer.session
        explorer.manifold_shown.connect(self._manifold_shown)
        session.look.events.colour_by_changed.connect(self._mark_current)
        session.selection.events.units_changed.connect(self._mark_selected)
        napari_viewer.events.theme.connect(self._follow_theme)
        self._manifold_shown()

    def sizeHint(self) -> QSize:
        """Ask for two rows at first."""
        return QSize(760, 2 * ROW_HEIGHT + 40)

    def minimumSizeHint(self) -> QSize:
        """Stay usable on a small screen."""
        return QSize(520, ROW_HEIGHT + 60)

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what has changed while nobody looked."""
        super().showEvent(event)
        if self._is_stale:
            self._draw()

    def colour_by(self, index: int) -> None:
        """Colour the manifold by the loadings of this factor, counted from 0."""
        if self._page is not None:
            self._explorer.session.look.colour_by = self._page.factors[index].column
        self._mark_current()

    # What is shown

    def _manifold_shown(self) -> None:
        self._is_stale = True
        if self.isVisible():
            self._draw()

    def _draw(self) -> None:
        self._is_stale = False
        manifold = self._explorer.session.manifolds.get(self._explorer.manifold_site or "")
        self._page = page = None if manifold is None else factor_page(manifold)
        self._about.setText(
            "The factors appear here once an encoding manifold is computed."
            if page is None or manifold is None
            else _describe(page, self._explorer.manifold_site, manifold.decomposition.percent_error)
        )
        self._set_rows(0 if page is None else len(page.factors))
        if page is not None:
            colours = PlotColours.of(self._viewer.theme)
            for row, factor in zip(self.rows, page.factors, strict=True):
                row.show_factor(factor, page, colours)
        self._mark_selected()
        self._mark_current()

    def _set_rows(self, count: int) -> None:
        while len(self.rows) > count:
            row = self.rows.pop()
            self._buttons.removeButton(row.button)
            self._column.removeWidget(row)
            row.deleteLater()
        while len(self.rows) < count:
            row = _FactorRow(len(self.rows))
            self._buttons.addButton(row.button, len(self.rows))
            self._column.insertWidget(len(self.rows), row)
            self.rows.append(row)

    def _mark_selected(self) -> None:
        if self._page is not None and not self._is_stale:
            places = self._page.places_of(self._explorer.session.selection.units)
            for row, factor in zip(self.rows, self._page.factors, strict=True):
                row.mark(places, factor.neural[places])

    def _mark_current(self) -> None:
        for row in self.rows:
            row.button.setChecked(row.column == self._explorer.session.look.colour_by)

    def _follow_theme(self) -> None:
        colours = PlotColours.of(self._viewer.theme)
        for row in self.rows:
            row.set_colours(colours)


class _FactorRow(QWidget):
    """One factor in three plots, and a button that stands for it."""

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

    def _clicked(self, event: object) -> None:
        if event.button() == Qt.MouseButton.LeftButton:  # type: ignore[attr-defined]
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


def _describe(page: FactorPage, site: str | None, percent_error: float) -> str:
    aligned = " · directions after each unit's best rotation" if page.aligned else ""
    return (
        f"<b>{site_title(site or '')}</b> · {len(page.factors)} factors · "
        f"{percent_error:.1f} % of the squared norm unexplained{aligned} · "
        "all rows share their scales"
    )
