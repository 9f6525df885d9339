"""A table that is read and sorted, not edited."""

import math

from qtpy.QtCore import Qt, Signal
from qtpy.QtGui import QFocusEvent, QIcon, QKeyEvent
from qtpy.QtWidgets import QHeaderView, QTableWidget, QTableWidgetItem

from napari_nfm.viewer.cells import Cell, Sheet
from napari_nfm.viewer.markers import marker_pixmap

__all__ = ["SheetTable"]

ROW_HEIGHT, LINE_HEIGHT = 22, 15
MARKER = 12


class SheetTable(QTableWidget):
    """Shows a `Sheet`; a click on a title sorts by it, the last order is kept.

    Parameters
    ----------
    name
        Object name.
    tooltip
        What the table says.
    n_lines
        Lines of text in a row.
    """

    row_chosen = Signal(QTableWidgetItem)
    """A cell of the row that a person clicked at, or on which a person pressed Enter."""

    def __init__(self, name: str, tooltip: str, n_lines: int = 1) -> None:
        super().__init__()
        self._row_height = ROW_HEIGHT + (n_lines - 1) * LINE_HEIGHT
        self.setObjectName(name)
        self.setToolTip(tooltip)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(self._row_height)
        self.horizontalHeader().setSortIndicatorClearable(True)
        self.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.setSelectionMode(QTableWidget.SelectionMode.SingleSelection)
        self.setTabKeyNavigation(False)  # Tab leaves the table, arrows walk in it
        self.itemClicked.connect(self.row_chosen)

    def show_sheet(self, sheet: Sheet) -> None:
        """Show this table in place of what was shown."""
        self.setSortingEnabled(False)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.setColumnCount(len(sheet.columns))
        self.setRowCount(len(sheet.rows))
        for place, column in enumerate(sheet.columns):
            title = QTableWidgetItem(column.title)
            title.setToolTip(column.meaning)
            self.setHorizontalHeaderItem(place, title)
        for number, row in enumerate(sheet.rows):
            for place, cell in enumerate(row):
                self.setItem(number, place, _Item(cell))
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.setSortingEnabled(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose the current row by Enter; Qt's activation would be a double click too."""
        item = self.currentItem()
        if item is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.row_chosen.emit(item)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the row from which the arrows go on; a mouse chooses its own."""
        super().focusInEvent(event)
        is_by_key = event.reason() is not Qt.FocusReason.MouseFocusReason
        if is_by_key and self.rowCount() and not self.selectedItems():
            self.selectRow(max(self.currentRow(), 0))

    def height_of_rows(self, n_rows: int) -> int:
        """Return the height of so many rows with their titles, in pixels."""
        return self.horizontalHeader().sizeHint().height() + n_rows * self._row_height + 8


class _Item(QTableWidgetItem):
    """A cell that is sorted by its value, and last where it has none."""

    def __init__(self, cell: Cell) -> None:
        super().__init__(cell.text)
        self.cell = cell
        self.setToolTip(cell.meaning)
        if cell.look is not None:
            self.setIcon(QIcon(marker_pixmap(cell.look, MARKER)))
        if not isinstance(cell.value, str):
            self.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)

    def __lt__(self, other: QTableWidgetItem) -> bool:
        mine, others = self.cell.value, other.cell.value if isinstance(other, _Item) else ""
        if isinstance(mine, str) or isinstance(others, str):
            return str(mine) < str(others)
        if math.isnan(mine) or math.isnan(others):
            header = self.tableWidget().horizontalHeader()
            is_rising = header.sortIndicatorOrder() == Qt.SortOrder.AscendingOrder
            return math.isnan(others if is_rising else mine) and mine != others
        return mine < others
