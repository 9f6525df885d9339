import numpy as np
import pytest

from napari_nfm.analysis import (
    AnalysisError,
    TubularitySettings,
    synthetic_tubes,
    tubularity,
    tubularity_sensitivity,
)
from napari_nfm.jobs import Cancelled

FEW = {"quantiles": [0.5], "n_bins": [50], "smoothing": [1.0], "n_components": [3]}


def tubes(radius, seed=0, stray=0.0):
    """Responses (unit, category, direction, time): per category a tube of known radius.

    One curve of eight runs beside its tube, as a share of the length.
    """
    rng = np.random.default_rng(seed)
    mixture = rng.normal(size=(3, 30))
    responses = []
    for category in range(3):
        curves = synthetic_tubes(radius, n_curves=8, seed=10 * seed + category).curves[:, ::4]
        curves[0, :, 2] += stray * 20
        responses.append(curves @ np.linalg.qr(rng.normal(size=(3, 3)))[0] @ mixture)
    return np.moveaxis(np.stack(responses), -1, 0)


@pytest.fixture(scope="module")
def three_tubes():
    sites = {"wide": tubes(0.09, 1), "narrow": tubes(0.01, 2), "middle": tubes(0.03, 3)}
    return tubularity_sensitivity(sites)


def test_tubes_of_known_radius_keep_their_order_whatever_is_varied(three_tubes):
    kendall = three_tubes.kendall
    tight = kendall[kendall["score"] == "s_tight"]
    assert set(tight["setting"]) == {"quantile", "n_bins", "smoothing", "n_components", "labels"}
    assert (tight["tau"] == 1).all()
    assert (tight["n_sites"] == 3).all()
    order = three_tubes.ordering
    assert set(order.loc[order["score"] == "s_tight", "order"]) == {"narrow < middle < wide"}


def test_rows_are_the_scores_with_one_setting_changed(three_tubes):
    table = three_tubes.table
    responses = tubes(0.03, 3)
    for setting, value in [("quantile", 0.75), ("n_bins", 25), ("n_components", 5)]:
        found = tubularity(responses, **{setting: value})
        row = table[
            (table["setting"] == setting)
            & (table["value"] == str(value))
            & (table["site"] == "middle")
        ].iloc[0]
        assert row["s_tight"] == pytest.approx(found.mean_s_tight, rel=1e-9)
        assert row["s_cross"] == pytest.approx(found.mean_s_cross, rel=1e-9)
    preset = table[table["is_preset"] & (table["site"] == "middle")]
    assert list(preset["value"]) == ["0.9", "100", "0.01", "10", "stimulus"]
    assert preset["s_tight"].nunique() == 1
    assert list(table.loc[table["setting"] == "quantile", "value"].unique()) == [
        "0.5",
        "0.75",
        "0.9",
        "0.95",
    ]


def test_a_setting_that_matters_reverses_the_order():
    sites = {"stray": tubes(0.01, stray=0.12), "even": tubes(0.05)}
    found = tubularity_sensitivity(sites, quantiles=[0.5, 1.0], labels=["stimulus"])
    order = found.ordering.set_index(["setting", "value", "score"])["order"]
    assert order["quantile", "0.5", "s_tight"] == "stray < even"
    assert order["quantile", "1.0", "s_tight"] == "even < stray"
    kendall = found.kendall.set_index(["setting", "value", "score"])["tau"]
    assert kendall["quantile", "0.9", "s_tight"] == 1
    assert sorted(kendall["quantile"].xs("s_tight", level="score")) == [-1, 1, 1]
    assert (kendall["quantile"].xs("s_cross", level="score") == 1).all()


def test_where_there_is_no_order_it_is_said():
    one = tubularity_sensitivity({"output": tubes(0.03)}, **FEW, labels=[]).kendall
    assert one["tau"].isna().all()
    assert set(one["why_not"]) == {"An order takes two sites, and there is 1"}
    same = tubularity_sensitivity({"a": tubes(0.03), "b": tubes(0.03)}, **FEW, labels=[])
    assert set(same.ordering["order"]) == {"a = b"}
    assert same.kendall["tau"].isna().all()
    assert same.kendall["why_not"].str.startswith("All sites score the same").all()


def test_ties_of_some_sites_lower_the_agreement_only_where_they_are_not_in_both():
    sites = {"a": tubes(0.03), "b": tubes(0.03), "c": tubes(0.09)}
    found = tubularity_sensitivity(sites, **FEW, labels=[])
    tight = found.kendall[found.kendall["score"] == "s_tight"]
    assert (tight["tau"] == 1).all()
    assert set(found.ordering.loc[found.ordering["score"] == "s_tight", "order"]) == {"a = b < c"}


def test_a_site_that_cannot_be_scored_says_why_and_is_left_out_of_orders():
    rng = np.random.default_rng(0)
    sites = {
        "tube": tubes(0.03),
        "silent": np.ones((5, 3, 8, 10)),
        "scattered": rng.normal(size=(30, 3, 8, 10)),
    }
    found = tubularity_sensitivity(sites, **FEW)
    table = found.table.set_index(["site", "setting", "value"]).sort_index()
    assert table.loc["silent", "s_tight"].isna().all()
    assert table.loc["silent", "why_not"].str.contains("same for all").all()
    assert "noise" in table.loc[("scattered", "labels", "hdbscan"), "why_not"]
    scored = table["s_tight"].notna()
    assert (table.loc[scored, "why_not"] == "").all()
    assert (table.loc[~scored, "why_not"] != "").all()
    orders = found.ordering["order"]
    assert not orders.str.contains("silent").any()
    by_labels = found.kendall.set_index(["setting", "value", "score"])
    assert by_labels.loc[("labels", "hdbscan", "s_tight"), "n_sites"] == 1
    assert by_labels.loc[("labels", "stimulus", "s_tight"), "n_sites"] == 2


def test_numbers_of_a_preset_of_ones_own_are_kept():
    sites, own = {"a": tubes(0.03)}, TubularitySettings(quantile=0.8, n_bins=20)
    made = tubularity_sensitivity(sites, **FEW, labels=[], preset=own).provenance.parameters
    assert made["preset"] == "given", "scripts refuse it by that"
    assert TubularitySettings(**made["preset_settings"]) == own
    made = tubularity_sensitivity(sites, **FEW, labels=[], preset="study").provenance.parameters
    assert made["preset"] == "study"
    assert "preset_settings" not in made, "the name says it"


def test_what_cannot_be_swept_is_said(assert_one_clear_sentence):
    sites = {"a": tubes(0.03)}
    cases = [
        (dict(responses_by_site={}), "no sites"),
        (dict(quantiles=[2.0]), "quantile"),
        (dict(quantiles=["many"]), "quantile"),
        (dict(n_bins=[0]), "n_bins"),
        (dict(n_bins=[10.5]), "n_bins"),
        (dict(smoothing=[np.nan]), "smoothing"),
        (dict(n_components=[-1]), "n_components"),
        (dict(labels=["kmeans"]), "kmeans"),
        (dict(preset="best"), "best"),
        (dict(responses_by_site={"a": np.ones((5, 3, 8, 10))}), "No site could be scored"),
    ]
    for arguments, mention in cases:
        with pytest.raises(AnalysisError) as caught:
            tubularity_sensitivity(**{"responses_by_site": sites, **arguments})
        assert_one_clear_sentence(caught.value, mention)


def test_a_sweep_says_how_far_it_is_and_can_be_stopped():
    seen = []
    sites = {"a": tubes(0.03), "b": tubes(0.05)}
    tubularity_sensitivity(sites, **FEW, labels=[], progress=lambda *now: seen.append(now[:2]))
    assert seen == [(done, 18) for done in range(19)]
    with pytest.raises(Cancelled):
        tubularity_sensitivity(sites, **FEW, should_stop=lambda: True)
