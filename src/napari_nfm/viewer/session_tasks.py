"""Saving and opening sessions in the background; see `tasks` for the rules."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_nfm.jobs import Progress, ShouldStop, check_stop, report
from napari_nfm.session import Session

if TYPE_CHECKING:
    from napari_nfm.saved_session import SavedSession
    from napari_nfm.script import Shown
    from napari_nfm.session_sources import Sources

__all__ = ["open_session", "save_session", "write_script"]


def save_session(
    path: Path,
    session: Session,
    window: Mapping[str, Any],
    *,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> Path:
    """Write a session that nobody changes any more; return the file."""
    from napari_nfm.saved_session import SavedSession
    from napari_nfm.session_file import write_session

    report(progress, 0, 0, "Looking at the stimuli")
    saved = SavedSession.of(session, window)
    return write_session(path, saved, progress=progress, should_stop=should_stop)


def open_session(
    path: Path,
    device: str,
    *,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> "tuple[SavedSession, Sources]":
    """Read a session and find its network, stimuli and recording."""
    from napari_nfm.session_file import read_session
    from napari_nfm.session_sources import find_sources

    saved = read_session(path, progress=progress, should_stop=should_stop)
    return saved, find_sources(saved, device=device, progress=progress, should_stop=should_stop)


def write_script(
    session: Session,
    shown: "Shown",
    *,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> str:
    """Return a Python script that computes what is shown of a session."""
    from napari_nfm.script import script_of

    report(progress, 0, 0, "Looking at the stimuli")
    check_stop(should_stop)
    return script_of(session, shown)
