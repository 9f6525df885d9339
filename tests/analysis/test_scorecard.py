import numpy as np
import pytest

from napari_nfm.analysis import (
    AnalysisError,
    alignment,
    decoding_accuracy,
    score_sites,
    tubularity,
)
from napari_nfm.jobs import Cancelled


def population(noise, n_units=30, seed=0):
    rng = np.random.default_rng(seed)
    means = rng.normal(size=(n_units, 6, 1, 12)).cumsum(axis=-1)
    return means + noise * rng.normal(size=(n_units, 6, 8, 12)).cumsum(axis=-1)


@pytest.fixture(scope="module")
def sites():
    return {"encoder.L1": population(0.2), "output": population(1.0, seed=1)}


@pytest.fixture(scope="module")
def scorecard(sites):
    return score_sites(sites, n_bootstrap=4, seed=3)


def test_every_number_is_that_of_the_readout_alone(sites, scorecard):
    table = scorecard.table.set_index("site")
    for site, responses in sites.items():
        alone = tubularity(responses, n_bootstrap=4, seed=3)
        row = table.loc[site]
        assert row["s_tight"] == alone.mean_s_tight
        assert (row["s_cross_low"], row["s_cross_high"]) == tuple(alone.interval_mean_s_cross)
        assert row["variance_explained"] == pytest.approx(alone.explained_variance_ratio.sum())
        assert (row["n_units"], row["n_components"], row["n_bundles"]) == (30, 10, 6)
        for classifier in ("knn", "logistic"):
            decoded = decoding_accuracy(responses, classifier=classifier)
            assert row[f"accuracy_{classifier}"] == float(decoded.growing.mean[-1])
            low, high = decoded.growing.interval[-1]
            assert (row[f"accuracy_{classifier}_low"], row[f"accuracy_{classifier}_high"]) == (
                float(low),
                float(high),
            )
            curves = scorecard.windows.set_index(["site", "classifier", "window"])
            shown = curves.loc[(site, classifier, "shrinking")]
            np.testing.assert_array_equal(shown["accuracy"], decoded.shrinking.mean)
    assert (table["why_not"] == "").all()
    expected = alignment(*sites.values()).score
    assert float(scorecard.alignment[0, 1]) == pytest.approx(expected, abs=1e-12)


def test_bundles_and_windows_have_a_row_each(scorecard):
    assert len(scorecard.bundles) == 2 * 6
    assert len(scorecard.windows) == 2 * 2 * 2 * 12
    first = scorecard.bundles[scorecard.bundles["site"] == "encoder.L1"]
    np.testing.assert_array_equal(first["s_tight"], scorecard.tubularity["encoder.L1"].s_tight)


def test_every_column_is_explained(scorecard):
    explained = scorecard.columns.groupby("table")["column"].agg(set)
    assert explained["scores"] == set(scorecard.table)
    assert explained["bundles"] == set(scorecard.bundles)
    assert explained["windows"] == set(scorecard.windows)
    assert (scorecard.columns["meaning"].str.len() > 10).all()
    assert not scorecard.columns["meaning"].str.contains("{", regex=False).any()


def test_a_site_that_cannot_be_scored_has_a_row_with_the_reason(sites):
    half = population(1.0)
    half[:5, :, :, -3:] = np.nan
    bad = {
        "constant": np.ones((20, 6, 8, 12)),
        "nan": half,
        "flat": np.zeros((3, 4)),
        "good": sites["output"],
        "also good": sites["encoder.L1"],
    }
    found = score_sites(bad, n_bootstrap=0, classifiers=("knn",))
    table = found.table.set_index("site")
    assert list(table.index) == list(bad)
    assert "the same for all stimuli" in table.loc["constant", "why_not"]
    assert "NaN" in table.loc["nan", "why_not"]
    assert "axes" in table.loc["flat", "why_not"]
    assert table["s_tight"].isna().to_list() == [True, True, True, False, False]
    assert list(found.tubularity) == ["good", "also good"]
    assert list(found.alignment["first"].values) == ["good", "also good"]


def test_nothing_that_can_be_scored_is_still_a_table():
    found = score_sites({"constant": np.ones((20, 6, 8, 12))}, n_bootstrap=0)
    assert len(found.table) == 1
    assert found.bundles.empty
    assert found.windows.empty
    assert found.alignment is None


def test_unlike_numbers_of_units_and_unlike_stimuli_are_remarked(sites):
    found = score_sites(
        sites | {"few": population(1.0, 12)[:, :5]}, n_bootstrap=0, classifiers=("knn",)
    )
    said = " ".join(found.remarks)
    assert "unlike numbers of units" in said
    assert "not aligned" in said
    assert not found.table["s_tight"].isna().any()


def test_clusters_can_be_the_bundles(sites):
    found = score_sites(sites, labels="hdbscan", n_bootstrap=0, classifiers=())
    for site, responses in sites.items():
        alone = tubularity(responses, labels="hdbscan")
        assert found.tubularity[site].mean_s_cross == alone.mean_s_cross
    assert "accuracy_knn" not in found.table


@pytest.mark.parametrize(
    "wrong",
    [
        {"responses_by_site": {}},
        {"classifiers": ("svm",)},
        {"labels": "kmeans"},
        {"preset": "none"},
        {"quantile": 2},
        {"n_bootstrap": -1},
        {"seed": -1},
    ],
)
def test_settings_that_make_no_sense_are_said(sites, wrong, assert_one_clear_sentence):
    with pytest.raises(AnalysisError) as found:
        score_sites(**({"responses_by_site": sites} | wrong))
    assert_one_clear_sentence(found.value)


def test_progress_only_grows_names_the_site_and_can_be_stopped(sites):
    told = []
    score_sites(sites, n_bootstrap=2, progress=lambda *now: told.append(now))
    done = [now[0] / now[1] for now in told]
    assert done == sorted(done)
    assert done[-1] == 1
    assert {now[2].split(":")[0] for now in told} == {"Encoder L1", "Output"}
    with pytest.raises(Cancelled):
        score_sites(sites, should_stop=lambda: True)
