"""Read tensors from PyTorch files that nobody vouches for."""

import io
import pickle
import re
import warnings
import zipfile
from collections.abc import Mapping
from importlib.resources.abc import Traversable

import torch

from napari_nfm.fnn.archive import read_bytes
from napari_nfm.fnn.errors import (
    CheckpointNotFoundError,
    UnexpectedKeysError,
    UnreadableFileError,
    UnsafeCheckpointError,
)

__all__ = ["PLAIN_WEIGHTS", "read_tensors"]

_AGAIN = "copy or download the file again"
PLAIN_WEIGHTS = "use the published file or one written by torch.save(network.state_dict(), ...)"


def read_tensors(file: Traversable) -> dict[str, torch.Tensor]:
    """Read one file of tensors to the CPU without running anything that it contains.

    A dictionary whose only tensors lie under ``"state_dict"`` (as training frameworks save it)
    is unwrapped. Checksums inside the file are verified, which `torch.load` does not do.

    Raises
    ------
    CheckpointNotFoundError
        If there is no such file.
    ArchiveError
        If it lies in a zip and is damaged there.
    UnreadableFileError
        If it is empty, truncated, damaged, or not a PyTorch file of tensors.
    UnsafeCheckpointError
        If it holds anything that would need code to be run.
    UnexpectedKeysError
        If an entry is not a tensor.
    """
    try:
        data = read_bytes(file)
    except (FileNotFoundError, KeyError) as error:
        raise CheckpointNotFoundError(f"There is no file {file}", _AGAIN) from error
    except OSError as error:
        raise UnreadableFileError(
            f"File {file} cannot be read ({error.strerror})", "check the disk and the permissions"
        ) from error
    content = _load(file, data)
    if isinstance(content, Mapping) and isinstance(content.get("state_dict"), Mapping):
        content = content["state_dict"]
    if not isinstance(content, Mapping) or not content:
        raise UnreadableFileError(
            f"File {file} holds a {type(content).__name__} and no named weights", PLAIN_WEIGHTS
        )
    for key, value in content.items():
        if not isinstance(key, str) or not isinstance(value, torch.Tensor):
            raise UnexpectedKeysError(
                f"File {file} holds a {type(value).__name__} under {key!r} where only weights "
                "belong",
                PLAIN_WEIGHTS,
            )
    return dict(content)


def _load(file: Traversable, data: bytes) -> object:
    """Decode the bytes of a PyTorch file, turning each way to fail into one sentence."""
    if not data:
        raise UnreadableFileError(f"File {file} is empty", _AGAIN)
    if data.startswith(b"PK"):
        _check_container(file, data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about pickle protocols; the errors say it better
            return torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        blocked = re.search(r"GLOBAL ([\w.]+)", str(error))
        if blocked or data.startswith(b"\x80"):
            found = f"Python object {blocked[1]}" if blocked else "general Python pickle"
            raise UnsafeCheckpointError(
                f"File {file} was refused because reading its {found} could run code", PLAIN_WEIGHTS
            ) from error
        raise UnreadableFileError(f"File {file} is not a PyTorch file", PLAIN_WEIGHTS) from error
    except Exception as error:
        # Garbage makes torch's reader fail with almost any type (KeyError, EOFError, ...).
        if data.startswith(b"\x80"):
            raise UnreadableFileError(f"File {file} is truncated or damaged", _AGAIN) from error
        raise UnreadableFileError(f"File {file} is not a PyTorch file", PLAIN_WEIGHTS) from error


def _check_container(file: Traversable, data: bytes) -> None:
    """Verify the zip that a PyTorch file is: complete, undamaged, tensors only."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as container:
            damaged = container.testzip()
            names = container.namelist()
    except (zipfile.BadZipFile, OSError, EOFError) as error:
        raise UnreadableFileError(f"File {file} is truncated or damaged", _AGAIN) from error
    if damaged:
        raise UnreadableFileError(f"File {file} is damaged in its part {damaged}", _AGAIN)
    if any(name.endswith("/constants.pkl") for name in names):
        raise UnsafeCheckpointError(
            f"File {file} was refused because it is a TorchScript program, not weights",
            PLAIN_WEIGHTS,
        )
