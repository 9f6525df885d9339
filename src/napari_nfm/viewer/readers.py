"""Opening recordings, response tensors and sessions by *File > Open*, by drop, or in a script.

In a window the file becomes part of its session, and the *Explore* dock shows it. Without a
window it becomes layers: decoding trajectories with their current states.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_nfm.palette import category_looks
from napari_nfm.viewer import convert_curves, styles
from napari_nfm.viewer.docks import current_explorer
from napari_nfm.viewer.placement import Placement

if TYPE_CHECKING:
    from xarray import DataArray

__all__ = ["read_recording_or_decline", "read_responses_or_decline", "read_session_or_decline"]

LayerData = tuple[Any, ...]
NO_LAYERS: list[LayerData] = [(None,)]
"""What napari takes as: the file was read, and there is no layer to add."""

MOST_DIRECTIONS = 64


def read_recording_or_decline(path: str | list[str]) -> Callable[[Any], list[LayerData]] | None:
    """Return a reader where `path` is a recording of ours, else None."""
    store = _single(path)
    if store is None or not (store / "zarr.json").is_file():
        return None
    return _read_recording if _is_recording(store) else None


def read_responses_or_decline(path: str | list[str]) -> Callable[[Any], list[LayerData]] | None:
    """Return a reader where `path` is a response tensor, else None.

    A ``.npy`` file counts as one only where it has four axes, of which the third is short enough
    for directions: other arrays are left to napari.
    """
    file = _single(path)
    if file is None or (file.suffix == ".npy" and not _is_tensor(file)):
        return None
    return _read_responses


def read_session_or_decline(path: str | list[str]) -> Callable[[Any], list[LayerData]] | None:
    """Return a reader where `path` is a saved session, else None."""
    from napari_nfm.session_file import is_session

    file = _single(path)
    return _read_session if file is not None and is_session(file) else None


def _single(path: str | list[str]) -> Path | None:
    if isinstance(path, list):
        return Path(path[0]) if len(path) == 1 else None
    return Path(path)


def _is_recording(store: Path) -> bool:
    from napari_nfm.errors import NeuralFoundationModelError
    from napari_nfm.recording import open_recording

    try:
        open_recording(store)
    except NeuralFoundationModelError:
        return False
    return True


def _is_tensor(file: Path) -> bool:
    import numpy as np

    try:
        array = np.load(file, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError):
        return False
    return array.ndim == 4 and array.shape[2] <= MOST_DIRECTIONS and array.dtype.kind in "fiu"


def _read_recording(path: str | list[str]) -> list[LayerData]:
    store = _single(path)
    assert store is not None
    if (explorer := current_explorer()) is not None:
        explorer.open_recording(store)
        return NO_LAYERS
    from napari_nfm.viewer.tasks import open_and_sample

    sampled = open_and_sample(store)
    site = next(iter(sampled.responses))
    return _layers(site, sampled.responses[site])


def _read_responses(path: str | list[str]) -> list[LayerData]:
    from napari_nfm.recording import load_responses

    file = _single(path)
    assert file is not None
    responses = load_responses(file)
    site = str(responses.attrs.get("site", file.stem))
    if (explorer := current_explorer()) is not None:
        explorer.add_responses(site, responses)
        return NO_LAYERS
    return _layers(site, responses)


def _read_session(path: str | list[str]) -> list[LayerData]:
    from napari_nfm.session_file import read_session

    file = _single(path)
    assert file is not None
    if (explorer := current_explorer()) is not None:
        explorer.saving.open(file)
        return NO_LAYERS
    saved = read_session(file)
    return [
        layer for site, responses in saved.responses.items() for layer in _layers(site, responses)
    ]


def _layers(site: str, responses: "DataArray") -> list[LayerData]:
    from napari_nfm.analysis import decoding_trajectories

    curves = decoding_trajectories(responses).curves
    looks = category_looks([str(name) for name in curves["category"].values])
    placement = Placement.fit(curves, (0.0, 128.0, 128.0), 256.0)
    tracks, features = convert_curves.curves_to_tracks(curves, placement)
    features["category_colour"] = (features["category_index"] + 0.5) / len(looks)
    heads, head_features = convert_curves.curves_to_heads(curves, placement)
    track_look = {
        **styles.TrackStyle(name=f"Trajectories, {site}").as_kwargs(),
        "features": features,
        "colormaps_dict": {"category_colour": styles.category_colormap(looks)},
    }
    head_look = {
        **styles.HeadStyle(name=f"Current states, {site}").as_kwargs(),
        "features": head_features,
        "face_color": [looks[index].colour for index in head_features["category_index"]],
        "symbol": [looks[index].symbol for index in head_features["category_index"]],
    }
    return [(tracks, track_look, "tracks"), (heads, head_look, "points")]
