import dataclasses

import numpy as np
import pytest
import torch

from napari_nfm.recording.errors import SamplingError
from napari_nfm.recording.sampling import Sampling, draw_units
from napari_nfm.recording.statistics import normalise_frames, normalised_sum

SEQUENCES, FRAMES, HEIGHT, WIDTH, CHANNELS = 88, 37, 4, 5, 16


@pytest.fixture(scope="module")
def golden(data_directory):
    with np.load(data_directory / "analysis" / "02_sampling.npz") as file:
        return dict(file)


@pytest.fixture(scope="module")
def activity(golden):
    """Rectified activity (sequence, channel, time, position)."""
    values = golden["activity_q"].astype(np.float32) * golden["activity_scale"]
    values = values.reshape(SEQUENCES, FRAMES, HEIGHT * WIDTH, CHANNELS)
    return np.maximum(values, 0).transpose(0, 3, 1, 2)


@pytest.fixture(scope="module")
def statistics(activity):
    """Mean normalised response (sequence, channel, position), largest value (sequence, time)."""
    sums, largest = zip(*(normalised_sum(torch.tensor(s)) for s in activity), strict=True)
    return torch.stack(sums).numpy() / FRAMES, torch.stack(largest).numpy()


def test_statistics_equal_the_study(golden, statistics):
    means, _ = statistics
    np.testing.assert_allclose(means.max(0), golden["neurons_maxs"], rtol=1e-6)
    np.testing.assert_allclose(means.mean(0), golden["neurons_means"], rtol=1e-6)


@pytest.mark.parametrize("condition", ["c0", "c1", "c2"])
def test_activity_weighted_units_equal_the_study(golden, activity, statistics, condition):
    means, largest = statistics
    maps, units_per_map, seed = (int(n) for n in golden[f"{condition}_params"])
    units = draw_units(means.max(0), Sampling(maps, units_per_map, seed=seed))

    channels, positions = units.T
    used = golden[f"{condition}_neurons_used"]
    drawn_once = channels[np.sort(np.unique(channels, return_index=True)[1])]
    np.testing.assert_array_equal(drawn_once, golden[f"{condition}_top_fmaps"])
    np.testing.assert_array_equal(channels, used[:, 1])
    np.testing.assert_array_equal(np.column_stack(np.divmod(positions, WIDTH)), used[:, 2:4])
    np.testing.assert_array_equal(positions, used[:, 4])
    courses = normalise_frames(activity[:, channels, :, positions], largest)
    courses = courses.reshape(len(units), 11, 8, FRAMES)
    np.testing.assert_array_equal(courses, golden[f"{condition}_tensor4d"])


@pytest.mark.parametrize("condition", ["out0", "out1"])
def test_units_of_the_output_equal_the_study(golden, condition):
    units, seed = (int(n) for n in golden[f"{condition}_params"])
    values = golden["out_activity_q"].astype(np.float32) * golden["activity_scale"]
    values = np.maximum(values, 0).reshape(11, 8, FRAMES, -1)
    drawn = draw_units(
        np.ones((1, values.shape[-1])), Sampling(1, units, seed=seed, like_study=True), single=True
    )
    np.testing.assert_array_equal(drawn[:, 1], golden[f"{condition}_neurons_used"][:, 2])
    courses = values[..., drawn[:, 1]].transpose(3, 0, 1, 2)
    courses = normalise_frames(courses, values.max(-1))
    np.testing.assert_array_equal(courses, golden[f"{condition}_tensor4d"])


def test_units_of_the_output_follow_activity_by_default():
    peaks = np.zeros((1, 50))
    peaks[0, 10:20] = 1
    drawn = draw_units(peaks, Sampling(maps=2, units_per_map=4), single=True)
    assert len(drawn) == 8
    assert set(drawn[:, 1]) <= set(range(10, 20))


@pytest.mark.parametrize("by", ["activity", "uniform"])
def test_silent_maps_and_positions_are_never_drawn(by):
    peaks = np.zeros((6, 10))
    peaks[[1, 4], 3:7] = [[1e-3], [5.0]]
    units = draw_units(peaks, Sampling(maps=5, units_per_map=9, by=by))
    assert sorted(map(tuple, units)) == [(c, p) for c in (1, 4) for p in range(3, 7)]


def test_uniform_sampling_ignores_how_large_responses_are():
    peaks = np.full((200, 4), 1e-3)
    peaks[:20] = 1e3
    strong = {
        by: (draw_units(peaks, Sampling(maps=20, units_per_map=1, by=by))[:, 0] < 20).sum()
        for by in ("activity", "uniform")
    }
    assert strong["activity"] == 20
    assert strong["uniform"] < 8


def test_nothing_is_drawn_where_nothing_responds():
    for single in (False, True):
        assert draw_units(np.zeros((3, 4)), Sampling(), single=single).shape == (0, 2)


def test_the_global_generator_is_left_alone():
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    draw_units(np.ones((8, 20)), Sampling(maps=3, units_per_map=4))
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


def test_a_seed_repeats_and_another_differs():
    peaks = np.random.default_rng(0).random((30, 40))
    first = draw_units(peaks, Sampling(5, 5))
    np.testing.assert_array_equal(first, draw_units(peaks, Sampling(5, 5)))
    assert not np.array_equal(first, draw_units(peaks, Sampling(5, 5, seed=2)))


@pytest.mark.parametrize(
    "wrong", [{"maps": 0}, {"units_per_map": -1}, {"seed": -1}, {"by": "chance"}]
)
def test_wrong_sampling_is_refused(wrong, assert_one_clear_sentence):
    with pytest.raises(SamplingError) as caught:
        dataclasses.replace(Sampling(), **wrong)
    assert_one_clear_sentence(caught.value, *wrong)
