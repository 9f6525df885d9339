import numpy as np
import pytest
import xarray as xr

from napari_nfm.analysis.errors import AnalysisError, ResponseTensorError
from napari_nfm.analysis.fibres import from_fibres, to_fibres
from napari_nfm.analysis.preprocessing import FLOW_CATEGORIES, OPTIMAL_STIMULI, encoding_tensor
from napari_nfm.stimuli.ensemble import CATEGORIES


@pytest.fixture(scope="module")
def golden(data_directory):
    return np.load(data_directory / "analysis" / "preprocessing.npz", allow_pickle=False)


@pytest.fixture
def responses():
    values = np.random.default_rng(0).gamma(1, 1, (7, 11, 8, 20))
    coords = {
        "site": ("unit", ["readout.position"] * 7),
        "channel": ("unit", np.arange(7) + 10),
        "category": list(FLOW_CATEGORIES),
        "direction": np.arange(8) * 45.0,
        "time": np.arange(20) / 30,
    }
    return xr.DataArray(
        values,
        dims=("unit", "category", "direction", "time"),
        coords=coords,
        attrs={"site": "readout.position", "stimulus": "flow"},
    )


VARIANTS = {
    "default": ({}, 1e-9),
    "nosmooth": ({"smoothing": 0}, 1e-6),
    "relFR": ({"normalisation": "relative-response"}, 1e-6),
    "mean": ({"normalisation": "mean"}, 1e-6),
}


def assert_golden(golden, prefix):
    arguments, tolerance = VARIANTS[prefix]
    result = encoding_tensor(golden["tensor4d"], **arguments)
    theirs = golden[f"{prefix}_tensor"]
    # the reference kept all but the default in float32
    ours = to_fibres(result.values).astype(theirs.dtype)
    np.testing.assert_allclose(ours, theirs, atol=tolerance, rtol=0)
    np.testing.assert_allclose(
        result.relative_response.values, golden[f"{prefix}_relFR"], atol=1e-9, rtol=0
    )
    high = result.spatial_frequency == "high"
    np.testing.assert_array_equal(high, golden[f"{prefix}_isHi"])


@pytest.mark.parametrize("prefix", VARIANTS)
def test_equals_the_reference(golden, prefix):
    assert_golden(golden, prefix)


@pytest.mark.parametrize("prefix", VARIANTS)
def test_equals_the_whole_reference(shared, prefix):
    path = shared("golden/analysis/03_preprocess.npz")
    assert_golden(np.load(path, allow_pickle=False), prefix)


def test_all_categories_equal_the_reference_as_far_as_it_goes(golden):
    # The reference cannot return all categories: patched, it returns their relative responses and
    # a tensor of zeros. The maps are checked against those that a unit's selection kept.
    result = encoding_tensor(golden["tensor4d"], spatial_frequency="all")
    assert result.spatial_frequency is None
    np.testing.assert_allclose(
        result.relative_response.values, golden["nosf_relFR"], atol=1e-9, rtol=0
    )
    maps, relative = to_fibres(result.values), result.relative_response.values
    np.testing.assert_allclose(np.linalg.norm(maps, axis=2), relative, atol=1e-12)
    for unit, high in enumerate(golden["default_isHi"]):
        kept = [0, 1, 3, 4, 7, 8] if high else [0, 2, 5, 6, 9, 10]
        ours = maps[unit, kept] * golden["default_relFR"][unit, :, np.newaxis]
        theirs = golden["default_tensor"][unit] * relative[unit, kept, np.newaxis]
        np.testing.assert_allclose(ours, theirs, atol=1e-9, rtol=0)


def test_fibres_have_direction_fastest_and_unfold_again():
    maps = np.random.default_rng(1).random((3, 2, 8, 5))
    fibres = to_fibres(maps)
    assert fibres.shape == (3, 2, 40)
    assert fibres[2, 1, 4 * 8 + 3] == maps[2, 1, 3, 4]
    np.testing.assert_array_equal(from_fibres(fibres, 8), maps)


def test_fibres_that_do_not_divide_are_refused(assert_one_clear_sentence):
    with pytest.raises(ResponseTensorError) as caught:
        from_fibres(np.zeros((2, 41)), 8)
    assert_one_clear_sentence(caught.value, "8 directions")
    with pytest.raises(ResponseTensorError) as caught:
        to_fibres(np.zeros(4))
    assert_one_clear_sentence(caught.value, "(4,)")


def test_the_categories_are_those_of_the_ensemble():
    assert tuple(CATEGORIES) == FLOW_CATEGORIES


def test_coordinates_and_origin_are_kept(responses):
    responses = responses.copy()
    responses[3] = 0
    result = encoding_tensor(responses)
    values = result.values
    assert values.dims == ("unit", "stimulus", "direction", "time")
    assert values.dtype == np.float64
    assert (values.values >= 0).all()
    assert tuple(values.stimulus.values) == OPTIMAL_STIMULI
    np.testing.assert_array_equal(values.unit, [0, 1, 2, 4, 5, 6])
    np.testing.assert_array_equal(values.channel, [10, 11, 12, 14, 15, 16])
    np.testing.assert_array_equal(values.direction, responses.direction)
    np.testing.assert_array_equal(values.time, responses.time)
    np.testing.assert_array_equal(result.silent, [3])
    assert result.relative_response.sizes == {"unit": 6, "stimulus": 6}
    assert result.provenance.function == "napari_nfm.analysis.encoding_tensor"
    assert result.provenance.inputs["site"] == "readout.position"
    assert values.attrs["site"] == "readout.position"


def test_categories_are_found_by_name_and_axes_by_name(responses):
    shuffled = responses.isel(category=np.random.default_rng(2).permutation(11))
    ours = encoding_tensor(shuffled.transpose("time", "unit", "category", "direction"))
    xr.testing.assert_identical(ours.values, encoding_tensor(responses).values)


def test_response_maps_have_the_norm_of_their_relative_response(responses):
    result = encoding_tensor(responses)
    norms = np.sqrt((result.values**2).sum(["direction", "time"]))
    np.testing.assert_allclose(norms.values, result.relative_response.values, atol=1e-12)
    assert (result.relative_response.max("stimulus") == 1).all()


def test_an_offset_and_a_scale_change_nothing(responses):
    plain = encoding_tensor(responses).values
    moved = encoding_tensor(responses * 1e-12 - 3e-12).values
    np.testing.assert_allclose(moved.values, plain.values, atol=1e-9)


def test_other_stimulus_sets_keep_their_categories(responses):
    retina = responses.isel(category=slice(0, 6), direction=slice(0, 5))
    retina = retina.drop_vars("direction").assign_coords(category=list("abcdef"))
    values = encoding_tensor(retina, spatial_frequency="all").values
    assert values.shape == (7, 6, 5, 20)
    assert list(values.stimulus.values) == list("abcdef")
    np.testing.assert_allclose(values.direction, [0, 72, 144, 216, 288])


def test_a_unit_that_never_changes_is_silent_where_others_go_below_zero(responses):
    responses = responses - 2
    responses[5] = 0.0
    np.testing.assert_array_equal(encoding_tensor(responses).silent, [5])


def with_nan(responses):
    responses = responses.copy()
    responses[2, 0, 0, 0] = np.nan
    return responses


@pytest.mark.parametrize(
    ("change", "arguments", "mentions"),
    [
        (with_nan, {}, ["1 hold NaN", "position 2"]),
        (lambda r: r * 0, {}, ["7 units"]),
        (lambda r: r * 0 + 4, {}, ["7 units"]),
        (lambda r: r.isel(category=slice(0, 6)), {}, ["6", "spatial_frequency='all'"]),
        (
            lambda r: r.assign_coords(category=[f"movie {i}" for i in range(11)]),
            {},
            ["movie 0", "spatial_frequency='all'"],
        ),
        (
            lambda r: r.assign_coords(category=["grat_W1"] * 11),
            {},
            ["twice", "spatial_frequency='all'"],
        ),
        (lambda r: r[0], {}, ["unit, category, direction, time"]),
        (lambda r: r, {"spatial_frequency": "low"}, ["'low'", "'optimal'"]),
        (lambda r: r, {"normalisation": "z"}, ["'z'", "'mean'"]),
        (lambda r: r, {"smoothing": -1}, ["smoothing", "-1"]),
    ],
)
def test_what_is_wrong_is_said(responses, change, arguments, mentions, assert_one_clear_sentence):
    with pytest.raises(AnalysisError) as caught:
        encoding_tensor(change(responses), **arguments)
    assert_one_clear_sentence(caught.value, *mentions)
