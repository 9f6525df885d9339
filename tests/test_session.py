import gc
import weakref
from dataclasses import dataclass

import pytest

from napari_nfm.session import Session
from napari_nfm.stimuli import flow_ensemble


@dataclass
class Stimuli:
    categories: tuple = ("grat_W1", "pos1dotflow_D1_bg")
    directions: tuple = (0.0, 45.0)
    n_instances: int = 2
    n_frames: int = 37


@pytest.fixture
def session():
    return Session()


@pytest.fixture
def told(session):
    """Every sequence that the session told of."""
    calls = []

    def listen():
        calls.append(session.sequence)

    session.sequence_changed.connect(listen)
    return calls


def test_there_is_no_sequence_without_stimuli(session):
    assert session.sequence is None


def test_new_stimuli_select_a_sequence_that_they_have(session, told):
    session.use_stimuli(Stimuli())
    assert told == [("grat_W1", 0.0, 0)]
    session.selection.category = "pos1dotflow_D1_bg"
    session.choose("pos1dotflow_D1_bg", 45.0, 1)
    session.selection.frame = 36
    session.use_stimuli(Stimuli(directions=(45.0, 90.0), n_instances=1, n_frames=10))
    assert session.sequence == ("pos1dotflow_D1_bg", 45.0, 0)
    assert session.selection.frame == 9


def test_choosing_tells_once_and_only_of_a_change(session, told):
    session.use_stimuli(Stimuli())
    told.clear()
    session.choose("pos1dotflow_D1_bg", 45.0)
    session.choose("pos1dotflow_D1_bg", 45.0)
    assert told == [("pos1dotflow_D1_bg", 45.0, 0)]
    session.selection.direction = 0.0
    assert told[-1] == ("pos1dotflow_D1_bg", 0.0, 0)


def test_results_are_added_by_site_and_tell(session):
    calls = []
    session.events.results_changed.connect(lambda new: calls.append(dict(new)))
    session.add_result("output", "first")
    session.add_result("encoder.L1", "second")
    assert calls[-1] == {"output": "first", "encoder.L1": "second"}
    session.add_responses({"output": "tensor"})
    assert session.responses == {"output": "tensor"}


def test_every_field_of_the_selection_tells_of_its_change(session):
    calls = []
    session.selection.events.connect(lambda info: calls.append((info.signal.name, info.args[0])))
    session.selection.frame = 3
    session.selection.site = "output"
    session.selection.units = (1, 2)
    assert [(name.removesuffix("_changed"), value) for name, value in calls] == [
        ("frame", 3),
        ("site", "output"),
        ("units", (1, 2)),
    ]


def test_sessions_share_nothing_and_are_freed():
    first, second = Session(), Session()
    first.selection.frame = 5
    first.add_result("output", "curves")
    assert second.selection.frame == 0
    assert second.results == {}
    gone = weakref.ref(first)
    del first
    gc.collect()
    assert gone() is None


@dataclass(eq=False)
class Array:
    """Like a result with arrays, which have no truth value when compared."""

    classifier: str = "knn"

    def __eq__(self, other):
        raise ValueError("compared")


def test_scores_are_added_by_site_and_tell_without_being_compared(session):
    calls = []
    session.events.connect(lambda told: calls.append(told.signal.name.removesuffix("_changed")))
    first, second, logistic = Array(), Array(), Array("logistic")
    session.add_score("output", first)
    session.add_score("output", second)
    session.add_accuracy("output", first)
    session.add_accuracy("output", logistic)
    session.add_comparison("output", first)
    session.add_removal("output", first)
    assert session.scores["output"] is second
    assert set(session.accuracies) == {("output", "knn"), ("output", "logistic")}
    assert calls == ["scores"] * 2 + ["accuracies"] * 2 + ["comparisons", "removals"]


def test_other_responses_of_a_site_forget_its_scores(session):
    for site in ("output", "encoder.L1"):
        session.add_responses({site: "tensor"})
        session.add_score(site, Array())
        session.add_accuracy(site, Array())
        session.add_comparison(site, Array())
        session.add_removal(site, Array())
    told = []
    session.events.scores_changed.connect(lambda new: told.append(set(new)))
    session.add_responses({"output": "another"})
    assert told == [{"encoder.L1"}]
    assert set(session.scores) == set(session.comparisons) == set(session.removals)
    assert set(session.removals) == {"encoder.L1"}
    assert set(session.accuracies) == {("encoder.L1", "knn")}


def test_units_are_chosen_alone_beside_others_and_no_longer(session):
    selection = session.selection
    selection.choose_units([3, 5])
    selection.choose_units([5, 7], add=True)
    assert selection.units == (3, 5, 7)
    selection.choose_units([3, 7], add=True)  # all are selected already
    assert selection.units == (5,)
    selection.choose_units([9])
    assert selection.units == (9,)


def test_sequences_are_stepped_through_around_the_end(session):
    session.step_sequence(categories=1)  # nothing to step through yet
    assert session.sequence is None
    stimuli = flow_ensemble(instances=2, n_frames=4)
    session.use_stimuli(stimuli)
    session.step_sequence(directions=-1)
    assert session.sequence == (stimuli.categories[0], stimuli.directions[-1], 0)
    session.step_sequence(categories=-1, directions=1, instances=3)
    assert session.sequence == (stimuli.categories[-1], stimuli.directions[0], 1)


def test_units_are_of_their_site_and_forgotten_before_any_view_hears_of_another(session):
    heard = []
    session.selection.site = "encoder.L1"
    session.selection.units = (3, 5)
    session.selection.events.site_changed.connect(
        lambda site: heard.append((site, session.selection.units))
    )
    session.selection.site = "output"
    assert heard == [("output", ())]


def test_a_result_of_all_sites_is_outdated_by_any_change_of_responses(session):
    """It stays, unlike results of the one site whose responses were replaced."""
    told = []
    session.events.responses_changed.connect(lambda: told.append(session.outdated))
    session.responses = {"output": "tensor"}
    session.add_result("output", "trajectories")
    session.take_scorecard("card", session.responses)
    assert session.outdated == frozenset()
    session.add_population("retina", "other tensor")
    assert session.outdated == {"scorecard"}
    assert told[-1] == {"scorecard"}, "views hear of it when they hear of the responses"
    session.take_sensitivity("sensitivity", session.responses)
    assert session.outdated == {"scorecard"}
    session.add_responses({"output": "new tensor"})
    assert session.outdated == {"scorecard", "sensitivity"}
    assert (session.scorecard, session.sensitivity) == ("card", "sensitivity")
    assert session.results == {}


def test_a_result_of_responses_that_were_replaced_meanwhile_comes_outdated(session):
    session.add_population("retina", "tensor")
    before = session.responses
    session.add_population("retina", "new tensor")
    session.take_sensitivity("sensitivity", before)
    assert session.outdated == {"sensitivity"}
    session.take_sensitivity("again", session.responses)
    assert session.outdated == frozenset()
