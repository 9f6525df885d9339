"""A folder in which a sweep over ranks keeps what is finished.

::

    FOLDER/sweep.json      what is swept: fingerprint of the tensor, starts, seed
    FOLDER/rank-07.npz     one finished rank, with the fingerprint again
"""

import json
import warnings
from pathlib import Path
from typing import Any

import numpy.typing as npt

from napari_nfm.analysis.archive import (
    ArchiveError,
    fingerprint,
    read_archive,
    write_archive,
    write_text,
)
from napari_nfm.analysis.errors import AnalysisError
from napari_nfm.analysis.permuted import PermutedCP
from napari_nfm.analysis.step_cache import CACHE_VERSION

__all__ = ["RankStore"]

DESCRIPTION = "sweep.json"


def _file(folder: Path, rank: int) -> Path:
    return folder / f"rank-{rank:02d}.npz"


class RankStore:
    """The finished ranks of one sweep, in a folder or nowhere.

    Parameters
    ----------
    folder
        Made where it is missing; None keeps nothing.
    values
        The tensor, ``(unit, stimulus, direction, time)``.
    n_starts, seed
        Of each decomposition.

    Raises
    ------
    AnalysisError
        The folder belongs to another sweep or holds something else, or cannot be written.
    """

    def __init__(
        self, folder: str | Path | None, values: npt.NDArray, n_starts: int, seed: int
    ) -> None:
        self.folder = None if folder is None else Path(folder).expanduser()
        self._shape = (n_starts, len(values))
        if self.folder is None:
            return
        tensor = fingerprint(CACHE_VERSION, values)
        description = {"tensor": tensor, "n_starts": n_starts, "seed": seed}
        self._fingerprint = fingerprint(description)
        try:
            self._claim(self.folder, description)
        except OSError as error:
            raise AnalysisError(
                f"The folder {self.folder} cannot be used ({error.strerror})", "choose another"
            ) from error

    def read(self, rank: int) -> PermutedCP | None:
        """Return a finished rank; None where it is missing, damaged or of another sweep."""
        if self.folder is None:
            return None
        try:
            content = read_archive(_file(self.folder, rank))
        except ArchiveError:
            return None  # computed again, and written anew
        if not isinstance(content, dict) or content.get("sweep") != self._fingerprint:
            return None
        fit = content.get("fit")
        if not isinstance(fit, PermutedCP) or fit.neural_factors.shape != (*self._shape, rank):
            return None
        return fit

    def write(self, rank: int, fit: PermutedCP) -> None:
        """Keep a finished rank; where that fails, warn, as the decomposition itself is good."""
        if self.folder is None:
            return
        try:
            write_archive(_file(self.folder, rank), {"sweep": self._fingerprint, "fit": fit})
        except OSError as error:
            warnings.warn(f"Rank {rank} was not kept in {self.folder}: {error}", stacklevel=2)

    def _claim(self, folder: Path, description: dict[str, Any]) -> None:
        """Make the folder this sweep's own, or see that it is."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / DESCRIPTION
        if not path.exists():
            if any(not entry.name.startswith(".") for entry in folder.iterdir()):
                raise AnalysisError(
                    f"The folder {folder} holds something other than a sweep over ranks",
                    "choose another or an empty one",
                )
            write_text(path, json.dumps(description, indent=2) + "\n")
            return
        try:
            found = json.loads(path.read_text())
            differing = [name for name in description if found[name] != description[name]]
        except (ValueError, KeyError, TypeError) as error:
            raise AnalysisError(
                f"The file {path} is damaged", "delete the folder, or choose another"
            ) from error
        if differing:
            name = differing[0]
            held = "" if name == "tensor" else f" ({found[name]}, not {description[name]})"
            raise AnalysisError(
                f"The folder {folder} holds a sweep over ranks with another {name}{held}",
                "choose another folder",
            )
