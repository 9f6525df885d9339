import numpy as np
import pytest
from scipy.stats import kstest

from napari_nfm.analysis import AnalysisError, tubularity, tubularity_difference, tubularity_null


def population(n_units, seed, spread=0.3, n_frames=12):
    """Units that follow two latent courses per stimulus, which directions share but for `spread`.

    What the stimuli do is the same for every seed; the units are others.
    """
    world, units = np.random.default_rng(0), np.random.default_rng(seed)
    time = np.linspace(0, 1, n_frames)
    phases = world.uniform(0, 6, (3, 1, 4, 1)) + spread * world.normal(size=(3, 6, 4, 1))
    latent = np.sin(2 * np.pi * time * np.array([0.5, 1, 0.7, 1.2])[:, np.newaxis] + phases)
    loadings = units.normal(size=(n_units, 4))
    signal = np.einsum("uk,sdkt->usdt", loadings, latent)
    return signal + 0.3 * units.normal(size=signal.shape)


def test_permutation_test_finds_a_difference_and_only_then():
    tight, wide = population(40, 1, spread=0.05), population(30, 2, spread=0.8)
    different = tubularity_difference(tight, wide, n_permutations=39)
    assert different.p_s_tight == pytest.approx(1 / 40)
    expected = tubularity(tight).mean_s_tight - tubularity(wide).mean_s_tight
    assert different.s_tight == pytest.approx(expected)
    assert different.s_tight < 0
    crossing = tubularity(tight).mean_s_cross - tubularity(wide).mean_s_cross
    assert different.s_cross == pytest.approx(crossing)
    assert different.null_s_tight.shape == (39,)
    same = tubularity_difference(tight, population(40, 3, spread=0.05), n_permutations=39)
    assert same.p_s_tight > 0.05


def test_permutation_test_is_right_under_its_null():
    p_values = [
        tubularity_difference(
            population(15, 2 * number + 10),
            population(15, 2 * number + 11),
            n_permutations=19,
            n_points=30,
            n_bins=10,
        ).p_s_tight
        for number in range(20)
    ]
    assert kstest(p_values, "uniform").pvalue > 0.01


def test_permutation_test_is_the_same_each_time_and_symmetric():
    first, second = population(20, 1), population(25, 2)
    one = tubularity_difference(first, second, n_permutations=9, seed=3)
    again = tubularity_difference(first, second, n_permutations=9, seed=3)
    assert one.null_s_tight.tobytes() == again.null_s_tight.tobytes()
    swapped = tubularity_difference(second, first, n_permutations=9, seed=3)
    assert swapped.s_tight == pytest.approx(-one.s_tight)


def test_a_population_with_more_frames_is_interpolated():
    first, second = population(20, 1), population(20, 2)
    twice = np.empty((*second.shape[:3], 23))
    twice[..., ::2] = second
    twice[..., 1::2] = (second[..., 1:] + second[..., :-1]) / 2
    expected = tubularity_difference(first, second, n_permutations=4)
    found = tubularity_difference(first, twice, n_permutations=4)
    np.testing.assert_allclose(found.null_s_tight, expected.null_s_tight, rtol=1e-6)
    assert found.s_tight == pytest.approx(expected.s_tight, rel=1e-6)


def test_shuffled_labels_are_less_tight_than_stimuli():
    found = tubularity_null(population(40, 1), n_shuffles=39)
    assert found.p_s_tight == pytest.approx(1 / 40)
    assert found.s_tight == pytest.approx(tubularity(population(40, 1)).mean_s_tight)
    assert (found.null_s_tight > found.s_tight).all()


def test_label_test_is_right_where_labels_mean_nothing():
    p_values = []
    for number in range(40):
        rng = np.random.default_rng(number)
        curves = rng.normal(size=(12, 15, 2)).cumsum(axis=1)
        found = tubularity_null(
            curves=curves, labels=np.arange(12) % 3, n_shuffles=19, seed=number, n_points=30
        )
        p_values.append(found.p_s_tight)
    assert kstest(p_values, "uniform").pvalue > 0.01


def test_what_cannot_be_compared_is_said(assert_one_clear_sentence):
    responses = population(10, 1)
    cases = [
        (lambda: tubularity_difference(responses, responses[:, :2]), "18 and 12 curves"),
        (lambda: tubularity_difference(responses, responses, n_permutations=0), "n_permutations"),
        (lambda: tubularity_null(responses, n_shuffles=0), "n_shuffles"),
        (lambda: tubularity_null(responses[:, :1]), "one bundle"),
        (lambda: tubularity_null(), "either responses or curves"),
    ]
    for call, mention in cases:
        with pytest.raises(AnalysisError) as caught:
            call()
        assert_one_clear_sentence(caught.value, mention)
