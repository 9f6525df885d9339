"""What a recording is of: everything that decides its numbers, as attributes of the store."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from napari_nfm import __version__
from napari_nfm.fnn.twin import Twin
from napari_nfm.recording.errors import RecordingError, StoreError
from napari_nfm.recording.recorded_site import RecordedSite
from napari_nfm.recording.sampling import Sampling
from napari_nfm.stimuli import StimulusSet

__all__ = ["FORMAT", "SCHEMA", "Description", "Keep", "Precision"]

FORMAT = "napari-nfm recording"
SCHEMA = 1
"""Version of the layout of a store; counts up when older readers would misread it."""

Keep = Literal["units", "maps"]
Precision = Literal["float16", "float32"]


@dataclass(frozen=True)
class Description:
    """Twin, stimuli and arguments of a recording.

    Parameters
    ----------
    twin, twin_note, twin_fingerprint
        Name, note and fingerprint of the twin.
    stimulus, stimulus_notes, stimulus_fingerprint
        Name, notes and fingerprint of the stimulus set.
    categories, titles, directions
        As in the stimulus set.
    n_instances, n_frames, frame_rate
        As in the stimulus set.
    keep
        ``"units"`` or ``"maps"``.
    dtype
        Type of the stored activity.
    sampling
        How units are sampled.
    sites
        What is recorded.
    version
        Version of this package that made the recording.
    """

    twin: str
    twin_note: str
    twin_fingerprint: str
    stimulus: str
    stimulus_notes: tuple[str, ...]
    stimulus_fingerprint: str
    categories: tuple[str, ...]
    titles: tuple[str, ...]
    directions: tuple[float, ...]
    n_instances: int
    n_frames: int
    frame_rate: float
    keep: Keep
    dtype: Precision
    sampling: Sampling
    sites: tuple[RecordedSite, ...]
    version: str = __version__

    @classmethod
    def of(
        cls,
        twin: Twin,
        stimuli: StimulusSet,
        *,
        keep: Keep,
        dtype: Precision,
        sampling: Sampling,
        sites: tuple[RecordedSite, ...],
    ) -> "Description":
        """Describe a recording that is about to be made."""
        return cls(
            twin=twin.name,
            twin_note=twin.note,
            twin_fingerprint=twin.fingerprint,
            stimulus=stimuli.name,
            stimulus_notes=tuple(stimuli.notes),
            stimulus_fingerprint=stimuli.fingerprint,
            categories=tuple(stimuli.categories),
            titles=tuple(stimuli.titles),
            directions=tuple(float(angle) for angle in stimuli.directions),
            n_instances=stimuli.n_instances,
            n_frames=stimuli.n_frames,
            frame_rate=float(stimuli.frame_rate),
            keep=keep,
            dtype=dtype,
            sampling=sampling,
            sites=sites,
        )

    def as_attributes(self) -> dict[str, Any]:
        """Return the fields as values that JSON can hold."""
        return {
            "format": FORMAT,
            "schema": SCHEMA,
            **{name: list(v) if isinstance(v, tuple) else v for name, v in vars(self).items()},
            "sampling": asdict(self.sampling),
            "sites": [site.as_attributes() for site in self.sites],
        }

    @classmethod
    def from_attributes(cls, attributes: Mapping[str, Any]) -> "Description":
        """Make a description from what `as_attributes` gave.

        Raises
        ------
        KeyError, TypeError, ValueError
            Something is missing, unknown or of another type.
        """
        fields: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in attributes.items()
            if name not in ("format", "schema")
        }
        fields["sampling"] = Sampling(**attributes["sampling"])
        fields["sites"] = tuple(RecordedSite.from_attributes(a) for a in attributes["sites"])
        return cls(**fields)

    @classmethod
    def read(cls, attributes: Mapping[str, Any], source: Path) -> "Description":
        """Make a description from attributes found in `source`.

        Raises
        ------
        StoreError
            They are not those of a recording, or of one of another version.
        """
        if attributes.get("format") != FORMAT:
            raise StoreError(
                f"{source} is not a recording of napari-nfm",
                "choose a folder that `record` or `napari-nfm record` has made",
            )
        if attributes.get("schema") != SCHEMA:
            raise StoreError(
                f"The recording {source} has layout version {attributes.get('schema')!r}, and "
                f"this napari-nfm reads version {SCHEMA}",
                "install the napari-nfm that made it, or record again",
            )
        try:
            return cls.from_attributes(attributes)
        except (KeyError, TypeError, ValueError, RecordingError) as error:
            raise StoreError(
                f"The attributes of the recording {source} are damaged",
                "delete the folder and record again",
            ) from error

    def site(self, name: str) -> RecordedSite:
        """Return the recorded site of that name.

        Raises
        ------
        KeyError
            There is none.
        """
        return {site.name: site for site in self.sites}[name]

    def differences(self, other: "Description") -> list[str]:
        """Name what makes the numbers of two recordings different; names and versions do not."""
        return [
            words for name, words in DECIDING.items() if getattr(self, name) != getattr(other, name)
        ]


DECIDING = {
    "twin_fingerprint": "twin",
    "stimulus_fingerprint": "stimuli",
    "n_instances": "number of instances",
    "n_frames": "number of frames",
    "keep": "keep",
    "dtype": "dtype",
    "sampling": "sampling",
    "sites": "sites, channels or crop",
}
"""The fields that decide the numbers, and what to call them."""
