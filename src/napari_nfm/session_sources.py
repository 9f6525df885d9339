"""Finding again what a saved session came from: its network, stimuli and recording."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from napari_nfm.errors import NeuralFoundationModelError
from napari_nfm.jobs import Progress, ShouldStop, check_stop, report
from napari_nfm.saved_selection import restore_look, restore_selection
from napari_nfm.saved_session import SavedRecording, SavedSession, SavedStimuli, SavedTwin
from napari_nfm.session import Session
from napari_nfm.site_results import BY_SITE, OF_ALL_SITES

if TYPE_CHECKING:
    from pandas import DataFrame

    from napari_nfm.fnn import Twin
    from napari_nfm.recording import Recording
    from napari_nfm.stimuli import StimulusSet

__all__ = ["ChangedSourceError", "Sources", "find_sources", "restore"]

Saved = TypeVar("Saved")
Found = TypeVar("Found")


class ChangedSourceError(NeuralFoundationModelError):
    """What is at the path is not what the session was made with."""


@dataclass(frozen=True)
class Sources:
    """What was found of a saved session's sources, and a phrase on each that was not."""

    twin: "Twin | None"
    scans: "DataFrame | None"
    stimuli: "StimulusSet | None"
    recording: "Recording | None"
    missing: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """What the session was restored without, in one sentence."""
        if not self.missing:
            return "The session is restored."
        *first, last = self.missing
        listed = f"{', '.join(first)} and {last}" if first else last
        return f"The session is restored without {listed}."


def find_sources(
    saved: SavedSession,
    *,
    device: str = "auto",
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> Sources:
    """Load the network, stimuli and recording of a saved session, as far as they are reachable.

    A network is the same by its weights: where it is not at its path, it is looked for among
    those that come with this package or were downloaded. What has changed since is not taken.

    Parameters
    ----------
    saved
        The session.
    device
        Where the network computes, as in `load_twin`.
    progress, should_stop
        See `napari_nfm.jobs`.

    Raises
    ------
    Cancelled
        `should_stop` said so.
    """
    from napari_nfm.fnn import list_scans

    missing = list(saved.missing)

    def found(part: str, find: Callable[[Saved], Found], wanted: Saved | None) -> Found | None:
        report(progress, 0, 0, f"Looking for the {part}")
        check_stop(should_stop)
        if wanted is None:
            return None
        try:
            return find(wanted)
        except NeuralFoundationModelError as error:
            missing.append(f"the {part} ({error.problem[0].lower()}{error.problem[1:]})")
            return None

    twin = found("network", lambda wanted: _find_twin(wanted, device), saved.twin)
    scans = None if twin is None else list_scans(twin.source)
    stimuli = found("stimuli", _find_stimuli, saved.stimuli)
    recording = found("recording", _find_recording, saved.recording)
    return Sources(twin, scans, stimuli, recording, tuple(missing))


def _find_twin(saved: SavedTwin, device: str) -> "Twin":
    from napari_nfm.fnn import load_twin

    reason: NeuralFoundationModelError | None = None
    for path in _checkpoints(saved):
        try:
            twin = load_twin(path, saved.session, saved.scan_idx, device=device)
        except NeuralFoundationModelError as error:
            reason = reason or error
            continue
        if twin.fingerprint == saved.fingerprint:
            return twin
        reason = reason or ChangedSourceError(
            f"{saved.name!r} at {path} has other weights now", "load the network by hand"
        )
    assert reason is not None
    raise reason


def _checkpoints(saved: SavedTwin) -> Iterator[Path]:
    from napari_nfm.fnn import kept_checkpoints

    yield saved.path
    yield from kept_checkpoints()


def _find_stimuli(saved: SavedStimuli) -> "StimulusSet":
    from napari_nfm.stimuli import open_stimuli

    if saved.kind is None:
        raise ChangedSourceError(
            f"{saved.name!r} were made by a script", "make them again and show them"
        )
    stimuli = open_stimuli(saved.kind, saved.path, instances=saved.instances)
    if stimuli.fingerprint != saved.fingerprint:
        raise ChangedSourceError(f"{saved.name!r} have other frames now", "load them by hand")
    return stimuli


def _find_recording(saved: SavedRecording) -> "Recording":
    from napari_nfm.recording import open_recording

    recording = open_recording(saved.path)
    wanted = saved.twin_fingerprint, saved.stimulus_fingerprint
    if (recording.twin_fingerprint, recording.stimulus_fingerprint) != wanted:
        raise ChangedSourceError(
            f"{saved.path} is of another network or other stimuli now", "open it by hand"
        )
    return recording


def restore(session: Session, saved: SavedSession, sources: Sources) -> None:
    """Make `session` what it was when it was saved, as far as its sources were found.

    Nothing of what `session` was stays. Results are there whether or not their sources are.
    """
    session.recording = sources.recording
    session.selection.units = ()
    session.selection.site, session.selection.channels = None, ()
    session.populations = saved.populations
    for name in BY_SITE:
        setattr(session, name, {})
    for name in OF_ALL_SITES:
        setattr(session, name, None)
    session.responses = dict(saved.responses)
    for name, results in saved.computed.items():
        setattr(session, name, dict(results))
    session.outdated = saved.outdated
    for name, result in saved.of_all_sites.items():
        setattr(session, name, result)
    session.scans = sources.scans
    session.twin = sources.twin
    session.published = saved.published  # another network forgets it
    if sources.stimuli is None:
        session.stimuli = None
    else:
        session.use_stimuli(sources.stimuli)
    restore_look(session, saved.look)
    restore_selection(session, saved.selection)
