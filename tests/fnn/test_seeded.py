import filecmp
import json

import numpy as np
import pytest
import torch

from napari_nfm.fnn import SITES, load_twin
from napari_nfm.fnn.architecture import Architecture, expected_shapes
from napari_nfm.fnn.seeded import (
    NOTE,
    REDUCED,
    write_seeded_checkpoint,
)

DIRECTIONS = np.arange(0, 360, 45)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_seeded_checkpoint(tmp_path_factory.mktemp("seeded") / "network")


@pytest.fixture(scope="module")
def twin(folder):
    return load_twin(folder, device="cpu")


def grating(direction, period, n_frames=20):
    """A drifting sine grating, uint8 (time, y, x); one pixel per frame towards `direction`."""
    y, x = np.mgrid[:144, :256]
    angle = np.radians(direction)
    along = x * np.cos(angle) - y * np.sin(angle)
    time = np.arange(n_frames)[:, None, None]
    return np.round(128 + 60 * np.sin(2 * np.pi * (along - time) / period)).astype(np.uint8)


@pytest.fixture(scope="module")
def activity(twin):
    """Activity at every site, (time, category, direction, unit), without the first frames."""
    movies = [grating(d, period) for period in (14, 29) for d in DIRECTIONS]
    pieces = {site: [] for site in SITES}
    for capture in twin.network.capture(np.stack(movies, axis=1), SITES):
        for site, values in capture.activity.items():
            pieces[site].append(values.flatten(2))
    return {
        site: torch.cat(values)[5:].unflatten(1, (2, len(DIRECTIONS)))
        for site, values in pieces.items()
    }


def test_it_says_what_it_is(twin):
    assert twin.note == NOTE
    assert "untrained" in repr(twin)
    assert len(twin.units) == 300
    assert (set(twin.units["session"]), set(twin.units["scan_idx"])) == ({8}, {5})
    assert twin.units["unit_id"].is_monotonic_increasing


@pytest.mark.parametrize("site", SITES)
def test_every_site_is_alive(activity, site):
    values = activity[site]
    deviation = values.flatten(0, 2).std(dim=0)
    assert (deviation > 0.02 * deviation.median()).float().mean() > 0.9
    varied = {
        "time": values.std(dim=0).mean(dim=(0, 1)),
        "category": values.mean(dim=(0, 2)).std(dim=0),
        "direction": values.mean(dim=0).std(dim=1).mean(dim=0),
    }
    for axis, amount in varied.items():
        assert amount.median() > 0.1 * deviation.median(), axis


def test_units_respond_between_a_tenth_and_ten(activity):
    low, high = np.quantile(activity["output"], [0.02, 0.98])
    assert 0.05 < low < 0.7
    assert 1.5 < high < 15


def test_units_tell_opposite_directions_apart(activity):
    response = activity["output"].mean(dim=0).amax(dim=0)  # direction, unit
    preferred = response.argmax(dim=0)
    best = response.amax(dim=0)
    opposite = response.gather(0, ((preferred + 4) % 8)[None])[0]
    selectivity = (best - opposite) / (best + opposite)
    assert selectivity.median() > 0.15
    assert len(preferred.unique()) == 8


def test_gates_are_not_saturated(activity):
    assert (activity["recurrent.hidden"].abs() > 0.95).float().mean() < 0.02


def test_same_seed_same_bytes(folder, tmp_path):
    again = write_seeded_checkpoint(tmp_path / "again")
    names = sorted(path.name for path in folder.iterdir())
    assert names == sorted(path.name for path in again.iterdir())
    assert filecmp.cmpfiles(folder, again, names, shallow=False)[0] == names
    other = write_seeded_checkpoint(tmp_path / "other", seed=1)
    prints = [load_twin(path, device="cpu").fingerprint for path in (folder, again, other)]
    assert prints[0] == prints[1] != prints[2]


def test_recipe_has_not_changed_unnoticed(twin):
    # Training of the demo twin starts from these weights.
    assert twin.fingerprint.startswith("a02436c0fe0a0c9b")


def test_any_architecture_and_scan(tmp_path):
    architecture = Architecture(retina=(32, 48), streams=2)
    path = write_seeded_checkpoint(
        tmp_path / "x", architecture=architecture, units=7, session=4, scan_idx=7
    )
    twin = load_twin(path, 4, 7, device="cpu")
    assert twin.network.architecture == architecture
    response = twin.predict(grating(0, 14, n_frames=2))
    assert response.shape == (2, 7)
    assert np.isfinite(response).all()


def test_published_keys_with_other_shapes(folder):
    core = torch.load(folder / "params_core.pt", weights_only=True)
    scan = torch.load(folder / "params_8_5.pt", weights_only=True)
    expected = expected_shapes(REDUCED, 300)
    assert list(core) + list(scan) == list(expected)
    assert (len(core), len(scan)) == (250, 88 - 6)  # one hidden layer for the eye, not three
    assert json.loads((folder / "config.json").read_text())["seed"] == 0
