"""Page *Scores* of the dock *Tubularity*: both scores of all populations beside published ones."""

from qtpy.QtCore import Signal
from qtpy.QtGui import QHideEvent, QResizeEvent, QShowEvent
from qtpy.QtWidgets import QGridLayout

from napari_nfm.viewer.explorer import Explorer
from napari_nfm.viewer.exports import Export, score_exports
from napari_nfm.viewer.panels.fields import text_label
from napari_nfm.viewer.panels.page import Page
from napari_nfm.viewer.panels.plots import CURVE, SELECTED
from napari_nfm.viewer.panels.score_plot import ScorePlot
from napari_nfm.viewer.tube_data import ScorePage, is_scored_with, score_page, space_in_words

__all__ = ["ScoresPage"]

LEGEND = (
    f'<span style="color:{CURVE}">●</span> measured here, bar: 95 % interval over units'
    " &nbsp; ◇ published (Bertram et al. 2026), not measured here"
    f' &nbsp; <span style="color:{SELECTED}">▲</span> selected units, as you select them'
)
LEGEND_TOOLTIP = (
    "Drawings on top: synthetic tubes, true to their shape, at the score that they have (30 curves "
    "in three dimensions). Point at any mark for its numbers."
)
FIRST = {
    False: "Record something or open a population in the dock <i>Explore</i> first. Until then, "
    "these are published values.",
    True: "Press <b>Score</b> for the tubes of this site. Until then, these are published values.",
}
"""What to do first, by whether there are responses."""
NARROW = 470
"""Width below which the plots stand above each other, in pixels."""


class ScoresPage(Page):
    """Tightness and crossing, a row per population.

    Parameters
    ----------
    explorer
        Whose session is shown.
    """

    site_clicked = Signal(str)
    """A person clicked at the row of this site."""

    def __init__(self, explorer: Explorer) -> None:
        super().__init__("scores_page")
        self._explorer = explorer
        self.tight, self.cross = ScorePlot("s_tight_plot"), ScorePlot("s_cross_plot")
        for plot in (self.tight, self.cross):
            plot.site_clicked.connect(self.site_clicked)
        self._first = text_label("scores_first")
        self.above.addWidget(self._first)
        self._grid = QGridLayout()
        self._grid.setSpacing(4)
        self._space = text_label("tube_space")
        self._space.setToolTip(
            "A score means something in its own space only: compare scores at equal numbers of "
            "units, curves and components"
        )
        legend = text_label("score_legend")
        legend.setText(LEGEND)
        legend.setToolTip(LEGEND_TOOLTIP)
        self._notes = text_label("published_notes")
        self.column.addLayout(self._grid, 1)
        for label in (legend, self._space, self._notes):
            self.column.addWidget(label)
        tubes = explorer.tubes
        for told in (tubes.selection.scored, tubes.calibrated, tubes.settings_changed):
            told.connect(self.refresh)
        self._is_narrow: bool | None = None
        self._place_plots()

    def draw(self) -> None:
        """Draw all scores."""
        session, tubes = self._explorer.session, self._explorer.tubes
        site = session.selection.site
        page = self._page()
        self._first.setText(FIRST[bool(session.responses)])
        self._first.setVisible(not session.scores)
        self.tight.show_axis(page.tight, site)
        self.cross.show_axis(page.cross, site, named=bool(self._is_narrow))
        score = session.scores.get(site or "")
        self._space.setText("" if score is None else f"Space: {space_in_words(score)}.")
        self.set_colours(self.colours)
        about = " ".join(page.notes)
        for plot in (self.tight, self.cross):
            plot.setToolTip(about)
        short = "Published: means of 30 bootstraps, by the study's code on the published twin."
        remarks = list(page.remarks)
        if score is not None and not is_scored_with(score, tubes.settings):
            remarks.insert(0, "The settings above differ from those of the scores: score again.")
        self._notes.setText(" ".join([*remarks, *([short] if page.notes else [])]))
        self._notes.setToolTip("\n".join(page.notes))

    def exports(self) -> tuple[Export, ...]:
        """Return the scores that are shown."""
        return score_exports(self._page())

    def showEvent(self, event: QShowEvent) -> None:
        """Have the selected units scored while somebody looks, and the known tubes, once."""
        super().showEvent(event)
        tubes = self._explorer.tubes
        tubes.selection.live = True
        if tubes.calibration is None and self._explorer.jobs.job("calibrate") is None:
            tubes.calibrate()

    def hideEvent(self, event: QHideEvent) -> None:
        """Leave the selected units unscored while nobody looks."""
        super().hideEvent(event)
        self._explorer.tubes.selection.live = False

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the plots side by side where there is room."""
        super().resizeEvent(event)
        self._place_plots()

    def _page(self) -> ScorePage:
        session, tubes = self._explorer.session, self._explorer.tubes
        return score_page(
            session.scores,
            site=session.selection.site,
            selection=tubes.selection.found,
            calibration=tubes.calibration,
        )

    def _place_plots(self) -> None:
        narrow = self.width() < NARROW
        if narrow == self._is_narrow:
            return
        self._is_narrow = narrow
        self._grid.addWidget(self.tight, 0, 0)
        self._grid.addWidget(self.cross, *((1, 0) if narrow else (0, 1)))
        self._grid.setColumnStretch(0, 5)
        self._grid.setColumnStretch(1, 0 if narrow else 4)
        self.refresh()
