"""Which unit is looked at: step, jump, pin, and the pinned ones."""

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QHBoxLayout, QLabel, QSpinBox, QVBoxLayout, QWidget

from napari_nfm.viewer.explorer import Explorer
from napari_nfm.viewer.panels.fields import action_button, tab_in_turn, tool_button
from napari_nfm.viewer.shortcuts import explain
from napari_nfm.viewer.unit_looks import unit_looks

__all__ = ["UnitBar"]


class UnitBar(QWidget):
    """Previous, next, a number to type, pin and mean; below, a button per pinned unit.

    Parameters
    ----------
    explorer
        Whose actions are called.
    """

    def __init__(self, explorer: Explorer) -> None:
        super().__init__()
        self._explorer = explorer
        self._selection = explorer.session.selection
        self.setObjectName("unit_bar")
        units = explorer.units
        self._back = action_button("previous_unit", "◀")
        self._forward = action_button("next_unit", "▶")
        self._number = QSpinBox()
        self._number.setObjectName("unit_number")
        self._number.setPrefix("Unit ")
        self._number.setSpecialValueText("Unit …")
        self._number.setKeyboardTracking(False)
        explain(self._number, "go_to_unit")
        self._number.setMinimumWidth(96)
        self._pin = action_button("pin_unit", "Pin")
        self._mean = action_button("mean_of_units", "Mean")
        for button in (self._pin, self._mean):
            button.setCheckable(True)
            button.setStyleSheet("QToolButton:checked { background: #4477AA; color: white; }")
        self._back.clicked.connect(self._step_back)
        self._forward.clicked.connect(self._step_forward)
        self._number.valueChanged.connect(self._go_to)
        self._pin.clicked.connect(units.toggle_pin)
        self._mean.clicked.connect(units.look_at_mean)
        row = QHBoxLayout()
        row.setSpacing(3)
        for widget in (self._back, self._number, self._forward):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(self._mean)
        row.addWidget(self._pin)
        self._about = QLabel()
        self._about.setObjectName("about_unit")
        self._about.setWordWrap(True)
        self._pinned = QHBoxLayout()
        self._pinned.setSpacing(3)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        layout.addLayout(row)
        layout.addWidget(self._about)
        layout.addLayout(self._pinned)
        units.id_asked.connect(self._take_number)

    def show_state(self, about: str) -> None:
        """Show which units are looked at, which are pinned, and a line `about` them."""
        responses, selection = self._explorer.units.responses, self._selection
        n_units = 0 if responses is None else responses.sizes["unit"]
        blocked = self._number.blockSignals(True)
        # The lowest value stands for no single unit.
        self._number.setRange(-1, max(n_units - 1, 0))
        self._number.setValue(-1 if selection.unit is None else selection.unit)
        self._number.blockSignals(blocked)
        for widget in (self._back, self._forward, self._number):
            widget.setEnabled(n_units > 0)
        self._pin.setEnabled(selection.unit is not None)
        self._pin.setChecked(selection.unit in selection.pinned)
        self._mean.setEnabled(len(selection.units) > 1)
        self._mean.setChecked(selection.unit is None and len(selection.units) > 1)
        self._about.setText(about)
        self._show_pinned()

    def _show_pinned(self) -> None:
        while (item := self._pinned.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        looks = unit_looks(None, self._selection.pinned)
        for unit, look in looks.items():
            button = tool_button(
                f"pinned_{unit}", f"▬ {unit}", f"Look at unit {unit}, which is pinned"
            )
            button.setStyleSheet(f"QToolButton {{ color: {look.colour}; font-weight: bold; }}")
            button.setProperty("unit", unit)
            button.clicked.connect(self._look_at_pinned)
            self._pinned.addWidget(button)
        if looks:
            clear = action_button("unpin_all", "Unpin all")
            clear.clicked.connect(self._explorer.units.unpin_all)
            self._pinned.addWidget(clear)
            buttons = [self._pinned.itemAt(i).widget() for i in range(self._pinned.count())]
            tab_in_turn(self._pin, *buttons)
            self._pinned.addStretch(1)

    def _go_to(self, unit: int) -> None:
        if unit >= 0:
            self._explorer.units.look_at(unit)

    def _step_back(self) -> None:
        self._explorer.units.step(-1)

    def _step_forward(self) -> None:
        self._explorer.units.step(1)

    def _look_at_pinned(self) -> None:
        self._explorer.units.look_at(self.sender().property("unit"))

    def _take_number(self) -> None:
        self._number.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._number.selectAll()
