"""A session in one file, for another day or another machine.

A ``.nfm`` file is a zip. ``session.json`` says what was loaded, recorded, computed and selected,
and names the members that hold response tensors and results, each in the format of
`napari_nfm.analysis.archive`. Nothing in it is ever run or unpacked to disk. Paths are kept both
absolute and relative to the file, so that a session moves together with its recording.
"""

import io
import json
import os
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from napari_nfm import __version__
from napari_nfm.analysis.archive import ArchiveError, dump_archive, load_archive, write_atomically
from napari_nfm.damaged_zips import DAMAGE
from napari_nfm.errors import NeuralFoundationModelError
from napari_nfm.jobs import Progress, ShouldStop, check_stop, report
from napari_nfm.plain_values import check_mapping, check_text
from napari_nfm.saved_selection import read_look, read_selection
from napari_nfm.saved_session import SavedRecording, SavedSession, SavedStimuli, SavedTwin
from napari_nfm.site_results import BY_SITE, OF_ALL_SITES

__all__ = ["SUFFIX", "SessionFileError", "is_session", "read_session", "write_session"]

SUFFIX = ".nfm"
FORMAT = "napari-nfm session"
VERSION = 1
CONTENTS = "session.json"
KINDS = {
    "published": "DataFrame",
    "responses": "DataArray",
    "results": "DecodingTrajectories",
    "manifolds": "EncodingManifold",
    "rank_choices": "RankChoice",
    "scores": "Tubularity",
    "accuracies": "DecodingAccuracy",
    "comparisons": "SubpopulationComparison",
    "removals": "RemovalSweep",
    "scorecard": "Scorecard",
    "sensitivity": "Sensitivity",
}
"""What each field of a session holds: nothing else in its place is taken from a file."""
DATE = (1980, 1, 1, 0, 0, 0)
"""Of every member, so that the same session is the same bytes."""

Part = TypeVar("Part", SavedTwin, SavedStimuli, SavedRecording)


class SessionFileError(NeuralFoundationModelError):
    """A session cannot be written, or a file is missing, damaged, or no session."""


def write_session(
    path: str | Path,
    saved: SavedSession,
    *,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> Path:
    """Write a session to a file, which appears when it is complete.

    Parameters
    ----------
    path
        The file; it gets the ending ``.nfm`` where it has another.
    saved
        What to write.
    progress, should_stop
        See `napari_nfm.jobs`.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    SessionFileError
        The file cannot be written.
    Cancelled
        `should_stop` said so; an earlier file is left as it was.
    """
    path = Path(path).expanduser().absolute()
    path = path if path.suffix == SUFFIX else path.with_name(path.name + SUFFIX)
    members: dict[str, Any] = {}

    def member(kind: str, result: Any) -> str:
        name = f"{kind}/{len(members)}.npz"
        members[name] = result
        return name

    contents = {
        "format": FORMAT,
        "version": VERSION,
        "written by": f"napari-nfm {__version__}",
        **{
            name: None if part is None else _with_places(asdict(part), path.parent)
            for name in ("twin", "stimuli", "recording")
            for part in (getattr(saved, name),)
        },
        "published": None if saved.published is None else member("published", saved.published),
        "responses": {site: member("responses", r) for site, r in saved.responses.items()},
        "populations": sorted(saved.populations),
        "computed": [
            {"field": name, "key": key, "member": member(name, result)}
            for name, key, result in (
                *((name, *each) for name, of in saved.computed.items() for each in of.items()),
                *((name, None, result) for name, result in saved.of_all_sites.items()),
            )
        ],
        "outdated": sorted(saved.outdated),
        "selection": saved.selection,
        "look": saved.look,
        "window": saved.window,
    }

    def write(file: Any) -> None:
        with zipfile.ZipFile(file, "w") as opened:
            text = json.dumps(contents, indent=1, ensure_ascii=False)
            opened.writestr(zipfile.ZipInfo(CONTENTS, DATE), text)
            for number, (name, result) in enumerate(members.items()):
                check_stop(should_stop)
                report(progress, number, len(members), "Saving the session")
                buffer = io.BytesIO()
                dump_archive(buffer, result)
                # Lightly: graphs are mostly zeros; responses stay large whatever one does.
                opened.writestr(
                    zipfile.ZipInfo(name, DATE),
                    buffer.getbuffer(),
                    compress_type=zipfile.ZIP_DEFLATED,
                    compresslevel=1,
                )

    try:
        write_atomically(path, write)
    except OSError as error:
        raise SessionFileError(
            f"The session cannot be written to {path} ({error.strerror or error})",
            "check the folder, its permissions and the space on the disk",
        ) from error
    return path


def read_session(
    path: str | Path,
    *,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> SavedSession:
    """Read a session that `write_session` has written.

    A response tensor or result that is damaged is left out and named in ``missing``.

    Raises
    ------
    SessionFileError
        The file is missing, damaged, no session, or of a later version.
    Cancelled
        `should_stop` said so.
    """
    path = Path(path).expanduser().absolute()
    missing: list[str] = []
    try:
        with zipfile.ZipFile(path) as opened:
            contents = _read_contents(opened, path)
            wanted = _members(contents)
            found: dict[str, dict[Any, Any]] = {name: {} for name in KINDS}
            for number, (name, key, member) in enumerate(wanted):
                check_stop(should_stop)
                report(progress, number, len(wanted), "Opening the session")
                try:
                    result = load_archive(io.BytesIO(opened.read(member)), member)
                except (ArchiveError, KeyError, *DAMAGE):
                    result = None
                if type(result).__name__ == KINDS[name]:
                    found[name][key] = result
                else:
                    missing.append(f"{name} that are damaged in the file")
        return _put_together(contents, found, path.parent, missing)
    except FileNotFoundError as error:
        raise SessionFileError(f"The session {path} is not there", "check the path") from error
    except (OSError, *DAMAGE) as error:
        raise SessionFileError(
            f"The file {path} is no session or is damaged", "choose a .nfm file that was saved here"
        ) from error
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise SessionFileError(
            f"The contents of the session {path} are damaged", "save the session again"
        ) from error


def is_session(path: str | Path) -> bool:
    """Tell whether a file is a session, by its contents."""
    try:
        with zipfile.ZipFile(path) as opened:
            return bool(json.loads(opened.read(CONTENTS))["format"] == FORMAT)
    except (OSError, KeyError, TypeError, ValueError, RecursionError, *DAMAGE):
        return False


def _read_contents(opened: zipfile.ZipFile, path: Path) -> dict[str, Any]:
    contents = json.loads(opened.read(CONTENTS))
    if contents["format"] != FORMAT:
        raise ValueError(contents["format"])
    if contents["version"] > VERSION:
        raise SessionFileError(
            f"The session {path} was saved by {contents['written by']}, in a later format",
            "open it with that version or a later one",
        )
    return contents


def _members(contents: Mapping[str, Any]) -> list[tuple[str, Any, str]]:
    """Return field, key and member of all that is stored, of the fields that are known."""
    members = [("responses", site, member) for site, member in contents["responses"].items()]
    if contents.get("published") is not None:
        members.append(("published", None, contents["published"]))
    for entry in contents["computed"]:
        key = entry["key"]
        key = tuple(key) if isinstance(key, list) else key
        members.append((entry["field"], key, entry["member"]))
    return [
        (check_text(name), key, check_text(member))
        for name, key, member in members
        if name in KINDS
    ]


def _put_together(
    contents: Mapping[str, Any],
    found: Mapping[str, Mapping[Any, Any]],
    folder: Path,
    missing: list[str],
) -> SavedSession:
    def part(name: str, read: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
        try:
            return read(contents[name])
        except ValueError:
            missing.append(f"the {name} (damaged in the file)")
            return {}

    return SavedSession(
        twin=_part(SavedTwin, contents["twin"], folder),
        stimuli=_part(SavedStimuli, contents["stimuli"], folder),
        recording=_part(SavedRecording, contents["recording"], folder),
        published=found["published"].get(None),
        responses=found["responses"],
        populations=frozenset(contents["populations"]),
        computed={name: found[name] for name in BY_SITE},
        of_all_sites={name: found[name][None] for name in OF_ALL_SITES if None in found[name]},
        outdated=frozenset(contents.get("outdated", ())) & set(OF_ALL_SITES),
        selection=part("selection", read_selection),
        look=part("look", read_look),
        window=part("window", check_mapping),
        missing=tuple(dict.fromkeys(missing)),
    )


def _with_places(described: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Give a path as text, and relative to the folder of the file where it can be."""
    path = described["path"]
    if path is None:
        return described
    try:
        relative: str | None = Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # on another drive
        relative = None
    return {**described, "path": str(path), "relative path": relative}


def _part(kind: type[Part], described: dict[str, Any] | None, folder: Path) -> Part | None:
    """Undo `_with_places`: the path from the file's folder counts where something is there."""
    if described is None:
        return None
    relative, path = described.pop("relative path", None), described["path"]
    if relative is not None and (folder / relative).exists():
        path = os.path.normpath(folder / relative)
    return kind(**{**described, "path": None if path is None else Path(path)})
