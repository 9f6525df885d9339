"""Selecting units on the encoding manifold: by clicks, by a box or by a lasso."""

from qtpy.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from napari_nfm.viewer.explorer import Explorer
from napari_nfm.viewer.pointer import SelectionTool

__all__ = ["Selecting"]

TOOLS = {
    SelectionTool.NAVIGATE: "Drag turns the picture; a click on a point selects its unit. "
    "Shift adds to the selection.",
    SelectionTool.BOX: "Drag a rectangle around points. Escape goes back to navigating.",
    SelectionTool.LASSO: "Draw a line around points. Escape goes back to navigating.",
}


class Selecting(QWidget):
    """The tool that selects, how many units are selected, what was clicked, and a way to clear.

    Parameters
    ----------
    explorer
        Whose session is driven.
    """

    def __init__(self, explorer: Explorer) -> None:
        super().__init__()
        self._explorer = explorer
        self.setObjectName("selecting")
        self._tools = QButtonGroup(self)
        self._tools.setExclusive(True)
        row = QHBoxLayout()
        row.setSpacing(3)
        row.addWidget(QLabel("Mouse"))
        for index, (tool, tooltip) in enumerate(TOOLS.items()):
            button = QToolButton()
            button.setText(tool.value)
            button.setObjectName(f"select_{tool.name.lower()}")
            button.setToolTip(tooltip)
            button.setCheckable(True)
            button.setStyleSheet("QToolButton:checked { background: #4477AA; color: white; }")
            self._tools.addButton(button, index)
            row.addWidget(button, 1)
        self._tools.idClicked.connect(self._choose_tool)
        self._count = QLabel()
        self._count.setObjectName("selected_units")
        self._clear = QPushButton("Clear selection")
        self._clear.setObjectName("clear_selection")
        self._clear.setToolTip("Select no unit")
        self._clear.clicked.connect(self._select_none)
        counted = QHBoxLayout()
        counted.addWidget(self._count, 1)
        counted.addWidget(self._clear)
        self._pointed = QLabel()
        self._pointed.setObjectName("pointed_at")
        self._pointed.setWordWrap(True)
        self._pointed.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(row)
        layout.addLayout(counted)
        layout.addWidget(self._pointed)
        explorer.session.selection.events.units_changed.connect(self._show_count)
        explorer.selection_tool_changed.connect(self._show_tool)
        explorer.pointed.connect(self._show_pointed)
        self._show_count()
        self._show_tool()

    def _choose_tool(self, index: int) -> None:
        self._explorer.selection_tool = list(TOOLS)[index]

    def _select_none(self) -> None:
        self._explorer.session.selection.units = ()

    def _show_count(self) -> None:
        count = len(self._explorer.session.selection.units)
        self._count.setText(f"{count:,} unit{'' if count == 1 else 's'} selected")
        self._clear.setEnabled(count > 0)
        self._pointed.hide()

    def _show_pointed(self, sentence: str) -> None:
        self._pointed.setText(sentence)
        self._pointed.setVisible(bool(sentence))

    def _show_tool(self) -> None:
        self._tools.button(list(TOOLS).index(self._explorer.selection_tool)).setChecked(True)
