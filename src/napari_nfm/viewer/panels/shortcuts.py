"""The *Keyboard shortcuts* dock: every action with its keys."""

from typing import TYPE_CHECKING

from qtpy.QtWidgets import QVBoxLayout, QWidget

from napari_nfm.viewer.cells import Cell, Column, Sheet
from napari_nfm.viewer.control_keys import CONTROL_KEYS
from napari_nfm.viewer.explorer import explorer_of
from napari_nfm.viewer.panels.fields import text_label
from napari_nfm.viewer.panels.sheet import SheetTable
from napari_nfm.viewer.shortcuts import ACTIONS, keys_of

if TYPE_CHECKING:
    from napari.viewer import Viewer

__all__ = ["ShortcutsPanel"]

ABOUT = (
    "Keys work while the canvas, or a dock in which nothing is typed, has the focus. Change them "
    "in napari under <i>File > Preferences > Shortcuts</i>. Those of one control work while it has "
    "the ring of the focus, which Tab moves, and stay as they are."
)


class ShortcutsPanel(QWidget):
    """A table of all actions, sorted by a click on a title.

    Parameters
    ----------
    napari_viewer
        The viewer that the dock is in.
    """

    def __init__(self, napari_viewer: "Viewer") -> None:
        super().__init__()
        self.setObjectName("shortcuts_panel")
        about = text_label("about_shortcuts")
        about.setText(ABOUT)
        self._table = SheetTable("shortcuts_table", "What each key does")
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 6, 6, 6)
        column.addWidget(about)
        column.addWidget(self._table, 1)
        explorer_of(napari_viewer).keys.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        self._table.show_sheet(
            Sheet(
                (
                    Column("Action", "what happens"),
                    Column("Keys", "what to press"),
                    Column("About", "what it is about"),
                ),
                tuple(
                    tuple(Cell(text, text, row[0]) for text in row)
                    for row in (
                        *((act.title, keys_of(name), act.group) for name, act in ACTIONS.items()),
                        *((key.title, key.keys, key.place) for key in CONTROL_KEYS),
                    )
                ),
            )
        )
