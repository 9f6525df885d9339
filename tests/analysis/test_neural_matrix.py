import numpy as np
import pytest
import xarray as xr
from scipy.optimize import nnls
from threadpoolctl import threadpool_limits

from napari_nfm.analysis.errors import AnalysisError
from napari_nfm.analysis.fibres import from_fibres, to_fibres
from napari_nfm.analysis.neural import neural_matrix
from napari_nfm.analysis.nonnegative_least_squares import nonnegative_coefficients
from napari_nfm.analysis.preprocessing import encoding_tensor


def assert_golden(golden):
    """Compare with arrays of the reference: X3, F0 to F2, lam and what it made of them."""
    tensor = from_fibres(golden["X3"], 8)
    result = neural_matrix(tensor, [golden[f"F{mode}"] for mode in range(3)], golden["lam"])
    np.testing.assert_array_equal(to_fibres(result.permuted_tensor), golden["permT"])
    difference = np.abs(result.values - golden["neural_matrix"])
    assert difference.max() <= 3e-3
    assert np.percentile(difference, 99) <= 3e-4
    # the reference stops before zero; ours get there
    assert ((result.values == 0) == (golden["neural_matrix"] < 3e-3)).mean() > 0.99
    assert (result.values == 0).any()
    assert result.n_components == golden["nPCs"]
    np.testing.assert_allclose(result.explained_variance_ratio, golden["evr"], atol=1e-3)
    theirs = golden["pcaX"][:, : result.n_components]
    theirs = theirs * np.sign((theirs * result.scores).sum(axis=0))
    np.testing.assert_allclose(result.scores, theirs, atol=3e-3)


def test_equals_the_reference(data_directory):
    path = data_directory / "analysis" / "neural_matrix.npz"
    assert_golden(np.load(path, allow_pickle=False))


@pytest.mark.parametrize("prefix", ["syn", "real"])
def test_equals_the_whole_reference(shared, prefix):
    with np.load(shared("golden/analysis/07_neural_matrix.npz"), allow_pickle=False) as golden:
        names = [name for name in golden.files if name.startswith(f"{prefix}_")]
        assert_golden({name[len(prefix) + 1 :]: golden[name] for name in names})


@pytest.mark.parametrize(("columns", "correlated"), [(1, False), (9, False), (9, True), (70, True)])
def test_coefficients_are_those_of_an_exact_solver(columns, correlated):
    generator = np.random.default_rng(columns)
    design = (
        generator.random((200, columns)) if correlated else generator.normal(size=(200, columns))
    )
    targets = generator.normal(size=(30, 200)) + design.sum(axis=1) * generator.normal(size=(30, 1))
    ours = nonnegative_coefficients(design.T @ design, targets @ design)
    exact = np.array([nnls(design, target)[0] for target in targets])
    np.testing.assert_allclose(ours, exact, atol=1e-9)
    np.testing.assert_array_equal(ours == 0, exact == 0)


def test_equal_columns_share_and_columns_of_zeros_get_nothing():
    design = np.random.default_rng(1).random((50, 4))
    design[:, 2], design[:, 3] = design[:, 1], 0
    target = design @ [1.0, 2.0, 2.0, 0.0]
    coefficients = nonnegative_coefficients(design.T @ design, (target @ design)[np.newaxis])[0]
    np.testing.assert_allclose(coefficients[0], 1, atol=1e-5)
    np.testing.assert_allclose(coefficients[1] + coefficients[2], 4, atol=1e-5)
    assert coefficients[3] == 0


def planted(units=12, directions=8, seed=3):
    """Return a tensor made of three components with shifted directions, and those shifts."""
    generator = np.random.default_rng(seed)
    factors = [generator.gamma(0.7, 1, (size, 3)) for size in (units, 6, directions * 5)]
    factors = [factor / np.linalg.norm(factor, axis=0) for factor in factors]
    weights = np.array([3.0, 2.0, 1.0])
    fitted = np.einsum("ur,sr,pr->usp", factors[0] * weights, *factors[1:])
    fitted = from_fibres(fitted, directions)
    shifts = generator.integers(0, directions, (units, 6))
    sources = (np.arange(directions) + shifts[..., np.newaxis]) % directions
    tensor = np.take_along_axis(fitted, sources[..., np.newaxis], axis=2)
    return tensor, fitted, factors, weights


@pytest.mark.parametrize("directions", [8, 5, 1])
def test_planted_components_and_shifts_are_found(directions):
    tensor, fitted, factors, weights = planted(directions=directions)
    result = neural_matrix(tensor, factors, weights)
    np.testing.assert_allclose(result.permuted_tensor.values, fitted, atol=1e-6)
    expected = factors[0] * weights * factors[1].max(axis=0)
    np.testing.assert_allclose(result.values**2, expected, atol=1e-9)


def test_a_component_of_weight_zero_has_no_part():
    tensor, _, factors, weights = planted()
    more = [np.column_stack([factor, np.ones(len(factor))]) for factor in factors]
    result = neural_matrix(tensor, more, [*weights, 0])
    assert (result.values[:, 3] == 0).all()
    plain = neural_matrix(tensor, factors, weights)
    np.testing.assert_allclose(result.values[:, :3], plain.values, atol=1e-9)
    np.testing.assert_allclose(result.scores, plain.scores, atol=1e-9)


def test_the_scale_of_the_factors_belongs_to_the_weights():
    tensor, _, factors, weights = planted()
    scaled = [factors[0] * 2, factors[1] * 5, factors[2] / 3]
    result = neural_matrix(tensor, scaled, weights * 3 / 10)
    np.testing.assert_allclose(result.values, neural_matrix(tensor, factors, weights).values)


def test_largest_loading_of_every_score_is_positive_and_order_of_units_does_not_matter():
    tensor, _, factors, weights = planted(units=300)
    result = neural_matrix(tensor, factors, weights)
    order = np.random.default_rng(0).permutation(300)
    other = neural_matrix(tensor[order], [factors[0][order], *factors[1:]], weights)
    np.testing.assert_allclose(other.values, result.values[order], atol=1e-12)
    np.testing.assert_allclose(other.scores, result.scores[order], atol=1e-9)
    centred = result.values - result.values.mean(axis=0)
    loadings = np.linalg.lstsq(result.scores, centred, rcond=None)[0]
    largest = np.take_along_axis(loadings, np.abs(loadings).argmax(axis=1)[:, None], axis=1)
    assert (largest > 0).all()
    assert result.scores.shape == (300, result.n_components)
    share = result.explained_variance_ratio[: result.n_components].sum()
    assert share > 0.8 >= share - result.explained_variance_ratio[result.n_components - 1]


def test_the_number_of_threads_changes_nothing():
    tensor, _, factors, weights = planted(units=300)
    with threadpool_limits(limits=1):
        alone = neural_matrix(tensor, factors, weights)
    with threadpool_limits(limits=3):
        together = neural_matrix(tensor, factors, weights)
    np.testing.assert_array_equal(alone.values, together.values)
    np.testing.assert_array_equal(alone.scores, together.scores)
    np.testing.assert_array_equal(alone.permuted_tensor, together.permuted_tensor)


def test_coordinates_of_units_are_kept():
    responses = xr.DataArray(
        np.random.default_rng(0).gamma(1, 1, (10, 6, 8, 5)),
        dims=("unit", "category", "direction", "time"),
        coords={"channel": ("unit", np.arange(10) * 3)},
        attrs={"site": "output"},
    )
    tensor = encoding_tensor(responses, spatial_frequency="all")
    generator = np.random.default_rng(1)
    factors = [generator.random((size, 2)) for size in (10, 6, 40)]
    result = neural_matrix(tensor, factors, [1, 1])
    np.testing.assert_array_equal(result.permuted_tensor.channel, np.arange(10) * 3)
    assert result.permuted_tensor.dtype == np.float32
    assert result.provenance.inputs["site"] == "output"
    assert result.provenance.parameters == {"rank": 2}


def change(position, value):
    def apply(tensor, factors, weights):
        arrays = [tensor.copy(), *(factor.copy() for factor in factors), weights.copy()]
        arrays[position].flat[0] = value
        return arrays[0], arrays[1:4], arrays[4]

    return apply


@pytest.mark.parametrize(
    ("spoil", "mentions"),
    [
        (change(0, np.nan), ["NaN"]),
        (change(0, np.inf), ["infinite"]),
        (change(1, np.nan), ["NaN"]),
        (change(2, -1), ["below zero"]),
        (lambda t, f, w: (t[:5], f, w), ["(12, 3)", "(5, 6, 8, 5)"]),
        (lambda t, f, w: (t, f, w[:2]), ["(2,)"]),
        (lambda t, f, w: (t, f[:2], w), ["weights"]),
        (lambda t, f, w: (t[0], f, w), ["unit, stimulus, direction, time"]),
        (lambda t, f, w: (t[:1], [f[0][:1], *f[1:]], w), ["two units"]),
        (lambda t, f, w: (t * 0, f, w), ["two units"]),
        (lambda t, f, w: (t * 0 + 1, [f[0] * 0 + 1, *f[1:]], w), ["two units"]),
    ],
)
def test_what_is_wrong_is_said(spoil, mentions, assert_one_clear_sentence):
    tensor, _, factors, weights = planted()
    with pytest.raises(AnalysisError) as caught:
        neural_matrix(*spoil(tensor, factors, weights))
    assert_one_clear_sentence(caught.value, *mentions)


def test_two_units_are_enough():
    tensor, _, factors, weights = planted(units=2)
    assert neural_matrix(tensor, factors, weights).scores.shape == (2, 1)
