"""A person at a panel: finding controls by name, pressing, choosing and reading them."""

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QAbstractButton, QComboBox, QLabel


def find(widget, name, kind=QAbstractButton):
    found = widget.findChild(kind, name)
    assert found is not None, name
    return found


def press(qtbot, widget, name):
    button = find(widget, name)
    assert button.isEnabled(), name
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def choose(widget, name, data):
    """Choose an item of a list by its data."""
    box = find(widget, name, QComboBox)
    index = box.findData(data)
    assert index >= 0, data
    box.setCurrentIndex(index)
    box.activated.emit(index)


def text(widget, name):
    return find(widget, name, QLabel).text()


def seen(qtbot, panel, width, height):
    """Return the panel once it is on screen at this size."""
    qtbot.addWidget(panel)
    panel.resize(width, height)
    with qtbot.waitExposed(panel):
        panel.show()
    return panel
