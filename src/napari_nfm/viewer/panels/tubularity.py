"""The *Tubularity* dock: scores, radii, decoding, subpopulations and sensitivity, page by page."""

from typing import TYPE_CHECKING

from qtpy.QtCore import QSize
from qtpy.QtWidgets import QTabWidget, QVBoxLayout, QWidget

from napari_nfm.viewer.explorer import explorer_of
from napari_nfm.viewer.exports import Export
from napari_nfm.viewer.panels.decoding import DecodingPage
from napari_nfm.viewer.panels.export_button import ExportButton
from napari_nfm.viewer.panels.fields import scrolled, tab_in_turn
from napari_nfm.viewer.panels.page import Page
from napari_nfm.viewer.panels.plots import PlotColours
from napari_nfm.viewer.panels.radius import RadiusPage
from napari_nfm.viewer.panels.scores import ScoresPage
from napari_nfm.viewer.panels.sensitivity import SensitivityPage
from napari_nfm.viewer.panels.stale_note import StaleNote
from napari_nfm.viewer.panels.subpopulation import SubpopulationPage
from napari_nfm.viewer.panels.tube_controls import TubeControls

if TYPE_CHECKING:
    from napari.viewer import Viewer

__all__ = ["TubularityPanel"]

WIDTH = 440
TOOLTIPS = {
    "Scores": "How tight tubes are and how much they cross, beside published values",
    "Radius": "How wide the tube of each bundle is along its length",
    "Decoding": "How well stimuli are told apart from the responses, window by window",
    "Removal": "Scores before and after some units are removed",
    "Sensitivity": "Whether sites keep their order when the constants of the scores change",
}


class TubularityPanel(QWidget):
    """Controls above, pages below; every page draws itself when it is seen.

    Parameters
    ----------
    napari_viewer
        The viewer that the dock is in.
    """

    def __init__(self, napari_viewer: "Viewer") -> None:
        super().__init__()
        self._viewer = napari_viewer
        self._explorer = explorer = explorer_of(napari_viewer)
        self.setObjectName("tubularity_panel")
        self.controls = TubeControls(explorer)
        self.scores, self.radius = ScoresPage(explorer), RadiusPage(explorer)
        self.decoding, self.subpopulation = DecodingPage(explorer), SubpopulationPage(explorer)
        self.sensitivity = SensitivityPage(explorer)
        self.pages: dict[str, Page] = {
            "Scores": self.scores,
            "Radius": self.radius,
            "Decoding": self.decoding,
            "Removal": self.subpopulation,
            "Sensitivity": self.sensitivity,
        }
        self.tabs = QTabWidget()
        self.tabs.setObjectName("tubularity_pages")
        for title, page in self.pages.items():
            index = self.tabs.addTab(scrolled(page), title)
            self.tabs.setTabToolTip(index, TOOLTIPS[title])
        self.export = ExportButton(explorer, self._offered)
        self.tabs.setCornerWidget(self.export)
        tab_in_turn(self.tabs.tabBar(), self.export)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 4, 6, 4)
        layout.setSpacing(4)
        layout.addWidget(StaleNote(explorer.session, "scores"))
        layout.addWidget(self.controls)
        layout.addWidget(self.tabs, 1)

        session = explorer.session
        self.scores.site_clicked.connect(self._choose_site)
        for name in ("responses", "scores", "accuracies", "comparisons", "removals", "manifolds"):
            session.events[f"{name}_changed"].connect(self._refresh)
        session.selection.events.site_changed.connect(self._refresh)
        napari_viewer.events.theme.connect(self._follow_theme)
        self._follow_theme()
        self._refresh()

    def sizeHint(self) -> QSize:
        """Ask for enough width that the rows of scores read well."""
        return QSize(WIDTH, 800)

    def minimumSizeHint(self) -> QSize:
        """Stay usable on a small screen."""
        return QSize(WIDTH - 50, 400)

    def score_without_selected(self) -> None:
        """Score the current site with and without its selected units, and show that."""
        self.turn_to(self.subpopulation)
        self.subpopulation.score_without_selected()

    @property
    def page(self) -> str:
        """Title of the page in front."""
        return self.tabs.tabText(self.tabs.currentIndex())

    @page.setter
    def page(self, title: str) -> None:
        if title in self.pages:
            self.turn_to(self.pages[title])

    def turn_to(self, page: Page) -> None:
        """Bring a page to the front."""
        self.tabs.setCurrentIndex(list(self.pages.values()).index(page))

    def _offered(self) -> tuple[Export, ...]:
        return list(self.pages.values())[self.tabs.currentIndex()].exports()

    def _choose_site(self, site: str) -> None:
        self._explorer.session.selection.site = site

    def _refresh(self) -> None:
        for page in self.pages.values():
            page.refresh()

    def _follow_theme(self) -> None:
        colours = PlotColours.of(self._viewer.theme)
        for page in self.pages.values():
            page.set_colours(colours)
