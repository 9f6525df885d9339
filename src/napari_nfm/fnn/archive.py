"""Zips from elsewhere: look at every member before one byte is unpacked."""

import re
import stat
import zipfile
from importlib.resources.abc import Traversable
from pathlib import Path

from napari_nfm.damaged_zips import DAMAGE
from napari_nfm.fnn.errors import ArchiveError, CheckpointNotFoundError, UnsafeArchiveError
from napari_nfm.jobs import Progress, ShouldStop, check_stop, report

__all__ = ["checkpoint_members", "is_archive", "open_archive", "read_bytes", "unpack"]

MAX_UNPACKED_BYTES = 4 * 2**30  # the published checkpoint unpacks to 0.25 GB
_MEMBER = re.compile(r"params_(core|\d+_\d+)\.pt|scans\.csv|units\.csv|config\.json")
_CHUNK = 2**20
_AGAIN = "fetch the zip again from where it came"


def is_archive(path: Path) -> bool:
    """Say whether a file is a zip of several files, rather than one PyTorch file.

    PyTorch files are zips too; theirs hold a ``data.pkl`` one level down.
    """
    if path.suffix.lower() == ".zip":
        return True
    try:
        with zipfile.ZipFile(path) as archive:
            return not any(name.endswith("/data.pkl") for name in archive.namelist())
    except (zipfile.BadZipFile, OSError):
        return False


def open_archive(path: Path) -> zipfile.ZipFile:
    """Open a zip after checking the name, kind and declared size of every member.

    Raises
    ------
    ArchiveError
        If the file is not a zip, or a damaged one.
    UnsafeArchiveError
        If a member is absolute, leads out of the folder, is a link or is encrypted, or if
        all together would unpack to more than 4 GiB.
    """
    try:
        archive = zipfile.ZipFile(path)
    except FileNotFoundError:
        raise CheckpointNotFoundError(
            f"There is no file {path}", "check the spelling of the path"
        ) from None
    except (zipfile.BadZipFile, OSError) as error:
        raise ArchiveError(f"File {path} is not a readable zip ({error})", _AGAIN) from error
    try:
        for info in archive.infolist():
            _check_member(path, info)
        total = sum(info.file_size for info in archive.infolist())
        if total > MAX_UNPACKED_BYTES:
            raise UnsafeArchiveError(
                f"Zip {path} would unpack to {total / 1e9:,.1f} GB, far more than a checkpoint",
                "use the published zip",
            )
    except UnsafeArchiveError:
        archive.close()
        raise
    return archive


def _check_member(path: Path, info: zipfile.ZipInfo) -> None:
    name = info.orig_filename.replace("\\", "/")
    if name.startswith("/") or ":" in name or "\0" in name or ".." in name.split("/"):
        fault = "leads out of its folder"
    elif stat.S_ISLNK(info.external_attr >> 16):
        fault = "is a link"
    elif info.flag_bits & 0x1:
        fault = "is encrypted"
    else:
        return
    raise UnsafeArchiveError(
        f"Zip {path} was refused because its member {info.orig_filename[:60]!r} {fault}",
        "use the published zip",
    )


def checkpoint_members(path: Path, archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """Return the published layout's members by file name, at the zip's root or one folder down.

    Raises
    ------
    ArchiveError
        If the zip holds no ``params_core.pt`` there, or several.
    """
    cores = [name for name in archive.namelist() if re.fullmatch(r"([^/]+/)?params_core\.pt", name)]
    if len(cores) != 1:
        raise ArchiveError(
            f"Zip {path} holds {len(cores) or 'no'} params_core.pt at its root or one folder down",
            "choose the zip of one checkpoint in the published layout",
        )
    prefix = cores[0].removesuffix("params_core.pt")
    return {
        info.filename.removeprefix(prefix): info
        for info in archive.infolist()
        if info.filename.startswith(prefix) and _MEMBER.fullmatch(info.filename[len(prefix) :])
    }


def read_bytes(file: Traversable) -> bytes:
    """Read a file that may be a member of a zip; a member damaged there is an `ArchiveError`."""
    try:
        return file.read_bytes()
    except DAMAGE as error:
        raise ArchiveError(f"Member {file} of the zip is damaged", _AGAIN) from error


def unpack(
    path: Path,
    directory: Path,
    *,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> None:
    """Write the files of a zipped checkpoint into an existing folder; other members are left out.

    Raises
    ------
    ArchiveError, UnsafeArchiveError
        If the zip is damaged, holds no checkpoint, or would do harm.
    Cancelled
        If `should_stop` said so between two pieces of 1 MiB.
    """
    with open_archive(path) as archive:
        members = checkpoint_members(path, archive)
        total = sum(info.file_size for info in members.values())
        done = 0
        for name, info in members.items():
            try:
                with archive.open(info) as source, open(directory / name, "wb") as target:
                    # A member cannot give more than its declared size; a CRC guards its content.
                    while piece := source.read(_CHUNK):
                        check_stop(should_stop)
                        target.write(piece)
                        done += len(piece)
                        report(progress, done, total, f"unpacking {name}")
            except DAMAGE as error:
                raise ArchiveError(f"Member {name} of zip {path} is damaged", _AGAIN) from error
