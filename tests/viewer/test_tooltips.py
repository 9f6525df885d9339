"""Every control says in its tooltip what it is for, and has a name that tests and scripts find."""

import pytest
from npe2 import PluginManifest
from qtpy.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QScrollBar,
    QTabBar,
)

CONTROLS = (QAbstractButton, QAbstractSlider, QAbstractSpinBox, QComboBox, QLineEdit)
WIDGETS = [
    widget.display_name
    for widget in PluginManifest.from_distribution("napari-nfm").contributions.widgets
]


def is_ours(control):
    """Whether it is no part that Qt made, such as a scroll bar or the line of a spin box."""
    return (
        not isinstance(control, QScrollBar)
        and not isinstance(control.parent(), QAbstractSpinBox | QComboBox | QTabBar)
        and not control.objectName().startswith("qt_")
        and type(control).__name__ != "QTableCornerButton"
    )


@pytest.mark.parametrize("name", WIDGETS)
def test_every_control_has_a_tooltip_and_a_name(recorded, viewer, name):
    assert recorded.session.responses
    _, panel = viewer.window.add_plugin_dock_widget("napari-nfm", name)
    controls = [
        control for kind in CONTROLS for control in panel.findChildren(kind) if is_ours(control)
    ]
    silent = sorted({c.objectName() or repr(c) for c in controls if not c.toolTip()})
    nameless = [f"{type(c).__name__}: {c.toolTip()}" for c in controls if not c.objectName()]
    assert silent == []
    assert nameless == []
