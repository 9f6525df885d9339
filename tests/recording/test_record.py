import dataclasses

import numpy as np
import pytest
import torch
import xarray as xr
from store_files import files_of

from napari_nfm.fnn import SITES, sites
from napari_nfm.jobs import Cancelled
from napari_nfm.recording import Sampling, open_recording, record, sample_units
from napari_nfm.recording import costs as costs_module
from napari_nfm.recording.averaging import Averager


@pytest.fixture(scope="module")
def expected(twin, stimuli):
    """Mean activity (category, direction, time, channel, y, x) of whole sites, played simply."""
    means = {site: [] for site in SITES}
    for category in stimuli.categories:
        for direction in stimuli.directions:
            frames = np.stack([stimuli.frames(category, direction, i) for i in range(3)], axis=1)
            captures = list(twin.network.capture(frames, SITES))
            for site in SITES:
                activity = torch.cat([capture.activity[site] for capture in captures])
                means[site].append(activity.double().mean(1).numpy())
    return {
        site: np.stack(values).reshape(3, 2, *values[0].shape) for site, values in means.items()
    }


def assert_same(units, sampled):
    """Equal; but whole maps and single units are interpolated by different sums."""
    if units.name == "readout.position":
        xr.testing.assert_allclose(units, sampled, rtol=1e-5, atol=1e-6)
    else:
        xr.testing.assert_equal(units, sampled)


class Counter:
    """Counts the sequences in lockstep whenever a network begins to play some."""

    def __init__(self, monkeypatch, network):
        self.sequences = []
        capture = type(network).capture

        def counted(network, frames, *args, **kwargs):
            if kwargs.get("state") is None:
                self.sequences.append(frames.shape[1] if frames.ndim == 4 else 1)
            return capture(network, frames, *args, **kwargs)

        monkeypatch.setattr(type(network), "capture", counted)


@pytest.mark.parametrize("site", SITES)
def test_maps_are_means_over_instances(recorded, expected, twin, site):
    maps = recorded["maps"][site]
    height = sites(twin)[site].shape[1]
    margin = height // 8 if sites(twin)[site].is_map else 0
    inside = slice(margin, -margin or None)
    wanted = expected[site][..., inside, inside] if margin else expected[site]

    assert maps.dims == ("category", "direction", "time", "channel", "y", "x")
    assert maps.chunks is not None
    np.testing.assert_allclose(maps, wanted, rtol=1e-4, atol=1e-5)
    assert maps.y.values[0] == maps.x.values[0] == margin
    np.testing.assert_allclose(maps.time, np.arange(5) / 30)


@pytest.mark.parametrize("site", SITES)
def test_units_are_those_of_the_maps(recorded, expected, experiment, site):
    units = recorded["units"][site]
    size = dataclasses.asdict(experiment.SAMPLING)
    del size["like_study"]
    assert_same(units, sample_units(recorded["maps"], site, **size))
    xr.testing.assert_equal(units, sample_units(recorded["units"], site, **size))

    assert units.dims == ("unit", "category", "direction", "time")
    assert set(units.site.values) == {site}
    assert 8 <= len(units) <= 12  # positions that never respond are not drawn
    places = units.channel.values, units.y.values, units.x.values
    wanted = np.maximum(expected[site][:, :, :, *places], 0).transpose(3, 0, 1, 2)
    np.testing.assert_allclose(units, wanted, rtol=1e-4, atol=1e-5)


def test_a_recording_says_what_made_it(recorded, twin, stimuli):
    recording = recorded["units"]
    assert recording.is_complete
    assert recording.missing == ()
    assert recording.sites == SITES
    assert recording.twin_fingerprint == twin.fingerprint
    assert recording.stimulus_fingerprint == stimuli.fingerprint
    attributes = recording["output"].attrs
    assert attributes["twin"] == twin.name
    assert attributes["stimulus"] == "small"
    assert attributes["sampling"]["maps"] == 3
    assert "complete" in repr(recording)


def test_the_store_opens_with_xarray(recorded):
    group = xr.open_zarr(recorded["maps"].path, group="encoder.L7", consolidated=False)
    np.testing.assert_array_equal(group.activity, recorded["maps"]["encoder.L7"])
    import zarr

    root = zarr.open_consolidated(recorded["units"].path)
    assert root.metadata.consolidated_metadata is not None
    assert "output/responses" in root.metadata.consolidated_metadata.flattened_metadata


def test_identical_sequences_are_played_once(experiment, twin, stimuli, tmp_path, monkeypatch):
    monkeypatch.setattr(costs_module, "_seconds_per_frame", lambda *_: 0.01)
    counter = Counter(monkeypatch, twin.network)
    record(twin, stimuli, ["encoder.L1"], tmp_path / "a", sampling=experiment.SAMPLING)
    assert counter.sequences == [1] * 11  # of 18
    counter.sequences.clear()
    record(
        twin, stimuli, ["encoder.L1"], tmp_path / "b", sampling=experiment.SAMPLING, batch_size=5
    )
    assert counter.sequences == [4, 5, 2]


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_both_strategies_keep_the_same(experiment, twin, stimuli, tmp_path, monkeypatch, dtype):
    stores = []
    for strategy, disk in (("temporary store", 1e15), ("second pass", 1e-3)):
        monkeypatch.setattr(costs_module, "DISK_BYTES_PER_SECOND", disk)
        cost = costs_module.estimate(twin, stimuli, experiment.SITES)
        assert cost.strategy == strategy
        store = tmp_path / strategy
        record(twin, stimuli, experiment.SITES, store, sampling=experiment.SAMPLING, dtype=dtype)
        stores.append(files_of(store))
    assert stores[0] == stores[1]


@pytest.mark.parametrize("keep", ["units", "maps"])
def test_long_sequences_are_averaged_block_by_block(experiment, twin, tmp_path, monkeypatch, keep):
    stimuli = experiment.small_stimuli(n_frames=14)
    what = (twin, stimuli, experiment.SITES)
    how = {"keep": keep, "sampling": experiment.SAMPLING, "dtype": "float32"}
    whole = record(*what, tmp_path / "whole", **how)
    monkeypatch.setattr("napari_nfm.recording.plan.BLOCK_BYTES", 1)
    blocks = record(*what, tmp_path / "blocks", **how)
    for site in experiment.SITES:
        xr.testing.assert_allclose(blocks[site], whole[site], rtol=1e-5, atol=1e-6)
        assert blocks[site].sizes["time"] == 14


def test_lockstep_changes_nothing_but_rounding(experiment, twin, stimuli, recorded, tmp_path):
    together = record(
        twin,
        stimuli,
        experiment.SITES,
        tmp_path / "a",
        sampling=experiment.SAMPLING,
        dtype="float32",
        batch_size=4,
    )
    for site in experiment.SITES:
        xr.testing.assert_allclose(together[site], recorded["units"][site], rtol=1e-4, atol=1e-5)


def test_the_study_has_its_own_crop_channels_and_normalisation(twin, stimuli, expected, tmp_path):
    sampling = Sampling(maps=3, units_per_map=4, like_study=True)
    how = {"sampling": sampling, "dtype": "float32"}
    maps = record(twin, stimuli, SITES, tmp_path / "maps", keep="maps", **how)
    units = record(
        twin,
        stimuli,
        SITES,
        tmp_path / "units",
        sampling=Sampling(3, 4),
        dtype="float32",
        like_study=True,
    )
    for name, site in sites(twin).items():
        channels, height, _ = site.shape
        cropped = name not in ("recurrent.out", "readout.position", "output")
        skip = height // 4 if cropped else 0
        first = 40 if name in ("recurrent.out", "readout.position") else channels
        whole = expected[name][:, :, :, :first, skip:, skip:]
        np.testing.assert_allclose(maps[name], whole, rtol=1e-4, atol=1e-5)

        rectified = np.maximum(whole, 0)
        largest = np.maximum(rectified.max((3, 4, 5), keepdims=True), 1e-8)
        drawn = units[name]
        places = drawn.channel.values, drawn.y.values - skip, drawn.x.values - skip
        wanted = (rectified / largest)[:, :, :, *places].transpose(3, 0, 1, 2)
        np.testing.assert_allclose(drawn, wanted, rtol=1e-4, atol=1e-5)
        assert_same(drawn, sample_units(maps, name, maps=3, units_per_map=4))


def test_chosen_channels_and_crop(twin, stimuli, recorded, tmp_path):
    recording = record(
        twin,
        stimuli,
        ["encoder.L4", "recurrent.out"],
        tmp_path / "a",
        keep="maps",
        dtype="float32",
        channels={"encoder.L4": [9, 2, 5], "recurrent.out": range(4)},
        crop=0.25,
    )
    whole = recorded["maps"]["encoder.L4"]
    margin = sites(twin)["encoder.L4"].shape[1] // 4
    found = recording["encoder.L4"]
    assert list(found.channel.values) == [9, 2, 5]
    assert found.y.values[0] == margin
    xr.testing.assert_equal(found.load(), whole.sel(channel=[9, 2, 5], y=found.y, x=found.x).load())


@pytest.mark.parametrize("keep", ["units", "maps"])
def test_cancelled_within_a_batch_and_continued(experiment, twin, stimuli, tmp_path, keep):
    what = (twin, stimuli, experiment.SITES)
    how = {"keep": keep, "sampling": experiment.SAMPLING}
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    record(*what, whole, **how)
    told = []
    asked = 0

    def stop_in_third_batch():
        nonlocal asked
        asked += len(told) == 2
        return asked > 1

    with pytest.raises(Cancelled):
        record(
            *what,
            stopped,
            **how,
            progress=lambda *now: told.append(now[:2]),
            should_stop=stop_in_third_batch,
        )
    assert told == [(5, 55), (20, 55)]
    unfinished = open_recording(stopped)
    assert not unfinished.is_complete
    assert unfinished.missing == (("flow", 90.0), ("mixed", 0.0), ("mixed", 90.0))
    told.clear()
    finished = record(*what, stopped, **how, progress=lambda *now: told.append(now[:2]))
    assert finished.is_complete
    assert list(dict.fromkeys(told)) == [(35, 55), (45, 55), (55, 55)]
    assert files_of(stopped) == files_of(whole)


def test_a_finished_recording_is_returned_without_playing(
    experiment, twin, stimuli, recorded, monkeypatch
):
    counter = Counter(monkeypatch, twin.network)
    again = record(
        twin, stimuli, SITES, recorded["units"].path, sampling=experiment.SAMPLING, dtype="float32"
    )
    assert counter.sequences == []
    xr.testing.assert_equal(again["output"], recorded["units"]["output"])


def test_uniform_units_from_maps(recorded):
    units = sample_units(recorded["maps"], "encoder.L7", maps=5, units_per_map=2, by="uniform")
    assert units.sizes["unit"] == 10
    assert units.attrs["sampling"]["by"] == "uniform"


def test_memory_of_means_is_used_again(experiment, twin, stimuli):
    from napari_nfm.recording.plan import make_plan

    plan = make_plan(
        twin,
        stimuli,
        ["encoder.L1"],
        keep="units",
        sampling=experiment.SAMPLING,
        dtype="float16",
        channels=None,
        crop=None,
        like_study=False,
    )
    averager = Averager(twin.network, stimuli, plan.description.sites)
    places = {
        mean.activity["encoder.L1"].data_ptr()
        for condition in plan.conditions
        for mean in averager.play([condition], 1)
    }
    assert len(places) == 1
