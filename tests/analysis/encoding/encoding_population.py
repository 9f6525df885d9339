"""A population small enough that its encoding manifold is computed in a second."""

import numpy as np
import xarray as xr

FEW = {"rank": 4, "n_starts": 2}


def population(n_units=90, n_categories=6, n_frames=10, seed=0):
    """Return units tuned to one or two stimuli each, of random preferred direction."""
    rng = np.random.default_rng(seed)
    angles = np.arange(8) * np.pi / 4
    frames = np.arange(n_frames)
    preferred = rng.uniform(0, 2 * np.pi, (n_units, 1))
    tuned = np.exp(rng.uniform(0.5, 3, (n_units, 1)) * (np.cos(angles - preferred) - 1))
    peak = rng.uniform(1, n_frames - 2, (n_units, 1))
    course = np.exp(-((frames - peak) ** 2) / 8)
    strength = rng.dirichlet(np.full(n_categories, 0.4), n_units)
    values = np.einsum("us,ud,ut->usdt", strength, tuned, course)
    values += 0.02 * rng.random(values.shape)
    return xr.DataArray(
        values * rng.gamma(3, 1, (n_units, 1, 1, 1)),
        dims=("unit", "category", "direction", "time"),
        coords={
            "site": ("unit", np.full(n_units, "encoder.L8")),
            "channel": ("unit", np.arange(n_units) // 10),
            "y": ("unit", np.arange(n_units) % 7),
            "x": ("unit", np.arange(n_units) % 5),
            "category": [f"stimulus {number}" for number in range(n_categories)],
            "direction": np.arange(8) * 45.0,
            "time": np.arange(n_frames) / 30,
        },
        attrs={"site": "encoder.L8", "twin": "a twin"},
    )
