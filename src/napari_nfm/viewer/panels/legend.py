"""What the colours and markers mean; always in sight, and a way to choose a category."""

from typing import TYPE_CHECKING

from qtpy.QtWidgets import QLabel, QVBoxLayout, QWidget

from napari_nfm.palette import category_looks, many_looks
from napari_nfm.viewer.explorer import explorer_of
from napari_nfm.viewer.panels.fields import scrolled, tab_in_turn
from napari_nfm.viewer.panels.legend_line import HEIGHT, LegendLine

if TYPE_CHECKING:
    from napari.viewer import Viewer

__all__ = ["LegendPanel"]

HIGH_SCREEN = 850
"""Height of a window in which all lines find room, in pixels."""


class LegendPanel(QWidget):
    """One line per stimulus category, the current one marked; a click makes it current.

    While tubes are drawn, a box in each line says whether its tube is, and takes it away. Tubes of
    clusters of curves have lines of their own.

    Parameters
    ----------
    napari_viewer
        The viewer that the dock is in.
    """

    def __init__(self, napari_viewer: "Viewer") -> None:
        super().__init__()
        self._explorer = explorer = explorer_of(napari_viewer)
        self.setObjectName("legend_panel")
        self._lines: dict[str, LegendLine] = {}
        # On a low screen the lines scroll, rather than make the window higher than the screen.
        lines, column = QWidget(), QVBoxLayout(self)
        self._scroll = scrolled(lines)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._scroll)
        self._layout = QVBoxLayout(lines)
        self._layout.setContentsMargins(6, 2, 6, 2)
        self._layout.setSpacing(0)
        self._empty = QLabel("Stimulus categories appear here.")
        self._layout.addWidget(self._empty)
        self._layout.addStretch(1)
        session = explorer.session
        session.events.stimuli_changed.connect(self._show)
        session.events.results_changed.connect(self._show)
        session.sequence_changed.connect(self._mark_current)
        explorer.tubes.tubes_changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        lines = self._make_lines()
        if [line.name for line in lines] != list(self._lines):
            for line in self._lines.values():
                self._layout.removeWidget(line)
                line.deleteLater()
            for index, line in enumerate(lines):
                line.chosen.connect(self._choose)
                line.tube_toggled.connect(self._toggle_tube)
                self._layout.insertWidget(index, line)
            self._lines = {line.name: line for line in lines}
            tab_in_turn(self, *(control for line in lines for control in line.controls))
            self._empty.setVisible(not lines)
            n_shown = len(lines) if self.window().height() > HIGH_SCREEN else 6
            self._scroll.setMinimumHeight(min(n_shown, len(lines)) * HEIGHT)
        tubes = self._explorer.tubes
        for name, line in self._lines.items():
            drawn = name not in tubes.hidden_bundles if name in tubes.bundles else None
            line.show_tube(drawn, indented=bool(tubes.bundles))
        self._mark_current()

    def _make_lines(self) -> list[LegendLine]:
        """Make one line per category, and one per tube of none of them."""
        categories, titles = self._explorer.categories
        bundles = self._explorer.tubes.bundles
        looks = dict(zip(bundles, many_looks(tuple(bundles)), strict=True))
        return [
            *map(LegendLine, categories, titles, category_looks(categories)),
            *(
                LegendLine(name, title, looks[name], playable=False)
                for name, title in bundles.items()
                if name not in categories
            ),
        ]

    def _choose(self, name: str) -> None:
        if self._explorer.session.stimuli is not None:
            self._explorer.session.selection.category = name
        self._mark_current()

    def _toggle_tube(self, name: str, drawn: bool) -> None:
        tubes = self._explorer.tubes
        others = tubes.hidden_bundles - {name}
        tubes.hidden_bundles = others if drawn else others | {name}

    def _mark_current(self) -> None:
        for name, line in self._lines.items():
            line.mark(name == self._explorer.session.selection.category)
