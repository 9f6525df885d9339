"""Asking a person where a session goes or comes from; what the *File* menu and the keys call."""

from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtWidgets import QApplication, QFileDialog

from napari_nfm.viewer.docks import current_explorer

if TYPE_CHECKING:
    from napari_nfm.viewer.explorer import Explorer

__all__ = [
    "ask_to_open",
    "ask_to_save",
    "copy_current_view",
    "open_another_session",
    "save_current_session",
]

SESSIONS = "Sessions (*.nfm)"


def ask_to_save(explorer: "Explorer") -> None:
    """Save the session where a person says."""
    proposed = explorer.saving.path or _folder(explorer) / "session.nfm"
    path, _ = QFileDialog.getSaveFileName(
        QApplication.activeWindow(), "Save the session", str(proposed), SESSIONS
    )
    if path:
        explorer.saving.save(Path(path))


def ask_to_open(explorer: "Explorer") -> None:
    """Open the session that a person chooses."""
    path, _ = QFileDialog.getOpenFileName(
        QApplication.activeWindow(), "Open a session", str(_folder(explorer)), SESSIONS
    )
    if path:
        explorer.saving.open(Path(path))


def save_current_session() -> None:
    """Save the session of the window in front where a person says."""
    if (explorer := current_explorer()) is not None:
        ask_to_save(explorer)


def open_another_session() -> None:
    """Open the session that a person chooses in the window in front."""
    if (explorer := current_explorer()) is not None:
        ask_to_open(explorer)


def copy_current_view() -> None:
    """Copy a script that computes what the window in front shows."""
    if (explorer := current_explorer()) is not None:
        explorer.saving.copy_as_python()


def _folder(explorer: "Explorer") -> Path:
    """Return where sessions are: with the last one, else with the recording."""
    if explorer.saving.path is not None:
        return explorer.saving.path.parent
    recording = explorer.session.recording
    return Path.home() if recording is None else recording.path.absolute().parent
