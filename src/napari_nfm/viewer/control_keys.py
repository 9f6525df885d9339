"""Keys that mean something to one control alone, while it has the keyboard."""

from dataclasses import dataclass

from qtpy.QtCore import Qt

__all__ = ["CONTROL_KEYS", "OPENERS", "ControlKey"]

OPENERS: tuple[int, ...] = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
"""Keys that open what was picked in a row of pictures or of scores."""


@dataclass(frozen=True)
class ControlKey:
    """What a key does in a control; unlike a shortcut it cannot be changed.

    Attributes
    ----------
    title
        What it does, in a few words.
    keys
        As people read them.
    place
        The control, with its dock.
    """

    title: str
    keys: str
    place: str


_ROW, _SCORES = "Small manifolds in Compare", "Scores in Tubularity"
_TABLES = "Tables in Compare and Sensitivity"

CONTROL_KEYS = (
    ControlKey("Pick a site", "← →", _ROW),
    ControlKey("Go to the site that is picked", "Enter", _ROW),
    ControlKey("Turn all manifolds", "Shift+← → ↑ ↓", _ROW),
    ControlKey("Zoom all manifolds", "+ −", _ROW),
    ControlKey("See all manifolds as at first", "Home", _ROW),
    ControlKey("Pick a site", "↑ ↓", _SCORES),
    ControlKey("Go to the site that is picked", "Enter", _SCORES),
    ControlKey("Pick a row", "↑ ↓", _TABLES),
    ControlKey("Go to the site, or the setting, of the row", "Enter", _TABLES),
    ControlKey("Walk over directions and frames", "↑ ↓ ← →", "Heat maps in Unit"),
    ControlKey("Previous or next category", "Page Up, Page Down", "Heat maps in Unit"),
    ControlKey("Earlier or later before the response", "← →", "Receptive field in Unit"),
)
"""In the order of the docks."""
