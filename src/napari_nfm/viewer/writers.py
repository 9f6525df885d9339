"""Saving what a layer shows: its points as CSV with explained columns, its recording as zarr."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from napari_nfm.errors import NeuralFoundationModelError
from napari_nfm.unit_columns import unit_column
from napari_nfm.viewer.explained_csv import write_explained_csv
from napari_nfm.viewer.layers import SOURCE

__all__ = ["ExportError", "write_csv", "write_recording"]

MEANING = {
    "track": "number of the trajectory",
    "time": "time in the viewer, in stimulus frames",
    "z": "position in the viewer, in pixels of the stimulus",
    "y": "position in the viewer, in pixels of the stimulus, downwards",
    "x": "position in the viewer, in pixels of the stimulus",
    "category": "stimulus category",
    "direction": "direction of motion, in degrees counter-clockwise from rightward",
    "frame": "frame of the stimulus, from 0",
    "category_index": "place of the stimulus category in its set, from 0",
    "PC1": "first principal component of the population's response",
    "PC2": "second principal component of the population's response",
    "PC3": "third principal component of the population's response",
}
"""What is written of layers that stand in the world; columns of units explain themselves."""
AXES = ("time", "z", "y", "x")
LEFT_OUT = ("category_colour", "track_id")
"""Features that only serve the drawing."""


class ExportError(NeuralFoundationModelError):
    """A layer cannot be saved in the way that was asked for."""


def write_csv(path: str, data: Any, attributes: dict[str, Any]) -> list[str]:
    """Write the points of a Tracks or Points layer with their features.

    The first lines begin with ``#`` and say what each column means; read the file with
    ``pandas.read_csv(path, comment="#")``.

    Parameters
    ----------
    path
        The ``.csv`` file to write.
    data
        Rows ``([track,] ..., z, y, x)``.
    attributes
        The layer's attributes, of which ``features`` and ``name`` are used.

    Returns
    -------
    list of str
        The file that was written.
    """
    rows = np.asarray(data)
    features = pd.DataFrame(attributes.get("features", {})).reset_index(drop=True)
    is_tracks = "tail_length" in attributes
    n_axes = rows.shape[1] - is_tracks
    extra = [f"axis_{number}" for number in range(n_axes - len(AXES))]
    names = (["track"] if is_tracks else []) + extra + list(AXES[-n_axes:])
    table = pd.DataFrame(rows, columns=names)
    if is_tracks:
        table["track"] = table["track"].astype(int)
    # Units have a place on their map as well as one in the viewer.
    clashing = {name: f"viewer_{name}" for name in table.columns if name in features.columns}
    table = table.rename(columns=clashing)
    meaning = {**MEANING, **{new: MEANING[old] for old, new in clashing.items()}}
    for name in features.columns:
        if name not in LEFT_OUT:
            table[name] = features[name]
    if clashing:
        meaning.update({name: unit_column(name).meaning for name in clashing})
    meanings = {name: meaning.get(name) or unit_column(name).meaning for name in table.columns}
    write_explained_csv(path, str(attributes.get("name", "layer")), table, meanings)
    return [path]


def write_recording(path: str, data: Any, attributes: dict[str, Any]) -> list[str]:  # noqa: ARG001
    """Copy the recording that a Tracks layer was made from.

    Parameters
    ----------
    path
        The ``.zarr`` folder to write; it must not exist.
    data
        Not used: the layer's points are made again from the recording.
    attributes
        The layer's attributes, whose metadata say where the recording is.

    Returns
    -------
    list of str
        The folder that was written.

    Raises
    ------
    ExportError
        The layer is not from a recording, the recording is gone, or the folder exists.
    """
    source = attributes.get("metadata", {}).get(SOURCE)
    name = attributes.get("name", "layer")
    if not source:
        raise ExportError(f"The layer {name!r} was not made from a recording", "save it as CSV")
    if not Path(source).is_dir():
        raise ExportError(f"The recording {source} is not there any more", "record it again")
    if Path(path).exists():
        raise ExportError(f"{path} exists already", "choose another name")
    shutil.copytree(source, path)
    return [path]
