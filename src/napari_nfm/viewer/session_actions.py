"""What a person can do about the whole session: save it, open one, go back, copy as Python."""

import weakref
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari.utils.notifications import show_warning
from qtpy.QtCore import QObject, QTimer, Signal
from qtpy.QtWidgets import QApplication

from napari_nfm.saved_selection import restore_selection
from napari_nfm.selection_history import SelectionHistory
from napari_nfm.viewer import session_tasks
from napari_nfm.viewer.dock_arranging import arrange_docks, settle_docks
from napari_nfm.viewer.preferences import preferences
from napari_nfm.viewer.roles import Role
from napari_nfm.viewer.saved_window import read_window
from napari_nfm.viewer.window_state import (
    aim_camera,
    draw_results,
    set_up,
    what_is_shown,
    window_state,
)
from napari_nfm.viewer.worker import Job

if TYPE_CHECKING:
    from napari_nfm.saved_session import SavedSession
    from napari_nfm.session_sources import Sources
    from napari_nfm.viewer.dock_layout import DockLayout
    from napari_nfm.viewer.explorer import Explorer

__all__ = ["SessionActions"]

SETTLING_MS = 50
"""After so long, docks that were put somewhere have their sizes."""


class SessionActions(QObject):
    """The actions of one viewer on its whole session; jobs ``save session, open session, script``.

    Parameters
    ----------
    viewer
        The napari viewer; not kept alive.
    explorer
        The actions that draw what a session had drawn; owns these.
    """

    said = Signal(str)
    """What was saved, restored or copied, and what is missing, in a sentence."""
    restored = Signal()
    """All of a session that was opened is in the window again."""

    def __init__(self, viewer: Any, explorer: "Explorer") -> None:
        super().__init__(explorer)
        self._known_viewer = weakref.ref(viewer)
        self._explorer = explorer
        self._to_do: list[Callable[[], None]] = []
        self._settling = QTimer(self)
        self._settling.setSingleShot(True)
        self._settling.setInterval(SETTLING_MS)
        self._settling.timeout.connect(self._go_on)
        self.history = SelectionHistory(explorer.session)
        self.path: Path | None = None
        explorer.jobs.ended.connect(self._go_on)

    def save(self, path: str | Path) -> Job:
        """Save the session as it is now to a ``.nfm`` file."""
        return self._explorer.jobs.start(
            "save session",
            self._saved,
            session_tasks.save_session,
            Path(path),
            self._explorer.session.snapshot(),
            window_state(self._known_viewer(), self._explorer),
        )

    def open(self, path: str | Path) -> Job:
        """Open a saved session in the place of this one; `said` tells what is missing."""
        return self._explorer.jobs.start(
            "open session",
            self._opened,
            session_tasks.open_session,
            Path(path),
            preferences().device,
        )

    def copy_as_python(self) -> Job:
        """Copy a script that computes what is shown, without a window."""
        return self._explorer.jobs.start(
            "script",
            self._copied,
            session_tasks.write_script,
            self._explorer.session.snapshot(),
            what_is_shown(self._known_viewer(), self._explorer),
        )

    def _copied(self, text: str) -> None:
        QApplication.clipboard().setText(text)
        self._say("A Python script that computes what is shown is in the clipboard.")

    def _saved(self, path: Path) -> None:
        self.path = path
        self._say(f"The session is saved to {path}.")

    def _opened(self, opened: "tuple[SavedSession, Sources]") -> None:
        from napari_nfm.session_sources import restore

        saved, sources = opened
        window, damaged = read_window(saved.window)
        self._explorer.player.pause()
        self._explorer.world.remove(*Role)
        restore(self._explorer.session, saved, sources)
        self._to_do = [
            partial(self._draw, saved, window),
            partial(self._arrange, window),
            partial(self._aim, window),
            self.restored.emit,
        ]
        found = replace(sources, missing=(*sources.missing, *damaged))
        if found.missing:
            show_warning(found.sentence)
        self._say(found.sentence)

    # What is left to do waits for the movie and the maps, beside which results are drawn, and for
    # the docks, which leave the canvas another size.

    def _go_on(self) -> None:
        jobs = self._explorer.jobs
        while (
            self._to_do
            and not self._settling.isActive()
            and all(jobs.job(purpose) is None for purpose in ("sequence", "maps"))
        ):
            self._to_do.pop(0)()

    def _draw(self, saved: "SavedSession", window: Mapping[str, Any]) -> None:
        draw_results(self._explorer, window)
        restore_selection(self._explorer.session, saved.selection)  # what was drawn became current

    def _arrange(self, window: Mapping[str, Any]) -> None:
        viewer = self._known_viewer()
        set_up(viewer, self._explorer, window)
        layout: DockLayout | None = window.get("docks")
        if layout is not None and layout.docks and hasattr(viewer, "window"):
            size = arrange_docks(viewer, layout)
            self._to_do.insert(0, partial(self._settle, layout, size))
            self._settling.start()

    def _settle(self, layout: "DockLayout", size: tuple[int, int]) -> None:
        # Only now do docks know how much room they need, and what is left to share.
        settle_docks(self._known_viewer(), layout, size)

    def _aim(self, window: Mapping[str, Any]) -> None:
        if "camera" in window:
            aim_camera(self._known_viewer(), window["camera"])

    def _say(self, sentence: str) -> None:
        viewer = self._known_viewer()
        if viewer is not None:
            viewer.status = sentence
        self.said.emit(sentence)
