"""A unit's responses in the dock *Unit*: heat maps, direction tuning, and traces."""

from collections.abc import Sequence

import numpy as np
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from napari_nfm.titles import category_title
from napari_nfm.viewer.explorer import Explorer
from napari_nfm.viewer.panels.fields import text_label
from napari_nfm.viewer.panels.plots import PlotColours
from napari_nfm.viewer.panels.polar_plot import PolarPlot
from napari_nfm.viewer.panels.psth_grid import PsthGrid
from napari_nfm.viewer.panels.trace_plot import TracePlot
from napari_nfm.viewer.unit_data import overlaid, response_page, traces, tuning_curves
from napari_nfm.viewer.unit_looks import MOST_PINNED, unit_looks
from napari_nfm.viewer.unit_table import index_lines

__all__ = ["UnitResponses"]

TRACE_HEIGHT = 150
INSTANCES = "Play each instance of this stimulus to the unit; recordings keep their mean"


class UnitResponses(QWidget):
    """What the units that are looked at do: everywhere, by direction, and in this moment.

    Parameters
    ----------
    explorer
        Whose session is shown and driven.
    """

    def __init__(self, explorer: Explorer) -> None:
        super().__init__()
        self.setObjectName("unit_responses")
        self._explorer = explorer
        self._session = explorer.session
        self._colours = PlotColours.of("dark")
        # The unit that is looked at, then those pinned.
        self._titles = [text_label(f"psth_title_{row}") for row in range(MOST_PINNED + 1)]
        self._grids = [PsthGrid(f"psth_{row}") for row in range(MOST_PINNED + 1)]
        self._heading = text_label("tuning_heading")
        self._polar = PolarPlot("polar")
        self._indices = text_label("tuning_indices")
        self._indices.setAlignment(Qt.AlignmentFlag.AlignVCenter)
        self._indices.setMinimumWidth(150)
        self._trace = TracePlot("trace")
        self._trace.setFixedHeight(TRACE_HEIGHT)
        self._instances = QCheckBox("Single instances")
        self._instances.setObjectName("single_instances")
        self._instances.setToolTip(INSTANCES)
        self._why_not = text_label("why_no_instances")
        tuning_row = QHBoxLayout()
        tuning_row.addWidget(self._polar, 3)
        tuning_row.addWidget(self._indices, 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        for title, grid in zip(self._titles, self._grids, strict=True):
            column.addWidget(title)
            column.addWidget(grid)
            grid.chosen.connect(self._go_to)
        column.addWidget(self._heading)
        column.addLayout(tuning_row)
        column.addWidget(QLabel("<b>In step with the movie</b>"))
        column.addWidget(self._trace)
        column.addWidget(self._instances)
        column.addWidget(self._why_not)
        self._instances.toggled.connect(self._want_instances)
        self._trace.frame_chosen.connect(self._set_frame)

    def show_units(self) -> None:
        """Show the units that are looked at, and those pinned."""
        units, responses = self._explorer.units, self._explorer.units.responses
        if responses is None or not units.shown:
            return
        pinned = [(u,) for u in self._session.selection.pinned if (u,) != units.shown]
        pages = [response_page(responses, shown) for shown in (units.shown, *pinned)]
        highest = max(page.highest for page in pages)
        looks = unit_looks(self._session.selection.unit, self._session.selection.pinned)
        for row, (title, grid) in enumerate(zip(self._titles, self._grids, strict=True)):
            title.setVisible(row < len(pages) and len(pages) > 1)
            grid.setVisible(row < len(pages))
            if row < len(pages):
                shown = pages[row].units
                look = looks.get(shown[0]) if len(shown) == 1 else None
                title.setText(_title(shown, "" if look is None else look.colour))
                grid.show_page(pages[row], highest)
        self.show_sequence()

    def show_sequence(self) -> None:
        """Show tuning and traces in the stimulus on screen."""
        units, responses, selection = (
            self._explorer.units,
            self._explorer.units.responses,
            self._session.selection,
        )
        if responses is None or not units.shown:
            return
        looks = unit_looks(selection.unit, selection.pinned)
        is_mean = len(units.shown) > 1
        single = list(dict.fromkeys([*overlaid(units.shown), *selection.pinned]))
        curves = tuning_curves(responses, single, selection.category)
        category = selection.category or str(responses.coords["category"].values[0])
        self._heading.setText(f"<b>Direction tuning</b> · {category_title(category)}")
        whole = tuning_curves(responses, units.shown, selection.category) if is_mean else None
        self._polar.show_curves(curves, looks, None if whole is None else whole.rates.mean(axis=0))
        self._polar.show_direction(selection.direction)
        lines = index_lines(curves if whole is None else whole, is_mean=is_mean)
        self._indices.setText("<br>".join(lines))
        self.show_traces()

    def show_traces(self) -> None:
        """Show time courses, with single instances where they are known."""
        units, selection = self._explorer.units, self._session.selection
        responses = units.responses
        if responses is None or not units.shown:
            return
        where = (selection.category, selection.direction)
        single = list(dict.fromkeys([*overlaid(units.shown), *selection.pinned]))
        mean: np.ndarray | None = None
        if len(units.shown) > 1:
            mean = traces(responses, units.shown, *where).rates.mean(axis=0)
        self._trace.show_traces(
            traces(responses, single, *where),
            unit_looks(selection.unit, selection.pinned),
            mean=mean,
            instances=units.instances.current,
            frame=selection.frame,
        )
        why_not = units.instances.why_not
        self._instances.setEnabled(not why_not)
        self._instances.setChecked(units.instances.wanted)
        self._instances.setToolTip(why_not or INSTANCES)
        self._why_not.setText(why_not)
        self._why_not.setVisible(bool(why_not) and units.instances.wanted)
        self.show_frame(selection.frame)

    def show_frame(self, frame: int) -> None:
        """Mark the current frame everywhere."""
        selection = self._session.selection
        self._trace.show_frame(frame)
        for grid in self._grids:
            grid.show_current(selection.category, selection.direction, frame)

    def set_colours(self, colours: PlotColours) -> None:
        """Use the colours of a theme."""
        self._colours = colours
        for grid in self._grids:
            grid.set_colours(colours)
        self._polar.set_colours(colours)
        self._trace.set_colours(colours)

    def _go_to(self, category: str, direction: float, frame: int) -> None:
        session = self._session
        stimuli = session.stimuli
        known = stimuli is None or (
            category in stimuli.categories and direction in stimuli.directions
        )
        if known:
            session.choose(category, direction, session.selection.instance)
        session.selection.frame = frame

    def _set_frame(self, frame: int) -> None:
        self._session.selection.frame = frame

    def _want_instances(self, wanted: bool) -> None:
        self._explorer.units.instances.wanted = wanted


def _title(units: Sequence[int], colour: str) -> str:
    """Head the heat maps of one unit, in its colour, or of the mean of several."""
    if len(units) > 1:
        return f"<b>Mean of {len(units):,} units</b>"
    return f'<b><span style="color:{colour}">━</span> Unit {units[0]}</b>'
