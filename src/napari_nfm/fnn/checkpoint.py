"""Find the files of a checkpoint, in a folder or a zip, and read one scan's network from them."""

import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path

import pandas as pd
import torch

from napari_nfm.fnn.archive import checkpoint_members, is_archive, open_archive, read_bytes
from napari_nfm.fnn.errors import (
    CheckpointNotFoundError,
    MissingKeysError,
    ScanNotFoundError,
    TableError,
    UnexpectedKeysError,
    UnreadableFileError,
)
from napari_nfm.fnn.tables import read_scans, read_units
from napari_nfm.fnn.weight_checks import check_weights, count_units
from napari_nfm.fnn.weight_files import read_tensors

__all__ = [
    "CORE",
    "Checkpoint",
    "find_folder",
    "list_scans",
    "missing_files",
    "read_checkpoint",
    "scan_file",
]

CORE = "params_core.pt"
STUDY_SCAN = (8, 5)  # the scan of the decoding and encoding manifold study
_LAYOUT = f"choose a folder with {CORE}, scans.csv and units.csv, its zip, or one .pt file"


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """All that the files say about one network.

    Attributes
    ----------
    state
        Every tensor of the network by its published key, on the CPU.
    units
        One row per unit, as `Twin.units` describes.
    name
        For people: ``config.json``'s name, the session and scan, or the file's stem.
    note
        What people should know about the network, or "".
    path
        The folder, zip or file that was read.
    """

    state: dict[str, torch.Tensor]
    units: pd.DataFrame
    name: str
    note: str
    path: Path


def find_folder(source: str | Path) -> Path:
    """Return the folder that holds ``params_core.pt``: `source`, or its only sub-folder that does.

    Raises
    ------
    CheckpointNotFoundError
        If there is no such folder, or several.
    """
    folder = Path(source).expanduser()
    if not folder.exists():
        raise CheckpointNotFoundError(f"There is nothing at {folder}", "check the path's spelling")
    if not folder.is_dir():
        raise CheckpointNotFoundError(f"File {folder} is not a folder", _LAYOUT)
    if (folder / CORE).is_file():
        return folder
    deeper = sorted(path.parent for path in folder.glob(f"*/{CORE}"))
    if len(deeper) > 1:
        names = ", ".join(path.name for path in deeper[:4])
        raise CheckpointNotFoundError(
            f"Folder {folder} holds {len(deeper)} checkpoints ({names})", "choose one of them"
        )
    if not deeper:
        raise CheckpointNotFoundError(f"Folder {folder} has no {CORE}", _LAYOUT)
    return deeper[0]


def list_scans(source: str | Path) -> pd.DataFrame:
    """List the networks of a checkpoint that can be loaded.

    Returns
    -------
    pandas.DataFrame
        Integer columns ``session``, ``scan_idx`` and ``units``, one row per scan whose weights
        are there, in the order of ``scans.csv``. A single state-dict file gives one row; its
        session and scan are missing values where no ``units.csv`` beside it tells them.

    Raises
    ------
    CheckpointError
        As `load_twin`, for what is read here.
    """
    path = _existing(source)
    if _is_single_file(path):
        units = _read_single(path, None).units
        scan = units[["session", "scan_idx"]].iloc[:1] if "session" in units else None
        row = (pd.NA, pd.NA) if scan is None or scan.empty else tuple(scan.iloc[0])
        table = pd.DataFrame([(*row, len(units))], columns=["session", "scan_idx", "units"])
        return table.astype("Int64")
    with _open(path) as folder:
        return _present(read_scans(folder), folder)


def missing_files(folder: Path) -> list[str]:
    """Name the files that a folder in the published layout lacks."""
    names = [CORE, "scans.csv", "units.csv"]
    if (folder / "scans.csv").is_file():
        scans = read_scans(folder)
        names += map(scan_file, scans["session"], scans["scan_idx"])
    return [name for name in names if not (folder / name).is_file()]


def read_checkpoint(
    source: str | Path, session: int | None = None, scan_idx: int | None = None
) -> Checkpoint:
    """Read and check one network; `load_twin` documents the arguments and errors."""
    if (session is None) != (scan_idx is None):
        raise ScanNotFoundError(
            f"Session {session} and scan {scan_idx} do not name one scan", "give both or neither"
        )
    scan = None if session is None or scan_idx is None else (int(session), int(scan_idx))
    path = _existing(source)
    if _is_single_file(path):
        return _read_single(path, scan)
    with _open(path) as folder:
        return _read_published(path, folder, scan)


def _existing(source: str | Path) -> Path:
    path = Path(source).expanduser()
    if not path.exists():
        raise CheckpointNotFoundError(f"There is nothing at {path}", "check the path's spelling")
    return path


def _is_single_file(path: Path) -> bool:
    return path.is_file() and not is_archive(path)


@contextmanager
def _open(path: Path) -> Iterator[Traversable]:
    """Give the published folder, on disk or inside a zip (which is read without unpacking)."""
    if path.is_dir():
        yield find_folder(path)
        return
    with open_archive(path) as archive:
        core = checkpoint_members(path, archive)[CORE].filename
        yield zipfile.Path(archive, core.removesuffix(CORE))


def scan_file(session: int, scan_idx: int) -> str:
    """Return the file name of one scan's weights in the published layout."""
    return f"params_{session}_{scan_idx}.pt"


def _present(scans: pd.DataFrame, folder: Traversable) -> pd.DataFrame:
    files = map(scan_file, scans["session"], scans["scan_idx"])
    return scans[[(folder / file).is_file() for file in files]].reset_index(drop=True)


def _choose(scans: pd.DataFrame, folder: Traversable, scan: tuple[int, int] | None) -> pd.Series:
    """Return the row of the scan asked for, else the study's, else the first with weights."""
    listed = list(zip(scans["session"], scans["scan_idx"], strict=True))
    if scan is not None:
        if scan not in listed:
            names = ", ".join(f"{session}_{index}" for session, index in listed)
            raise ScanNotFoundError(
                f"File {folder / 'scans.csv'} lists no session {scan[0]} scan {scan[1]}",
                f"choose one of {names or 'another checkpoint'}",
            )
        return scans.iloc[listed.index(scan)]
    present = _present(scans, folder)
    if present.empty:
        raise CheckpointNotFoundError(
            f"Folder {folder} has no weights of any scan",
            f"add a file such as {scan_file(*STUDY_SCAN)}",
        )
    study = present.query("session == @STUDY_SCAN[0] and scan_idx == @STUDY_SCAN[1]")
    return (present if study.empty else study).iloc[0]


def _read_published(path: Path, folder: Traversable, scan: tuple[int, int] | None) -> Checkpoint:
    scans = read_scans(folder)
    row = _choose(scans, folder, scan)
    session, scan_idx = int(row["session"]), int(row["scan_idx"])
    core_file, rest_file = folder / CORE, folder / scan_file(session, scan_idx)
    core, rest = read_tensors(core_file), read_tensors(rest_file)
    both = core.keys() & rest.keys()
    if both:
        raise UnexpectedKeysError(
            f"File {rest_file} repeats the key {min(both)!r} of {CORE}",
            "keep the keys that start with 'core.' in the core file alone",
        )

    def where(key: str) -> Traversable:
        if key in core or key in rest:
            return core_file if key in core else rest_file
        return core_file if key.startswith("core.") else rest_file

    state = core | rest
    check_weights(state, where)
    n_units = count_units(state, where)
    if n_units != row["units"]:
        raise TableError(
            f"File {folder / 'scans.csv'} lists {row['units']} units of session {session} scan "
            f"{scan_idx} but {rest_file.name} holds {n_units}",
            "take all files from one release",
        )
    name, note = _read_config(folder / "config.json")
    return Checkpoint(
        state=state,
        units=read_units(folder / "units.csv", (session, scan_idx), n_units),
        name=", ".join(filter(None, [name, f"session {session}, scan {scan_idx}"])),
        note=note,
        path=path,
    )


def _read_single(path: Path, scan: tuple[int, int] | None) -> Checkpoint:
    """Read one merged state-dict file and what lies beside it."""
    state = read_tensors(path)
    for part, other in (("core.", "readout."), ("readout.", "core.")):
        if any(key.startswith(part) for key in state) and not any(
            key.startswith(other) for key in state
        ):
            raise MissingKeysError(
                f"File {path} holds only a part of a network (no key starts with {other!r})",
                "choose the folder that it lies in",
            )

    def where(_key: str) -> Path:
        return path

    check_weights(state, where)
    n_units = count_units(state, where)
    table = path.with_name("units.csv")
    if table.is_file():
        units = read_units(table, scan, n_units)
    elif scan is not None:
        raise ScanNotFoundError(
            f"File {path} does not say which scan it holds",
            "leave session and scan out, or put the units.csv beside it",
        )
    else:
        units = pd.DataFrame(index=pd.RangeIndex(n_units, name="readout_id"))
    name, note = _read_config(path.with_name("config.json"))
    return Checkpoint(state=state, units=units, name=name or path.stem, note=note, path=path)


def _read_config(file: Traversable) -> tuple[str, str]:
    """Return the name and note of an optional ``config.json``."""
    if not file.is_file():
        return "", ""
    try:
        config = json.loads(read_bytes(file))
        return str(config.get("name", "")), str(config.get("note", ""))
    except (ValueError, AttributeError) as error:
        raise UnreadableFileError(
            f"File {file} is not a JSON object", "mend it or delete it"
        ) from error
