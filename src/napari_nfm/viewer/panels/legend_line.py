"""One line of the legend: a marker with its title to choose, and whether its tube is drawn."""

from qtpy.QtCore import QSize, Qt, Signal
from qtpy.QtGui import QIcon
from qtpy.QtWidgets import QCheckBox, QHBoxLayout, QToolButton, QWidget

from napari_nfm.palette import CategoryLook
from napari_nfm.viewer.markers import marker_pixmap

__all__ = ["HEIGHT", "LegendLine"]

HEIGHT = 19
"""Of one line, in pixels."""
MARKER = 13


class LegendLine(QWidget):
    """What one colour and marker mean.

    Parameters
    ----------
    name
        The category or bundle.
    title
        Its name for people.
    look
        Colour and marker.
    playable
        Whether it is a category that can be chosen.
    """

    chosen = Signal(str)
    """A click on the line, by name."""
    tube_toggled = Signal(str, bool)
    """Whether the tube of this name shall be drawn."""

    def __init__(self, name: str, title: str, look: CategoryLook, *, playable: bool = True) -> None:
        super().__init__()
        self.name = name
        self._button = button = QToolButton()
        button.setObjectName(f"legend_{name}")
        button.setText(f" {title}")
        button.setIcon(QIcon(marker_pixmap(look, MARKER)))
        button.setIconSize(QSize(MARKER, MARKER))
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setCheckable(playable)
        button.setToolTip(f"{name}: click to play this category" if playable else title)
        button.setStyleSheet(
            "QToolButton { border: none; background: transparent; padding: 0px; }"
            "QToolButton:checked { background: rgba(128, 128, 128, 90); }"
        )
        button.clicked.connect(self._choose)
        self._tube = QCheckBox()
        self._tube.setObjectName(f"tube_{name}")
        self._tube.setToolTip(f"Draw the tube of “{title}” and the curves in it")
        self._tube.setChecked(True)
        self._tube.hide()
        self._tube.clicked.connect(self._toggle)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        row.addWidget(self._tube)
        row.addWidget(button)
        row.addStretch(1)
        self.setFixedHeight(HEIGHT)

    @property
    def controls(self) -> tuple[QWidget, ...]:
        """What can be clicked in this line, from left to right."""
        return self._tube, self._button

    def mark(self, current: bool) -> None:
        """Show that this category is the current one, or not."""
        self._button.setChecked(current)

    def show_tube(self, drawn: bool | None, *, indented: bool) -> None:
        """Show whether the tube of this name is drawn; None where there is no such tube.

        Then the line is `indented` where others have a tube.
        """
        room = self._tube.sizePolicy()
        room.setRetainSizeWhenHidden(indented)
        self._tube.setSizePolicy(room)
        self._tube.setVisible(drawn is not None)
        self._tube.setChecked(bool(drawn))

    def _choose(self) -> None:
        self.chosen.emit(self.name)

    def _toggle(self, drawn: bool) -> None:
        self.tube_toggled.emit(self.name, drawn)
