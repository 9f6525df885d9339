"""What a recording keeps until it is finished, in the folder ``unfinished`` of its store.

::

    progress.json         description, order of conditions, which are done; replaced per batch
    {site}.peaks.npy      peak responses so far; replaced per batch
    {site}.maxima         largest value of each frame, one record per condition
    {site}.maps           temporary store: mean maps, one record per condition
    {site}.courses        second pass: time courses of the sampled units, one record per condition

A batch counts as done when ``progress.json`` says so, which is written after everything else. What
a killed process left of a batch in flight is written over.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from napari_nfm.recording.description import Description
from napari_nfm.recording.errors import StoreError
from napari_nfm.recording.files import NumberFile, replace_array, replace_json, settle

__all__ = ["Counted", "Progress", "Strategy", "Unfinished"]

Strategy = Literal["temporary store", "second pass"]
Counted = Literal["played", "gathered"]
REMEDY = "delete the folder and record again"


@dataclass(frozen=True)
class Progress:
    """How far a recording has come.

    Parameters
    ----------
    strategy
        How the time courses of units are had; None where maps are kept.
    batch_size, players
        Sequences played in lockstep, and how many such batches side by side. A recording goes on
        with the same numbers, because rounding may depend on them.
    targets
        Indices of category and direction of every condition, in the order played.
    played
        Numbers of the conditions whose statistics (and maps) are complete.
    gathered
        Numbers of those whose units were gathered in the second pass.
    """

    strategy: Strategy | None
    batch_size: int
    players: int
    targets: tuple[tuple[tuple[int, int], ...], ...]
    played: tuple[int, ...] = ()
    gathered: tuple[int, ...] = ()

    @property
    def done(self) -> tuple[int, ...]:
        """Conditions of which nothing is missing."""
        return self.gathered if self.strategy == "second pass" else self.played

    def count(self, counted: Counted, conditions: Collection[int]) -> Progress:
        """Return the progress when some more conditions were played, or gathered."""
        numbers = tuple(sorted({*getattr(self, counted), *conditions}))
        return (
            replace(self, played=numbers)
            if counted == "played"
            else replace(self, gathered=numbers)
        )


class Unfinished:
    """The folder ``unfinished`` of a store.

    Parameters
    ----------
    store
        The store.
    """

    def __init__(self, store: Path) -> None:
        self.store = store
        self.folder = store / "unfinished"
        self._progress_file = self.folder / "progress.json"

    @property
    def exists(self) -> bool:
        """Whether a recording was begun here and not finished."""
        return self._progress_file.is_file()

    def begin(self, description: Description, progress: Progress) -> None:
        """Make the folder, after which the store is known as an unfinished recording."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.write(description, progress)

    def write(self, description: Description, progress: Progress) -> None:
        """Replace the progress file, when what it speaks of is on the disk."""
        for path in self.folder.iterdir():
            settle(path)
        replace_json(
            self._progress_file,
            {"attributes": description.as_attributes(), "progress": asdict(progress)},
        )

    def read(self) -> tuple[Description, Progress]:
        """Return what the recording is of and how far it has come.

        Raises
        ------
        StoreError
            The progress file is damaged or of another version.
        """
        try:
            content = json.loads(self._progress_file.read_bytes())
            attributes, progress = content["attributes"], content["progress"]
            progress["targets"] = tuple(
                tuple((int(c), int(d)) for c, d in targets) for targets in progress["targets"]
            )
            for name in ("played", "gathered"):
                progress[name] = tuple(map(int, progress[name]))
            state = Progress(**progress)
        except (ValueError, KeyError, TypeError) as error:
            raise StoreError(f"The file {self._progress_file} is damaged", REMEDY) from error
        return Description.read(attributes, self.store), state

    def remove(self) -> None:
        """Delete the folder."""
        if self.folder.exists():
            shutil.rmtree(self.folder)

    def numbers(self, site: str, kind: str, dtype: str, values: int) -> NumberFile:
        """Return the file of a site with `values` numbers per condition."""
        return NumberFile(self.folder / f"{site}.{kind}", np.dtype(dtype), values)

    def write_peaks(self, site: str, peaks: NDArray[np.float32]) -> None:
        """Replace the peak responses of a site."""
        replace_array(self.folder / f"{site}.peaks.npy", peaks)

    def read_peaks(self, site: str) -> NDArray[np.float32]:
        """Return the peak responses of a site.

        Raises
        ------
        StoreError
            They are missing or damaged.
        """
        path = self.folder / f"{site}.peaks.npy"
        try:
            return np.load(path, allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            raise StoreError(f"The file {path} is missing or damaged", REMEDY) from error
