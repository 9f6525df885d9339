"""Page *Radius* of the dock *Tubularity*: how wide each bundle is along its tube."""

from qtpy.QtWidgets import QHBoxLayout, QLabel

from napari_nfm.viewer.explorer import Explorer
from napari_nfm.viewer.exports import Export, radius_exports
from napari_nfm.viewer.panels.fields import choice_box
from napari_nfm.viewer.panels.page import Page
from napari_nfm.viewer.panels.radius_plot import RadiusPlot
from napari_nfm.viewer.panels.sheet import SheetTable
from napari_nfm.viewer.radius_data import bundle_sheet, profiles

__all__ = ["RadiusPage"]

UNITS = {
    True: ("share of the length", "radius over the centreline's length; its mean is S_tight"),
    False: ("z-scored units", "as it is, in the space of the curves"),
}
EMPTY = "The radius along each tube appears here once this site is scored."


class RadiusPage(Page):
    """The radius profile of every bundle, and its scores in a table.

    Parameters
    ----------
    explorer
        Whose session is shown.
    """

    def __init__(self, explorer: Explorer) -> None:
        super().__init__("radius_page")
        self._explorer = explorer
        self._unit = choice_box("radius_unit", "What the radius is measured in", UNITS)
        self._unit.setMinimumContentsLength(16)
        self._unit.currentIndexChanged.connect(self.refresh)
        self.plot = RadiusPlot()
        self.bundles = SheetTable("bundles", "Scores of each bundle; click a title to sort")
        above = QHBoxLayout()
        above.addWidget(QLabel("Radius as"))
        above.addWidget(self._unit)
        above.addStretch(1)
        self.bundles.setMinimumHeight(self.bundles.height_of_rows(4))
        self.column.addLayout(above)
        self.column.addWidget(self.plot, 3)
        self.column.addWidget(self.bundles, 2)

    def exports(self) -> tuple[Export, ...]:
        """Return the radii that are shown."""
        session = self._explorer.session
        site = session.selection.site or ""
        return radius_exports(session.scores[site], site) if site in session.scores else ()

    def draw(self) -> None:
        """Draw the bundles of the current site."""
        session = self._explorer.session
        score = session.scores.get(session.selection.site or "")
        self.show_empty(EMPTY if score is None else "")
        if score is not None:
            bundles = profiles(score)
            self.plot.show_profiles(bundles, by_length=self._unit.currentData())
            self.plot.set_colours(self.colours)
            self.bundles.show_sheet(bundle_sheet(bundles))
            self.bundles.setMaximumHeight(self.bundles.height_of_rows(max(4, len(bundles))))
