"""Fetch the published checkpoint once; afterwards it is found without the network."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from napari_nfm.fnn.archive import open_archive, unpack
from napari_nfm.fnn.cache import cache_directory, new_directory
from napari_nfm.fnn.checkpoint import find_folder, missing_files
from napari_nfm.fnn.errors import ChecksumError, DiskSpaceError, DownloadError
from napari_nfm.jobs import Progress, ShouldStop, check_stop, report

__all__ = ["download_microns"]


@dataclass(frozen=True)
class _Release:
    """One published zip."""

    url: str
    md5: str
    zip_bytes: int  # as announced; the server's own number is used once it answers
    unpacked_bytes: int
    folder: str  # the name it gets in the cache

    @property
    def file_name(self) -> str:
        return self.url.rsplit("/", 1)[-1]


_MICRONS = _Release(
    url="https://bossdb-open-data.s3.amazonaws.com/iarpa_microns/minnie/functional_data/"
    "foundation_model/foundational_model_weights_and_metadata_v1.zip",
    md5="58fcac4b31ad2902c81e339432cec787",
    zip_bytes=222_000_000,
    unpacked_bytes=245_000_000,
    folder="microns_foundation_model_v1",
)
_CHUNK = 2**20
_TIMEOUT = (15, 60)  # seconds to connect, and to wait for the next byte


def download_microns(
    directory: str | Path | None = None,
    *,
    source: str | Path | None = None,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> Path:
    """Return a folder with the published MICrONS checkpoint, fetching it where it is not there yet.

    The zip (0.22 GB, BossDB, Wang et al. 2025) is checked against its published MD5 and
    unpacked into a folder of the cache. A complete folder is used as it is, without touching
    the network. An interrupted or cancelled download continues where it stopped.

    Parameters
    ----------
    directory
        Where to keep the folder; the user's cache by default.
    source
        A folder or zip that was fetched by other means. A folder is used where it lies; a zip
        is unpacked beside the other checkpoints.
    progress
        Called with bytes done and in all, first for the download, then for the unpacking.
    should_stop
        Asked after every 1 MiB.

    Returns
    -------
    Path
        A folder in the published layout, for `load_twin`.

    Raises
    ------
    DownloadError
        If the server cannot be reached or breaks off.
    ChecksumError
        If what arrived is not the published file.
    DiskSpaceError
        If the disk cannot hold the zip and the unpacked files.
    CheckpointError
        If `source` is not a checkpoint in the published layout.
    Cancelled
        If `should_stop` said so; the part already fetched is kept.
    """
    base = cache_directory() if directory is None else Path(directory).expanduser()
    if source is not None:
        return _adopt(Path(source).expanduser(), base, progress, should_stop)
    release = _MICRONS
    final = base / release.folder
    if final.is_dir() and not missing_files(final):
        return final
    archive = _fetch(release, base, progress, should_stop)
    _unpack(archive, final, progress, should_stop)
    archive.unlink()
    return final


def _adopt(
    source: Path, base: Path, progress: Progress | None, should_stop: ShouldStop | None
) -> Path:
    """Use a local folder where it lies; unpack a local zip under a name that tells its content."""
    import pooch

    if source.is_dir():
        return find_folder(source)
    with open_archive(source):  # names the fault before the hash of a wrong file is taken
        digest = pooch.file_hash(str(source), alg="md5")
    known = digest == _MICRONS.md5
    final = base / (_MICRONS.folder if known else f"{source.stem}-{digest[:8]}")
    if not final.is_dir() or missing_files(final):
        _unpack(source, final, progress, should_stop)
    return final


def _unpack(
    archive: Path, final: Path, progress: Progress | None, should_stop: ShouldStop | None
) -> None:
    with open_archive(archive) as opened:
        needed = sum(info.file_size for info in opened.infolist())
    _check_space(final.parent, needed)
    with new_directory(final) as filling:
        unpack(archive, filling, progress=progress, should_stop=should_stop)
        find_folder(filling)


def _check_space(directory: Path, needed: int) -> None:
    existing = next(path for path in (directory, *directory.absolute().parents) if path.exists())
    free = shutil.disk_usage(existing).free
    if free < needed:
        raise DiskSpaceError(
            f"The checkpoint needs {needed / 1e9:.2f} GB in {directory}, "
            f"where {free / 1e9:.2f} GB are free",
            "free some space or choose another directory",
        )


def _fetch(
    release: _Release, base: Path, progress: Progress | None, should_stop: ShouldStop | None
) -> Path:
    """Return the verified zip in `base`; ``{name}.part`` beside it holds an unfinished download."""
    import pooch
    from requests import RequestException

    archive, part = base / release.file_name, base / f"{release.file_name}.part"
    present = max((path.stat().st_size for path in (archive, part) if path.exists()), default=0)
    _check_space(base, release.zip_bytes - present + release.unpacked_bytes)

    def continue_download(url: str, output_file: str, _pooch: object) -> None:
        _download(url, part, progress, should_stop)
        part.replace(output_file)  # pooch verifies this file, and deletes it where it is wrong

    by_hand = f"fetch {release.url} yourself and give the zip as source"
    try:
        base.mkdir(parents=True, exist_ok=True)
        pooch.retrieve(
            release.url,
            known_hash=f"md5:{release.md5}",
            fname=archive.name,
            path=base,
            downloader=continue_download,
        )
    except RequestException as error:
        raise DownloadError(
            f"The checkpoint's download failed ({_reason(error)})",
            f"try again to continue it, or {by_hand}",
        ) from error
    except OSError as error:
        raise DownloadError(
            f"The download cannot be written in {base} ({error.strerror or 'not permitted'})",
            "choose a directory where you may write and that has room",
        ) from error
    except ValueError as error:  # pooch's word for a wrong hash
        raise ChecksumError(
            f"What came is not the published zip (MD5 {release.md5})", f"try again, or {by_hand}"
        ) from error
    return archive


def _reason(error: Exception) -> str:
    """Say in a few words why a request failed; the full chain stays in the traceback."""
    import requests

    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"the server answered {error.response.status_code} {error.response.reason}"
    if isinstance(error, requests.Timeout):
        return "the server did not answer in time"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the connection broke off"
    return "no connection to the server"


def _download(
    url: str, part: Path, progress: Progress | None, should_stop: ShouldStop | None
) -> None:
    """Append to `part` what is missing, or start over where the server does not do ranges."""
    import requests

    check_stop(should_stop)
    done = part.stat().st_size if part.exists() else 0
    headers = {"Range": f"bytes={done}-"} if done else {}
    # Content as it is: a server that compresses on the fly would make the byte counts meaningless.
    headers["Accept-Encoding"] = "identity"
    with requests.get(url, headers=headers, stream=True, timeout=_TIMEOUT) as response:
        if response.status_code == requests.codes.requested_range_not_satisfiable:
            if response.headers.get("Content-Range") == f"bytes */{done}":
                return  # all of it was here already
            part.unlink()
            return _download(url, part, progress, should_stop)
        response.raise_for_status()
        if response.status_code != requests.codes.partial_content:
            done = 0
        total = done + int(response.headers.get("Content-Length", 0))
        with open(part, "ab" if done else "wb") as target:
            for piece in response.iter_content(_CHUNK):
                target.write(piece)
                done += len(piece)
                report(progress, done, total, f"downloading {part.stem}")
                check_stop(should_stop)
