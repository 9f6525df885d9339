import numpy as np
import pytest
import xarray as xr
from scipy.ndimage import gaussian_filter1d
from sklearn.decomposition import PCA

from napari_nfm.analysis import AnalysisError, ResponseTensorError, unit_metrics

MEASURES = ["speed", "stability", "curvature", "classifiability", "pc_contribution"]


def random_responses(n_frames, seed=0):
    return np.random.default_rng(seed).gamma(1, 1, (7, 4, 8, n_frames))


@pytest.mark.parametrize("n_frames", [37, 135])
def test_measures_equal_their_definitions_spelled_out(n_frames):
    responses = random_responses(n_frames)
    result = unit_metrics(responses)
    for unit, values in enumerate(responses):
        early, late, bends, steady = [], [], [], []
        for category in values:
            early.append(np.mean([np.abs(np.diff(trace))[:40].mean() for trace in category]))
            late.append(np.mean([np.abs(np.diff(trace))[-40:].mean() for trace in category]))
            smooth = gaussian_filter1d(category[:, :40].mean(axis=0), 2)
            times = np.arange(len(smooth))
            line = np.polyval(np.polyfit(times, smooth, 1), times)
            bends.append(np.sqrt(np.mean((smooth - line) ** 2)))
            steady.append(category[:, -10:].mean())
        expected = [np.mean(early), np.mean(late), np.mean(bends), np.var(steady)]
        found = [float(result[name][unit]) for name in MEASURES[:4]]
        np.testing.assert_allclose(found, expected, rtol=1e-9)
    rows = responses.transpose(1, 2, 3, 0).reshape(-1, 7)
    component = PCA(1, svd_solver="full").fit(rows).components_[0]
    np.testing.assert_allclose(result["pc_contribution"], np.abs(component), rtol=1e-7)


def test_a_ramp_has_its_slope_and_no_curvature():
    times = np.arange(135.0)
    responses = np.tile(times, (3, 2, 8, 1))
    responses[1] *= 2.5
    responses[2] = np.where(times < 60, times, 60)  # stops changing
    result = unit_metrics(responses)
    np.testing.assert_allclose(result["speed"], [1, 2.5, 1])
    np.testing.assert_allclose(result["stability"], [1, 2.5, 0])
    # the smoothing bends the ends of a ramp
    assert result["curvature"][0] < 0.3
    np.testing.assert_allclose(result["curvature"][1], 2.5 * result["curvature"][0])
    np.testing.assert_allclose(result["classifiability"], 0, atol=1e-12)


def test_classifiability_is_the_variance_between_categories():
    responses = np.zeros((2, 3, 8, 20))
    responses[0, :, :, 10:] = np.array([0, 3, 6])[:, np.newaxis, np.newaxis]
    responses[1, :, :4] = 1  # directions differ, categories do not
    np.testing.assert_allclose(unit_metrics(responses)["classifiability"], [6, 0])


def test_short_recordings_are_said_to_have_one_window():
    short, long = unit_metrics(random_responses(37)), unit_metrics(random_responses(135))
    np.testing.assert_array_equal(short["speed"], short["stability"])
    assert "Speed equals stability, because 37 frames" in short.attrs["remarks"]
    assert long.attrs["remarks"] == ""
    assert np.abs(long["speed"] - long["stability"]).min() > 0
    edge = unit_metrics(random_responses(42))
    assert edge.attrs["remarks"] == ""
    assert np.abs(edge["speed"] - edge["stability"]).min() > 0


def test_units_that_never_change_have_zero_and_are_counted():
    responses = random_responses(20)
    responses[[2, 5]] = 0.1
    result = unit_metrics(responses)
    for name in MEASURES:
        np.testing.assert_array_equal(result[name][[2, 5]], 0)
        assert not np.isnan(result[name]).any()
    assert "Of 7 units, 2 never change and have 0." in result.attrs["remarks"]


def test_two_frames_and_one_category_are_said():
    result = unit_metrics(random_responses(2)[:, :1])
    np.testing.assert_allclose(result["curvature"], 0, atol=1e-12)
    np.testing.assert_array_equal(result["classifiability"], 0)
    for words in ("two frames", "one category", "all 2 frames"):
        assert words in result.attrs["remarks"]


def test_coordinates_of_the_units_are_kept_and_axes_go_by_name():
    tensor = xr.DataArray(
        random_responses(20),
        dims=("unit", "stimulus", "direction", "time"),
        coords={"channel": ("unit", np.arange(7) * 3)},
        attrs={"site": "recurrent.out"},
    )
    result = unit_metrics(tensor)
    np.testing.assert_array_equal(result["channel"], np.arange(7) * 3)
    assert result.attrs["site"] == "recurrent.out"
    xr.testing.assert_equal(unit_metrics(tensor.transpose("time", ..., "unit")), result)


@pytest.mark.parametrize(
    ("responses", "mentions"),
    [
        (np.ones((3, 2, 8, 1)), ["one frame"]),
        (np.ones((3, 2, 8, 9)), ["the same"]),
        (np.full((3, 2, 8, 9), np.nan), ["3 units", "3 have NaN"]),
        (np.ones((3, 2, 8)), ["category"]),
    ],
)
def test_what_cannot_be_measured_is_said(responses, mentions, assert_one_clear_sentence):
    with pytest.raises((AnalysisError, ResponseTensorError)) as caught:
        unit_metrics(responses)
    assert_one_clear_sentence(caught.value, *mentions)
