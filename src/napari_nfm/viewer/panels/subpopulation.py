"""Page *Without units* of the dock *Tubularity*: scores before and after some units are removed."""

from qtpy.QtWidgets import QDoubleSpinBox, QHBoxLayout, QLabel, QSizePolicy

from napari_nfm.unit_columns import unit_column
from napari_nfm.viewer.explorer import Explorer
from napari_nfm.viewer.exports import Export, removal_exports
from napari_nfm.viewer.panels.fields import choice_box, push_button, text_label
from napari_nfm.viewer.panels.job_bar import JobBar
from napari_nfm.viewer.panels.page import Page
from napari_nfm.viewer.panels.plots import SELECTED
from napari_nfm.viewer.panels.removal_plot import RemovalPlot
from napari_nfm.viewer.panels.sheet import SheetTable
from napari_nfm.viewer.plans import UnitChoice
from napari_nfm.viewer.removal_data import READOUTS, parts, parts_sheet, removal_curves
from napari_nfm.viewer.worker import Job

__all__ = ["SubpopulationPage"]

ENDS = {
    "top": ("top", "units with the highest values"),
    "bottom": ("bottom", "units with the lowest values"),
}
ORDERS = {
    "measure": ("by the measure above", "all units, from the chosen end of the measure on"),
    "selection": ("the selected units", "only those, as they are listed"),
}
EMPTY = (
    "Select units on the encoding manifold or a feature map, or by a measure above, and press "
    "<b>Score without them</b>: tightness, crossing and decoding accuracy before and after."
)
PURPOSES = ("measures", "subpopulation", "removal")
LEGEND = (
    f'<span style="color:{SELECTED}">▲</span> removed in this order &nbsp; '
    "╍╍ as many random units, band: 95 % of the draws"
)


class SubpopulationPage(Page):
    """All units, the selected ones, and the rest; and what is lost share by share.

    Parameters
    ----------
    explorer
        Whose actions are called.
    """

    def __init__(self, explorer: Explorer) -> None:
        super().__init__("subpopulation_page")
        self._explorer = explorer
        self._end = choice_box("measure_end", "Which end of the measure", ENDS)
        self._share = QDoubleSpinBox()
        self._share.setObjectName("measure_share")
        self._share.setRange(0.1, 99.0)
        self._share.setDecimals(1)
        self._share.setValue(10.0)
        self._share.setSuffix(" %")
        self._share.setMaximumWidth(100)
        self._share.setToolTip("Share of the units that are selected")
        self._measure = choice_box("measure", "Measure of the units, by which they are chosen")
        self._order = choice_box("removal_order", "Which units are removed, share by share", ORDERS)
        self._end.setMinimumContentsLength(4)
        for box in (self._measure, self._order):
            box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._select = push_button(
            "select_by_measure", "Select", "Select these units in all views of this site"
        )
        self._select.clicked.connect(self._select_units)
        self._score = push_button(
            "score_without",
            "Score without them",
            "Score tubes and decode: all units, the selected ones alone, and all without them",
        )
        self._score.clicked.connect(self.score_without_selected)
        self._count = text_label("units_to_remove")
        self._sweep = push_button(
            "sweep_removal",
            "Remove more and more",
            "Score what is left as more and more units are removed, beside as many random units",
        )
        self._sweep.clicked.connect(self._sweep_units)
        self._job = JobBar("subpopulation", done="Done.")
        self._about = text_label("about_subpopulation")
        self.parts = SheetTable(
            "parts",
            "Scores of unlike numbers of units do not compare: fewer units are noisier",
            n_lines=2,
        )
        self.plots = {
            name: RemovalPlot(
                f"removal_{name}", title, "Units removed (%)" if name == "accuracy" else ""
            )
            for name, title in READOUTS.items()
        }
        self._legend = text_label("removal_legend")
        self._legend.setText(LEGEND)
        self._arrange()
        explorer.jobs.started.connect(self._follow)
        explorer.session.selection.events.units_changed.connect(self.refresh)

    def _arrange(self) -> None:
        choosing, scoring, sweeping = (QHBoxLayout() for _ in range(3))
        for row, widgets in (
            (choosing, (self._end, self._share, QLabel("by"), self._measure)),
            (scoring, (self._select, self._score, self._count)),
            (sweeping, (self._sweep, self._order)),
        ):
            for widget in widgets:
                row.addWidget(widget)
        choosing.setStretch(3, 1)
        scoring.setStretch(2, 1)
        sweeping.setStretch(1, 1)
        self.above.addLayout(choosing)
        self.above.addLayout(scoring)
        self.above.addLayout(sweeping)
        self.above.addWidget(self._job)
        self.column.addWidget(self.parts)
        self.column.addWidget(self._about)
        for plot in self.plots.values():
            plot.setMinimumHeight(100)
            self.column.addWidget(plot, 1)
        self.column.addWidget(self._legend)
        self.column.addStretch()

    def exports(self) -> tuple[Export, ...]:
        """Return the comparison and the removal that are shown."""
        session = self._explorer.session
        site = session.selection.site or ""
        return removal_exports(session.comparisons.get(site), session.removals.get(site), site)

    def draw(self) -> None:
        """Show what was scored at the current site."""
        session = self._explorer.session
        site = session.selection.site or ""
        self._show_choices(site)
        comparison, sweep = session.comparisons.get(site), session.removals.get(site)
        self.show_empty(EMPTY if comparison is None and sweep is None else "")
        self.parts.setVisible(comparison is not None)
        remarks: list[str] = []
        if comparison is not None:
            compared = parts(comparison)
            self.parts.show_sheet(parts_sheet(compared))
            self.parts.setFixedHeight(self.parts.height_of_rows(len(compared)))
            remarks += [f"{part.title}: {part.why_not}" for part in compared if part.why_not]
            if set(comparison.units.tolist()) != set(session.selection.units):
                remarks.append(
                    f"These are scores of {len(comparison.units):,} units that were selected then; "
                    "the selection has changed."
                )
        self._about.setText("\n".join(remarks))
        self._about.setVisible(bool(remarks))
        for plot in (*self.plots.values(), self._legend):
            plot.setVisible(sweep is not None)
        if sweep is not None:
            for readout, curve in removal_curves(sweep).items():
                self.plots[readout].show_curve(curve)
            self.set_colours(self.colours)

    # What a person does

    def score_without_selected(self) -> None:
        """Score the current site with and without its selected units."""
        selection = self._explorer.session.selection
        if selection.site is not None and selection.units:
            self._explorer.readouts.compare_subpopulation(selection.site, selection.units)

    def _choice(self) -> UnitChoice:
        return UnitChoice(
            measure=self._measure.currentData(),
            end=self._end.currentData(),
            share=self._share.value() / 100,
        )

    def _select_units(self) -> None:
        site = self._explorer.session.selection.site
        if site is not None:
            self._explorer.measures.select(site, self._choice())

    def _sweep_units(self) -> None:
        selection = self._explorer.session.selection
        if selection.site is None:
            return
        if self._order.currentData() == "measure":
            self._explorer.measures.sweep(selection.site, self._choice())
        else:
            self._explorer.readouts.sweep_removal(selection.site, selection.units)

    # What is shown

    def _follow(self, purpose: str, job: Job) -> None:
        if purpose in PURPOSES:
            self._job.watch(job)
            job.finished.connect(self.refresh)
            self.refresh()

    def _show_choices(self, site: str) -> None:
        session, jobs = self._explorer.session, self._explorer.jobs
        names = self._explorer.measures.measures(site)
        if names != tuple(self._measure.itemData(i) for i in range(self._measure.count())):
            kept = self._measure.currentData()
            self._measure.clear()
            for name in names:
                self._measure.addItem(unit_column(name).title, name)
            self._measure.setCurrentIndex(max(0, self._measure.findData(kept)))
        n_units = session.responses[site].sizes["unit"] if site in session.responses else 0
        n_selected = len(session.selection.units)
        self._count.setText(f"{n_selected:,} of {n_units:,} units selected")
        is_idle = all(jobs.job(purpose) is None for purpose in PURPOSES)
        self._select.setEnabled(is_idle and n_units > 0)
        self._score.setEnabled(is_idle and 0 < n_selected < n_units)
        self._sweep.setEnabled(is_idle and n_units > 0)
