"""Small populations whose tubes are known to be there, for tests of the docks of readouts."""

import numpy as np
import xarray as xr

from napari_nfm.stimuli.ensemble import CATEGORIES

DIRECTIONS = tuple(float(direction) for direction in range(0, 360, 45))
SITE, OTHER = "encoder.L1", "output"
STUDIED = tuple(name for i, name in enumerate(CATEGORIES) if i in (0, 6, 7, 8, 9, 10))
"""The categories that the study scores."""


def make_tubes(n_units=30, noise=0.05, seed=0, n_frames=20, site="encoder.L1"):
    """Return responses ``(unit, category, direction, time)``: a path per category, with noise."""
    rng = np.random.default_rng(seed)
    n_categories = len(CATEGORIES)
    steps = rng.normal(size=(n_units, n_categories, 1, n_frames)).cumsum(axis=-1)
    scatter = rng.normal(size=(n_units, n_categories, len(DIRECTIONS), 1)) * 40 * noise
    ripple = noise * rng.normal(size=(n_units, n_categories, len(DIRECTIONS), n_frames))
    return xr.DataArray(
        (10 + steps + scatter + ripple).clip(min=0).astype(np.float32),
        dims=("unit", "category", "direction", "time"),
        coords={"category": list(CATEGORIES), "direction": list(DIRECTIONS)},
        attrs={"site": site},
    )
