import numpy as np
import pytest
import xarray as xr

from napari_nfm.analysis import (
    AnalysisError,
    nonnegative_cp,
    permuted_cp,
    permuted_cp_objective,
)

GOOD = np.random.default_rng(0).uniform(size=(5, 3, 4, 6))


def with_value(value):
    tensor = GOOD.copy()
    tensor[2, 1, 0, 3] = value
    return tensor


BAD_TENSORS = {
    "nan": (with_value(np.nan), ["1 unit", "NaN"]),
    "infinite": (with_value(np.inf), ["1 unit"]),
    "negative": (with_value(-0.5), ["1 unit", "-0.5"]),
    "zero": (np.zeros((5, 3, 4, 6)), ["zero"]),
    "two units": (GOOD[:2], ["2 units"]),
    "one unit": (GOOD[:1], ["1 unit"]),
    "flattened": (GOOD.reshape(5, 3, 24), ["(5, 3, 24)"]),
    "empty": (GOOD[:, :, :, :0], ["(5, 3, 4, 0)"]),
    "words": (np.full((5, 3, 4, 6), "a"), ["values"]),
    "complex": (GOOD + 1j, ["complex128"]),
    "axes": (xr.DataArray(GOOD, dims=("unit", "category", "direction", "time")), ["category"]),
}


@pytest.mark.parametrize("name", BAD_TENSORS)
@pytest.mark.parametrize("decompose", [permuted_cp, nonnegative_cp])
def test_bad_tensor_is_one_clear_sentence(name, decompose, assert_one_clear_sentence):
    tensor, mentions = BAD_TENSORS[name]
    with pytest.raises(AnalysisError) as caught:
        decompose(tensor, 2)
    assert_one_clear_sentence(caught.value, *mentions)


@pytest.mark.parametrize("rank", [0, -1, 6, 2.5, True, "2", None])
@pytest.mark.parametrize("decompose", [permuted_cp, nonnegative_cp])
def test_impossible_rank_is_one_clear_sentence(rank, decompose, assert_one_clear_sentence):
    with pytest.raises(AnalysisError) as caught:
        decompose(GOOD, rank)
    assert_one_clear_sentence(caught.value, "rank", rank)


@pytest.mark.parametrize(
    ("arguments", "mentions"),
    [
        ({"n_starts": 0}, ["n_starts", 0]),
        ({"max_iterations": 0}, ["max_iterations", 0]),
        ({"tolerance": -1.0}, ["tolerance", -1.0]),
        ({"tolerance": float("nan")}, ["tolerance", "nan"]),
        ({"device": "no-such"}, ["no-such"]),
        ({"seed": -1}, ["seed", -1]),
        ({"init": 3}, ["init"]),
        ({"init": (np.ones((5, 3)), np.ones((3, 3)), np.ones((24, 3)))}, [3, 2]),
        ({"init": (np.ones((4, 2)), np.ones((3, 2)), np.ones((24, 2)))}, [4, 5]),
        (
            {"init": [(np.ones((5, 2)), np.ones((3, 2)), np.ones((24, 2)))] * 2, "n_starts": 1},
            [2, 1, "n_starts"],
        ),
    ],
)
def test_bad_argument_is_one_clear_sentence(arguments, mentions, assert_one_clear_sentence):
    with pytest.raises(AnalysisError) as caught:
        permuted_cp(GOOD, 2, **arguments)
    assert_one_clear_sentence(caught.value, *mentions)


@pytest.mark.parametrize(
    "factors",
    [
        None,
        [np.ones((5, 2)), np.ones((3, 2))],
        [np.ones((5, 2)), np.ones((3, 2)), np.ones((24, 1))],
        [np.ones(5), np.ones(3), np.ones(24)],
        [np.ones((5, 2)), np.ones((3, 2)), np.ones((23, 2))],
        [np.ones((5, 2)), np.ones((3, 2)), -np.ones((24, 2))],
        [np.ones((5, 2)), np.full((3, 2), np.nan), np.ones((24, 2))],
        [np.ones((5, 0)), np.ones((3, 0)), np.ones((24, 0))],
    ],
)
def test_factors_that_do_not_fit_are_one_clear_sentence(factors, assert_one_clear_sentence):
    with pytest.raises(AnalysisError) as caught:
        permuted_cp_objective(GOOD, factors)
    assert_one_clear_sentence(caught.value)
