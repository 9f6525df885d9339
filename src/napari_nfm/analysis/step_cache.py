"""Results of single steps, kept in a folder by what they were made from.

The name of a file is the fingerprint of everything that a step depends on: the content of its
inputs, its parameters, and `CACHE_VERSION`. So a changed parameter never finds a stale result, and
going back to an earlier one finds all of it again.
"""

import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from napari_nfm.analysis.archive import ArchiveError, fingerprint, read_archive, write_archive
from napari_nfm.analysis.errors import AnalysisError

__all__ = ["StepCache"]

CACHE_VERSION = 2
"""Raised whenever a step computes something else from the same inputs."""

LIMIT_BYTES = 4_000_000_000

Result = TypeVar("Result")


class StepCache:
    """A folder of results, or none.

    Parameters
    ----------
    folder
        Where results are kept; made where it is missing. None keeps nothing.
    limit_bytes
        What the folder may hold; the results used longest ago make room for new ones.

    Raises
    ------
    AnalysisError
        The folder cannot be made.
    """

    def __init__(self, folder: str | Path | None, *, limit_bytes: int = LIMIT_BYTES) -> None:
        self.folder = None if folder is None else Path(folder).expanduser()
        self.limit_bytes = limit_bytes
        if self.folder is not None:
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise AnalysisError(
                    f"The cache folder {self.folder} cannot be made ({error.strerror})",
                    "choose another, or none with cache=None",
                ) from error

    def step(self, name: str, compute: Callable[[], Result], *depends_on: Any) -> Result:
        """Return the result of a step, from the folder or else computed and kept there.

        Parameters
        ----------
        name
            Name of the step, the beginning of the file's name.
        compute
            Computes the result, which is one that `write_archive` knows.
        depends_on
            Everything that the result depends on.

        Notes
        -----
        A file that is damaged is computed again. Where a result cannot be written it is returned
        nevertheless, with a warning.
        """
        if self.folder is None:
            return compute()
        path = self.folder / f"{name}-{fingerprint(CACHE_VERSION, name, depends_on)}.npz"
        if path.exists():
            try:
                result = read_archive(path)
                os.utime(path)
            except (ArchiveError, OSError):
                # Neither worth a warning nor to be trusted: it is written anew below.
                pass
            else:
                return result
        result = compute()
        try:
            write_archive(path, result)
            self._make_room(path)
        except OSError as error:
            warnings.warn(f"The step {name} was not kept in {self.folder}: {error}", stacklevel=2)
        return result

    def _make_room(self, newest: Path) -> None:
        """Delete what was used longest ago until the folder holds no more than it may."""
        files = [(path.stat(), path) for path in newest.parent.glob("*-*.npz") if path != newest]
        files.sort(key=lambda file: file[0].st_mtime_ns, reverse=True)
        held = newest.stat().st_size
        for status, path in files:
            held += status.st_size
            if held > self.limit_bytes:
                path.unlink(missing_ok=True)
