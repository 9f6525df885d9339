"""Everything that a key does in the window, in one list.

Actions are registered with napari's action manager, so its *Preferences > Shortcuts* shows them
and lets a person change their keys; what was changed there is kept. They act in windows in which
one of our docks has been opened, and in no other.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from napari.components import ViewerModel
from napari.settings import get_settings
from napari.utils.action_manager import action_manager
from napari.utils.interactions import Shortcut
from napari.utils.key_bindings import coerce_keybinding
from qtpy.QtCore import QObject, QTimer, Signal
from qtpy.QtWidgets import QApplication, QWidget

from napari_nfm.viewer import docks
from napari_nfm.viewer.pointer import SelectionTool
from napari_nfm.viewer.session_dialogs import ask_to_open, ask_to_save
from napari_nfm.viewer.views import View

__all__ = ["ACTIONS", "KeyAction", "Keys", "explain", "keys_of"]

PACKAGE = "napari-nfm"
EXPLAINS = "explains_action"
"""Property of controls whose tooltip is about an action: its name."""


@dataclass(frozen=True)
class KeyAction:
    """What a key does.

    Attributes
    ----------
    group
        Heading in the list of shortcuts.
    title
        What it does, in a few words.
    keys
        As napari writes them, such as ``Shift-C``; a person may have chosen others, see `keys_of`.
    run
        Called with the `Explorer`, which imports this module, and the viewer.
    repeats
        Whether it goes on while the key is held down.
    """

    group: str
    title: str
    keys: str
    run: Callable[[Any, Any], Any]
    repeats: bool = False


def _next_tool(explorer: Any, _viewer: Any) -> None:
    tools = list(SelectionTool)
    explorer.selection_tool = tools[(tools.index(explorer.selection_tool) + 1) % len(tools)]


def _go_to_unit(explorer: Any, viewer: Any) -> None:
    docks.open_unit(viewer)
    explorer.units.ask_for_id()


def _select_none(explorer: Any, _viewer: Any) -> None:
    explorer.session.selection.units = ()


def _view(view: View, number: int) -> tuple[str, KeyAction]:
    def run(explorer: Any, _viewer: Any) -> None:
        explorer.show_view(view)

    name = f"view_{view.name.lower()}"
    return name, KeyAction("Views", f"Show {view.value.lower()}", f"Alt-{number}", run)


ACTIONS: dict[str, KeyAction] = {
    "toggle_play": KeyAction(
        "Stimulus", "Play or pause the stimulus", "K", lambda e, _: e.player.toggle()
    ),
    "step_back": KeyAction("Stimulus", "One frame back", "J", lambda e, _: e.player.step(-1), True),
    "step_forward": KeyAction("Stimulus", "One frame on", "L", lambda e, _: e.player.step(1), True),
    "next_direction": KeyAction(
        "Stimulus", "Next direction", ".", lambda e, _: e.session.step_sequence(directions=1)
    ),
    "previous_direction": KeyAction(
        "Stimulus", "Previous direction", ",", lambda e, _: e.session.step_sequence(directions=-1)
    ),
    "next_category": KeyAction(
        "Stimulus", "Next category", "Down", lambda e, _: e.session.step_sequence(categories=1)
    ),
    "previous_category": KeyAction(
        "Stimulus", "Previous category", "Up", lambda e, _: e.session.step_sequence(categories=-1)
    ),
    "next_instance": KeyAction(
        "Stimulus", "Next instance", "I", lambda e, _: e.session.step_sequence(instances=1)
    ),
    "next_unit": KeyAction(
        "Units",
        "Next unit, among those selected where they are several",
        "N",
        lambda e, _: e.units.step(1),
        True,
    ),
    "previous_unit": KeyAction(
        "Units",
        "Previous unit, among those selected where they are several",
        "B",
        lambda e, _: e.units.step(-1),
        True,
    ),
    "go_to_unit": KeyAction("Units", "Type the number of a unit", "G", _go_to_unit),
    "pin_unit": KeyAction(
        "Units", "Pin the unit to compare others with it", "C", lambda e, _: e.units.toggle_pin()
    ),
    "unpin_all": KeyAction("Units", "Unpin all units", "Shift-C", lambda e, _: e.units.unpin_all()),
    "mean_of_units": KeyAction(
        "Units", "Mean of the selected units, or one", "M", lambda e, _: e.units.look_at_mean()
    ),
    "field_on_movie": KeyAction(
        "Units",
        "Outline receptive fields on the movie",
        "F",
        lambda e, _: e.units.fields.toggle_on_movie(),
    ),
    "select_none": KeyAction("Units", "Select no unit", "Shift-X", _select_none),
    "undo_selection": KeyAction(
        "Units",
        "Go back to the selection before",
        "Control-Z",
        lambda e, _: e.saving.history.back(),
    ),
    "redo_selection": KeyAction(
        "Units",
        "Go on to the selection after",
        "Control-Shift-Z",
        lambda e, _: e.saving.history.forward(),
    ),
    "next_tool": KeyAction("Mouse", "Navigate, box or lasso", "Q", _next_tool),
    **dict(_view(view, number) for number, view in enumerate(View, start=1)),
    "save_session": KeyAction(
        "Session", "Save the session", "Control-Alt-S", lambda e, _: ask_to_save(e)
    ),
    "open_session": KeyAction(
        "Session", "Open a session", "Control-Alt-O", lambda e, _: ask_to_open(e)
    ),
    "copy_as_python": KeyAction(
        "Session",
        "Copy what is shown as Python",
        "Control-Alt-P",
        lambda e, _: e.saving.copy_as_python(),
    ),
    "open_unit": KeyAction(
        "Docks", "Open the unit inspector", "U", lambda _, v: docks.open_unit(v)
    ),
    "open_shortcuts": KeyAction(
        "Docks", "List the keyboard shortcuts", "H", lambda _, v: docks.open_shortcuts(v)
    ),
}
"""By name; napari knows each as ``napari-nfm:<name>``."""


class Keys(QObject):
    """The keys of all actions, also where a person changes them while the window is open.

    Parameters
    ----------
    parent
        Owner.
    """

    changed = Signal()
    """Some actions have other keys than before; told once for all that change in a moment."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._others: set[str] = set()
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self._tell)
        _register_actions()
        action_manager.events.shortcut_changed.connect(self._take_change)
        get_settings().shortcuts.events.shortcuts.connect(_bind_keys)

    def _take_change(self, event: Any) -> None:
        package, _, name = event.name.partition(":")
        if package == PACKAGE:
            self._others.add(name)
            self._soon.start()

    def _tell(self) -> None:
        others, self._others = self._others, set()
        for control in QApplication.allWidgets():
            name = control.property(EXPLAINS)
            if name in others:
                explain(control, name)
        self.changed.emit()


def keys_of(name: str) -> str:
    """Return the keys of an action as people read them; empty where a person took them away."""
    known = action_manager._shortcuts.get(f"{PACKAGE}:{name}", [])
    return " or ".join(str(Shortcut(keys)) for keys in known)


def explain(control: QWidget, name: str) -> None:
    """Say in the tooltip of a control what an action does with its keys, now and from now on."""
    keys, title = keys_of(name), ACTIONS[name].title
    control.setProperty(EXPLAINS, name)
    control.setToolTip(f"{title} ({keys})" if keys else title)


def _register_actions() -> None:
    """Tell napari of all actions."""
    for name, action in ACTIONS.items():
        action_manager.register_action(
            f"{PACKAGE}:{name}", _command(action), action.title, ViewerModel, action.repeats
        )
    _bind_keys()


def _bind_keys() -> None:
    """Give each action the keys that a person has chosen, or its own where nobody has."""
    chosen = get_settings().shortcuts.shortcuts
    others = {}
    for name, action in ACTIONS.items():
        full_name = f"{PACKAGE}:{name}"
        wanted = [coerce_keybinding(keys) for keys in chosen.get(full_name, [action.keys])]
        known = action_manager._shortcuts.get(full_name, [])
        if [coerce_keybinding(keys) for keys in known] != wanted:
            others[full_name] = wanted
    # All are freed before any is taken: two actions may change keys with one another.
    for full_name in others:
        action_manager.unbind_shortcut(full_name)
    for full_name, wanted in others.items():
        for keys in wanted:
            action_manager.bind_shortcut(full_name, keys)


def _command(action: KeyAction) -> Callable[[ViewerModel], None]:
    def run(viewer: ViewerModel) -> None:
        from napari_nfm.viewer.explorer import known_explorer

        explorer = known_explorer(viewer)
        if explorer is not None:
            action.run(explorer, viewer)

    return run
