"""Write a small untrained network of the FNN family, for trying the tool without a download.

It shows what the tool does; about cortex it says nothing.
"""

import hashlib
import json
import zlib
from collections import OrderedDict
from pathlib import Path

import numpy as np
import torch

from napari_nfm.fnn.architecture import Architecture, DenseBlock
from napari_nfm.fnn.cache import cache_directory, new_directory
from napari_nfm.fnn.checkpoint import CORE, missing_files, scan_file
from napari_nfm.fnn.seeded_weights import seeded_state

__all__ = ["REDUCED", "embedded_checkpoint", "write_seeded_checkpoint"]

REDUCED = Architecture(
    retina=(48, 72),
    eye_features=4,
    eye_layers=1,
    behaviour_features=4,
    behaviour_cells=4,
    blocks=(DenseBlock(8, 1), DenseBlock(16, 2), DenseBlock(16, 2, pool=1)),
    encoder_features=16,
    recurrent_inputs=16,
    recurrent_hidden=16,
    recurrent_common=32,
    recurrent_groups=2,
    features=16,
)
"""The published topology with fewer channels and a smaller retina."""

NAME = "embedded network"
NOTE = "seeded, untrained weights: for trying the tool, not a model of cortex"

_RECIPE = 1  # raise it whenever the same seed gives other weights, so that caches are renewed


def embedded_checkpoint() -> Path:
    """Return the folder of the embedded network, writing it to the user's cache the first time."""
    directory = cache_directory() / f"seeded_network_v{_RECIPE}"
    if directory.is_dir() and not missing_files(directory):
        return directory
    return write_seeded_checkpoint(directory)


def write_seeded_checkpoint(
    directory: str | Path,
    *,
    architecture: Architecture = REDUCED,
    units: int = 300,
    seed: int = 0,
    session: int = 8,
    scan_idx: int = 5,
) -> Path:
    """Write an untrained network in the published layout, with a ``config.json`` that says so.

    Parameters
    ----------
    directory
        The folder to write; it appears complete or not at all.
    architecture
        The size of the network.
    units
        Number of units in the readout.
    seed
        The same seed gives the same tensors, whatever the machine.
    session, scan_idx
        Under which scan the units are listed.

    Returns
    -------
    Path
        `directory`, for `load_twin`.
    """
    final = Path(directory).expanduser()
    state = seeded_state(architecture, units, seed)
    core = OrderedDict((key, value) for key, value in state.items() if key.startswith("core."))
    scan = OrderedDict((key, value) for key, value in state.items() if key not in core)
    gaps = np.random.default_rng([seed, zlib.crc32(b"unit_id")]).integers(1, 4, units)
    unit_rows = [
        f"{session},{scan_idx},{unit_id},{readout_id}"
        for readout_id, unit_id in enumerate(np.cumsum(gaps))
    ]
    data_id = hashlib.md5(f"seeded {seed}".encode(), usedforsecurity=False).hexdigest()
    with new_directory(final) as filling:
        torch.save(core, filling / CORE)
        torch.save(scan, filling / scan_file(session, scan_idx))
        tables = {
            "scans.csv": [
                "session,scan_idx,units,data_id",
                f"{session},{scan_idx},{units},{data_id}",
            ],
            "units.csv": ["session,scan_idx,unit_id,readout_id", *unit_rows],
            "config.json": [json.dumps({"name": NAME, "note": NOTE, "seed": seed}, indent=1)],
        }
        for name, lines in tables.items():
            (filling / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return final
