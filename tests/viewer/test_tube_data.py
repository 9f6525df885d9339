"""What the plots of tubularity draw is what was measured, and nothing published is mixed in."""

import numpy as np
import pytest
from tube_builders import STUDIED, make_tubes

from napari_nfm.analysis import published_scores, tube_calibration, tubularity
from napari_nfm.viewer.known_tubes import KNOWN_TUBES, known_tubes
from napari_nfm.viewer.radius_data import profiles
from napari_nfm.viewer.tube_data import score_page, space_in_words

SITES = {"recurrent.hidden": 1, "encoder.L2": 2, "mine": 3}


@pytest.fixture(scope="module")
def scores():
    return {
        site: tubularity(make_tubes(seed=seed, site=site), n_bootstrap=5, seed=seed)
        for site, seed in SITES.items()
    }


@pytest.fixture(scope="module")
def calibration():
    return tube_calibration()


def row_of(axis, title):
    return next(row for row in axis.rows if row.title == title)


def test_measured_marks_are_the_scores_with_their_intervals(scores):
    page = score_page(scores, site="encoder.L2")
    for site, score in scores.items():
        mark = next(row.measured for row in page.tight.rows if row.site == site)
        assert mark.value == score.mean_s_tight
        assert mark.interval == tuple(score.interval_mean_s_tight)
        mark = next(row.measured for row in page.cross.rows if row.site == site)
        assert mark.value == score.mean_s_cross
        assert f"{score.mean_s_cross:.3g}" in mark.meaning


def test_rows_go_from_references_along_the_network_to_the_others(scores):
    titles = [row.title for row in score_page(scores).tight.rows]
    assert titles[:4] == ["Retina", "V1", "Encoder L1", "Encoder L2"]
    assert titles.index("Recurrent, hidden") < titles.index("Output") < titles.index("mine")
    assert titles == [row.title for row in score_page(scores).cross.rows]


def test_published_marks_are_the_shipped_values_and_stay_apart(scores):
    table = published_scores()
    page = score_page(scores)
    for axis, name in ((page.tight, "S_tight"), (page.cross, "S_cross")):
        chosen = table[(table["labels"] == "stimulus") & (table["quantity"] == name)]
        shown = [row.published.value for row in axis.rows if row.published is not None]
        assert sorted(shown) == sorted(chosen["value"])
        assert row_of(axis, "Retina").measured is None
        assert row_of(axis, "Encoder L2").published is None
    assert any("wrong rows" in note for note in page.notes)


def test_published_values_stand_alone_before_anything_is_scored():
    page = score_page({})
    assert row_of(page.tight, "Retina").published.value == 0.0688
    assert all(row.measured is None for row in page.tight.rows)


def test_published_values_of_clusters_are_shown_beside_clusters():
    found = tubularity(make_tubes(noise=0.01), labels="hdbscan")
    page = score_page({"encoder.L1": found})
    assert row_of(page.tight, "Encoder L1").published.value == 0.7679
    assert row_of(page.tight, "Encoder L1").measured.value == found.mean_s_tight


def test_another_preset_has_no_published_values_and_says_so(scores):
    found = tubularity(make_tubes(), preset="scale-free")
    page = score_page({"output": found, **scores}, site="output")
    assert [row.title for row in page.tight.rows] == ["Output"]
    assert page.notes == ()
    assert any("preset" in remark for remark in page.remarks)
    assert any("Encoder L2" in remark and "another way" in remark for remark in page.remarks)


def test_a_loaded_reference_stands_in_its_published_row(scores):
    page = score_page({"retina": scores["mine"]})
    row = row_of(page.tight, "Retina")
    assert (row.site, row.published.value) == ("retina", 0.0688)
    assert row.measured.value == scores["mine"].mean_s_tight


def test_selected_units_have_a_mark_in_the_row_of_their_site(scores):
    part = tubularity(make_tubes()[:12])
    page = score_page(scores, site="encoder.L2", selection=part)
    assert row_of(page.tight, "Encoder L2").selection.value == part.mean_s_tight
    assert all(row.selection is None for row in page.tight.rows if row.site != "encoder.L2")
    alone = score_page({}, site="output", selection=part)
    assert row_of(alone.cross, "Output").selection.value == part.mean_s_cross
    assert row_of(alone.cross, "Output").measured is None


def test_the_space_is_said_in_words():
    found = tubularity(make_tubes())
    share = 100 * found.explained_variance_ratio.sum()
    assert (
        space_in_words(found)
        == f"z-scored units, 10 principal components, {share:.0f} % of the variance"
    )
    assert space_in_words(tubularity(make_tubes(3))).startswith(
        "z-scored units, 3 principal components, 100 %"
    )


@pytest.mark.parametrize("quantity", ["s_tight", "s_cross"])
def test_every_known_tube_is_one_of_the_calibration(calibration, quantity):
    tubes = known_tubes(calibration, quantity)
    assert len(tubes) == len(KNOWN_TUBES[quantity])
    values = [tube.value for tube in tubes]
    assert values == sorted(values)
    assert set(values) <= set(calibration[quantity])
    assert "0.01 of its length" in known_tubes(calibration, "s_tight")[0].meaning


def test_known_tubes_come_with_the_page(scores, calibration):
    page = score_page(scores, calibration=calibration)
    assert page.tight.tubes == known_tubes(calibration, "s_tight")
    assert score_page(scores).tight.tubes == ()


def test_profiles_are_radii_whose_mean_over_the_length_is_the_score(scores):
    score = scores["encoder.L2"]
    drawn = profiles(score)
    assert len(drawn) == len(STUDIED)
    for i, profile in enumerate(drawn):
        np.testing.assert_array_equal(profile.radius, score.radius_profile[i])
        assert profile.radius.mean() / profile.length == pytest.approx(profile.tight.value)
        assert profile.tight.interval == tuple(score.interval_s_tight[i])
        assert 0 < profile.positions[0] < profile.positions[-1] < 1
    assert drawn[0].title == "Grating, low spatial frequency"
    assert drawn[0].look.colour == "#228833"


def test_profiles_of_clusters_are_numbered():
    drawn = profiles(tubularity(make_tubes(noise=0.01), labels="hdbscan"))
    assert all(profile.title.startswith("Cluster ") for profile in drawn)
    assert len({(p.look.colour, p.look.symbol) for p in drawn}) == len(drawn)
    assert all(profile.tight.interval is None for profile in drawn)
