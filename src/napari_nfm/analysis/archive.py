"""Results in files: arrays and a description in JSON, the same bytes for the same result.

A result is a frozen dataclass of arrays, tables, numbers and further results. It is taken apart
into a list of plain arrays and a structure that says how they belong together, and both go into
one ``.npz`` file. Nothing in such a file is ever run: what may be put together again stands in
`RESULTS`.
"""

import dataclasses
import hashlib
import json
import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from napari_nfm.analysis.errors import AnalysisError

__all__ = [
    "ArchiveError",
    "dump_archive",
    "fingerprint",
    "load_archive",
    "read_archive",
    "write_archive",
    "write_atomically",
    "write_text",
]

RESULTS = {
    "EncodingManifold": "napari_nfm.analysis.manifold",
    "EncodingTensor": "napari_nfm.analysis.preprocessing",
    "PermutedCP": "napari_nfm.analysis.permuted",
    "NeuralMatrix": "napari_nfm.analysis.neural",
    "IanGraph": "napari_nfm.analysis.neighbourhoods",
    "GraphHistory": "napari_nfm.analysis.neighbourhoods",
    "DiffusionMap": "napari_nfm.analysis.embedding",
    "LocalDimension": "napari_nfm.analysis.dimension",
    "DecodingTrajectories": "napari_nfm.analysis.decoding",
    "RankChoice": "napari_nfm.analysis.rank",
    "Tubularity": "napari_nfm.analysis.tubes",
    "TubularitySettings": "napari_nfm.analysis.tubes",
    "DecodingAccuracy": "napari_nfm.analysis.accuracy",
    "WindowAccuracy": "napari_nfm.analysis.window_accuracy",
    "PopulationScore": "napari_nfm.analysis.subpopulations",
    "SubpopulationComparison": "napari_nfm.analysis.subpopulations",
    "RemovalSweep": "napari_nfm.analysis.removal",
    "Sensitivity": "napari_nfm.analysis.tubes",
    "Scorecard": "napari_nfm.analysis.scorecard",
    "Provenance": "napari_nfm.provenance",
}
STRUCTURE = "structure"
Arrays = list[npt.NDArray]


class ArchiveError(AnalysisError):
    """A file of results is missing, damaged, or of another kind."""


def fingerprint(*values: Any) -> str:
    """Return a hexadecimal hash of the content of results, arrays, tables and plain values."""
    arrays: Arrays = []
    structure = _take_apart(values, arrays)
    digest = hashlib.blake2b(json.dumps(structure).encode(), digest_size=20)
    for array in arrays:
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def write_archive(path: Path, result: Any) -> None:
    """Write a result to a ``.npz`` file, all at once, the same bytes for the same result.

    Raises
    ------
    OSError
        The disk is full or does not allow it.
    """
    write_atomically(path, lambda file: dump_archive(file, result))


def dump_archive(file: BinaryIO, result: Any) -> None:
    """Write a result to an open binary file, as `write_archive` does."""
    arrays: Arrays = []
    structure = json.dumps(_take_apart(result, arrays))
    named: dict[str, Any] = {str(number): array for number, array in enumerate(arrays)}
    named[STRUCTURE] = np.frombuffer(structure.encode(), dtype=np.uint8)
    np.savez(file, **named)


def read_archive(path: Path) -> Any:
    """Read a result that `write_archive` has written.

    Raises
    ------
    ArchiveError
        The file is missing, damaged, or of another kind.
    """
    try:
        with open(path, "rb") as file:
            return load_archive(file, str(path))
    except FileNotFoundError as error:
        raise ArchiveError(f"The file {path} is not there", "check the path") from error
    except OSError as error:
        raise _damaged(str(path)) from error


def load_archive(file: BinaryIO, name: str) -> Any:
    """Read a result from an open binary file, called `name` in errors, as `read_archive` does.

    Raises
    ------
    ArchiveError
        The file is damaged, or of another kind.
    """
    try:
        # Every array of the file is read, so that its checksum is held against its content.
        with np.load(file, allow_pickle=False) as opened:
            named = {key: opened[key] for key in opened.files}
        structure = json.loads(named.pop(STRUCTURE).tobytes())
        return _put_together(structure, named)
    except Exception as error:  # readers of damaged files raise whatever comes
        raise _damaged(name) from error


def _damaged(name: str) -> ArchiveError:
    return ArchiveError(f"The file {name} is damaged or holds no result", "compute it again")


def write_text(path: Path, text: str) -> None:
    """Write a text file, all at once.

    Raises
    ------
    OSError
        The disk is full or does not allow it.
    """
    write_atomically(path, lambda file: file.write(text.encode()))


def write_atomically(path: Path, write: Callable[[Any], object]) -> None:
    """Let `write` fill a binary file, which appears as `path` only when it is complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # A name of its own, as two processes may write the same file.
    beside = path.with_name(f".{path.name}-{os.getpid()}-{secrets.token_hex(4)}")
    try:
        with open(beside, "xb") as file:
            write(file)
        os.replace(beside, path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def _take_apart(value: Any, arrays: Arrays) -> Any:
    """Return what JSON can hold of `value`, and append its arrays to `arrays`."""
    if value is None or isinstance(value, bool | int | float | str):
        return value

    def parts(values: Sequence[Any]) -> list[Any]:
        return [_take_apart(part, arrays) for part in values]

    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        arrays.append(_plain(value))
        return {"array": str(len(arrays) - 1)}
    if isinstance(value, tuple | list | range):
        return {type(value).__name__ if isinstance(value, list) else "tuple": parts(value)}
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Mapping):
        return {"mapping": [parts(pair) for pair in value.items()]}
    if isinstance(value, xr.DataArray):
        coords = [
            (str(name), coord.dims, coord.values, coord.attrs)
            for name, coord in value.coords.items()
        ]
        return {"DataArray": parts([value.values, value.dims, coords, value.name, value.attrs])}
    if isinstance(value, pd.DataFrame):
        columns = [(name, column.to_numpy()) for name, column in value.items()]
        return {"DataFrame": parts([value.index.name, value.index.to_numpy(), columns])}
    if hasattr(value, "tocsr"):
        matrix = value.tocsr()
        return {"csr_array": parts([matrix.data, matrix.indices, matrix.indptr, matrix.shape])}
    if type(value).__name__ in RESULTS:
        fields = [(field.name, getattr(value, field.name)) for field in dataclasses.fields(value)]
        return {"result": [type(value).__name__, *parts(fields)]}
    raise TypeError(f"no way to store a {type(value).__name__}")


def _plain(array: npt.NDArray) -> npt.NDArray:
    """Return an array of numbers or text; pandas and xarray keep text as objects."""
    if array.dtype.kind not in "OT":
        return array
    if not all(isinstance(value, str) for value in array.flat):
        raise TypeError("no way to store an array of objects")
    return array.astype(str)


def _put_together(structure: Any, arrays: Mapping[str, npt.NDArray]) -> Any:
    """Undo `_take_apart`."""
    if not isinstance(structure, dict):
        return structure
    ((kind, content),) = structure.items()
    if kind == "array":
        return arrays[content]
    if kind == "mapping":
        return {
            _put_together(name, arrays): _put_together(value, arrays) for name, value in content
        }
    if kind == "result":
        name, *fields = content
        values = dict(_put_together(field, arrays) for field in fields)
        return getattr(import_module(RESULTS[name]), name)(**values)
    parts = [_put_together(part, arrays) for part in content]
    if kind in ("tuple", "list"):
        return tuple(parts) if kind == "tuple" else parts
    if kind == "DataArray":
        values, dims, coords, name, attrs = parts
        named = {coord: (axes, numbers, about) for coord, axes, numbers, about in coords}
        return xr.DataArray(values, dims=dims, coords=named, name=name, attrs=attrs)
    if kind == "DataFrame":
        index_name, index, columns = parts
        return pd.DataFrame(dict(columns), index=pd.Index(index, name=index_name))
    if kind == "csr_array":
        from scipy.sparse import csr_array

        data, indices, indptr, shape = parts
        return csr_array((data, indices, indptr), shape=shape)
    raise ValueError(f"unknown kind {kind}")
