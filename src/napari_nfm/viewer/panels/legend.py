"""What the colours and markers mean; always in sight, and a way to choose a category."""

from typing import TYPE_CHECKING

from qtpy.QtCore import QSize, Qt
from qtpy.QtGui import QIcon
from qtpy.QtWidgets import QFrame, QLabel, QScrollArea, QToolButton, QVBoxLayout, QWidget

from napari_nfm.palette import category_looks
from napari_nfm.viewer.explorer import explorer_of
from napari_nfm.viewer.markers import marker_pixmap

if TYPE_CHECKING:
    from napari.viewer import Viewer

__all__ = ["LegendPanel"]

MARKER = 13
LINE = 19
"""Height of one line, in pixels."""
HIGH_SCREEN = 850
"""Height of a window in which all lines find room, in pixels."""


class LegendPanel(QWidget):
    """One line per stimulus category, the current one marked; a click makes it current.

    Parameters
    ----------
    napari_viewer
        The viewer that the dock is in.
    """

    def __init__(self, napari_viewer: "Viewer") -> None:
        super().__init__()
        self._explorer = explorer = explorer_of(napari_viewer)
        self.setObjectName("legend_panel")
        self._lines: dict[str, QToolButton] = {}
        # On a low screen the lines scroll, rather than make the window higher than the screen.
        lines, column = QWidget(), QVBoxLayout(self)
        self._scroll = scroll = QScrollArea()
        scroll.setWidget(lines)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(scroll)
        self._layout = QVBoxLayout(lines)
        self._layout.setContentsMargins(6, 2, 6, 2)
        self._layout.setSpacing(0)
        self._empty = QLabel("Stimulus categories appear here.")
        self._layout.addWidget(self._empty)
        self._layout.addStretch(1)
        session = explorer.session
        session.events.stimuli_changed.connect(self._show_categories)
        session.events.results_changed.connect(self._show_categories)
        session.sequence_changed.connect(self._mark_current)
        self._show_categories()

    def _show_categories(self) -> None:
        categories, titles = self._explorer.categories
        if list(categories) == list(self._lines):
            return
        for line in self._lines.values():
            self._layout.removeWidget(line)
            line.deleteLater()
        self._lines = {}
        self._empty.setVisible(not categories)
        looks = category_looks(categories)
        for index, (name, title, look) in enumerate(zip(categories, titles, looks, strict=True)):
            line = QToolButton()
            line.setObjectName(f"legend_{name}")
            line.setText(f" {title}")
            line.setIcon(QIcon(marker_pixmap(look, MARKER)))
            line.setIconSize(QSize(MARKER, MARKER))
            line.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            line.setCheckable(True)
            line.setAutoExclusive(True)
            line.setToolTip(f"{name}: click to play this category")
            line.setStyleSheet(
                "QToolButton { border: none; background: transparent; padding: 0px; }"
                "QToolButton:checked { background: rgba(128, 128, 128, 90); }"
            )
            line.clicked.connect(self._choose)
            self._layout.insertWidget(index, line)
            self._lines[name] = line
        n_shown = len(self._lines) if self.window().height() > HIGH_SCREEN else 6
        self._scroll.setMinimumHeight(min(n_shown, len(self._lines)) * LINE)
        self._mark_current()

    def _choose(self) -> None:
        for name, line in self._lines.items():
            if line is self.sender() and self._explorer.session.stimuli is not None:
                self._explorer.session.selection.category = name

    def _mark_current(self) -> None:
        line = self._lines.get(self._explorer.session.selection.category or "")
        if line is not None:
            line.setChecked(True)
