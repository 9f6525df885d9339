import numpy as np
import pytest
import xarray as xr

from napari_nfm.analysis import removal_sweep, score_sites, select_units
from napari_nfm.stimuli.ensemble import CATEGORIES, DIRECTIONS


def flow_responses(seed, noise=1.0, n_units=24, n_frames=9):
    """Return drawn responses to the study's ensemble, ``(unit, category, direction, time)``."""
    rng = np.random.default_rng(seed)
    shape = (n_units, len(CATEGORIES), 1, n_frames)
    means = rng.normal(size=shape).cumsum(axis=-1)
    scatter = rng.normal(size=(*shape[:2], len(DIRECTIONS), n_frames)).cumsum(axis=-1)
    return xr.DataArray(
        means + noise * scatter,
        dims=("unit", "category", "direction", "time"),
        coords={
            "category": list(CATEGORIES),
            "direction": list(DIRECTIONS),
            "time": ("time", np.arange(n_frames) / 30, {"units": "s"}),
        },
    )


@pytest.fixture(scope="session")
def site_responses():
    return {
        "encoder.L1": flow_responses(0, 0.3),
        "encoder.L8": flow_responses(1),
        "output": flow_responses(2) * 0 + 1,
    }


@pytest.fixture(scope="session")
def scorecard(site_responses):
    return score_sites(site_responses, n_bootstrap=3)


@pytest.fixture(scope="session")
def sweep(site_responses):
    responses = site_responses["encoder.L8"]
    order = select_units(responses.std(("category", "direction", "time")), share=1)
    return removal_sweep(responses, order, shares=(0, 0.2, 0.5), n_random=3)
