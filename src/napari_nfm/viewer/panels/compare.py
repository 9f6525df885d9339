"""The *Compare* dock: all sites and populations in one table, and their manifolds in a row."""

from typing import TYPE_CHECKING

from qtpy.QtCore import QSize
from qtpy.QtGui import QResizeEvent
from qtpy.QtWidgets import QHBoxLayout, QTableWidgetItem, QTabWidget

from napari_nfm.viewer.compare_data import alignment_page, comparison_sheet
from napari_nfm.viewer.explorer import explorer_of
from napari_nfm.viewer.exports import Export, comparison_exports
from napari_nfm.viewer.panels.alignment_plot import AlignmentPlot
from napari_nfm.viewer.panels.export_button import ExportButton
from napari_nfm.viewer.panels.fields import push_button, text_label
from napari_nfm.viewer.panels.job_bar import JobBar
from napari_nfm.viewer.panels.manifold_row import ManifoldRow
from napari_nfm.viewer.panels.page import Page
from napari_nfm.viewer.panels.plots import PlotColours
from napari_nfm.viewer.panels.sheet import SheetTable
from napari_nfm.viewer.panels.stale_note import StaleNote
from napari_nfm.viewer.worker import Job

if TYPE_CHECKING:
    from napari.viewer import Viewer

__all__ = ["ComparePanel"]

EMPTY = (
    "<b>Compare all</b> scores tubes, decodes stimuli and aligns all sites that were recorded and "
    "all populations that were opened, as retina and V1, by the settings of the dock Tubularity."
)
ROW_SHARES = {True: 0.45, False: 0.7}
"""How much of the height manifolds have, by whether there is a comparison above them."""
ROW_HEIGHTS = (150, 400)
"""Least and most of it, in pixels."""


class ComparePanel(Page):
    """A sortable table of all sites, their alignment, and small manifolds.

    Parameters
    ----------
    napari_viewer
        The viewer that the dock is in.
    """

    def __init__(self, napari_viewer: "Viewer") -> None:
        super().__init__("compare_panel")
        self._viewer = napari_viewer
        self._explorer = explorer = explorer_of(napari_viewer)
        self._compare = push_button(
            "compare_all",
            "Compare all",
            "Tubularity with intervals, decoding accuracy and alignment of all sites and "
            "populations; takes some minutes where there are many",
        )
        self._compare.clicked.connect(self._start)
        self._job = JobBar("compare", done="Compared.", counted=False)
        self.export = ExportButton(explorer, self.exports)
        self._remarks = text_label("compare_remarks")
        self.table = SheetTable("comparison", "Click a title to sort, a row to go to its site")
        self.table.row_chosen.connect(self._choose_site)
        self.table.setMinimumHeight(self.table.height_of_rows(2))
        self.alignment = AlignmentPlot()
        self.manifolds = ManifoldRow(explorer)
        self.tabs = QTabWidget()
        self.tabs.setObjectName("compare_pages")
        for widget, title, tooltip in (
            (self.table, "Sites", "All readouts of all sites"),
            (self.alignment, "Alignment", "How alike the geometry of stimuli is at two sites"),
        ):
            self.tabs.setTabToolTip(self.tabs.addTab(widget, title), tooltip)
        row = QHBoxLayout()
        row.addWidget(self._compare)
        row.addWidget(self._job, 1)
        row.addStretch()
        row.addWidget(self.export)
        self.above.addLayout(row)
        self.above.addWidget(StaleNote(explorer.session, "scorecard"))
        self.above.addWidget(self._remarks)
        self.column.addWidget(self.tabs, 1)
        self.below.addWidget(self.manifolds)

        session = explorer.session
        explorer.jobs.started.connect(self._follow)
        for name in ("responses", "manifolds", "scorecard"):
            session.events[f"{name}_changed"].connect(self.refresh)
        napari_viewer.events.theme.connect(self._follow_theme)
        self._follow_theme()

    def sizeHint(self) -> QSize:
        """Ask for enough height for the rows of some sites and their manifolds."""
        return QSize(900, 420)

    def minimumSizeHint(self) -> QSize:
        """Stay usable on a small screen."""
        return QSize(420, 310)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the manifolds their share of the height."""
        super().resizeEvent(event)
        self._share_height()

    @property
    def page(self) -> str:
        """Title of the page in front."""
        return self.tabs.tabText(self.tabs.currentIndex())

    @page.setter
    def page(self, title: str) -> None:
        for index in range(self.tabs.count()):
            if self.tabs.tabText(index) == title:
                self.tabs.setCurrentIndex(index)

    def exports(self) -> tuple[Export, ...]:
        """Return the comparison that is shown."""
        session = self._explorer.session
        card = session.scorecard
        return () if card is None else comparison_exports(card, session.manifolds)

    def draw(self) -> None:
        """Show the last comparison, and the manifolds that are there."""
        session = self._explorer.session
        card = session.scorecard
        is_idle = self._explorer.jobs.job("compare") is None
        self._compare.setEnabled(is_idle and bool(session.responses))
        self.show_empty(EMPTY if card is None else "")
        remarks = [] if card is None else list(card.remarks)
        if card is not None:
            self.table.show_sheet(comparison_sheet(card, session.manifolds))
            aligned = alignment_page(card)
            self.tabs.setTabVisible(1, aligned is not None)
            if aligned is not None:
                self.alignment.show_page(aligned)
        self._remarks.setText(" ".join(remarks))
        self._remarks.setVisible(bool(remarks))
        self._share_height()
        self.manifolds.setVisible(bool(session.manifolds))

    # What a person does

    def _start(self) -> None:
        self._explorer.compare.compare(self._explorer.tubes.settings)

    def _choose_site(self, item: QTableWidgetItem) -> None:
        title = self.table.item(item.row(), 0)
        self._explorer.session.selection.site = title.cell.value

    # What is shown

    def _share_height(self) -> None:
        has_table = self._explorer.session.scorecard is not None
        height = round(ROW_SHARES[has_table] * self.height())
        self.manifolds.setFixedHeight(min(max(height, ROW_HEIGHTS[0]), ROW_HEIGHTS[1]))

    def _follow(self, purpose: str, job: Job) -> None:
        if purpose == "compare":
            self._job.watch(job)
            job.finished.connect(self.refresh)
            self.refresh()

    def _follow_theme(self) -> None:
        colours = PlotColours.of(self._viewer.theme)
        for page in (self, self.manifolds):
            page.set_colours(colours)
