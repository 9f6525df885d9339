"""A directory of the published size: it loads, predicts, and every site records."""

import numpy as np
import pytest

from napari_nfm.fnn import SITES, load_twin, sites
from napari_nfm.recording import Sampling, record, sample_units
from napari_nfm.stimuli import full_field_steps

N_FRAMES = 6


@pytest.fixture(scope="module")
def full_twin(shared):
    return load_twin(shared("golden/fnn/full_checkpoint"), 8, 5, device="cpu")


@pytest.fixture(scope="module")
def steps():
    return full_field_steps((1.0,), onset=2, duration=3, n_frames=N_FRAMES)


def test_it_predicts(full_twin, steps):
    responses = full_twin.predict(steps.frames(0, 0.0))
    assert responses.shape == (N_FRAMES, full_twin.network.units)
    assert (responses > 0).all()
    assert responses.std(axis=0).max() > 0


def test_every_site_records(full_twin, steps, tmp_path):
    sampling = Sampling(maps=4, units_per_map=3)
    recording = record(full_twin, steps, SITES, tmp_path / "full.zarr", sampling=sampling)
    frames = steps.frames(0, 0.0)
    played = list(full_twin.network.capture(frames, SITES))
    for name, site in sites(full_twin).items():
        kept = sample_units(recording, name, maps=4, units_per_map=3)
        assert kept.dims == ("unit", "category", "direction", "time")
        assert kept.sizes["unit"] == 12
        activity = np.concatenate([capture.activity[name].cpu().numpy() for capture in played])
        assert activity.shape == (N_FRAMES, 1, *site.shape)
        units = (kept[axis].values.astype(int) for axis in ("channel", "y", "x"))
        expected = np.maximum(activity[:, 0][:, *units], 0).T
        np.testing.assert_allclose(kept.values[:, 0, 0], expected, rtol=2e-3, atol=1e-6)
