"""A page of a dock: it draws when somebody looks, and says what to do first where it is empty."""

from qtpy.QtCore import Qt
from qtpy.QtGui import QShowEvent
from qtpy.QtWidgets import QLabel, QVBoxLayout, QWidget

from napari_nfm.viewer.exports import Export
from napari_nfm.viewer.panels.plots import Plot, PlotColours

__all__ = ["Page"]


class Page(QWidget):
    """What is always there `above` and `below`, and between them a body, or a sentence.

    Drawing waits until somebody looks.

    Parameters
    ----------
    name
        Object name.
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.colours = PlotColours.of("dark")
        self._is_stale = True
        self._empty = QLabel()
        self._empty.setObjectName(f"{name}_empty")
        self._empty.setWordWrap(True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setContentsMargins(24, 8, 24, 8)
        self.body = QWidget()
        self.column = QVBoxLayout(self.body)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(2)
        self.above = QVBoxLayout()
        self.above.setSpacing(2)
        self._empty.hide()
        self.below = QVBoxLayout()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 2)
        layout.setSpacing(3)
        layout.addLayout(self.above)
        layout.addWidget(self.body, 1)
        layout.addWidget(self._empty, 1)
        layout.addLayout(self.below)

    def refresh(self) -> None:
        """Draw again, now or once somebody looks."""
        self._is_stale = True
        if self.isVisible():
            self._draw_now()

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what has changed while nobody looked."""
        super().showEvent(event)
        if self._is_stale:
            self._draw_now()

    def set_colours(self, colours: PlotColours) -> None:
        """Use the colours of a theme in all plots."""
        self.colours = colours
        for plot in self.findChildren(Plot):
            plot.set_colours(colours)

    def show_empty(self, sentence: str) -> None:
        """Show a sentence, or the body where there is none."""
        self._empty.setText(sentence)
        self._empty.setVisible(bool(sentence))
        self.body.setVisible(not sentence)

    def exports(self) -> tuple[Export, ...]:
        """Return what can be saved of what is shown."""
        return ()

    def draw(self) -> None:
        """Show the session's state; each page its own."""
        raise NotImplementedError

    def _draw_now(self) -> None:
        self._is_stale = False
        self.draw()
