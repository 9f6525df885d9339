import numpy as np
import pytest
import xarray as xr

from napari_nfm.analysis import (
    AnalysisError,
    compare_subpopulation,
    decoding_accuracy,
    removal_sweep,
    select_units,
    tubularity,
)
from napari_nfm.jobs import Cancelled

N_CARRIERS, N_UNITS = 30, 120
CARRIERS = np.arange(N_CARRIERS)
OTHERS = np.arange(N_CARRIERS, N_UNITS)


def planted(noise=1.0, seed=0):
    """Return responses in which only the first units tell categories apart, smoothly in time."""
    rng = np.random.default_rng(seed)
    time = np.linspace(0, 1, 20)
    waves = np.stack([np.sin(np.pi * (k + 1) * time) for k in range(3)])
    means = rng.normal(size=(N_CARRIERS, 6, 1, 3)) @ waves
    responses = noise * rng.normal(size=(N_UNITS, 6, 8, 1)) * np.ones(20)
    responses += 0.1 * rng.normal(size=(N_UNITS, 6, 8, 20))
    responses[:N_CARRIERS] = means + 0.1 * responses[:N_CARRIERS]
    return responses


def score(population):
    return population.tubularity.mean_s_tight, float(population.accuracy.growing.mean[-1])


def test_removing_the_units_that_carry_the_stimulus_leaves_chance():
    found = compare_subpopulation(planted(), CARRIERS)
    assert score(found.selected)[1] == 1
    low, high = found.removed.accuracy.chance_interval
    assert low <= score(found.removed)[1] <= high
    assert score(found.selected)[0] < score(found.whole)[0] < score(found.removed)[0] / 2


def test_removing_noise_makes_tubes_tighter_and_costs_no_accuracy():
    found = compare_subpopulation(planted(), OTHERS)
    assert score(found.removed)[0] < score(found.whole)[0] / 3
    assert score(found.removed)[1] >= score(found.whole)[1]


def test_the_parts_are_scored_as_if_they_were_given_alone():
    responses = planted()
    found = compare_subpopulation(responses, OTHERS, classifier="logistic", n_bootstrap=3, seed=5)
    alone = tubularity(responses[OTHERS], n_bootstrap=3, seed=5)
    np.testing.assert_array_equal(found.selected.tubularity.s_tight, alone.s_tight)
    np.testing.assert_array_equal(
        found.selected.tubularity.bootstrap_s_cross, alone.bootstrap_s_cross
    )
    # the full window of a sweep over all windows
    sweep = decoding_accuracy(responses[CARRIERS], classifier="logistic")
    np.testing.assert_allclose(
        found.removed.accuracy.growing.mean[-1], sweep.growing.mean[-1], atol=0.02
    )
    knn = compare_subpopulation(responses, CARRIERS).selected.accuracy
    sweep = decoding_accuracy(responses[CARRIERS])
    np.testing.assert_array_equal(
        knn.growing.predictions.values[:, -1], sweep.growing.predictions.values[:, -1]
    )


def test_masks_positions_and_any_order_are_the_same_selection():
    responses = planted()
    mask = np.isin(np.arange(N_UNITS), CARRIERS)
    tables = [
        compare_subpopulation(responses, units).table()
        for units in (mask, CARRIERS[::-1], CARRIERS)
    ]
    assert tables[0].equals(tables[1])
    assert tables[0].equals(tables[2])
    assert list(tables[0].index) == ["all units", "selected only", "selected removed"]
    assert tables[0]["n_units"].to_list() == [120, 30, 90]


def test_clusters_of_all_units_are_the_bundles_of_the_parts():
    found = compare_subpopulation(planted(noise=0.3), CARRIERS, labels="hdbscan")
    for part in (found.selected, found.removed):
        np.testing.assert_array_equal(
            part.tubularity.curve_labels, found.whole.tubularity.curve_labels
        )


@pytest.mark.parametrize(
    ("units", "empty", "words"),
    [
        ([], "selected", "No unit"),
        (np.arange(N_UNITS), "removed", "No unit"),
        ([7], "selected", "1 unit cannot span"),
        (np.arange(9), "selected", "9 units cannot span the 10 components"),
        (np.arange(4, N_UNITS), "removed", "4 units cannot"),
    ],
)
def test_a_population_too_small_to_score_says_so(units, empty, words):
    found = compare_subpopulation(planted(), units)
    part = getattr(found, empty)
    assert part.tubularity is None
    assert words in part.why_not
    assert part.why_not.endswith(".")
    assert (part.accuracy is None) == (part.n_units == 0)
    assert found.whole.why_not is None
    table = found.table()
    assert table["s_tight"].isna().sum() == 1
    assert (table["why_not"] != "").sum() == 1


def test_constant_units_give_a_reason_and_not_a_number():
    responses = planted()
    responses[:20] = 1
    part = compare_subpopulation(responses, np.arange(20)).selected
    assert part.tubularity is None
    assert part.accuracy is None
    assert part.why_not.count("the same for all stimuli") == 1


@pytest.mark.parametrize(
    "units", [[-1], [N_UNITS], [0.5], [[1, 2]], np.ones(3, dtype=bool), ["first"]]
)
def test_units_that_are_none_are_said(units, assert_one_clear_sentence):
    with pytest.raises(AnalysisError) as found:
        compare_subpopulation(planted(), units)
    assert_one_clear_sentence(found.value)


def test_select_takes_the_extremes_and_never_nan():
    values = xr.DataArray([3.0, np.nan, 1.0, 5.0, 5.0, 2.0], dims="unit")
    assert select_units(values, share=0.4).tolist() == [3, 4]
    assert select_units(values, share=0.4, end="bottom").tolist() == [2, 5]
    assert select_units(values, share=0.01).tolist() == [3]
    assert select_units(values, share=1).tolist() == [3, 4, 0, 5, 2]


@pytest.mark.parametrize(
    "wrong",
    [
        {"values": [np.nan, np.nan]},
        {"values": [[1.0, 2.0]]},
        {"values": ["a", "b"]},
        {"values": [1.0], "share": 0},
        {"values": [1.0], "share": 1.1},
        {"values": [1.0], "end": "middle"},
    ],
)
def test_what_cannot_be_selected_is_said(wrong, assert_one_clear_sentence):
    with pytest.raises(AnalysisError) as found:
        select_units(**wrong)
    assert_one_clear_sentence(found.value)


def test_removing_in_order_of_information_is_worse_than_removing_at_random():
    # a third of the units carry everything; by half, an ordered removal has taken all of them
    order = np.r_[CARRIERS, OTHERS]
    found = removal_sweep(planted(), order, shares=(0, 0.1, 0.25, 0.5), n_random=20, seed=1)
    table = found.table
    assert table["n_removed"].to_list() == [0, 12, 30, 60]
    assert table["n_units"].to_list() == [120, 108, 90, 60]
    gone = table.iloc[2]
    assert gone["accuracy"] < gone["random_accuracy_low"]
    assert gone["s_tight"] > gone["random_s_tight_high"]
    assert gone["p_accuracy"] == gone["p_s_tight"] == pytest.approx(1 / 21)
    assert abs(gone["accuracy"] - found.chance) < 0.15
    # random removal of as many leaves the population what it was
    assert gone["random_accuracy"] > table["accuracy"][0] - 0.05


def test_removing_at_random_is_no_different_from_random():
    order = np.random.default_rng(3).permutation(N_UNITS)
    table = removal_sweep(planted(), order, shares=(0.1, 0.3), n_random=19, seed=2).table
    assert (table[["p_s_tight", "p_s_cross", "p_accuracy"]] > 0.05).all(axis=None)


def test_a_removal_is_what_comparing_says():
    responses = planted()
    sweep = removal_sweep(responses, CARRIERS, shares=(0, 0.5, 1), n_random=2)
    for count, row in zip((0, 15, 30), sweep.table.itertuples(), strict=True):
        part = compare_subpopulation(responses, CARRIERS[:count]).removed
        assert row.n_units == part.n_units
        assert (row.s_tight, row.accuracy) == pytest.approx(score(part), rel=1e-9)


def test_random_draws_are_seeded_and_do_not_depend_on_the_other_shares():
    responses = planted()
    arguments = {"n_random": 3, "seed": 4}
    first = removal_sweep(responses, CARRIERS, shares=(0, 0.5, 1), **arguments)
    again = removal_sweep(responses, CARRIERS, shares=(0.5,), **arguments)
    half = first.random[first.random["share"] == 0.5].reset_index(drop=True)
    assert half.equals(again.random)
    assert half["s_tight"].nunique() == 3
    at_none = first.random[first.random["share"] == 0]
    assert (at_none["s_tight"] == first.table["s_tight"][0]).all()


def test_shares_that_leave_too_few_units_say_so_and_the_others_stand():
    table = removal_sweep(planted(), np.arange(N_UNITS), shares=(0.5, 0.95, 1), n_random=2).table
    assert table["s_tight"].isna().to_list() == [False, True, True]
    assert table["p_accuracy"].isna().to_list() == [False, True, True]
    assert "6 units cannot span" in table["why_not"][1]
    assert "No unit is left" in table["why_not"][2]


@pytest.mark.parametrize(
    "wrong",
    [
        {"order": []},
        {"order": [1, 1]},
        {"order": [N_UNITS]},
        {"shares": ()},
        {"shares": (0.5, 0.1)},
        {"shares": (0, 1.5)},
        {"shares": (float("nan"),)},
        {"n_random": 0},
        {"seed": -1},
        {"classifier": "svm"},
    ],
)
def test_sweeps_that_make_no_sense_are_said(wrong, assert_one_clear_sentence):
    with pytest.raises(AnalysisError) as found:
        removal_sweep(planted(), **({"order": CARRIERS} | wrong))
    assert_one_clear_sentence(found.value)


def test_both_jobs_report_and_stop():
    responses = planted()
    told = []
    removal_sweep(
        responses, CARRIERS, shares=(0, 1), n_random=2, progress=lambda *now: told.append(now)
    )
    assert told[-1][0] == told[-1][1] == 4
    with pytest.raises(Cancelled):
        removal_sweep(responses, CARRIERS, should_stop=lambda: True)
    told.clear()
    compare_subpopulation(
        responses, CARRIERS, n_bootstrap=2, progress=lambda *now: told.append(now)
    )
    assert [now[0] for now in told] == sorted(now[0] for now in told)
    assert told[-1][0] == told[-1][1]
    with pytest.raises(Cancelled):
        compare_subpopulation(responses, CARRIERS, should_stop=lambda: True)
