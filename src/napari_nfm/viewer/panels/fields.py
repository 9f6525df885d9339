"""The small parts that forms are made of, alike in all panels."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QComboBox,
    QFrame,
    QLabel,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QToolButton,
    QWidget,
)

from napari_nfm.viewer.shortcuts import explain

__all__ = [
    "action_button",
    "choice_box",
    "number_box",
    "push_button",
    "scrolled",
    "separator",
    "tab_in_turn",
    "text_label",
    "tool_button",
]

NUMBER_WIDTH = 86
LEAST_LETTERS = 6


def number_box(name: str, value: int, lowest: int, highest: int, tooltip: str) -> QSpinBox:
    """Return a field for a whole number from `lowest` to `highest`."""
    box = QSpinBox()
    box.setObjectName(name)
    box.setRange(lowest, highest)
    box.setValue(value)
    box.setToolTip(tooltip)
    box.setMaximumWidth(NUMBER_WIDTH)
    return box


def choice_box(
    name: str, tooltip: str, choices: Mapping[Any, tuple[str, str]] | None = None
) -> QComboBox:
    """Return a field for one of `choices`: their keys, each with its title and what it means."""
    box = QComboBox()
    box.setObjectName(name)
    meanings = []
    for index, (key, (title, meaning)) in enumerate((choices or {}).items()):
        box.addItem(title, key)
        box.setItemData(index, meaning, Qt.ItemDataRole.ToolTipRole)
        meanings.append(f"{title}: {meaning}")
    box.setToolTip("\n".join((tooltip, *meanings)))
    # Long entries shall not make the dock wider.
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(LEAST_LETTERS)
    return box


def push_button(name: str, title: str, tooltip: str) -> QPushButton:
    """Return a button with this title."""
    button = QPushButton(title)
    button.setObjectName(name)
    button.setToolTip(tooltip)
    return button


def text_label(name: str) -> QLabel:
    """Return a place for sentences, which wrap."""
    label = QLabel()
    label.setObjectName(name)
    label.setWordWrap(True)
    return label


def tool_button(name: str, text: str, tooltip: str) -> QToolButton:
    """Return a small button with this text."""
    button = QToolButton()
    button.setText(text)
    button.setObjectName(name)
    button.setToolTip(tooltip)
    return button


def action_button(action: str, text: str) -> QToolButton:
    """Return a small button that does what keys do too, and says which keys."""
    button = tool_button(action, text, "")
    explain(button, action)
    return button


def separator() -> QFrame:
    """Return a thin line between two parts of a form."""
    line = QFrame()
    line.setFrameShape(QFrame.Shape.HLine)
    line.setFixedHeight(1)
    line.setStyleSheet("background: rgba(128, 128, 128, 110); border: none;")
    return line


def scrolled(content: QWidget) -> QScrollArea:
    """Return `content` in a frameless area that scrolls up and down where it is too small."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFrameShape(QFrame.Shape.NoFrame)
    # Tab goes to what is in it, which scrolls into sight.
    area.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
    area.setWidget(content)
    return area


def tab_in_turn(*controls: QWidget) -> None:
    """Let the Tab key go from each to the next; what is made later would come after all else."""
    policies = [control.focusPolicy() for control in controls]
    for control in controls:
        # Qt leaves out what Tab does not stop at now, such as all but one of a group.
        control.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    for before, after in pairwise(controls):
        QWidget.setTabOrder(before, after)
    for control, policy in zip(controls, policies, strict=True):
        control.setFocusPolicy(policy)
