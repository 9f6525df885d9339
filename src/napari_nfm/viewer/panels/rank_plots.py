"""The curves from which a rank is chosen; a click picks one."""

from typing import Any

import numpy as np
import pyqtgraph as pg
from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from napari_nfm.viewer.manifold_facts import RankCurves
from napari_nfm.viewer.panels.plots import CURVE, MARK, SELECTED, Plot, PlotColours

__all__ = ["RankPlots"]

BAND_OPACITY = 60
MOST_TICKS = 12
HEADROOM = 0.18
"""Share of the height that is kept free for the labels of lines."""
TITLE_WIDTH = 175
"""Of the plot with the longest title, in pixels."""


class RankPlots(QWidget):
    """Nuclear value with its spread, percent error and stability, over ranks."""

    picked = Signal(int)
    """A person clicked at this rank."""

    def __init__(self) -> None:
        super().__init__()
        self._curves: RankCurves | None = None
        self.nuclear = _Curve("rank_nuclear", "Nuclear value ± s.d.", named=True)
        self.error = _Curve("rank_error", "Error (%)", x_title="")
        self.stability = _Curve("rank_stability", "Stability")
        self.stability.set_ticks("left", [(0.0, "0"), (0.5, "0.5"), (1.0, "1")])
        self.nuclear.setToolTip(
            "Sum of the singular values, squared and divided by their largest, of the neural "
            "factors: how many different factors there are. It saturates where more factors add "
            "nothing new. The band is the standard deviation over starts. Click to pick a rank."
        )
        self.error.setToolTip(
            "Squared norm of the tensor that the best start does not explain. Click to pick a rank."
        )
        self.stability.setToolTip(
            "How alike the factors of different starts are, 1 where all starts agree. "
            "Click to pick a rank."
        )
        beside = QVBoxLayout()
        beside.setSpacing(2)
        beside.addWidget(self.error)
        beside.addWidget(self.stability)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        self.nuclear.setMinimumWidth(TITLE_WIDTH)
        layout.addWidget(self.nuclear, 5)
        layout.addLayout(beside, 4)
        for plot in self._plots:
            plot.clicked.connect(self._pick)

    @property
    def _plots(self) -> "tuple[_Curve, _Curve, _Curve]":
        return self.nuclear, self.error, self.stability

    def show_curves(self, curves: RankCurves | None) -> None:
        """Draw these curves, or none."""
        self._curves = curves
        if curves is None:
            for plot in self._plots:
                plot.show_curve(np.array([]), np.array([]))
                plot.mark_suggestion(None)
            return
        self.nuclear.show_curve(curves.ranks, curves.nuclear, curves.spread)
        self.error.show_curve(curves.ranks, curves.error)
        self.stability.show_curve(curves.ranks, curves.stability)
        self.stability.setYRange(0.0, 1.1, padding=0)
        for plot in self._plots:
            plot.mark_suggestion(curves.suggested)

    def mark_picked(self, rank: int) -> None:
        """Draw the line of the rank that is in use."""
        for plot in self._plots:
            plot.mark_picked(rank)

    def set_colours(self, colours: PlotColours) -> None:
        """Use the colours of a theme."""
        for plot in self._plots:
            plot.set_colours(colours)

    def _pick(self, place: float) -> None:
        if self._curves is not None:
            self.picked.emit(self._curves.nearest(place))


class _Curve(Plot):
    """One curve over ranks with the lines of the suggested and the picked rank, `named` or not."""

    clicked = Signal(float)
    """Where along the rank axis a person clicked."""

    def __init__(
        self, name: str, quantity: str, x_title: str = "Rank", named: bool = False
    ) -> None:
        super().__init__(name, quantity, x_title)
        self._most_ticks = MOST_TICKS if named else MOST_TICKS // 2
        self._curve = pg.PlotDataItem(
            pen=pg.mkPen(CURVE, width=2),
            symbol="o",
            symbolSize=6,
            symbolBrush=CURVE,
            symbolPen=None,
        )
        band = pg.mkColor(CURVE)
        band.setAlpha(BAND_OPACITY)
        self._lower, self._upper = pg.PlotDataItem(), pg.PlotDataItem()
        self._band = pg.FillBetweenItem(self._lower, self._upper, brush=band)
        self._bars = pg.ErrorBarItem(beam=0.25, pen=pg.mkPen(CURVE, width=1))
        self._headroom = HEADROOM if named else 0.06
        texts = ("suggested {value:.0f}", "used {value:.0f}") if named else (None, None)
        self._suggested = _line(MARK, Qt.PenStyle.DashLine, texts[0], 0.95)
        self._picked = _line(SELECTED, Qt.PenStyle.SolidLine, texts[1], 0.84)
        for item in (self._band, self._bars, self._curve, self._suggested, self._picked):
            self.addItem(item)
        self._suggested.hide()
        self._picked.hide()
        self.scene().sigMouseClicked.connect(self._tell_click)

    def show_curve(
        self, ranks: np.ndarray, values: np.ndarray, spread: np.ndarray | None = None
    ) -> None:
        """Draw `values` over `ranks`, with a band of `spread` to both sides where it is given."""
        finite = np.isfinite(values)
        ranks, values = np.asarray(ranks)[finite], np.asarray(values)[finite]
        spread = np.zeros(len(values)) if spread is None else np.asarray(spread)[finite]
        self._curve.setData(ranks, values)
        self._lower.setData(ranks, values - spread)
        self._upper.setData(ranks, values + spread)
        self._bars.setData(
            x=ranks.astype(float), y=values, top=spread, bottom=spread, beam=0.25 * spread.any()
        )
        if len(ranks):
            low, high = float((values - spread).min()), float((values + spread).max())
            room = max(high - low, 1e-6 * max(abs(high), 1.0))
            self.setRange(
                xRange=(ranks[0] - 0.6, ranks[-1] + 0.6),
                yRange=(low - 0.06 * room, high + self._headroom * room),
                padding=0,
            )
            every = max(1, -(-len(ranks) // self._most_ticks))
            self.set_ticks("bottom", [(rank, str(rank)) for rank in ranks[::every].tolist()])

    def mark_suggestion(self, rank: int | None) -> None:
        """Draw the line of the suggested rank, or none."""
        self._suggested.setVisible(rank is not None)
        if rank is not None:
            self._suggested.setValue(rank)

    def mark_picked(self, rank: int) -> None:
        """Draw the line of the rank that is in use, where the curve has it."""
        ranks, _ = self._curve.getData()
        self._picked.setVisible(ranks is not None and rank in ranks)
        self._picked.setValue(rank)

    def set_colours(self, colours: PlotColours) -> None:
        """Use the colours of a theme."""
        super().set_colours(colours)
        for line in (self._suggested, self._picked):
            if (label := getattr(line, "label", None)) is not None:
                label.fill = pg.mkBrush(colours.background)

    def _tell_click(self, event: Any) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            place = self.getViewBox().mapSceneToView(event.scenePos())
            self.clicked.emit(place.x())


def _line(colour: str, style: Qt.PenStyle, label: str | None, height: float) -> pg.InfiniteLine:
    return pg.InfiniteLine(
        angle=90,
        pen=pg.mkPen(colour, width=2, style=style),
        label=label,
        labelOpts={"position": height, "color": colour, "anchors": [(0, 0.5), (1, 0.5)]},
    )
