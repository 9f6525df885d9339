import numpy as np
import pytest
import xarray as xr

from napari_nfm.analysis import (
    AnalysisError,
    ResponseTensorError,
    decoding_manifold,
    decoding_trajectories,
)


def aligned(ours, golden):
    """Flip the golden components to our signs."""
    flat = ours.reshape(-1, ours.shape[-1]), golden.reshape(-1, golden.shape[-1])
    return golden * np.sign((flat[0] * flat[1]).sum(axis=0))


def assert_golden(tensor, golden, prefix):
    trajectories = decoding_trajectories(tensor)
    manifold = decoding_manifold(tensor)
    curves = trajectories.curves.values.reshape(48, -1, 3)
    points = manifold.points.values.reshape(48, 3)
    for ours, theirs in [
        (curves, golden[f"{prefix}_trajectories"]),
        (points, golden[f"{prefix}_decoding"]),
    ]:
        theirs = aligned(ours, theirs)
        assert np.abs(ours - theirs).max() <= 1e-8 * np.abs(theirs).max()
    np.testing.assert_allclose(
        trajectories.explained_variance_ratio, golden[f"{prefix}_traj_evr"], atol=1e-10, rtol=0
    )
    np.testing.assert_allclose(
        manifold.explained_variance_ratio, golden[f"{prefix}_dec_evr"], atol=1e-10, rtol=0
    )
    first = trajectories.components[0]
    # the study keeps magnitudes only
    np.testing.assert_allclose(
        np.abs(first), np.abs(golden[f"{prefix}_pc1_loadings"]), atol=1e-8, rtol=0
    )


@pytest.fixture(scope="module")
def synthetic(data_directory):
    with np.load(data_directory / "analysis" / "decoding.npz", allow_pickle=False) as arrays:
        return dict(arrays)


@pytest.mark.parametrize(
    ("prefix", "categories"),
    [("syn_first6", [0, 1, 2, 3, 4, 5]), ("syn_idx0_6_10", [0, 6, 7, 8, 9, 10])],
)
def test_equals_the_study_on_synthetic_responses(synthetic, prefix, categories):
    assert_golden(synthetic["syn_tensor4d"][:, categories], synthetic, prefix)


def test_equals_the_study_on_real_responses(shared):
    path = shared("golden/analysis/10_decoding.npz")
    with np.load(path, allow_pickle=False) as arrays:
        golden = {name: arrays[name] for name in arrays if name.startswith("real")}
    low_rank = np.einsum(
        "r,nr,sr,pr->nsp", *(golden[f"real_{name}"] for name in ("lam", "F0", "F1", "F2"))
    )
    tensor = low_rank.reshape(*low_rank.shape[:2], 37, 8).swapaxes(2, 3)
    assert_golden(tensor, golden, "real")


def test_named_axes_are_honoured_and_kept(synthetic):
    values = synthetic["syn_tensor4d"]
    named = xr.DataArray(
        values,
        dims=("unit", "category", "direction", "time"),
        coords={"category": [f"c{i}" for i in range(11)], "direction": np.arange(8) * 45.0},
        attrs={"site": "recurrent.out", "twin_fingerprint": "ab"},
    )
    shuffled = decoding_trajectories(named.transpose("time", "direction", "unit", "category"))
    plain = decoding_trajectories(values)
    assert shuffled.curves.dims == ("category", "direction", "time", "component")
    np.testing.assert_array_equal(shuffled.curves.values, plain.curves.values)
    assert list(shuffled.curves.coords["direction"].values) == list(np.arange(8) * 45.0)
    assert shuffled.provenance.inputs == {"site": "recurrent.out", "twin_fingerprint": "ab"}
    assert shuffled.provenance.parameters == {"n_components": 3}


@pytest.mark.parametrize("n_units", [400, 5])
def test_scores_are_the_projection_and_repeat(n_units):
    tensor = np.random.default_rng(3).normal(size=(n_units, 3, 4, 7))
    one, two = decoding_trajectories(tensor), decoding_trajectories(tensor.copy())
    np.testing.assert_array_equal(one.curves.values, two.curves.values)
    rows = np.moveaxis(tensor, 0, -1).reshape(-1, n_units)
    np.testing.assert_allclose(
        one.curves.values.reshape(-1, 3), (rows - rows.mean(0)) @ one.components.T, atol=1e-9
    )
    np.testing.assert_allclose(np.linalg.norm(one.components, axis=1), 1)
    largest = np.take_along_axis(
        one.components, np.abs(one.components).argmax(1)[:, np.newaxis], axis=1
    )
    assert (largest > 0).all()


def test_padded_stimuli_stay_nan_and_do_not_move_the_rest():
    tensor = np.random.default_rng(4).normal(size=(6, 2, 2, 9))
    padded = tensor.copy()
    padded[:, 1, :, 6:] = np.nan
    result = decoding_trajectories(padded)
    assert np.isnan(result.curves.values[1, :, 6:]).all()
    assert np.isfinite(result.curves.values[0]).all()
    assert np.isfinite(decoding_manifold(padded).points.values).all()


@pytest.mark.parametrize(
    ("tensor", "error", "words"),
    [
        (np.zeros((4, 5, 6)), ResponseTensorError, "3 axes"),
        (np.full((3, 2, 2, 2), "a"), ResponseTensorError, "real numbers"),
        (np.zeros((3, 2, 0, 2)), ResponseTensorError, "nothing along direction"),
        (np.full((3, 2, 2, 2), np.inf), ResponseTensorError, "infinite"),
        (np.ones((5, 2, 2, 4)), AnalysisError, "same for all stimuli"),
        (np.full((5, 2, 2, 4), 0.1), AnalysisError, "same for all stimuli"),
        (np.full((5, 2, 2, 4), np.nan), AnalysisError, "all NaN"),
        (np.arange(16.0).reshape(2, 2, 2, 2), AnalysisError, "n_components is 3"),
        (xr.DataArray(np.zeros((2, 2, 2, 2)), dims=list("abcd")), ResponseTensorError, "a, b, c"),
    ],
)
def test_bad_input_gets_one_sentence(tensor, error, words, assert_one_clear_sentence):
    with pytest.raises(error) as caught:
        decoding_trajectories(tensor)
    assert_one_clear_sentence(caught.value, words)


def test_a_unit_with_gaps_is_named():
    tensor = np.random.default_rng(5).normal(size=(6, 2, 2, 9))
    tensor[2, 0, 0, 3] = np.nan
    with pytest.raises(ResponseTensorError, match="Of 6 units, 1 are NaN"):
        decoding_trajectories(tensor)
