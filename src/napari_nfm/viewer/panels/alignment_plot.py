"""How alike sites are, as a matrix with its numbers."""

import pyqtgraph as pg
from qtpy.QtCore import QRectF

from napari_nfm.viewer.compare_data import AlignmentPage
from napari_nfm.viewer.panels.plots import Plot

__all__ = ["AlignmentPlot"]

LEAST_HEIGHT = 90
COLOURS = "viridis"
BRIGHT = 0.6
"""Scores from here on have dark numbers on their bright colour."""


class AlignmentPlot(Plot):
    """Rows and columns are sites; the colour goes from 0 to 1."""

    def __init__(self) -> None:
        super().__init__("alignment")
        self.setMinimumHeight(LEAST_HEIGHT)
        self.setToolTip(
            "Alignment by RSA: Spearman correlation between the dissimilarities of all pairs of "
            "stimuli at two sites. 1: the same geometry of stimuli, whatever the units."
        )
        self._image = pg.ImageItem(axisOrder="row-major")
        self._image.setColorMap(pg.colormap.get(COLOURS))
        self._numbers: list[pg.TextItem] = []
        self.addItem(self._image)
        self.getViewBox().invertY(True)

    def show_page(self, page: AlignmentPage) -> None:
        """Draw this matrix."""
        for number in self._numbers:
            self.removeItem(number)
        n_sites = len(page.titles)
        self._image.setImage(page.scores, levels=(0.0, 1.0))
        self._image.setRect(QRectF(-0.5, -0.5, n_sites, n_sites))
        self._numbers = []
        for row in range(n_sites):
            for column in range(n_sites):
                score = page.scores[row, column]
                colour = "#000000" if score >= BRIGHT else "#FFFFFF"
                number = pg.TextItem(f"{score:.2f}", color=colour, anchor=(0.5, 0.5))
                number.setPos(column, row)
                self._numbers.append(number)
                self.addItem(number)
        ticks = list(enumerate(page.titles))
        self.set_ticks("left", ticks)
        self.set_ticks("bottom", ticks if n_sites < 6 else [(i, str(i + 1)) for i, _ in ticks])
        if n_sites >= 6:
            self.set_ticks("left", [(i, f"{title}  {i + 1}") for i, title in ticks])
        ends = (-0.5, n_sites - 0.5)
        self.setRange(xRange=ends, yRange=ends, padding=0)
