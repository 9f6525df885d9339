"""The row of small encoding manifolds with its legend; it scrolls where there are many."""

import numpy as np
import numpy.typing as npt
from qtpy.QtCore import QEvent, QObject, QRect, Qt
from qtpy.QtWidgets import QFrame, QScrollArea

from napari_nfm.viewer.explorer import Explorer
from napari_nfm.viewer.panels.fields import text_label
from napari_nfm.viewer.panels.manifold_strip import HELP, ManifoldStrip
from napari_nfm.viewer.panels.page import Page
from napari_nfm.viewer.panels.plots import GLYPHS, PlotColours
from napari_nfm.viewer.small_manifold_data import (
    RowLegend,
    SmallManifold,
    row_legend,
    rows_of_units,
    small_manifold,
)

__all__ = ["ManifoldRow"]

BAR = "▬"
SCALE_STEPS = 4
"""Every how many colours of a scale are in the legend."""


class ManifoldRow(Page):
    """Small manifolds of all sites side by side, and what their colours mean.

    Parameters
    ----------
    explorer
        Whose session is shown.
    """

    def __init__(self, explorer: Explorer) -> None:
        super().__init__("manifold_row")
        self._explorer = explorer
        self._manifolds: list[SmallManifold] = []
        self._selected: dict[str, npt.NDArray[np.intp]] = {}
        self.strip = ManifoldStrip()
        self.strip.picked.connect(self._bring_into_view)
        self.strip.asked.connect(explorer.encoding.show_manifold)
        self.strip.unit_clicked.connect(self._choose_unit)
        self.strip.unit_pointed.connect(explorer.encoding.view.point_at)
        self._legend = text_label("manifold_row_legend")
        self._area = QScrollArea()
        self._area.setWidget(self.strip)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.viewport().installEventFilter(self)
        self.column.addWidget(self._area, 1)
        self.column.addWidget(self._legend)
        self.layout().setContentsMargins(0, 0, 0, 0)

        session = explorer.session
        session.events.manifolds_changed.connect(self.refresh)
        for name in ("coordinates", "axes", "colour_by"):
            session.look.events[f"{name}_changed"].connect(self.refresh)
        for name in ("site", "units"):
            session.selection.events[f"{name}_changed"].connect(self._mark)
        session.selection.events.hovered_changed.connect(self._mark_hovered)

    def draw(self) -> None:
        """Show the manifolds that there are, in the look of the large one."""
        session = self._explorer.session
        of_sites = session.manifolds.items()
        self._manifolds = [small_manifold(*of_site, session.look) for of_site in of_sites]
        self.strip.show_manifolds(self._manifolds, self.colours)
        legends = [manifold.legend for manifold in self._manifolds]
        legend = row_legend(legends, session.look.colour_by)
        self._legend.setText("" if legend is None else _in_words(legend))
        self._legend.setToolTip(f"{self._legend.text()}<p>{HELP}</p>")
        self._fit()
        self._mark()

    def set_colours(self, colours: PlotColours) -> None:
        """Use the colours of a theme."""
        super().set_colours(colours)
        self.refresh()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Make the pictures as high as there is room, also where the legend takes another line."""
        if event.type() == QEvent.Type.Resize:
            self._fit()
        return super().eventFilter(watched, event)

    def _mark(self) -> None:
        """Mark the current site and its units, now or once somebody looks."""
        if self.isVisible():
            # Kept, as the mouse hovers often and there may be thousands.
            self._selected = self._rows_of(self._explorer.session.selection.units)
            self._mark_hovered()
        else:
            self.refresh()

    def _mark_hovered(self) -> None:
        """Mark the unit under the mouse beside those that are selected."""
        if self.isVisible():
            chosen = self._explorer.session.selection
            hovered = () if chosen.hovered is None else (chosen.hovered,)
            self.strip.mark(chosen.site, self._selected, self._rows_of(hovered))
        else:
            self.refresh()

    def _rows_of(self, units: tuple[int, ...]) -> dict[str, npt.NDArray[np.intp]]:
        """Return the rows of units of the current site, on each manifold that has them."""
        return rows_of_units(self._manifolds, self._explorer.session.selection.site or "", units)

    def _choose_unit(self, unit: int, add: bool) -> None:
        self._explorer.encoding.view.choose_unit(unit, add=add)

    def _fit(self) -> None:
        """Fit the pictures to the height, which a scroll bar takes some of where it is needed."""
        is_narrow = self.strip.width_at(self._area.height()) > self._area.width()
        policy = Qt.ScrollBarPolicy
        self._area.setHorizontalScrollBarPolicy(
            policy.ScrollBarAlwaysOn if is_narrow else policy.ScrollBarAlwaysOff
        )
        room = self._area.viewport().size()
        self.strip.resize(max(self.strip.width_at(room.height()), room.width()), room.height())

    def _bring_into_view(self, cell: QRect) -> None:
        middle = cell.center()
        self._area.ensureVisible(middle.x(), middle.y(), cell.width() // 2 + 1, 0)


def _in_words(legend: RowLegend) -> str:
    """Return the legend as rich text, which wraps between entries only."""
    parts = [f"<b>{legend.title}</b>"]
    for label, look in legend.entries.items():
        glyph = f'<span style="color:{look.colour}">{GLYPHS[look.symbol]}</span>'
        parts.append(f"{glyph} {label}")
    if legend.scale:
        bar = "".join(
            f'<span style="color:{colour}">{BAR}</span>' for colour in legend.scale[::SCALE_STEPS]
        )
        parts.append(f"low {bar} high")
    if legend.remark:
        parts.append(legend.remark)
    return " &nbsp; ".join(f'<span style="white-space:nowrap">{part}</span>' for part in parts)
