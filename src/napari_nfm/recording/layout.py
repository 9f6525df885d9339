"""The zarr store of a recording: its arrays, their chunks, and its metadata.

::

    STORE/zarr.json                 root group: attributes and consolidated metadata, written last
    STORE/{site}/responses          keep="units": (unit, category, direction, time)
    STORE/{site}/channel, y, x      keep="units": where each unit lies on the uncropped site
    STORE/{site}/activity           keep="maps": (category, direction, time, channel, y, x)
    STORE/{site}/peak_response      keep="maps": (channel, y, x), what sampling weighs units by
    STORE/{site}/frame_maximum      keep="maps": (category, direction, time)
    STORE/unfinished/               while it is being made; see `unfinished`

Nothing is compressed: activity in float16 hardly shrinks, and the size of every file is known.
"""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import zarr
from numpy.typing import NDArray

from napari_nfm.recording.description import Description
from napari_nfm.recording.errors import StoreError
from napari_nfm.recording.files import replace_json
from napari_nfm.recording.recorded_site import RecordedSite

__all__ = [
    "MAP_AXES",
    "RESPONSE_AXES",
    "array_bytes",
    "create_activity",
    "is_complete",
    "open_activity",
    "open_array",
    "read_root",
    "read_values",
    "write_array",
    "write_root",
]

RESPONSE_AXES = ("unit", "category", "direction", "time")
MAP_AXES = ("category", "direction", "time", "channel", "y", "x")

CHUNK_BYTES = 256 * 1024
"""Aimed size of what is read at once for one unit's time course or one map's movie."""

UNITS_PER_CHUNK = 256
CHECKSUM_BYTES = 4
INDEX_BYTES = 16
# Every chunk is written, so that a missing file is damage and not zeros.
WRITE_ALL: Any = {"write_empty_chunks": True}
REMEDY = "delete the folder and record again"


def create_activity(
    store: Path, site: RecordedSite, description: Description, block: int
) -> zarr.Array:
    """Create the array of a site's maps, empty, in place of any that is there.

    One file (shard) holds all channels of one condition, for as many frames as are averaged at
    once. Inside, a chunk holds all these frames of whole maps, as many channels as make about
    256 KB. So the movie of one map is one read, the time course of one unit is one read per
    condition, and a frame of all maps is one file.

    Parameters
    ----------
    store
        The store.
    site
        Which site.
    description
        What the recording is of.
    block
        Frames written at once.

    Returns
    -------
    zarr.Array
        ``(category, direction, time, channel, y, x)``.
    """
    channels, height, width = site.shape
    itemsize = np.dtype(description.dtype).itemsize
    at_once = max(1, CHUNK_BYTES // (block * height * width * itemsize))
    # A shard holds a whole number of chunks, so take the nearest divisor of the channels below.
    at_once = next(n for n in range(min(at_once, channels), 0, -1) if channels % n == 0)
    conditions = len(description.categories), len(description.directions)
    return _create(
        store / site.name / "activity",
        (*conditions, description.n_frames, *site.shape),
        np.dtype(description.dtype),
        dimensions=MAP_AXES,
        chunks=(1, 1, block, at_once, height, width),
        shards=(1, 1, block, *site.shape),
    )


def open_activity(store: Path, site: RecordedSite) -> zarr.Array:
    """Open the array that `create_activity` made, to go on writing.

    Raises
    ------
    StoreError
        Its metadata are missing or damaged.
    """
    path = store / site.name / "activity"
    try:
        return zarr.open_array(path, mode="r+", zarr_format=3, config=WRITE_ALL)
    except Exception as error:
        raise StoreError(f"The array {path} cannot be opened", REMEDY) from error


def write_array(
    store: Path, site: str, name: str, values: NDArray, dimensions: tuple[str, ...]
) -> None:
    """Write one array of a site, in chunks of `UNITS_PER_CHUNK` along the axis of units."""
    chunks = tuple(
        min(size, UNITS_PER_CHUNK) if dimension == "unit" else size
        for size, dimension in zip(values.shape, dimensions, strict=True)
    )
    array = _create(
        store / site / name,
        values.shape,
        values.dtype,
        dimensions=dimensions,
        chunks=tuple(max(1, size) for size in chunks),
    )
    array[...] = values


def _create(
    path: Path,
    shape: tuple[int, ...],
    dtype: np.dtype,
    *,
    dimensions: tuple[str, ...],
    chunks: tuple[int, ...],
    shards: tuple[int, ...] | None = None,
) -> zarr.Array:
    return zarr.create_array(
        path,
        shape=shape,
        dtype=dtype,
        chunks=chunks,
        shards=shards,
        compressors=None,
        dimension_names=dimensions,
        zarr_format=3,
        overwrite=True,
        config=WRITE_ALL,
    )


def write_root(store: Path, description: Description) -> None:
    """Write the root's attributes and the metadata of all arrays, which completes the store.

    Zarr's own consolidation writes in steps and in the order of the file system; a recording
    must be complete or not, and the same to the byte.
    """
    members: dict[str, Any] = {}
    for site in description.sites:
        group = store / site.name
        for left_over in group.rglob("*.partial"):  # zarr's, of a process that was killed
            left_over.unlink()
        replace_json(
            group / "zarr.json", {"zarr_format": 3, "node_type": "group", "attributes": {}}
        )
        for path in (group / "zarr.json", *sorted(group.glob("*/zarr.json"))):
            members[path.parent.relative_to(store).as_posix()] = json.loads(path.read_bytes())
    replace_json(
        store / "zarr.json",
        {
            "zarr_format": 3,
            "node_type": "group",
            "attributes": description.as_attributes(),
            "consolidated_metadata": {
                "kind": "inline",
                "must_understand": False,
                "metadata": members,
            },
        },
    )


def is_complete(store: Path) -> bool:
    """Tell whether a folder has the root metadata, which are written last."""
    return (store / "zarr.json").is_file()


def read_root(store: Path) -> dict[str, Any]:
    """Return the root's attributes.

    Raises
    ------
    StoreError
        The metadata are not JSON or not those of a zarr group.
    """
    path = store / "zarr.json"
    try:
        return dict(json.loads(path.read_bytes())["attributes"])
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(f"The metadata in {path} are damaged", REMEDY) from error


def open_array(store: Path, site: str, name: str) -> zarr.Array:
    """Open an array of a site for reading, after a look at the sizes of its files.

    Raises
    ------
    StoreError
        The array or one of its files is missing or has another size.
    """
    path = store / site / name
    if not path.is_dir():
        raise StoreError(f"The recording {store} lacks {site}/{name}", REMEDY)
    try:
        array = zarr.open_array(path, mode="r", zarr_format=3)
        for file, size in _files(array, path):
            if not file.is_file():
                raise StoreError(f"The file {file} is missing", REMEDY)
            if file.stat().st_size != size:
                raise StoreError(
                    f"The file {file} has {file.stat().st_size} bytes instead of {size}", REMEDY
                )
    except StoreError:
        raise
    except Exception as error:
        raise StoreError(f"The array {path} cannot be read", REMEDY) from error
    return array


def read_values(array: zarr.Array) -> NDArray:
    """Read a whole array."""
    return np.asarray(array[...])


def _files(array: zarr.Array, path: Path) -> Iterator[tuple[Path, int]]:
    """Yield every file of an array and its size in bytes."""
    if 0 in array.shape:
        return
    parts = array.shards or array.chunks
    size = array_bytes(parts, array.chunks if array.shards else None, array.dtype)
    grid = [math.ceil(length / part) for length, part in zip(array.shape, parts, strict=True)]
    for index in np.ndindex(*grid):
        yield path.joinpath("c", *map(str, index)), size


def array_bytes(shape: tuple[int, ...], chunks: tuple[int, ...] | None, dtype: np.dtype) -> int:
    """Return the bytes of a file of `shape`, with the index of its `chunks` where it has any."""
    size = math.prod(shape) * dtype.itemsize
    if chunks is not None:
        n_chunks = math.prod(
            math.ceil(length / part) for length, part in zip(shape, chunks, strict=True)
        )
        size += n_chunks * INDEX_BYTES + CHECKSUM_BYTES
    return size
