"""A digital twin: one scan's network together with its units and what made it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from napari_nfm.fnn.checkpoint import read_checkpoint
from napari_nfm.fnn.errors import DeviceError
from napari_nfm.fnn.network import FNN
from napari_nfm.fnn.perspective import Periphery

__all__ = ["Twin", "load_twin"]


@dataclass(frozen=True, eq=False, repr=False)
class Twin:
    """One scan's network together with its units.

    Attributes
    ----------
    network
        In eval mode, on `device`.
    units
        One row per unit, indexed by ``readout_id`` (its place in the network's output). Columns
        ``session``, ``scan_idx`` and ``unit_id``, and any others of ``units.csv``; none of
        them where a single file says nothing about its units.
    fingerprint
        SHA-256 of all weights in hexadecimal; equal for equal weights wherever they were read.
    name
        For people, such as "session 8, scan 5".
    note
        What people should know about the network, or "".
    source
        The folder, zip or file that it was read from.
    """

    network: FNN
    units: pd.DataFrame
    fingerprint: str
    name: str
    note: str
    source: Path

    @property
    def device(self) -> torch.device:
        """Where the network computes."""
        return next(self.network.parameters()).device

    def to(self, device: str | torch.device) -> "Twin":
        """Move the network to a device and return this twin.

        Raises
        ------
        DeviceError
            If there is no such device here.
        """
        self.network.to(_resolve(device))
        return self

    def predict(
        self,
        stimuli: np.ndarray | torch.Tensor,
        perspectives: np.ndarray | torch.Tensor | None = None,
        modulations: np.ndarray | torch.Tensor | None = None,
        *,
        reset: bool = True,
        periphery: Periphery = "dark",
    ) -> np.ndarray:
        """Predict the response of every unit to every frame; see `FNN.predict`.

        Returns
        -------
        numpy.ndarray
            float32 (time, unit), or (time, batch, unit) where an input has a batch axis.
        """
        return self.network.predict(
            stimuli, perspectives, modulations, reset=reset, periphery=periphery
        )

    def __repr__(self) -> str:
        note = f", {self.note!r}" if self.note else ""
        return (
            f"<Twin {self.name!r}: {len(self.units):,} units, fingerprint "
            f"{self.fingerprint[:16]}, on {self.device}{note}>"
        )


def load_twin(
    source: str | Path,
    session: int | None = None,
    scan_idx: int | None = None,
    *,
    device: str | torch.device = "auto",
) -> Twin:
    """Load one scan's network.

    Nothing in a file is ever run: weights are read with ``weights_only=True``, and every key,
    shape, type and value is checked before the network is built. Reduced networks of the same
    family load too; their numbers are read off the shapes.

    Parameters
    ----------
    source
        One of: a folder in the published layout (``params_core.pt``,
        ``params_{session}_{scan_idx}.pt``, ``scans.csv``, ``units.csv``); a folder whose only
        such sub-folder is meant; a zip of either, which is read without unpacking; one file
        with the whole state dict, or with a dictionary that has it under ``"state_dict"``. A
        ``config.json`` there may give a "name" and a "note".
    session, scan_idx
        Which scan. By default session 8 scan 5, the one that the manifold study used, where
        its weights are there, else the first of ``scans.csv`` whose weights are. One file holds
        one scan; a ``units.csv`` beside it is used where it has only that scan or these
        arguments name it.
    device
        Where to compute; "auto" takes CUDA, else MPS, else the CPU.

    Raises
    ------
    CheckpointError
        If there is no readable, safe and complete checkpoint at `source`; each fault has its
        own type in `napari_nfm.fnn.errors`.
    DeviceError
        If there is no such device here.

    Examples
    --------
    >>> from napari_nfm.fnn import load_twin
    >>> from napari_nfm.fnn.embedded import embedded_checkpoint
    >>> twin = load_twin(embedded_checkpoint(), device="cpu")
    >>> len(twin.units)
    300
    """
    resolved = _resolve(device)
    checkpoint = read_checkpoint(source, session, scan_idx)
    return Twin(
        network=FNN.from_state_dict(checkpoint.state).to(resolved),
        units=checkpoint.units,
        fingerprint=_fingerprint(checkpoint.state),
        name=checkpoint.name,
        note=checkpoint.note,
        source=checkpoint.path,
    )


def _resolve(device: str | torch.device) -> torch.device:
    if device == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        resolved = torch.device(device)
        torch.empty(0, device=resolved)
    # torch says AssertionError where it was built without CUDA.
    except (RuntimeError, AssertionError, NotImplementedError, TypeError) as error:
        raise DeviceError(
            f"Device {str(device)!r} is not available here", "use 'auto' or 'cpu'"
        ) from error
    return resolved


def _fingerprint(state: Mapping[str, torch.Tensor]) -> str:
    """Hash every key, type, shape and value, in the order of the keys."""
    digest = hashlib.sha256()
    for key in sorted(state):
        value = state[key].contiguous()
        digest.update(f"{key} {value.dtype} {tuple(value.shape)}\n".encode())
        digest.update(value.numpy().tobytes())
    return digest.hexdigest()
