"""What all docks of the encoding manifold have in common."""

import subprocess
import sys

from manifold_builders import SITE, make_manifold, populate
from panel_events import press
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QAbstractButton, QAbstractSpinBox, QComboBox, QTableWidget

from napari_nfm.viewer import docks


def test_docks_open_from_buttons_once_and_come_back(panel, viewer, qtbot):
    populate(panel.explorer)
    panel.explorer.session.add_manifold(SITE, make_manifold())
    panel.explorer.encoding.show_manifold(SITE)  # opens the first
    press(qtbot, viewer.window.dock_widgets[docks.MANIFOLD], "open_factors")
    press(qtbot, panel, "choose_rank")
    for open_dock, name in (
        (docks.open_manifold, docks.MANIFOLD),
        (docks.open_factors, docks.FACTORS),
        (docks.open_rank, docks.RANK),
    ):
        first = viewer.window.dock_widgets[name]
        open_dock(viewer)
        assert viewer.window.dock_widgets[name] is first
        viewer.window.remove_dock_widget(first)
        open_dock(viewer)
        assert name in viewer.window.dock_widgets


def test_every_control_explains_itself_and_is_reached_by_keyboard(dock, factors, rank, analyse):
    checked = 0
    for panel in (analyse, dock, factors, rank):
        for kind in (QAbstractButton, QAbstractSpinBox, QComboBox):
            for control in panel.findChildren(kind):
                name = control.objectName()
                if name.startswith("qt_") or isinstance(
                    control.parent(), (QAbstractSpinBox, QComboBox, QTableWidget)
                ):
                    continue  # parts of Qt's own
                assert name, control
                assert control.toolTip(), name
                assert control.focusPolicy() & Qt.FocusPolicy.TabFocus, name
                checked += 1
    assert checked > 40


def test_plots_are_loaded_only_with_a_panel_that_has_some():
    code = (
        "import sys, napari_nfm.viewer.panels.explore, napari_nfm.viewer.panels.manifold; "
        "print('pyqtgraph' in sys.modules)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True
    )
    assert result.stdout.strip() == "False"
