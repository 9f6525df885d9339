"""Page *Sensitivity* of the dock *Tubularity*: do sites keep their order with other constants."""

from qtpy.QtWidgets import QHBoxLayout, QLabel, QTableWidgetItem

from napari_nfm.viewer.explorer import Explorer
from napari_nfm.viewer.exports import Export, sensitivity_exports
from napari_nfm.viewer.panels.fields import choice_box, push_button, text_label
from napari_nfm.viewer.panels.job_bar import JobBar
from napari_nfm.viewer.panels.page import Page
from napari_nfm.viewer.panels.plots import GLYPHS
from napari_nfm.viewer.panels.sensitivity_plot import SensitivityPlot
from napari_nfm.viewer.panels.sheet import SheetTable
from napari_nfm.viewer.panels.stale_note import StaleNote
from napari_nfm.viewer.sensitivity_data import (
    SETTINGS,
    SettingCurves,
    sensitivity_sheet,
    setting_curves,
)
from napari_nfm.viewer.worker import Job

__all__ = ["SensitivityPage"]

QUANTITIES = {
    "s_tight": ("S_tight", "lower is tighter"),
    "s_cross": ("S_cross", "lower is less crossing"),
}
EMPTY = (
    "Would the sites keep their order with other constants? <b>Vary the settings</b> scores all "
    "sites with the quantile, bins, smoothing, components and bundles changed, one at a time."
)


class SensitivityPage(Page):
    """Orders of sites by a score, as one constant is varied at a time.

    Parameters
    ----------
    explorer
        Whose actions are called.
    """

    def __init__(self, explorer: Explorer) -> None:
        super().__init__("sensitivity_page")
        self._explorer = explorer
        self._vary = push_button(
            "vary_settings",
            "Vary the settings",
            "Score all sites anew with one constant changed at a time; takes some minutes",
        )
        self._vary.clicked.connect(self._start)
        self._quantity = choice_box("sensitivity_score", "Which score", QUANTITIES)
        self._setting = choice_box("sensitivity_setting", "Which setting is varied", SETTINGS)
        for box in (self._quantity, self._setting):
            box.currentIndexChanged.connect(self.refresh)
        self._job = JobBar("sensitivity", done="All settings were tried.", counted=False)
        self.plot = SensitivityPlot()
        self._legend = text_label("sensitivity_legend")
        self.orders = SheetTable("orders", "Order of the sites for every setting; click a row")
        self.orders.setMinimumHeight(self.orders.height_of_rows(4))
        self.orders.row_chosen.connect(self._choose_row)
        row = QHBoxLayout()
        for widget in (self._vary, self._quantity, QLabel("by"), self._setting):
            row.addWidget(widget)
        row.addStretch()
        self.above.addLayout(row)
        self.above.addWidget(self._job)
        self.above.addWidget(StaleNote(explorer.session, "sensitivity"))
        self.column.addWidget(self.plot, 1)
        self.column.addWidget(self._legend)
        self.column.addWidget(self.orders, 1)
        explorer.jobs.started.connect(self._follow)
        explorer.session.events.sensitivity_changed.connect(self.refresh)

    def exports(self) -> tuple[Export, ...]:
        """Return the scores and orders that are shown."""
        found = self._explorer.session.sensitivity
        return () if found is None else sensitivity_exports(found)

    def draw(self) -> None:
        """Draw the chosen score over the values of the chosen setting."""
        session, found = self._explorer.session, self._explorer.session.sensitivity
        is_idle = self._explorer.jobs.job("sensitivity") is None
        self._vary.setEnabled(is_idle and bool(session.responses))
        self.show_empty(EMPTY if found is None else "")
        if found is not None:
            quantity = self._quantity.currentData()
            curves = setting_curves(found, self._setting.currentData(), quantity)
            self.plot.show_curves(curves, self.colours)
            self._legend.setText(_legend(curves))
            self.orders.show_sheet(sensitivity_sheet(found, quantity))

    # What a person does

    def _start(self) -> None:
        self._explorer.readouts.sweep_settings(self._explorer.session.responses)

    def _choose_row(self, item: QTableWidgetItem) -> None:
        title = self.orders.item(item.row(), 0).text()
        for index, (name, _) in enumerate(SETTINGS.values()):
            if title.startswith(name):
                self._setting.setCurrentIndex(index)

    # What is shown

    def _follow(self, purpose: str, job: Job) -> None:
        if purpose == "sensitivity":
            self._job.watch(job)
            job.finished.connect(self.refresh)
            self.refresh()


def _legend(curves: SettingCurves) -> str:
    return " &nbsp; ".join(
        f'<span style="color:{site.look.colour}">{GLYPHS[site.look.symbol]}</span> {site.title}'
        for site in curves.sites
    )
