"""A session as it is saved: everything computed, and how to find again what it came from."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_nfm.session import Session
from napari_nfm.site_results import BY_SITE, OF_ALL_SITES

if TYPE_CHECKING:
    from pandas import DataFrame
    from xarray import DataArray

    from napari_nfm.fnn import Twin
    from napari_nfm.recording import Recording
    from napari_nfm.stimuli import StimulusSet

__all__ = ["SavedRecording", "SavedSession", "SavedStimuli", "SavedTwin"]


@dataclass(frozen=True)
class SavedTwin:
    """Which network was loaded: one scan of the checkpoint at `path`, with these weights."""

    name: str
    path: Path
    session: int | None
    scan_idx: int | None
    fingerprint: str

    @classmethod
    def of(cls, twin: "Twin") -> "SavedTwin":
        """Describe a loaded twin."""
        scan: dict[str, int | None] = dict.fromkeys(("session", "scan_idx"))
        if len(twin.units):
            scan |= {name: int(twin.units[name].iloc[0]) for name in scan if name in twin.units}
        return cls(twin.name, twin.source.absolute(), fingerprint=twin.fingerprint, **scan)


@dataclass(frozen=True)
class SavedStimuli:
    """Which stimuli were loaded: how they were made, where that is known, and their frames."""

    name: str
    kind: str | None
    path: Path | None
    instances: int
    fingerprint: str

    @classmethod
    def of(cls, stimuli: "StimulusSet") -> "SavedStimuli":
        """Describe a stimulus set."""
        source, fingerprint = stimuli.source, stimuli.fingerprint
        if source is None:
            return cls(stimuli.name, None, None, stimuli.n_instances, fingerprint)
        path = None if source.path is None else source.path.expanduser().absolute()
        return cls(stimuli.name, source.kind, path, source.instances, fingerprint)


@dataclass(frozen=True)
class SavedRecording:
    """Which recording was open, of which network and stimuli."""

    path: Path
    twin_fingerprint: str
    stimulus_fingerprint: str

    @classmethod
    def of(cls, recording: "Recording") -> "SavedRecording":
        """Describe a recording."""
        return cls(
            recording.path.absolute(), recording.twin_fingerprint, recording.stimulus_fingerprint
        )


@dataclass(frozen=True)
class SavedSession:
    """A `Session` without its network, stimuli and recording, of which it says where they were.

    Attributes
    ----------
    twin, stimuli, recording
        What was loaded, or None.
    published
        Published properties of the network's units, or None.
    responses
        Response tensor ``(unit, category, direction, time)`` by site.
    populations
        Sites whose responses are not of the recording.
    computed
        For each of `napari_nfm.site_results.BY_SITE` its results by site.
    of_all_sites
        Those of `napari_nfm.site_results.OF_ALL_SITES` that there are.
    outdated
        Which of these are not of the responses.
    selection, look
        Values of the fields of `Selection` and `ManifoldLook`.
    window
        Whatever the window adds: camera, view, looks of layers. Plain values for JSON.
    missing
        What of it could not be read, a phrase each.
    """

    twin: SavedTwin | None = None
    stimuli: SavedStimuli | None = None
    recording: SavedRecording | None = None
    published: "DataFrame | None" = None
    responses: "Mapping[str, DataArray]" = field(default_factory=dict)
    populations: frozenset[str] = frozenset()
    computed: Mapping[str, Mapping[Hashable, Any]] = field(default_factory=dict)
    of_all_sites: Mapping[str, Any] = field(default_factory=dict)
    outdated: frozenset[str] = frozenset()
    selection: Mapping[str, Any] = field(default_factory=dict)
    look: Mapping[str, Any] = field(default_factory=dict)
    window: Mapping[str, Any] = field(default_factory=dict)
    missing: tuple[str, ...] = ()

    @classmethod
    def of(cls, session: Session, window: Mapping[str, Any] | None = None) -> "SavedSession":
        """Describe a session as it is now; later changes of it do not matter."""
        return cls(
            twin=None if session.twin is None else SavedTwin.of(session.twin),
            stimuli=None if session.stimuli is None else SavedStimuli.of(session.stimuli),
            recording=(None if session.recording is None else SavedRecording.of(session.recording)),
            published=session.published,
            responses=session.responses,
            populations=session.populations,
            computed={name: getattr(session, name) for name in BY_SITE},
            of_all_sites={
                name: result
                for name in OF_ALL_SITES
                if (result := getattr(session, name)) is not None
            },
            outdated=session.outdated,
            selection=_values(session.selection),
            look=_values(session.look),
            window=window or {},
        )


def _values(part: Any) -> dict[str, Any]:
    return {item.name: getattr(part, item.name) for item in fields(part)}
