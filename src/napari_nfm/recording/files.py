"""Plain files of numbers and text that survive a killed process.

A file that is replaced is written beside itself first, so a reader finds the old or the new one,
never half of either. Files of numbers are read and written in place, without mapping them into
memory, so that what was written does not count as memory of the process.
"""

import contextlib
import errno
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nfm.recording.errors import StorageError, StoreError

__all__ = ["NumberFile", "replace_array", "replace_json", "settle", "writing"]

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@dataclass(frozen=True)
class NumberFile:
    """A file of records of one size, one record per condition.

    Parameters
    ----------
    path
        Where it is.
    dtype
        Type of the numbers, little-endian.
    values
        Numbers in one record.
    """

    path: Path
    dtype: np.dtype
    values: int

    def write(self, record: int, numbers: NDArray, *, offset: int = 0) -> None:
        """Write C-contiguous `numbers` into a record, `offset` numbers after its beginning."""
        # Neither "w" nor "a": an earlier record stays, and a record may be written again.
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o644)
        # Unbuffered: a buffered file passes large blocks on at a tenth of the speed.
        with open(descriptor, "r+b", buffering=0) as file:
            file.seek(self._position(record, offset))
            left = numbers.astype(self.dtype, order="C", copy=False).data.cast("B")
            while left:
                left = left[file.write(left) :]
            _let_go(file.fileno())

    def read(self, record: int, runs: Sequence[int], length: int) -> NDArray:
        """Read runs of `length` numbers.

        Parameters
        ----------
        record
            Which record.
        runs
            Where each run begins, in numbers after the beginning of the record.
        length
            Numbers in each run.

        Returns
        -------
        ndarray
            ``(run, number)``.

        Raises
        ------
        StoreError
            The file is missing or ends before.
        """
        numbers = np.empty((len(runs), length), self.dtype)
        if numbers.size == 0:
            return numbers
        try:
            with open(self.path, "rb", buffering=0) as file:
                for row, start in zip(numbers, runs, strict=True):
                    file.seek(self._position(record, start))
                    if file.readinto(row.data) != row.nbytes:
                        raise EOFError
        except (FileNotFoundError, EOFError) as error:
            raise self._too_short() from error
        return numbers

    def check_length(self, records: int) -> None:
        """Make sure that a number of records was written.

        Raises
        ------
        StoreError
            The file is missing or shorter.
        """
        needed = self._position(records, 0)
        if needed and (not self.path.is_file() or self.path.stat().st_size < needed):
            raise self._too_short()

    def _too_short(self) -> StoreError:
        return StoreError(
            f"The file {self.path} is missing or shorter than what was recorded",
            "delete the folder and record again",
        )

    def _position(self, record: int, offset: int) -> int:
        return (record * self.values + offset) * self.dtype.itemsize


def replace_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON file at once, the same bytes for the same content."""
    _replace(path, json.dumps(content, indent=1, sort_keys=True).encode())


def replace_array(path: Path, array: NDArray) -> None:
    """Write a ``.npy`` file at once."""
    beside = path.with_name(path.name + ".new")
    with open(beside, "wb") as file:
        np.save(file, array, allow_pickle=False)
    os.replace(beside, path)


def _replace(path: Path, content: bytes) -> None:
    beside = path.with_name(path.name + ".new")
    beside.write_bytes(content)
    os.replace(beside, path)


@contextlib.contextmanager
def writing(store: Path) -> Iterator[None]:
    """Turn a full or unwritable disk into a sentence.

    Raises
    ------
    StorageError
        Where the body fails to write.
    """
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise StorageError(
                f"The disk is full while recording to {store}",
                "free some space and record again with the same arguments to continue",
            ) from error
        raise StorageError(
            f"Cannot write the recording {store} ({error.strerror or error})",
            "check the folder and its permissions, then record again with the same arguments",
        ) from error


def settle(path: Path) -> None:
    """Wait until what was written to a file is on the disk, where the system can tell."""
    if hasattr(os, "fdatasync"):
        with open(path, "rb") as file:
            os.fdatasync(file.fileno())


def _let_go(descriptor: int) -> None:
    """Have the system bring what was written to the disk, and free the memory it keeps it in.

    Gigabytes go through; kept in memory they would push out everything else, and finding room
    for them takes the system longer than writing them. This does not wait: what is not on the
    disk yet is on its way, and freed with the next block.
    """
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
