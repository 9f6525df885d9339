"""The kinds of stimulus set that the window and the command line offer, by one name each."""

from dataclasses import replace
from os import PathLike
from pathlib import Path

from napari_nfm.stimuli.ensemble import flow_ensemble
from napari_nfm.stimuli.errors import StimulusArgumentError
from napari_nfm.stimuli.movie_files import is_movie
from napari_nfm.stimuli.movies import read_movie
from napari_nfm.stimuli.parametric import full_field_steps, pink_noise
from napari_nfm.stimuli.source import StimulusSource
from napari_nfm.stimuli.stimulus_set import StimulusSet

__all__ = ["STIMULUS_KINDS", "is_stimulus", "kind_of", "open_stimuli"]

STIMULUS_KINDS = {
    "drawn": "Flow ensemble, drawn by us",
    "flowstims": "Flow ensemble, from a flowstims folder",
    "movie": "A movie or a folder of images",
    "pink-noise": "Moving pink noise",
    "full-field-steps": "Full-field light steps",
}
"""Kinds of stimulus set, with their titles; ``flowstims`` and ``movie`` need a path."""


def kind_of(path: str | PathLike[str]) -> str:
    """Say whether `path` is a ``flowstims`` folder or a ``movie`` (file or folder of images)."""
    path = Path(path)
    return "flowstims" if path.is_dir() and any(path.glob("*_inst0")) else "movie"


def is_stimulus(path: str | PathLike[str]) -> bool:
    """Whether `path` is a ``flowstims`` folder, a movie by its suffix, or a folder of images."""
    return kind_of(path) == "flowstims" or is_movie(Path(path))


def open_stimuli(
    kind: str, path: str | PathLike[str] | None = None, *, instances: int = 3
) -> StimulusSet:
    """Make a stimulus set of one of the `STIMULUS_KINDS`.

    Parameters
    ----------
    kind
        A key of `STIMULUS_KINDS`.
    path
        The folder or file, for the kinds that need one.
    instances
        Instances of the flow ensemble; other kinds have one.

    Raises
    ------
    StimulusArgumentError
        An unknown kind, or no path for a kind that needs one.
    StimulusError
        What is at the path cannot be read.
    """
    if kind not in STIMULUS_KINDS:
        raise StimulusArgumentError(
            f"There is no kind of stimulus set {kind!r}",
            f"choose one of {', '.join(STIMULUS_KINDS)}",
        )
    if kind in ("flowstims", "movie") and path is None:
        raise StimulusArgumentError(
            f"A stimulus set of kind {kind!r} needs a path", "give the folder or file"
        )
    source = StimulusSource(kind, None if path is None else Path(path), instances)
    return replace(_make(source), source=source)


def _make(source: StimulusSource) -> StimulusSet:
    if source.kind == "movie":
        assert source.path is not None
        return read_movie(source.path)
    if source.kind in ("drawn", "flowstims"):
        folder = source.path if source.kind == "flowstims" else None
        return flow_ensemble(folder, instances=source.instances)
    return pink_noise() if source.kind == "pink-noise" else full_field_steps()
