"""Keys that a person changes in napari's Preferences hold at once, and are told everywhere."""

import pytest
from napari.settings import get_settings
from napari.utils.action_manager import action_manager
from napari.utils.key_bindings import coerce_keybinding
from qtpy.QtCore import Qt, QTimer
from qtpy.QtWidgets import (
    QAbstractButton,
    QApplication,
    QLineEdit,
    QListWidget,
    QMessageBox,
    QTableWidget,
)

from napari_nfm.viewer.shortcuts import ACTIONS, PACKAGE, _bind_keys, keys_of


@pytest.fixture
def keyboard(loaded, viewer, qtbot):
    """Returns a function that presses a key in the canvas; all keys are as before afterwards."""

    def press(key):
        qtbot.keyClick(viewer.window._qt_window, key)

    loaded.session.selection.frame = 0
    yield press
    get_settings().shortcuts.reset()
    _bind_keys()
    assert [keys_of(name) for name in ("step_forward", "step_back")] == ["L", "J"]


def choose(**keys):
    """Choose keys of actions as napari's settings keep them."""
    settings = get_settings().shortcuts
    settings.shortcuts = {
        **settings.shortcuts,
        **{f"{PACKAGE}:{name}": [coerce_keybinding(key)] for name, key in keys.items()},
    }


def test_keys_chosen_in_the_settings_hold_at_once(keyboard, loaded):
    selection = loaded.session.selection
    keyboard(Qt.Key.Key_L)
    assert selection.frame == 1
    choose(step_forward="E")
    keyboard(Qt.Key.Key_L)
    assert selection.frame == 1
    keyboard(Qt.Key.Key_E)
    assert selection.frame == 2


def test_two_actions_change_keys_with_one_another(keyboard, loaded):
    choose(step_forward="J", step_back="L")
    keyboard(Qt.Key.Key_J)
    keyboard(Qt.Key.Key_J)
    keyboard(Qt.Key.Key_L)
    assert loaded.session.selection.frame == 1


def test_changed_keys_are_told_in_tooltips_lists_and_sentences(keyboard, loaded, viewer, qtbot):  # noqa: ARG001
    def dock(name):
        return viewer.window.add_plugin_dock_widget("napari-nfm", name)[1]

    listed = dock("Keyboard shortcuts").findChild(QTableWidget)
    button = dock("Unit").findChild(QAbstractButton, "next_unit")
    row = list(ACTIONS).index("next_unit")
    assert "(N)" in button.toolTip()
    assert listed.item(row, 1).text() == "N"
    with qtbot.waitSignal(loaded.keys.changed):
        choose(next_unit="Shift-E")
    assert keys_of("next_unit") == listed.item(row, 1).text() != "N"
    assert f"({keys_of('next_unit')})" in button.toolTip()


def test_keys_that_change_at_once_are_told_once(keyboard, loaded, qtbot):  # noqa: ARG001
    told = []
    loaded.keys.changed.connect(lambda: told.append([keys_of("step_back"), keys_of("next_unit")]))
    choose(step_forward="J", step_back="L", next_unit="W")
    assert told == []
    qtbot.waitUntil(lambda: bool(told))
    QApplication.processEvents()
    assert told == [["L", "W"]]


def test_keys_that_change_as_the_window_closes_are_not_told(keyboard, loaded, qtbot):  # noqa: ARG001
    choose(step_forward="E")
    assert any(timer.isActive() for timer in loaded.keys.findChildren(QTimer))
    loaded.close()
    with qtbot.assertNotEmitted(loaded.keys.changed, wait=50):
        assert not any(timer.isActive() for timer in loaded.keys.findChildren(QTimer))


def test_a_key_changed_in_the_preferences_dialog(keyboard, loaded, viewer, qtbot, monkeypatch):
    selection = loaded.session.selection
    dialog = viewer.window._open_preferences_dialog()
    pages = dialog.findChild(QListWidget)
    table = next(
        table
        for table in dialog.findChildren(QTableWidget)
        if table.findItems(ACTIONS["step_forward"].title, Qt.MatchFlag.MatchExactly)
    )
    [title] = table.findItems(ACTIONS["step_forward"].title, Qt.MatchFlag.MatchExactly)
    [page] = pages.findItems("Shortcuts", Qt.MatchFlag.MatchExactly)
    pages.setCurrentItem(page)
    dialog.activateWindow()
    qtbot.waitUntil(table.isVisible)
    table.editItem(table.item(title.row(), 2))
    qtbot.waitUntil(lambda: table.findChild(QLineEdit).hasFocus())
    qtbot.keyClick(table.findChild(QLineEdit), Qt.Key.Key_W)
    assert keys_of("step_forward") == "W"
    keyboard(Qt.Key.Key_W)
    keyboard(Qt.Key.Key_L)
    assert selection.frame == 1

    # Its own keys come back with all others.
    restore = QMessageBox.StandardButton.RestoreDefaults
    monkeypatch.setattr(QMessageBox, "question", lambda *_: restore)
    [button] = [
        b for b in dialog.findChildren(QAbstractButton) if b.text() == "Restore All Keybindings"
    ]
    button.click()
    assert keys_of("step_forward") == "L"
    keyboard(Qt.Key.Key_L)
    assert selection.frame == 2


def test_a_change_that_is_cancelled_is_taken_back(keyboard, loaded, viewer):  # noqa: ARG001
    dialog = viewer.window._open_preferences_dialog()
    choose(step_forward="E")
    assert keys_of("step_forward") == "E"
    dialog.reject()
    assert keys_of("step_forward") == "L"
    assert action_manager._shortcuts[f"{PACKAGE}:step_forward"]
