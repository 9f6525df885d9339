"""Read ``scans.csv`` and ``units.csv`` by column name, and check that they fit the weights."""

import io
from importlib.resources.abc import Traversable

import pandas as pd

from napari_nfm.fnn.archive import read_bytes
from napari_nfm.fnn.errors import ScanNotFoundError, TableError

__all__ = ["read_scans", "read_units"]

_RELEASE = "take it from the same release as the weights"


def read_scans(folder: Traversable) -> pd.DataFrame:
    """Read which scans a published folder holds: ``session``, ``scan_idx``, ``units``.

    Raises
    ------
    TableError
        If ``scans.csv`` is missing, unreadable, lacks a column, or repeats a scan.
    """
    file = folder / "scans.csv"
    scans = _read_table(file, ["session", "scan_idx", "units"])[["session", "scan_idx", "units"]]
    repeated = scans[scans.duplicated(["session", "scan_idx"])]
    if not repeated.empty:
        session, scan_idx = repeated.iloc[0][["session", "scan_idx"]]
        raise TableError(f"File {file} lists session {session} scan {scan_idx} twice", _RELEASE)
    return scans


def read_units(file: Traversable, scan: tuple[int, int] | None, n_units: int) -> pd.DataFrame:
    """Read the units of one scan, indexed and sorted by ``readout_id``.

    Parameters
    ----------
    file
        A table with ``session``, ``scan_idx``, ``unit_id``, ``readout_id`` and any others.
    scan
        Session and scan. None means the table's only scan; a table of several scans then says
        nothing about the units, and only their ``readout_id`` is returned.
    n_units
        How many units the weights hold.

    Raises
    ------
    ScanNotFoundError
        If the table has no row of that scan.
    TableError
        If the table is missing, unreadable, lacks a column, or if its readout ids are not
        exactly 0 ... `n_units` - 1.
    """
    table = _read_table(file, ["session", "scan_idx", "unit_id", "readout_id"])
    if scan is None:
        if len(table[["session", "scan_idx"]].drop_duplicates()) != 1:
            return pd.DataFrame(index=pd.RangeIndex(n_units, name="readout_id"))
        units = table
    else:
        units = table[(table["session"] == scan[0]) & (table["scan_idx"] == scan[1])]
        if units.empty and n_units:
            raise ScanNotFoundError(
                f"File {file} has no unit of session {scan[0]} scan {scan[1]}", _RELEASE
            )
    units = units.set_index("readout_id").sort_index()
    if not units.index.equals(pd.RangeIndex(n_units)):
        raise TableError(
            f"Column 'readout_id' of {file} is not 0 to {n_units - 1}, each once, though the "
            f"weights hold {n_units} units",
            _RELEASE,
        )
    return units


def _read_table(file: Traversable, columns: list[str]) -> pd.DataFrame:
    """Read a CSV whose `columns` must be there and hold whole numbers."""
    try:
        table = pd.read_csv(io.BytesIO(read_bytes(file)), skipinitialspace=True)
    except (FileNotFoundError, KeyError) as error:
        raise TableError(f"There is no file {file}", _RELEASE) from error
    except (ValueError, OSError) as error:  # pandas' parser errors are ValueErrors
        raise TableError(f"File {file} is not a readable CSV table", _RELEASE) from error
    for column in columns:
        if column not in table:
            raise TableError(f"File {file} has no column {column!r}", _RELEASE)
        if not pd.api.types.is_integer_dtype(table[column]):
            raise TableError(f"Column {column!r} of {file} is not all whole numbers", _RELEASE)
    return table
