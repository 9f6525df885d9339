"""The units that are not on the encoding manifold, why, and a way to keep them."""

from typing import TYPE_CHECKING

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

from napari_nfm.viewer.plans import ManifoldSettings

if TYPE_CHECKING:
    from xarray import DataArray

    from napari_nfm.analysis import EncodingManifold

__all__ = ["LeftOut"]

REASONS = {
    "isolated": "isolated: its nearest neighbour is far",
    "near-duplicate": "near-duplicate of another unit",
    "silent": "silent: it never responds",
    "disconnected": "disconnected: it lost all its neighbours in the graph",
    "kept": "kept although the rule leaves it out",
}
KEEPABLE = ("isolated", "near-duplicate", "kept")
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

    def show_units(self, manifold: "EncodingManifold", responses: "DataArray | None") -> None:
        """List what `manifold` left out of `responses` ``(unit, category, direction, time)``."""
        self._kept = ManifoldSettings.of(manifold.provenance).keep
        left_out = manifold.left_out["reason"]
        reasons = dict(zip(left_out.index.tolist(), left_out.astype(str), strict=True))
        reasons |= dict.fromkeys(self._kept, "kept")
        self._title.setText(_summary(list(reasons.values())))
        self._boxes = {}
        self._table.setRowCount(0)
        self._table.setRowCount(len(reasons))
        for row, (unit, reason) in enumerate(sorted(reasons.items())):
            self._fill(row, unit, reason, responses)
        self._table.setVisible(bool(reasons))
        height = self._table.horizontalHeader().height() + self._table.rowHeight(0) * min(
            len(reasons), MOST_ROWS
        )
        self._table.setFixedHeight(height + 4)
        self._again.setVisible(any(reason in KEEPABLE for reason in reasons.values()))
        self._choice_changed()

    @property
    def ticked(self) -> tuple[int, ...]:
        """Positions of the units that shall be kept."""
        return tuple(unit for unit, box in self._boxes.items() if box.isChecked())

    def _fill(self, row: int, unit: int, reason: str, responses: "DataArray | None") -> None:
        if reason in KEEPABLE:
            box = QCheckBox()
            box.setObjectName(f"keep_{unit}")
            box.setChecked(reason == "kept")
            box.setToolTip("Keep this unit on the manifold when it is computed again")
            box.toggled.connect(self._choice_changed)
            self._boxes[unit] = box
            self._table.setCellWidget(row, 0, _in_the_middle(box))
        for column, text in enumerate((str(unit), _place(unit, responses), reason), start=1):
            item = QTableWidgetItem(text)
            item.setFlags(Qt.ItemFlag.ItemIsEnabled)
            item.setToolTip(REASONS.get(reason, reason))
            self._table.setItem(row, column, item)

    def _choice_changed(self) -> None:
        self._again.setEnabled(set(self.ticked) != set(self._kept))

    def _ask(self) -> None:
        self.keep_asked.emit(self.ticked)


def _summary(reasons: list[str]) -> str:
    counts = {reason: reasons.count(reason) for reason in REASONS if reason in reasons}
    if not counts:
        return "<b>Units left out</b>: none"
    listed = ", ".join(f"{count} {reason}" for reason, count in counts.items())
    return f"<b>Units left out</b>: {listed}"


def _place(unit: int, responses: "DataArray | None") -> str:
    """Say where a unit is, as ``12 · y 3, x 40``, as far as the responses know."""
    if responses is None or unit >= responses.sizes["unit"]:
        return ""
    known = {
        name: responses[name].values[unit]
        for name in ("channel", "y", "x")
        if name in responses.coords and responses[name].dims == ("unit",)
    }
    parts = [f"map {known['channel']}"] if "channel" in known else []
    if "y" in known and "x" in known:
        parts.append(f"y {known['y']:g}, x {known['x']:g}")
    return " · ".join(parts)


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
    table.setToolTip("Units of the responses that are not on the manifold")
    return table
