"""The units that are not on the encoding manifold, why, and a way to keep them."""

from collections.abc import Sequence

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from napari_nfm.viewer.manifold_facts import LeftOutUnit
from napari_nfm.viewer.panels.fields import tab_in_turn

__all__ = ["LeftOut"]

MOST_ROWS = 6


class LeftOut(QWidget):
    """A table of units left out with the reason; those that a rule left out can be kept."""

    keep_asked = Signal(object)
    """A person asks for the manifold with these units kept: a tuple of positions."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("left_out")
        self._kept: tuple[int, ...] = ()
        self._boxes: dict[int, QCheckBox] = {}
        self._title = QLabel()
        self._title.setObjectName("left_out_title")
        self._title.setWordWrap(True)
        self._table = _table()
        self._again = QPushButton("Compute again with these units kept")
        self._again.setObjectName("compute_with_kept")
        self._again.setToolTip(
            "Compute the encoding manifold again, with the same rank, seed and graph, and with the "
            "units that are ticked under Keep. Factors are not computed again."
        )
        self._again.clicked.connect(self._ask)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        layout.addWidget(self._title)
        layout.addWidget(self._table)
        layout.addWidget(self._again)

    def show_units(self, units: Sequence[LeftOutUnit]) -> None:
        """List `units`, the kept ones with a tick."""
        self._kept = tuple(unit.unit for unit in units if unit.is_kept)
        self._title.setText(_summary([unit.reason for unit in units]))
        self._boxes = {}
        self._table.setRowCount(0)
        self._table.setRowCount(len(units))
        for row, unit in enumerate(units):
            self._fill(row, unit)
        tab_in_turn(self._table, *self._boxes.values(), self._again)
        self._table.setVisible(bool(units))
        n_rows = min(len(units), MOST_ROWS)
        height = self._table.horizontalHeader().height() + self._table.rowHeight(0) * n_rows
        self._table.setFixedHeight(height + 4)
        self._again.setVisible(bool(self._boxes))
        self._choice_changed()

    @property
    def ticked(self) -> tuple[int, ...]:
        """Positions of the units that shall be kept."""
        return tuple(unit for unit, box in self._boxes.items() if box.isChecked())

    def _fill(self, row: int, unit: LeftOutUnit) -> None:
        if unit.can_be_kept:
            box = QCheckBox()
            box.setObjectName(f"keep_{unit.unit}")
            box.setChecked(unit.is_kept)
            box.setToolTip("Keep this unit on the manifold when it is computed again")
            box.toggled.connect(self._choice_changed)
            self._boxes[unit.unit] = box
            self._table.setCellWidget(row, 0, _in_the_middle(box))
        for column, text in enumerate((str(unit.unit), unit.place, unit.reason), start=1):
            item = QTableWidgetItem(text)
            item.setFlags(Qt.ItemFlag.ItemIsEnabled)
            item.setToolTip(unit.meaning)
            self._table.setItem(row, column, item)

    def _choice_changed(self) -> None:
        self._again.setEnabled(set(self.ticked) != set(self._kept))

    def _ask(self) -> None:
        self.keep_asked.emit(self.ticked)


def _summary(reasons: Sequence[str]) -> str:
    if not reasons:
        return "<b>Units left out</b>: none"
    counts = ", ".join(f"{reasons.count(reason)} {reason}" for reason in sorted(set(reasons)))
    return f"<b>Units left out</b>: {counts}"


def _in_the_middle(box: QCheckBox) -> QWidget:
    cell = QWidget()
    row = QHBoxLayout(cell)
    row.setContentsMargins(0, 0, 0, 0)
    row.addWidget(box, 0, Qt.AlignmentFlag.AlignCenter)
    return cell


def _table() -> QTableWidget:
    table = QTableWidget(0, 4)
    table.setObjectName("left_out_table")
    table.setHorizontalHeaderLabels(["Keep", "Unit", "Place", "Reason"])
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(22)
    header = table.horizontalHeader()
    for column in range(3):
        header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
    header.setSectionResizeMode(3, QHeaderView.ResizeMode.Stretch)
    table.setSelectionMode(QTableWidget.SelectionMode.SingleSelection)
    table.setTabKeyNavigation(False)  # Tab goes to the boxes
    table.setToolTip("Units of the responses that are not on the manifold")
    return table
