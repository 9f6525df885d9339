"""Write a small untrained network of the FNN family, for tests and benchmarks.

About cortex it says nothing.
"""

import zlib
from pathlib import Path

import numpy as np
import pandas as pd

from napari_nfm.fnn.architecture import Architecture, DenseBlock
from napari_nfm.fnn.seeded_weights import seeded_state
from napari_nfm.fnn.writing import write_checkpoint

__all__ = ["REDUCED", "write_seeded_checkpoint"]

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

NAME = "seeded network"
NOTE = "seeded, untrained weights: for tests, not a model of cortex"


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
    gaps = np.random.default_rng([seed, zlib.crc32(b"unit_id")]).integers(1, 4, units)
    return write_checkpoint(
        directory,
        seeded_state(architecture, units, seed),
        pd.DataFrame({"unit_id": np.cumsum(gaps)}),
        {"name": NAME, "note": NOTE, "seed": seed},
        session=session,
        scan_idx=scan_idx,
    )
