"""One score of all populations along a logarithmic axis, beside published ones and known tubes."""

import numpy as np
import pyqtgraph as pg
from pyqtgraph.GraphicsScene.mouseEvents import MouseClickEvent
from qtpy.QtCore import Qt, Signal
from qtpy.QtGui import QFocusEvent, QKeyEvent

from napari_nfm.viewer.control_keys import OPENERS
from napari_nfm.viewer.known_tubes import KnownTube
from napari_nfm.viewer.panels.plots import (
    CURVE,
    SELECTED,
    Plot,
    PlotColours,
    faint_colour,
    logarithmic_ticks,
)
from napari_nfm.viewer.panels.tube_icons import ICON_SIZE, tube_icon
from napari_nfm.viewer.score_marks import LOWEST, Mark
from napari_nfm.viewer.tube_data import ScoreAxis

__all__ = ["ScorePlot"]

STRIP = 1.5
"""Height of the strip of known tubes, in rows."""
MARGIN = 0.1
"""Room at both ends of the axis, as a share of it."""
LEAST_HEIGHT = 215
STEPS: dict[int, int] = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}


class ScorePlot(Plot):
    """A row per population: filled marks are measured here, hollow ones published.

    Parameters
    ----------
    name
        Object name.
    """

    site_clicked = Signal(str)
    """A person clicked at the row of this site."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.setMinimumHeight(LEAST_HEIGHT)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._axis: ScoreAxis | None = None
        self._picked: str | None = None
        self._band = pg.BarGraphItem(x0=[], width=[], y=[], height=1)
        self._frame = pg.BarGraphItem(x0=[], width=[], y=[], height=0.86)
        self._stems = pg.PlotDataItem(connect="pairs")
        self._divider = pg.PlotDataItem(connect="pairs")
        self._intervals = pg.PlotDataItem(connect="pairs", pen=pg.mkPen(CURVE, width=3))
        self._measured = _scatter("o", 10, CURVE)
        self._published = _scatter("d", 10, None)
        self._selection = _scatter("t1", 12, SELECTED)
        self._tubes = _scatter("o", ICON_SIZE, None)
        for item in (
            *(self._band, self._frame, self._stems, self._divider, self._intervals),
            *(self._published, self._measured, self._selection, self._tubes),
        ):
            self.addItem(item)
        self.scene().sigMouseClicked.connect(self._tell_click)

    def show_axis(self, axis: ScoreAxis, site: str | None, named: bool = True) -> None:
        """Draw all rows of `axis`, that of `site` on a band; their names only where `named`."""
        self._axis = axis
        self.set_axis_titles(axis.title, "")
        places = {id(row): len(axis.rows) - 1 - i for i, row in enumerate(axis.rows)}
        lowest = LOWEST[axis.quantity]
        for item, kind in (
            (self._measured, "measured"),
            (self._published, "published"),
            (self._selection, "selection"),
        ):
            marks = [(getattr(row, kind), places[id(row)]) for row in axis.rows]
            shown = [(mark, place) for mark, place in marks if mark is not None]
            item.setData(
                x=[_log(mark.value, lowest) for mark, _ in shown],
                y=[place for _, place in shown],
                data=[mark.meaning for mark, _ in shown],
            )
        self._draw_intervals(axis, places, lowest)
        top = len(axis.rows) + STRIP / 2 - 0.5
        self._draw_tubes(axis.tubes, top, lowest)
        low, high = self._ends(axis, lowest)
        current = [places[id(row)] for row in axis.rows if site and row.site == site]
        self._band.setOpts(x0=[low] * len(current), width=high - low, y=current)
        edge = len(axis.rows) - 0.5
        self._divider.setData([low, high] * bool(axis.tubes), [edge, edge] * bool(axis.tubes))
        names = [(float(places[id(row)]), row.title) for row in axis.rows]
        if axis.tubes:
            names.append((top, "Known tubes"))
        self.set_ticks("left", names if named else [(place, "") for place, _ in names])
        ticks = logarithmic_ticks(low, high)
        edge_of_scale = _log(lowest, lowest)
        self.set_ticks("bottom", [(x, f"≤{t}" if x == edge_of_scale else t) for x, t in ticks])
        height = edge + (STRIP if axis.tubes else 0)
        self.setRange(xRange=(low, high), yRange=(-0.6, height), padding=0)
        if not self.hasFocus() or self._picked not in self._sites:
            self._picked = site
        self._draw_frame()

    @property
    def picked_site(self) -> str | None:
        """The site that the keys are at."""
        return self._picked

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Pick a row with a site, or go to it."""
        sites, step = self._sites, STEPS.get(event.key())
        if sites and step is not None:
            here = sites.index(self._picked) + step if self._picked in sites else 0
            self._picked = sites[min(max(here, 0), len(sites) - 1)]
            self._draw_frame()
        elif event.key() in OPENERS and self._picked in sites:
            self.site_clicked.emit(self._picked)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show what the keys are at."""
        super().focusInEvent(event)
        if self._picked not in self._sites:
            self._picked = next(iter(self._sites), None)
        self._draw_frame()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show that the keys are somewhere else."""
        super().focusOutEvent(event)
        self._draw_frame()

    def set_colours(self, colours: PlotColours) -> None:
        """Use the colours of a theme."""
        super().set_colours(colours)
        self._published.setPen(pg.mkPen(colours.text, width=1.5))
        self._tubes.setPen(pg.mkPen(colours.text, width=1))
        self._tubes.setBrush(pg.mkBrush(faint_colour(colours.text, 70)))
        line = faint_colour(colours.text, 60)
        self._stems.setPen(pg.mkPen(line, style=Qt.PenStyle.DotLine))
        self._divider.setPen(pg.mkPen(line))
        self._band.setOpts(brush=pg.mkBrush(faint_colour(CURVE, 40)), pen=pg.mkPen(None))
        self._frame.setOpts(brush=pg.mkBrush(None), pen=pg.mkPen(colours.text, width=2))

    @property
    def _sites(self) -> list[str]:
        """Return the sites that have a row, from the top."""
        return [] if self._axis is None else [row.site for row in self._axis.rows if row.site]

    def _draw_frame(self) -> None:
        """Draw a frame around the row that is picked, while the plot has the keys."""
        places: list[int] = []
        if self._axis is not None and self._picked is not None and self.hasFocus():
            rows = [row.site for row in reversed(self._axis.rows)]
            places = [place for place, site in enumerate(rows) if site == self._picked]
        (low, high), _ = self.viewRange()
        inside = 0.02 * (high - low)
        self._frame.setOpts(
            x0=[low + inside] * len(places), width=high - low - 2 * inside, y=places
        )

    def _draw_intervals(self, axis: ScoreAxis, places: dict[int, int], lowest: float) -> None:
        ends: list[float] = []
        heights: list[int] = []
        for row in axis.rows:
            if row.measured is not None and row.measured.interval is not None:
                ends.extend(_log(bound, lowest) for bound in row.measured.interval)
                heights.extend([places[id(row)]] * 2)
        self._intervals.setData(ends, heights)

    def _draw_tubes(self, tubes: tuple[KnownTube, ...], top: float, lowest: float) -> None:
        x = [_log(tube.value, lowest) for tube in tubes]
        self._tubes.setData(
            x=x,
            y=[top] * len(tubes),
            symbol=[tube_icon(tube) for tube in tubes],
            data=[f"{tube.meaning}: {tube.value:.2g}" for tube in tubes],
        )
        self._stems.setData(np.repeat(x, 2), [top - STRIP / 2, -0.6] * len(tubes))

    def _ends(self, axis: ScoreAxis, lowest: float) -> tuple[float, float]:
        """Return where the axis begins and ends, as logarithms."""
        values = [tube.value for tube in axis.tubes]
        for row in axis.rows:
            for mark in (row.measured, row.selection, row.published):
                values.extend(_values(mark))
        logs = [_log(value, lowest) for value in values] or [-2.0, 0.0]
        low, high = min(logs), max(logs)
        room = MARGIN * max(high - low, 1.0)
        return low - room, high + room

    def _tell_click(self, event: MouseClickEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self._axis is None:
            return
        place = self.getViewBox().mapSceneToView(event.scenePos())
        index = len(self._axis.rows) - 1 - round(place.y())
        if 0 <= index < len(self._axis.rows) and self._axis.rows[index].site:
            self.site_clicked.emit(self._axis.rows[index].site)


def _values(mark: Mark | None) -> tuple[float, ...]:
    return () if mark is None else (mark.value, *(mark.interval or ()))


def _log(value: float, lowest: float) -> float:
    return float(np.log10(max(value, lowest)))


def _scatter(symbol: str, size: int, colour: str | None) -> pg.ScatterPlotItem:
    return pg.ScatterPlotItem(
        symbol=symbol,
        size=size,
        pen=pg.mkPen(None),
        brush=pg.mkBrush(colour),
        hoverable=True,
        tip=_meaning,
    )


def _meaning(x: float, y: float, data: str) -> str:  # noqa: ARG001
    return data
