"""The *Factors* dock: the tensor components behind the encoding manifold, as the study draws them.

One row per factor: the neural loadings, the stimulus loadings, and the response over direction and
time. All rows share their scales.
"""

from typing import TYPE_CHECKING

from qtpy.QtCore import QSize
from qtpy.QtGui import QShowEvent
from qtpy.QtWidgets import (
    QButtonGroup,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from napari_nfm.titles import site_title
from napari_nfm.viewer.explorer import explorer_of
from napari_nfm.viewer.factor_data import FactorPage, factor_page
from napari_nfm.viewer.panels.factor_row import ROW_HEIGHT, FactorRow
from napari_nfm.viewer.panels.fields import scrolled, tab_in_turn
from napari_nfm.viewer.panels.plots import PlotColours

if TYPE_CHECKING:
    from napari.viewer import Viewer

__all__ = ["FactorsPanel"]


class FactorsPanel(QWidget):
    """All factors of the manifold on screen; a click on one colours the manifold by it.

    Parameters
    ----------
    napari_viewer
        The viewer that the dock is in.
    """

    def __init__(self, napari_viewer: "Viewer") -> None:
        super().__init__()
        self._viewer = napari_viewer
        self._explorer = explorer = explorer_of(napari_viewer)
        self.setObjectName("factors_panel")
        self._page: FactorPage | None = None
        self._is_stale = True
        self.rows: list[FactorRow] = []
        self._about = QLabel()
        self._about.setObjectName("about_factors")
        self._about.setWordWrap(True)
        self._buttons = QButtonGroup(self)
        self._buttons.setExclusive(False)
        self._buttons.idClicked.connect(self.colour_by)
        listed = QWidget()
        self._column = QVBoxLayout(listed)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2)
        self._column.addStretch(1)
        scroll = scrolled(listed)
        scroll.setObjectName("factors_scroll")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 2, 4, 2)
        layout.setSpacing(2)
        layout.addWidget(self._about)
        layout.addWidget(scroll, 1)

        session = explorer.session
        explorer.encoding.manifold_shown.connect(self._manifold_shown)
        session.look.events.colour_by_changed.connect(self._mark_current)
        session.selection.events.units_changed.connect(self._mark_selected)
        napari_viewer.events.theme.connect(self._follow_theme)
        self._manifold_shown()

    def sizeHint(self) -> QSize:
        """Ask for two rows at first."""
        return QSize(760, 2 * ROW_HEIGHT + 40)

    def minimumSizeHint(self) -> QSize:
        """Stay usable on a small screen."""
        return QSize(520, ROW_HEIGHT + 60)

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what has changed while nobody looked."""
        super().showEvent(event)
        if self._is_stale:
            self._draw()

    def colour_by(self, index: int) -> None:
        """Colour the manifold by the loadings of this factor, counted from 0."""
        if self._page is not None:
            self._explorer.session.look.colour_by = self._page.factors[index].column
        self._mark_current()

    # What is shown

    def _manifold_shown(self) -> None:
        self._is_stale = True
        if self.isVisible():
            self._draw()

    def _draw(self) -> None:
        self._is_stale = False
        manifold = self._explorer.session.manifolds.get(self._explorer.encoding.manifold_site or "")
        self._page = page = None if manifold is None else factor_page(manifold)
        self._about.setText(
            "The factors appear here once an encoding manifold is computed."
            if page is None or manifold is None
            else _describe(
                page, self._explorer.encoding.manifold_site, manifold.decomposition.percent_error
            )
        )
        self._set_rows(0 if page is None else len(page.factors))
        if page is not None:
            colours = PlotColours.of(self._viewer.theme)
            for row, factor in zip(self.rows, page.factors, strict=True):
                row.show_factor(factor, page, colours)
        self._mark_selected()
        self._mark_current()

    def _set_rows(self, count: int) -> None:
        while len(self.rows) > count:
            row = self.rows.pop()
            self._buttons.removeButton(row.button)
            self._column.removeWidget(row)
            row.deleteLater()
        while len(self.rows) < count:
            row = FactorRow(len(self.rows))
            self._buttons.addButton(row.button, len(self.rows))
            self._column.insertWidget(len(self.rows), row)
            self.rows.append(row)
        tab_in_turn(self, *(row.button for row in self.rows))

    def _mark_selected(self) -> None:
        if self._page is not None and not self._is_stale:
            places = self._page.places_of(self._explorer.session.selection.units)
            for row, factor in zip(self.rows, self._page.factors, strict=True):
                row.mark(places, factor.neural[places])

    def _mark_current(self) -> None:
        for row in self.rows:
            row.button.setChecked(row.column == self._explorer.session.look.colour_by)

    def _follow_theme(self) -> None:
        colours = PlotColours.of(self._viewer.theme)
        for row in self.rows:
            row.set_colours(colours)


def _describe(page: FactorPage, site: str | None, percent_error: float) -> str:
    aligned = " · directions after each unit's best rotation" if page.aligned else ""
    return (
        f"<b>{site_title(site or '')}</b> · {len(page.factors)} factors · "
        f"{percent_error:.1f} % of the squared norm unexplained{aligned} · "
        "all rows share their scales"
    )
