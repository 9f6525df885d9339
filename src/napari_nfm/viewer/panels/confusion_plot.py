"""Which category was taken for which, as a matrix."""

import pyqtgraph as pg
from qtpy.QtCore import QPointF, QRectF

from napari_nfm.palette import many_looks
from napari_nfm.viewer.accuracy_data import Confusion
from napari_nfm.viewer.panels.plots import SYMBOLS, Plot

__all__ = ["ConfusionPlot"]

COLOURS = "viridis"
MARKER = 9
LEAST_HEIGHT = 190


class ConfusionPlot(Plot):
    """Rows are the categories shown, columns those decoded; colours are shares of a row."""

    def __init__(self) -> None:
        super().__init__("confusion", "", "Decoded category", "Category shown")
        self.setMinimumHeight(LEAST_HEIGHT)
        self._confusion: Confusion | None = None
        self._image = pg.ImageItem(axisOrder="row-major")
        self._image.setColorMap(pg.colormap.get(COLOURS))
        self._rows, self._columns = pg.ScatterPlotItem(), pg.ScatterPlotItem()
        for item in (self._image, self._rows, self._columns):
            self.addItem(item)
        for side in ("bottom", "left"):
            self.set_ticks(side, [])
        self.getViewBox().invertY(True)
        self.getViewBox().setAspectLocked(True)
        self.scene().sigMouseMoved.connect(self._explain)

    def show_confusion(self, confusion: Confusion) -> None:
        """Draw this matrix."""
        self._confusion = confusion
        n_categories = len(confusion.names)
        self._image.setImage(confusion.shares, levels=(0.0, 1.0))
        self._image.setRect(QRectF(-0.5, -0.5, n_categories, n_categories))
        looks = many_looks(confusion.names)
        style = {
            "symbol": [SYMBOLS[look.symbol] for look in looks],
            "brush": [pg.mkBrush(look.colour) for look in looks],
            "pen": pg.mkPen(None),
            "size": MARKER,
        }
        places = list(range(n_categories))
        edge = -0.5 - 0.06 * n_categories
        self._rows.setData(x=[edge] * n_categories, y=places, **style)
        self._columns.setData(x=places, y=[n_categories - 1 - edge] * n_categories, **style)
        self.setRange(
            xRange=(2 * edge + 0.5, n_categories - 0.5),
            yRange=(-0.5, n_categories - 1.5 - 2 * edge),
            padding=0.02,
        )

    def explanation(self, row: int, column: int) -> str:
        """Say in words what a cell of the matrix means; empty outside of it."""
        shown = self._confusion
        if shown is None or not (0 <= row < len(shown.names) and 0 <= column < len(shown.names)):
            return ""
        share = 100 * shown.shares[row, column]
        if row == column:
            return f"{shown.titles[row]}: {share:.0f} % right"
        return f"{shown.titles[row]}, taken for {shown.titles[column]}: {share:.0f} %"

    def _explain(self, place: QPointF) -> None:
        cell = self.getViewBox().mapSceneToView(place)
        self.setToolTip(self.explanation(round(cell.y()), round(cell.x())))
