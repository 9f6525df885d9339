"""Tubes in a real window: scored beside it, drawn as glass, and following what is selected."""

import numpy as np
import pytest
from qtpy.QtCore import QPoint, Qt
from qtpy.QtWidgets import QCheckBox
from tube_builders import STUDIED, make_tubes

from napari_nfm.analysis import AnalysisError, tubularity
from napari_nfm.jobs import check_stop
from napari_nfm.viewer import tube_tasks
from napari_nfm.viewer.plans import TubeSettings
from napari_nfm.viewer.roles import TUBE_ROLES, Role
from napari_nfm.viewer.views import View

SITE, OTHER = "encoder.L1", "output"
QUICK = TubeSettings(n_bootstrap=0)


@pytest.fixture
def scored(explorer):
    """Two scored sites."""
    explorer.session.add_responses(
        {SITE: make_tubes(), OTHER: make_tubes(n_units=24, seed=1, site=OTHER)}
    )
    explorer.session.selection.site = SITE
    explorer.tubes.score_sites([SITE, OTHER], QUICK)
    explorer.jobs.wait(60)
    return explorer


@pytest.fixture
def shown(scored):
    """The tubes of one site on screen."""
    scored.tubes.show_tubes(SITE)
    return scored


def headings(explorer):
    return explorer.world.find(Role.TUBE_TITLES).features["text"].tolist()


def bundles_drawn(explorer):
    return set(explorer.world.find(Role.CENTRELINES).features["bundle"])


# Scores


def test_a_score_comes_first_without_and_then_with_intervals(explorer):
    told = []
    explorer.tubes.scored.connect(
        lambda site: told.append((site, explorer.session.scores[site].interval_mean_s_tight))
    )
    explorer.session.add_responses({SITE: make_tubes()})
    explorer.tubes.score(SITE, TubeSettings(n_bootstrap=5, seed=3))
    explorer.jobs.wait(60)
    (first, none), (second, interval) = told
    assert first == second == SITE
    assert none is None
    found = explorer.session.scores[SITE]
    assert interval[0] < found.mean_s_tight < interval[1]
    assert found.bootstrap_s_tight.shape == (5, 6)
    assert found.provenance.parameters["seed"] == 3


def test_settings_are_those_of_the_analysis(scored):
    settings = TubeSettings(preset="scale-free", n_components=4, n_bootstrap=0)
    scored.tubes.score(SITE, settings)
    scored.jobs.wait(60)
    truth = tubularity(scored.session.responses[SITE], preset="scale-free", n_components=4)
    assert scored.session.scores[SITE].mean_s_tight == truth.mean_s_tight
    assert scored.tubes.settings == settings


def test_a_site_that_cannot_be_scored_leaves_the_others(scored, monkeypatch):
    warned = []
    monkeypatch.setattr("napari_nfm.viewer.tube_actions.show_warning", warned.append)
    scored.session.add_responses({"flat": make_tubes() * 0 + 1})
    scored.tubes.score_sites(["flat", OTHER], TubeSettings(n_components=5, n_bootstrap=0))
    scored.jobs.wait(60)
    assert scored.session.scores[OTHER].n_components == 5
    assert "flat" not in scored.session.scores
    (sentence,) = warned
    assert sentence.startswith("flat: The responses are the same")


def test_one_site_that_cannot_be_scored_is_one_sentence(scored, assert_one_clear_sentence):
    scored.session.add_responses({"flat": make_tubes() * 0 + 1})
    scored.tubes.score("flat", QUICK)
    with pytest.raises(AnalysisError) as caught:
        scored.jobs.wait(60)
    assert_one_clear_sentence(AnalysisError(caught.value.problem.capitalize(), "choose another"))


def test_scores_of_replaced_responses_are_dropped(shown):
    told = []
    shown.tubes.scored.connect(told.append)
    shown.tubes.score(SITE, TubeSettings(n_bootstrap=0, seed=1))
    shown.session.add_responses({SITE: make_tubes(seed=9)})  # before the score is there
    assert SITE not in shown.session.scores
    assert shown.tubes.tube_site is None
    assert shown.world.find(Role.TUBES) is None
    shown.jobs.wait(60)
    assert told == []
    assert set(shown.session.scores) == {OTHER}


def test_a_newer_score_takes_the_place_of_an_older_one(scored, monkeypatch):
    real, started = tube_tasks.score_sites, []

    def slow(responses, settings, on_score, *, should_stop, **keywords):
        started.append(settings.n_components)
        while settings.n_components == 3:
            check_stop(should_stop)
        return real(responses, settings, on_score, should_stop=should_stop, **keywords)

    monkeypatch.setattr(tube_tasks, "score_sites", slow)
    scored.tubes.score(SITE, TubeSettings(n_components=3, n_bootstrap=0))
    scored.tubes.score(SITE, TubeSettings(n_components=4, n_bootstrap=0))
    scored.jobs.wait(60)
    assert sorted(started) == [3, 4]
    assert scored.session.scores[SITE].n_components == 4


# The selected units


def test_the_selection_is_scored_while_somebody_looks(scored, qtbot):
    tubes, selection = scored.tubes, scored.session.selection
    selection.units = tuple(range(12))
    qtbot.wait(200)
    assert scored.jobs.job("selection") is None  # nobody looks
    with qtbot.waitSignal(tubes.selection.scored, timeout=20_000) as told:
        tubes.selection.live = True
    truth = tubularity(scored.session.responses[SITE][:12])
    assert told.args[0].mean_s_tight == truth.mean_s_tight
    assert tubes.selection.found is told.args[0]


def test_quick_changes_are_scored_once_and_the_last_wins(scored, qtbot):
    told = []
    scored.tubes.selection.scored.connect(told.append)
    scored.tubes.selection.live = True
    for n_units in (14, 13, 12, 15):
        scored.session.selection.units = tuple(range(n_units))
    qtbot.waitUntil(lambda: bool(told), timeout=20_000)
    qtbot.wait(200)
    assert len(told) == 1
    truth = tubularity(scored.session.responses[SITE][:15])
    assert told[0].mean_s_tight == truth.mean_s_tight


@pytest.mark.parametrize(("units", "sentence"), [((1, 2, 3), "3 units cannot span"), ((4,), "")])
def test_too_few_units_have_no_score(scored, qtbot, units, sentence):
    said = []
    scored.tubes.selection.said.connect(said.append)
    scored.session.selection.units = units
    with qtbot.waitSignal(scored.tubes.selection.scored, timeout=20_000) as told:
        scored.tubes.selection.live = True
    assert told.args == [None]
    assert said[-1].startswith(sentence)
    assert bool(said[-1]) == bool(sentence)


# Other readouts


def test_accuracy_comparison_and_removal_go_to_the_session(scored):
    readouts, session = scored.readouts, scored.session
    readouts.measure_accuracy(SITE)
    readouts.compare_subpopulation(SITE, range(12))
    readouts.sweep_removal(SITE, range(4))
    scored.jobs.wait(120)
    assert session.accuracies[SITE, "knn"].classifier == "knn"
    assert session.comparisons[SITE].units.tolist() == list(range(12))
    assert session.comparisons[SITE].whole.tubularity.mean_s_tight == pytest.approx(
        session.scores[SITE].mean_s_tight
    )
    assert session.removals[SITE].n_units == 30


def test_synthetic_tubes_are_scored_once(scored):
    told = []
    scored.tubes.calibrated.connect(told.append)
    scored.tubes.calibrate()
    scored.jobs.wait(60)
    assert scored.tubes.calibrate() is None
    assert told[0] is told[1] is scored.tubes.calibration
    assert set(told[0]["case"]) == {"one tube", "side by side", "crossing"}


# The picture


def test_tubes_stand_around_the_curves_that_they_were_measured_from(shown, viewer):
    found = shown.session.scores[SITE]
    assert viewer.dims.ndisplay == 3
    assert headings(shown)[3] == (
        "Encoder L1, tubes\nFirst 3 of 10 dimensions; radius of 90 % of points, in all 10"
    )
    heads = shown.world.find(Role.TUBE_HEADS)
    features = heads.features[heads.features["category"] == STUDIED[2]]
    moments = found.trajectories.sel(category=STUDIED[2])
    np.testing.assert_allclose(
        features[["PC1", "PC2", "PC3"]].to_numpy().reshape(8, 20, 3), moments.values[..., :3]
    )
    vertices = shown.world.find(Role.TUBES).vertices
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    inside = ((heads.data[:, 1:] >= low) & (heads.data[:, 1:] <= high)).all(axis=1)
    assert inside.mean() > 0.9


def test_only_tubes_are_seen_in_their_view(shown):
    shown.show_view(View.ALL)
    shown.show_view(View.TUBES)
    seen = {role for role in Role if (layer := shown.world.find(role)) and layer.visible}
    assert seen == set(TUBE_ROLES)


def test_tubes_in_two_dimensions_are_flat_and_come_back(shown, viewer):
    solid = shown.world.find(Role.TUBES).vertices.copy()
    viewer.dims.ndisplay = 2
    for role in (Role.TUBES, Role.CENTRELINES):
        layer = shown.world.find(role)
        assert layer.visible
        assert np.ptp(layer.extent.data[:, 0]) == 0
    assert viewer.dims.nsteps[-3] == 1
    viewer.dims.ndisplay = 3
    np.testing.assert_allclose(shown.world.find(Role.TUBES).vertices, solid)


def test_skins_are_drawn_anew_when_the_camera_rests(shown, viewer, qtbot):
    layer = shown.world.find(Role.TUBES)
    before = layer.vertex_colors.copy()
    for turn in range(5):
        viewer.scene.camera.angles = (0.0, 30.0 + 20 * turn, 12.0)
    assert np.array_equal(layer.vertex_colors, before)
    qtbot.waitUntil(lambda: not np.array_equal(layer.vertex_colors, before), timeout=5000)
    direction = np.array(viewer.scene.camera.view_direction)
    depth = layer.vertices[layer.faces].mean(axis=1) @ direction
    assert (np.diff(depth) <= 1e-6).all()


def test_the_tube_of_the_current_stimulus_stands_out(shown, stimuli):
    shown.session.use_stimuli(stimuli)
    shown.session.choose(STUDIED[0], 0.0)
    layer = shown.world.find(Role.TUBES)
    n_each = len(layer.vertices) // len(STUDIED)
    dense = layer.vertex_colors[:, 3].reshape(len(STUDIED), n_each).max(axis=1)
    assert dense[0] > 2 * dense[1:].max()
    heads = shown.world.find(Role.TUBE_HEADS)
    current = (heads.features["category"] == STUDIED[0]) & (heads.features["direction"] == 0.0)
    assert heads.size[current.to_numpy()].min() > heads.size[~current.to_numpy()].max()
    shown.jobs.wait(60)


def test_the_legend_takes_single_tubes_away_and_brings_them_back(shown, viewer, qtbot):
    legend = viewer.window.dock_widgets["Stimulus categories"]
    box = legend.findChild(QCheckBox, f"tube_{STUDIED[1]}")
    on_box = QPoint(8, box.rect().center().y())
    before = bundles_drawn(shown)
    n_vertices = len(shown.world.find(Role.TUBES).vertices)
    qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=on_box)
    assert shown.tubes.hidden_bundles == {STUDIED[1]}
    assert len(before - bundles_drawn(shown)) == 1
    assert len(shown.world.find(Role.TUBES).vertices) == n_vertices * 5 // 6
    assert STUDIED[1] not in set(shown.world.find(Role.TUBE_HEADS).features["category"])
    qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=on_box)
    assert bundles_drawn(shown) == before


def test_without_any_tube_the_axes_stay(shown):
    shown.tubes.hidden_bundles = STUDIED
    assert shown.world.find(Role.TUBES) is None
    assert len(shown.world.find(Role.TUBE_AXES).data) == 3
    shown.show_view(View.TUBES)
    shown.tubes.hidden_bundles = ()
    assert shown.world.find(Role.TUBES).visible


def test_another_site_brings_its_own_tubes(shown):
    shown.session.selection.site = OTHER
    assert shown.tubes.tube_site == OTHER
    assert headings(shown)[3].startswith("Output, tubes")
    shown.session.add_responses({"third": make_tubes(seed=5)})
    shown.session.selection.site = "third"  # not scored: the tubes that there are stay
    assert shown.tubes.tube_site == OTHER


def test_layers_removed_by_hand_come_back_when_shown_again(shown, viewer):
    viewer.layers.remove(shown.world.find(Role.TUBES))
    viewer.scene.camera.angles = (0.0, 50.0, 12.0)
    shown.world.tubes.face_camera()
    assert shown.world.find(Role.TUBES) is None
    viewer.layers.clear()
    viewer.dims.ndisplay = 2
    viewer.dims.ndisplay = 3
    shown.tubes.show_tubes(SITE)
    assert all(shown.world.find(role) is not None for role in TUBE_ROLES)


def test_hiding_takes_all_of_it_away(shown):
    told = []
    shown.tubes.tubes_changed.connect(lambda: told.append(shown.tubes.tube_site))
    shown.tubes.hide_tubes()
    assert not any(shown.world.find(role) for role in TUBE_ROLES)
    assert told == [None]
    assert shown.tubes.bundles == {}


def test_intervals_that_come_later_do_not_draw_anew(shown):
    layer = shown.world.find(Role.CENTRELINES)
    drawn = shown.world.tubes.shown
    shown.tubes.score(SITE, TubeSettings(n_bootstrap=3))
    shown.jobs.wait(60)
    assert shown.session.scores[SITE].interval_mean_s_tight is not None
    assert shown.world.find(Role.CENTRELINES) is layer
    assert shown.world.tubes.shown is drawn


def test_outlines_and_text_follow_the_theme(shown, viewer):
    before = shown.world.find(Role.TUBE_TITLES).text.color.constant.copy()
    viewer.theme = "light"
    assert not np.array_equal(shown.world.find(Role.TUBE_TITLES).text.color.constant, before)


def test_tubes_make_room_for_what_appears_above(shown):
    before = shown.world.find(Role.TUBE_AXES).data[0, 0, 1]
    shown.show_trajectories(SITE)
    shown.jobs.wait(60)
    assert shown.world.find(Role.TUBE_AXES).data[0, 0, 1] > before + 256


def test_closing_stops_what_runs(scored, viewer, monkeypatch):
    def endless(*_, should_stop, **__):
        while True:
            check_stop(should_stop)

    for name in ("score_sites", "score_units"):
        monkeypatch.setattr(tube_tasks, name, endless)
    job = scored.tubes.score(SITE, TubeSettings(n_bootstrap=3))
    scored.tubes.selection.live = True
    scored.session.selection.units = tuple(range(12))
    scored.tubes._score_selection()
    selection = scored.jobs.job("selection")
    viewer.close()
    assert not job.is_running
    assert not selection.is_running
