import numpy as np
import pytest
import xarray as xr

from napari_nfm.analysis import AnalysisError, ResponseTensorError, tuning
from napari_nfm.analysis.fibres import from_fibres

ANGLES = np.arange(8) * 45.0


@pytest.fixture(scope="module", params=["subset", "all"])
def golden(request, data_directory, shared):
    path = (
        data_directory / "analysis" / "tuning.npz"
        if request.param == "subset"
        else shared("golden/analysis/13_tuning.npz")
    )
    with np.load(path, allow_pickle=False) as arrays:
        return dict(arrays)


def unit_tensor(curves):
    """One unit from direction curves per category, constant over three frames."""
    return np.repeat(np.asarray(curves, dtype=float)[np.newaxis, :, :, np.newaxis], 3, axis=3)


def test_contrast_indices_equal_the_reference(golden):
    result = tuning(from_fibres(golden["X"], 8))
    np.testing.assert_allclose(result["osi"], golden["osi_corrected"], rtol=1e-6)
    categories = result["preferred_category"].values.astype(int)
    np.testing.assert_array_equal(categories, golden["pref_stim_corrected"])


def test_the_axis_order_of_the_study_can_be_had(golden):
    tensor = from_fibres(golden["X"], 8)
    result = tuning(tensor, like_study=True)
    np.testing.assert_allclose(result["osi"], golden["osi_literal"], rtol=1e-6)
    categories = result["preferred_category"].values.astype(int)
    np.testing.assert_array_equal(categories, golden["pref_stim_literal"])
    xr.testing.assert_equal(
        result.drop_vars(["osi", "osi_by_category"]),
        tuning(tensor).drop_vars(["osi", "osi_by_category"]),
    )


def test_vector_indices_equal_the_reference(golden):
    result = tuning(golden["tensor4d"])
    for name in ("osi", "dsi"):
        ours = result[f"vector_{name}_by_category"].transpose("category", "unit")
        np.testing.assert_allclose(ours, golden[f"vec_{name}"], rtol=1e-6)
        np.testing.assert_allclose(result[f"vector_{name}"], golden[f"vec_{name}_mean"], rtol=1e-6)


def test_one_direction_is_fully_selective():
    result = tuning(unit_tensor([np.eye(8)[3]]))
    for name in ("osi", "dsi", "vector_osi", "vector_dsi"):
        assert result[name].item() == pytest.approx(1)
    assert result["preferred_direction"].item() == 135


def test_an_axis_is_orientation_selective_but_not_direction_selective():
    result = tuning(unit_tensor([np.eye(8)[1] + np.eye(8)[5]]))
    assert result["osi"].item() == pytest.approx(1)
    assert result["vector_osi"].item() == pytest.approx(1)
    assert result["dsi"].item() == pytest.approx(0)
    assert result["vector_dsi"].item() == pytest.approx(0)


def test_indices_take_the_best_category_and_the_mean_over_categories():
    sharp, broad, nothing = np.eye(8)[0] * 0.1, 2 + np.cos(np.deg2rad(ANGLES - 90)), np.zeros(8)
    result = tuning(unit_tensor([sharp, broad, nothing]))
    assert result["osi"].item() == pytest.approx(1)
    assert result["dsi"].item() == pytest.approx(1)
    by_category = result["vector_dsi_by_category"].values[0]
    np.testing.assert_allclose(by_category, [1, 0.25, np.nan])
    assert result["vector_dsi"].item() == pytest.approx(0.625)
    assert result["preferred_category"].item() == "1"
    assert result["preferred_direction"].item() == 90


def test_indices_do_not_depend_on_the_unit_of_measurement():
    tensor = np.random.default_rng(0).uniform(size=(5, 3, 8, 6))
    xr.testing.assert_allclose(tuning(tensor), tuning(tensor * 1e-12), rtol=1e-12)


def test_silent_and_flat_units():
    tensor = np.concatenate([unit_tensor([np.zeros(8)] * 2), unit_tensor([np.full(8, 0.1)] * 2)])
    result = tuning(tensor)
    for name in ("osi", "dsi", "vector_osi", "vector_dsi"):
        silent, flat = result[name].values
        assert np.isnan(silent)
        assert flat == pytest.approx(0, abs=1e-12)
    assert np.isnan(result["preferred_direction"]).all()
    assert list(result["preferred_category"].values) == ["", "0"]


def test_padding_does_not_count():
    tensor = np.random.default_rng(1).uniform(size=(4, 2, 8, 9))
    padded = np.concatenate([tensor, np.full((4, 2, 8, 5), np.nan)], axis=3)
    xr.testing.assert_allclose(tuning(padded), tuning(tensor))
    padded[2] = np.nan
    assert np.isnan(tuning(padded)["osi"].values[2])


def test_directions_and_units_go_by_name():
    values = np.random.default_rng(2).uniform(size=(3, 2, 8, 4))
    named = xr.DataArray(
        values,
        dims=("unit", "stimulus", "direction", "time"),
        coords={
            "stimulus": ["grating", "dots"],
            "direction": ANGLES,
            "channel": ("unit", [4, 4, 5]),
        },
        attrs={"site": "output"},
    )
    shuffled = named.isel(direction=[3, 0, 7, 1, 2, 5, 6, 4]).transpose(
        "time", "direction", "unit", "stimulus"
    )
    ours, plain = tuning(shuffled), tuning(values)
    for name in ("osi", "dsi", "vector_osi", "vector_dsi", "preferred_direction"):
        np.testing.assert_allclose(ours[name], plain[name], rtol=1e-12)
    assert set(ours["preferred_category"].values) <= {"grating", "dots"}
    assert list(ours.coords["channel"].values) == [4, 4, 5]
    assert ours.attrs["site"] == "output"
    assert "direction" not in ours.coords
    assert ours.attrs["function"] == "napari_nfm.analysis.tuning"


@pytest.mark.parametrize(
    ("tensor", "error", "words"),
    [
        (np.ones((3, 2, 1, 4)), AnalysisError, "Of 1 directions"),
        (np.ones((3, 2, 2, 4)), AnalysisError, "turned by 90"),
        (np.ones((3, 2, 6, 4)), AnalysisError, "Of 6 directions"),
        (np.ones((3, 2, 8)), ResponseTensorError, "3 axes"),
        (-np.ones((3, 2, 8, 4)), ResponseTensorError, "unit 0"),
        (
            xr.DataArray(
                np.ones((1, 1, 8, 2)),
                dims=("unit", "category", "direction", "time"),
                coords={"direction": np.arange(8)},
            ),
            AnalysisError,
            "0 degrees",
        ),
    ],
)
def test_bad_input_gets_one_sentence(tensor, error, words, assert_one_clear_sentence):
    with pytest.raises(error) as caught:
        tuning(tensor)
    assert_one_clear_sentence(caught.value, words)
