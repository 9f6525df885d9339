"""Scores of tubes and of selected units, in the background of a real window."""

import pytest
from tube_builders import OTHER, SITE, make_tubes

from napari_nfm.analysis import AnalysisError, tubularity
from napari_nfm.jobs import check_stop
from napari_nfm.viewer import tube_tasks
from napari_nfm.viewer.plans import TubeSettings
from napari_nfm.viewer.roles import Role

QUICK = TubeSettings(n_bootstrap=0)


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


def test_a_comparison_has_its_intervals_by_the_settings_that_it_was_started_with(scored):
    scored.tubes.settings = TubeSettings(n_bootstrap=2, seed=3)
    found = []

    def change_settings(comparisons):
        found.append(comparisons[SITE].provenance.parameters)
        scored.tubes.settings = TubeSettings(n_bootstrap=2, seed=4)

    scored.session.events.comparisons_changed.connect(change_settings)
    scored.readouts.compare_subpopulation(SITE, range(12))
    scored.jobs.wait(120)
    assert [(each["n_bootstrap"], each["seed"]) for each in found] == [(0, 3), (2, 3)]


def test_synthetic_tubes_are_scored_once(scored):
    told = []
    scored.tubes.calibrated.connect(told.append)
    scored.tubes.calibrate()
    scored.jobs.wait(60)
    assert scored.tubes.calibrate() is None
    assert told[0] is told[1] is scored.tubes.calibration
    assert set(told[0]["case"]) == {"one tube", "side by side", "crossing"}


def test_closing_stops_what_runs(scored, viewer, monkeypatch):
    def endless(*_, should_stop, **__):
        while True:
            check_stop(should_stop)

    for name in ("score_sites", "score_units"):
        monkeypatch.setattr(tube_tasks, name, endless)
    job = scored.tubes.score(SITE, TubeSettings(n_bootstrap=3))
    scored.tubes.selection.live = True
    scored.session.selection.units = tuple(range(12))
    scored.tubes.selection._score()  # at once, not after the pause
    selection = scored.jobs.job("selection")
    viewer.close()
    assert not job.is_running
    assert not selection.is_running
