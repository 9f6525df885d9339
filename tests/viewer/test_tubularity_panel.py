"""The dock Tubularity, driven by mouse and keyboard."""

import numpy as np
import pandas as pd
import pytest
from panel_events import choose, find, press, seen, text
from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QDoubleSpinBox,
    QFileDialog,
    QSpinBox,
)
from tube_builders import make_tubes

from napari_nfm.analysis.errors import AnalysisError
from napari_nfm.viewer import tube_tasks
from napari_nfm.viewer.explorer import explorer_of
from napari_nfm.viewer.panels.tubularity import TubularityPanel
from napari_nfm.viewer.plans import TubeSettings

SITE, OTHER = "encoder.L4", "output"


@pytest.fixture
def explorer(model):
    """The explorer with the responses of two sites."""
    explorer = explorer_of(model)
    explorer.session.responses = {
        SITE: make_tubes(24, noise=0.1, n_frames=10, site=SITE),
        OTHER: make_tubes(24, noise=0.4, seed=1, n_frames=10, site=OTHER),
    }
    explorer.session.selection.site = SITE
    yield explorer
    explorer.close()


@pytest.fixture
def dock(explorer, model, qtbot):
    assert explorer.session.responses
    dock = seen(qtbot, TubularityPanel(model), 460, 900)
    find(dock, "tube_bootstraps", QSpinBox).setValue(3)
    return dock


@pytest.fixture
def scored(explorer, dock, qtbot):
    press(qtbot, dock, "score_all_sites")
    explorer.jobs.wait(60)
    return dock


def test_before_anything_there_are_published_values_and_what_to_do(model, qtbot):
    dock = seen(qtbot, TubularityPanel(model), 460, 900)
    assert len(dock.scores.tight._published.getData()[0]) == 8
    assert len(dock.scores.tight._measured.getData()[0]) == 0
    assert "Explore" in text(dock, "scores_first")
    assert not find(dock, "score_site").isEnabled()
    assert "wrong rows" in dock.scores.tight.toolTip()
    explorer_of(model).jobs.wait(60)
    assert len(dock.scores.tight._tubes.getData()[0]) == 5, "known tubes come by themselves"


def test_one_site_is_scored_with_what_is_chosen(explorer, dock, qtbot):
    choose(dock, "tube_preset", "scale-free")
    find(dock, "tube_components", QSpinBox).setValue(5)
    press(qtbot, dock, "score_site")
    assert not find(dock, "score_site").isEnabled()
    explorer.jobs.wait(60)
    assert set(explorer.session.scores) == {SITE}
    score = explorer.session.scores[SITE]
    assert score.n_components == 5
    assert score.provenance.parameters["preset"] == "scale-free"
    assert len(score.bootstrap_s_tight) == 3
    assert dock.controls._job.outcome == "done"
    assert "5 principal components" in text(dock, "tube_space")
    assert "preset “study”" in text(dock, "published_notes")


def test_all_sites_are_drawn_with_intervals(explorer, scored):
    assert set(explorer.session.scores) == {SITE, OTHER}
    x, _ = scored.scores.tight._measured.getData()
    expected = [explorer.session.scores[site].mean_s_tight for site in (SITE, OTHER)]
    np.testing.assert_allclose(10**x, expected)
    assert len(scored.scores.tight._intervals.getData()[0]) == 4


def test_settings_that_differ_from_the_scores_are_told(scored):
    assert "score again" not in text(scored, "published_notes")
    choose(scored, "tube_labels", "hdbscan")
    assert "score again" in text(scored, "published_notes")


def test_settings_made_elsewhere_are_shown(explorer, dock):
    explorer.tubes.settings = TubeSettings("bin-wise", "hdbscan", 4, 7, 9)
    assert dock.controls.settings() == TubeSettings("bin-wise", "hdbscan", 4, 7, 9)


def test_the_selection_has_a_live_mark_that_follows(explorer, scored, qtbot):
    explorer.session.selection.units = tuple(range(12))
    qtbot.waitUntil(lambda: len(scored.scores.tight._selection.getData()[0]) == 1, timeout=20_000)
    first = scored.scores.tight._selection.getData()[0][0]
    explorer.session.selection.units = tuple(range(8, 24))
    moved = lambda: scored.scores.tight._selection.getData()[0].tolist() not in ([], [first])  # noqa: E731
    qtbot.waitUntil(moved, timeout=20_000)
    explorer.session.selection.units = ()
    qtbot.waitUntil(lambda: len(scored.scores.tight._selection.getData()[0]) == 0, timeout=20_000)


def test_the_selection_is_scored_only_while_somebody_looks(explorer, scored):
    assert explorer.tubes.selection.live
    scored.turn_to(scored.radius)
    assert not explorer.tubes.selection.live
    scored.turn_to(scored.scores)
    assert explorer.tubes.selection.live


def test_why_a_selection_has_no_score_is_said(explorer, scored, qtbot):
    explorer.session.selection.units = (1, 2, 3)
    qtbot.waitUntil(lambda: "cannot span" in text(scored, "tubes_said"), timeout=20_000)


def test_a_failure_is_one_sentence(explorer, dock, qtbot, monkeypatch):
    def fail(*_, **__):
        raise AnalysisError("No bundle has two curves", "give more directions")

    monkeypatch.setattr(tube_tasks, "score_sites", fail)
    press(qtbot, dock, "score_site")
    with pytest.raises(AnalysisError):
        explorer.jobs.wait(30)
    assert "No bundle has two curves; give more directions." in text(dock, "score_message")
    assert find(dock, "score_site").isEnabled()


def test_radii_follow_the_site_and_their_unit(explorer, scored):
    scored.turn_to(scored.radius)
    score = explorer.session.scores[SITE]
    drawn = scored.radius.plot._curves[0].getData()[1]
    np.testing.assert_allclose(drawn, score.radius_profile[0] / score.lengths[0])
    choose(scored, "radius_unit", False)
    np.testing.assert_allclose(scored.radius.plot._curves[0].getData()[1], score.radius_profile[0])
    explorer.session.selection.site = OTHER
    other = explorer.session.scores[OTHER]
    np.testing.assert_allclose(scored.radius.plot._curves[0].getData()[1], other.radius_profile[0])
    assert scored.radius.bundles.rowCount() == len(other.labels)


def test_tubes_are_shown_and_taken_away(explorer, scored, qtbot):
    press(qtbot, scored, "show_tubes")
    assert explorer.tubes.tube_site == SITE
    assert find(scored, "show_tubes").isChecked()
    press(qtbot, scored, "show_tubes")
    assert explorer.tubes.tube_site is None


def test_decoding_and_its_confusions(explorer, dock, qtbot):
    dock.turn_to(dock.decoding)
    assert "Decode" in text(dock, "decoding_page_empty")
    press(qtbot, dock, "decode_windows")
    explorer.jobs.wait(60)
    found = explorer.session.accuracies[SITE, "knn"]
    frame = find(dock, "window_frame", QSpinBox)
    assert frame.value() == frame.maximum() == 9
    np.testing.assert_allclose(
        dock.decoding.matrix._image.image * 8, found.growing.confusion.values[9]
    )
    dock.decoding.plot.window_clicked.emit(2)
    assert frame.value() == 2
    np.testing.assert_allclose(
        dock.decoding.matrix._image.image * 8, found.growing.confusion.values[2]
    )
    choose(dock, "windows", "shrinking")
    assert frame.value() == 0, "all frames again"
    assert text(dock, "confused").startswith("Frames 0 to 9")


def test_two_clicks_score_a_population_without_an_arm(explorer, dock, qtbot):
    dock.turn_to(dock.subpopulation)
    assert not find(dock, "score_without").isEnabled(), "nothing is selected"
    find(dock, "measure_share", QDoubleSpinBox).setValue(50)
    press(qtbot, dock, "select_by_measure")
    explorer.jobs.wait(60)
    activity = explorer.session.responses[SITE].mean(("category", "direction", "time")).values
    assert set(explorer.session.selection.units) == set(np.argsort(-activity)[:12].tolist())
    press(qtbot, dock, "score_without")
    explorer.jobs.wait(60)
    table = dock.subpopulation.parts
    assert [table.item(row, 0).text().splitlines()[1] for row in range(3)] == [
        "24 units",
        "12 units",
        "12 units",
    ]
    comparison = explorer.session.comparisons[SITE]
    assert table.item(2, 1).cell.value == comparison.removed.tubularity.mean_s_tight
    assert text(dock, "about_subpopulation") == ""
    explorer.session.selection.units = (0, 1)
    assert "the selection has changed" in text(dock, "about_subpopulation")


def test_units_are_removed_more_and_more(explorer, dock, qtbot):
    dock.turn_to(dock.subpopulation)
    choose(dock, "measure", "speed")
    choose(dock, "measure_end", "bottom")
    press(qtbot, dock, "sweep_removal")
    explorer.jobs.wait(120)
    sweep = explorer.session.removals[SITE]
    assert len(sweep.provenance.parameters["order"]) == 24
    ordered = dock.subpopulation.plots["s_tight"]._ordered.getData()[1]
    np.testing.assert_allclose(ordered, sweep.table["s_tight"])


def test_a_page_says_what_to_do_first(dock):
    for page in (dock.radius, dock.subpopulation, dock.sensitivity):
        dock.turn_to(page)
        assert page.body.isHidden()
        assert len(page._empty.text()) > 40


def test_what_is_shown_is_saved(explorer, scored, monkeypatch, tmp_path):
    path = tmp_path / "scores.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(path), ""))
    scored.export._menu.aboutToShow.emit()
    scored.export._menu.actions()[0].trigger()
    explorer.jobs.wait(60)
    saved = pd.read_csv(path, comment="#")
    measured = saved[(saved["origin"] == "measured") & (saved["score"] == "s_tight")]
    shown, _ = scored.scores.tight._measured.getData()
    np.testing.assert_allclose(np.log10(measured["value"]), shown)
    assert (saved["origin"] == "published").sum() == 16
    assert "# origin: measured: here" in path.read_text()


def test_every_page_that_shows_something_can_be_saved(explorer, scored, tmp_path):
    explorer.readouts.measure_accuracy(SITE)
    explorer.readouts.compare_subpopulation(SITE, range(12))
    explorer.readouts.sweep_removal(SITE, range(12))
    explorer.jobs.wait(120)
    for page in (scored.radius, scored.decoding, scored.subpopulation):
        for export in page.exports():
            export.write(tmp_path / export.name)
    names = {path.name for path in tmp_path.iterdir()}
    assert {f"radius_{SITE}.csv", f"radius_{SITE}.svg", f"removal_{SITE}.svg"} <= names
    saved = pd.read_csv(tmp_path / f"accuracy_{SITE}_knn.csv", comment="#")
    growing = saved[saved["windows"] == "growing"]["accuracy"]
    np.testing.assert_allclose(growing, explorer.session.accuracies[SITE, "knn"].growing.mean)


def test_every_control_is_reached_by_keyboard_and_explained(scored):
    for page in scored.pages.values():
        scored.turn_to(page)
        controls = [*scored.controls.findChildren(QAbstractButton), *page.findChildren(QComboBox)]
        controls += page.findChildren(QSpinBox)
        for control in controls:
            if control.objectName() and not control.objectName().startswith("qt_"):
                assert control.focusPolicy() & Qt.FocusPolicy.TabFocus, control.objectName()
                assert control.toolTip(), control.objectName()


def test_the_theme_is_followed(model, scored):
    model.theme = "light"
    assert scored.scores.tight.backgroundBrush().color().lightness() > 150
    model.theme = "dark"
    assert scored.scores.tight.backgroundBrush().color().lightness() < 80
