"""The port that the tubularity benchmark measures against computes the same."""

from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture(autouse=True)
def _benchmarks_importable(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))


def test_the_port_gives_the_scores_of_the_reference(data_directory):
    from reference_tubularity import bundle_score, clusters, resample

    with np.load(data_directory / "analysis" / "tubularity.npz", allow_pickle=False) as golden:
        curves = [resample(curve.astype(float)) for curve in golden["syn_curves"]]
        labels = golden["syn_labels"]
        np.testing.assert_array_equal(clusters(curves), golden["syn_hdbscan_labels"])
        members = [curves[number] for number in np.flatnonzero(labels == 2)]
        tight, cross = bundle_score(members)
        assert tight == pytest.approx(golden["syn_S_tight"][2], rel=1e-9)
        assert cross == pytest.approx(golden["syn_S_cross"][2], rel=1e-9)


def test_both_sides_agree_and_are_timed():
    from tubularity import Row, measure, table

    rows = measure(60, None, n_bootstrap=2, part=1, rounds=1)
    steps = ["one score", "one score, exact port", "2 bootstraps"]
    assert [row.step for row in rows] == steps * 2
    assert all(row.difference < 1e-6 for row in rows)
    assert all(min(row.ours + row.reference) > 0 for row in rows)
    assert "differ" in table(rows)
    row = Row("a", "30 bootstraps", [2.0, 1.0], [3.0], 10.0, 0.0)
    assert row.ratio == 30
    assert row.verdict == ">= 20 x met"
    assert Row("a", "30 bootstraps", [1.0], [3.0], 10.0, 1e-3).verdict == ">= 20 x MISSED"


def test_a_selection_of_all_categories_is_timed():
    from tubularity import live

    (seconds,) = live(60, None, 1)
    assert seconds > 0


def test_coverage_counts_both_intervals():
    from tubularity import coverage

    found = coverage(2, n_units=20, n_bootstrap=4)
    assert len(found["coverage"]) == 4
    assert all(0 <= share <= 1 for share in found["coverage"].values())
