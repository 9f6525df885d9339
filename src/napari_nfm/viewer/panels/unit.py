"""The *Unit* dock: one unit, the mean of those selected, or several compared. It only wires."""

from typing import TYPE_CHECKING

from qtpy.QtCore import QSize, QTimer
from qtpy.QtWidgets import QFileDialog, QLabel, QVBoxLayout, QWidget

from napari_nfm.viewer.explorer import explorer_of
from napari_nfm.viewer.panels.fields import push_button, scrolled, separator
from napari_nfm.viewer.panels.page import Page
from napari_nfm.viewer.panels.plots import PlotColours
from napari_nfm.viewer.panels.sheet import SheetTable
from napari_nfm.viewer.panels.stale_note import StaleNote
from napari_nfm.viewer.panels.unit_bar import UnitBar
from napari_nfm.viewer.panels.unit_field import UnitFieldSection
from napari_nfm.viewer.panels.unit_responses import UnitResponses
from napari_nfm.viewer.shortcuts import keys_of
from napari_nfm.viewer.unit_facts import about_units, unit_sheet

if TYPE_CHECKING:
    from napari.viewer import Viewer

__all__ = ["UnitPanel"]

WIDTH = 410
NO_RESPONSES = (
    "Here you look into single units. Record a site first (dock <i>Explore</i>, step "
    "<i>Record</i>), or open a response tensor."
)
NO_UNIT = (
    "Click a point of the encoding manifold, or a marked pixel of a feature map, to look into "
    "that unit; or go through the units with {next} and {previous}."
)
MOST_ROWS = 12


class UnitPanel(Page):
    """Responses, tuning, traces, receptive field and all that is known of a unit.

    Parameters
    ----------
    napari_viewer
        The viewer that the dock is in.
    """

    def __init__(self, napari_viewer: "Viewer") -> None:
        super().__init__("unit_panel")
        self._viewer = napari_viewer
        self._explorer = explorer = explorer_of(napari_viewer)
        self._bar = UnitBar(explorer)
        self._responses = UnitResponses(explorer)
        self._field = UnitFieldSection(explorer)
        self._table = SheetTable("unit_table", "All that is known of the unit")
        self._published = push_button(
            "open_published",
            "Published properties …",
            "Read a CSV with a row per unit, matched by readout_id, or by unit_id with session and "
            "scan_idx, such as the functional properties of the MICrONS release",
        )
        self._published.clicked.connect(self._open_published)
        self.above.addWidget(self._bar)
        self.above.addWidget(StaleNote(explorer.session, "responses"))
        listed = QWidget()
        column = QVBoxLayout(listed)
        column.setContentsMargins(2, 2, 6, 4)
        column.setSpacing(6)
        for part in (self._responses, separator(), self._field, separator()):
            column.addWidget(part)
        column.addWidget(QLabel("<b>Known of this unit</b>"))
        column.addWidget(self._table)
        column.addWidget(self._published)
        column.addStretch(1)
        self.column.addWidget(scrolled(listed))

        self._drawn: tuple[int, ...] = ()
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self.refresh)
        session, units = explorer.session, explorer.units
        selection = session.selection.events
        for changed in (
            selection.unit_changed,
            selection.units_changed,
            selection.pinned_changed,
            selection.site_changed,
            session.events.responses_changed,
            session.events.manifolds_changed,
            session.events.twin_changed,
            session.events.published_changed,
        ):
            changed.connect(self._draw_soon)
        explorer.keys.changed.connect(self._draw_soon)
        session.sequence_changed.connect(self._follow_sequence)
        selection.frame_changed.connect(self._follow_frame)
        units.fields.changed.connect(self._follow_field)
        units.instances.changed.connect(self._follow_instances)
        napari_viewer.events.theme.connect(self._follow_theme)
        self._follow_theme()

    def sizeHint(self) -> QSize:
        """Ask for three heat maps in a row."""
        return QSize(WIDTH, 800)

    def minimumSizeHint(self) -> QSize:
        """Stay usable on a small screen."""
        return QSize(WIDTH - 60, 400)

    def draw(self) -> None:
        """Show the units that are looked at, or what to do where there are none."""
        units = self._explorer.units
        self._drawn = units.shown
        self._bar.show_state(about_units(self._explorer.session, units.shown))
        self._bar.setVisible(units.responses is not None)
        if units.responses is None:
            self.show_empty(NO_RESPONSES)
            return
        if not units.shown:
            keys = {"next": keys_of("next_unit"), "previous": keys_of("previous_unit")}
            self.show_empty(NO_UNIT.format(**keys))
            return
        self.show_empty("")
        self._responses.show_units()
        self._field.show_field()
        self._show_table()

    def _show_table(self) -> None:
        units, session = self._explorer.units, self._explorer.session
        unit = session.selection.unit
        self._table.setVisible(unit is not None)
        self._published.setEnabled(session.twin is not None)
        if unit is not None:
            sheet = unit_sheet(session, unit, units.fields.current, session.published)
            self._table.show_sheet(sheet)
            self._table.setFixedHeight(self._table.height_of_rows(min(len(sheet.rows), MOST_ROWS)))

    # Following the session

    def _draw_soon(self) -> None:
        """Draw once for all that changes in this moment."""
        self._soon.start()

    @property
    def _can_follow(self) -> bool:
        """Whether somebody looks, and all is drawn that only has to be brought up to date."""
        shown = self._explorer.units.shown
        # What follows from other units is told before they are drawn, which is soon.
        is_drawn = shown == self._drawn and not self._soon.isActive()
        return self.isVisible() and is_drawn and bool(shown)

    def _follow_sequence(self) -> None:
        if self._can_follow:
            self._responses.show_sequence()

    def _follow_frame(self, frame: int) -> None:
        if self._can_follow:
            self._responses.show_frame(frame)

    def _follow_field(self) -> None:
        if self._can_follow:
            self._field.show_field()
            self._show_table()

    def _follow_instances(self) -> None:
        if self._can_follow:
            self._responses.show_traces()

    def _follow_theme(self) -> None:
        colours = PlotColours.of(self._viewer.theme)
        self.set_colours(colours)
        self._responses.set_colours(colours)
        self._field.set_colours(colours)

    def _open_published(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Published properties", "", "CSV (*.csv)")
        if path:
            self._explorer.units.open_published(path)
