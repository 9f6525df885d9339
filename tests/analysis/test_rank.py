from dataclasses import replace

import numpy as np
import pytest

from napari_nfm.analysis.errors import AnalysisError
from napari_nfm.analysis.permuted import PermutedCP
from napari_nfm.analysis.rank import choose_rank, nuclear_value
from napari_nfm.provenance import Provenance


def fit_with(neural_factors, percent_errors=None):
    """Return a decomposition with these neural factors ``(start, unit, R)``."""
    neural_factors = np.asarray(neural_factors, dtype=np.float32)
    starts, _, rank = neural_factors.shape
    errors = np.arange(1.0, starts + 1) if percent_errors is None else np.asarray(percent_errors)
    return PermutedCP(
        factors=(neural_factors[0].astype(float), np.ones((2, rank)), np.ones((8, rank))),
        weights=np.ones(rank),
        percent_error=float(errors[0]),
        percent_errors=errors,
        shifts=np.zeros((neural_factors.shape[1], 2), dtype=np.int64),
        neural_factors=neural_factors,
        n_directions=8,
        provenance=Provenance("test", {}, {"site": "output"}),
    )


def test_equals_the_reference(shared):
    path = shared("golden/analysis/06_rank_choice.npz")
    with np.load(path, allow_pickle=False) as golden:
        ranks = golden["ranks"]
        fits = [
            fit_with(golden[f"F{rank:02d}_neural"], golden[f"F{rank:02d}_objs_all"][:4])
            for rank in ranks
        ]
        choice = choose_rank(fits)
        np.testing.assert_array_equal(choice.ranks, ranks)
        np.testing.assert_allclose(choice.mean, golden["subset_mean"], atol=1e-6, rtol=0)
        np.testing.assert_allclose(choice.std, golden["subset_std"], atol=1e-6, rtol=0)
    # not saturated by 9, where the authors worked with what they had
    assert choice.suggested == 9
    assert "higher ranks" in choice.rule
    assert (choice.stability[:5] > 0.999).all()
    assert choice.stable == 9
    assert choice.provenance.inputs == {"site": "output"}


def test_nuclear_value_counts_differing_factors():
    identity = np.eye(6)
    assert nuclear_value(identity) == pytest.approx(5)
    assert nuclear_value(identity[:, :2]) == pytest.approx(1)
    assert nuclear_value(identity[:, [0, 1, 0, 1]]) == pytest.approx(1)
    assert nuclear_value(np.ones((6, 3))) == 0
    assert nuclear_value(np.zeros((6, 3))) == 0
    assert nuclear_value(identity[:, :1]) == 0


def test_nuclear_value_is_that_of_the_singular_values():
    factors = np.random.default_rng(0).gamma(0.5, 1, (40, 7))
    columns = factors / np.linalg.norm(factors, axis=0)
    rows = columns.T - columns.T.mean(axis=0)
    squares = np.linalg.svd(rows, compute_uv=False) ** 2 / 6
    assert nuclear_value(factors) == pytest.approx((squares / squares.max()).sum(), abs=1e-12)
    assert nuclear_value(factors * [3, 1, 7, 1, 1, 2, 9]) == pytest.approx(nuclear_value(factors))


def saturating(different, ranks, units=60, starts=3):
    """Return fits in which no more than `different` factors differ, the others repeating them."""
    generator = np.random.default_rng(5)
    factors = generator.gamma(0.3, 1, (units, different))
    fits = []
    for rank in ranks:
        columns = [factors[:, number % different] for number in range(rank)]
        stacked = np.stack([np.column_stack(columns)] * starts)
        fits.append(fit_with(stacked + 0.01 * generator.random(stacked.shape)))
    return fits


def test_a_curve_that_saturates_is_seen_to():
    choice = choose_rank(saturating(9, range(2, 25)))
    assert 8 <= choice.suggested <= 11
    assert "10%" in choice.rule
    assert choice.mean[5] > choice.mean[2]


def test_a_straight_curve_is_not_taken_for_saturated_at_its_end():
    fits = [fit_with(np.eye(20)[np.newaxis, :, :rank]) for rank in range(2, 15)]
    choice = choose_rank(fits)
    np.testing.assert_allclose(choice.mean, np.arange(1, 14))
    assert choice.suggested == 14
    assert "100%" in choice.rule
    assert np.isnan(choice.stability).all()


def test_ranks_come_in_any_order_by_number_and_with_gaps():
    fits = saturating(6, [2, 4, 6, 8, 12, 16])
    choice = choose_rank({len(fit.weights): fit for fit in reversed(fits)})
    np.testing.assert_array_equal(choice.ranks, [2, 4, 6, 8, 12, 16])
    np.testing.assert_array_equal(choice.mean, choose_rank(fits).mean)
    assert choice.suggested in (6, 8)


def test_one_rank_and_a_flat_curve():
    assert choose_rank(saturating(3, [5])).suggested == 5
    flat = choose_rank([fit_with(np.ones((2, 9, rank))) for rank in (2, 3, 4)])
    assert flat.suggested == 2
    assert "does not rise" in flat.rule


def test_stability_is_one_for_the_same_factors_in_another_order_and_less_for_others():
    factors = np.random.default_rng(0).gamma(0.3, 1, (50, 4))
    same = fit_with([factors, factors[:, [2, 0, 3, 1]] * [1, 5, 2, 3]])
    assert choose_rank([same]).stability[0] == pytest.approx(1, abs=1e-6)
    orthogonal = fit_with([np.eye(50)[:, :4], np.eye(50)[:, [0, 1, 10, 11]]])
    assert choose_rank([orthogonal]).stability[0] == pytest.approx(0.5)
    assert choose_rank([orthogonal]).stable is None


def test_the_highest_stable_rank_is_the_second_opinion():
    fits = [fit_with([np.eye(50)[:, :rank]] * 3) for rank in (2, 3, 4)]
    fits.append(fit_with([np.eye(50)[:, :5], np.eye(50)[:, 10:15]]))
    choice = choose_rank(fits)
    assert choice.stable == 4
    assert choice.rule.endswith("; 4 is the highest at which all starts find the same factors")
    assert choose_rank([fit_with(np.eye(5)[np.newaxis])]).stable is None


def test_errors_are_those_of_the_best_start():
    fits = saturating(3, [2, 3])
    fits[1] = replace(fits[1], percent_error=0.25)
    np.testing.assert_array_equal(choose_rank(fits).percent_error, [1.0, 0.25])


@pytest.mark.parametrize(
    ("call", "mentions"),
    [
        (lambda: choose_rank([]), ["no decompositions"]),
        (lambda: choose_rank({}), ["no decompositions"]),
        (lambda: choose_rank(saturating(3, [2, 4, 4])), ["2 decompositions of rank 4"]),
        (lambda: nuclear_value(np.zeros(4)), ["(4,)"]),
        (lambda: nuclear_value(np.full((4, 2), np.nan)), ["(4, 2)", "finite"]),
        (lambda: nuclear_value(np.zeros((0, 2))), ["(0, 2)"]),
    ],
)
def test_what_is_wrong_is_said(call, mentions, assert_one_clear_sentence):
    with pytest.raises(AnalysisError) as caught:
        call()
    assert_one_clear_sentence(caught.value, *mentions)
