"""A button that saves what is shown."""

from collections.abc import Callable
from pathlib import Path

from qtpy.QtGui import QAction
from qtpy.QtWidgets import QFileDialog, QMenu, QToolButton

from napari_nfm.viewer.explorer import Explorer
from napari_nfm.viewer.exports import Export

__all__ = ["ExportButton"]


class ExportButton(QToolButton):
    """Offers what can be saved at this moment, asks where to, and has it saved.

    Parameters
    ----------
    explorer
        Whose actions are called.
    offered
        Returns what can be saved.
    """

    def __init__(self, explorer: Explorer, offered: Callable[[], tuple[Export, ...]]) -> None:
        super().__init__()
        self._explorer = explorer
        self._offered = offered
        self._exports: tuple[Export, ...] = ()
        self.setObjectName("export_readouts")
        self.setText("Export ")
        self.setToolTip("Save what this page shows: as a table, or as a figure for print")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu = QMenu(self)
        self._menu.aboutToShow.connect(self._fill)
        self._menu.triggered.connect(self._save)
        self.setMenu(self._menu)

    def _fill(self) -> None:
        self._menu.clear()
        self._exports = self._offered()
        for export in self._exports:
            self._menu.addAction(export.title)
        if not self._exports:
            self._menu.addAction("There is nothing to save yet").setEnabled(False)

    def _save(self, action: QAction) -> None:
        export = self._exports[self._menu.actions().index(action)]
        path, _ = QFileDialog.getSaveFileName(self, export.title, export.name, export.kind)
        if path:
            self._explorer.exports.save(export, Path(path))
