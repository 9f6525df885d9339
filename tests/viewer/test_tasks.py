import pytest

from napari_nfm.jobs import Cancelled
from napari_nfm.stimuli import StimulusSource
from napari_nfm.viewer import tasks
from napari_nfm.viewer.plans import RecordingPlan, StoreState


def test_loading_tells_the_scans_too(checkpoint):
    loaded = tasks.load_network(checkpoint)
    assert len(loaded.scans) == 1
    assert len(loaded.twin.units) == 20


@pytest.mark.parametrize("kind", ["drawn", "pink-noise", "full-field-steps"])
def test_every_set_that_needs_no_file_is_made(kind):
    stimuli = tasks.make_stimuli(StimulusSource(kind))
    frames = stimuli.frames(stimuli.categories[0], stimuli.directions[0], 0)
    assert frames.shape == (stimuli.n_frames, 144, 256)


def test_the_prospect_tells_of_cost_and_of_what_is_there(twin, stimuli, store, plan, tmp_path):
    new = tasks.look_ahead(twin, stimuli, plan)
    assert new.state is StoreState.ABSENT
    assert new.possible
    assert "of disk" in new.sentence
    finished = tasks.look_ahead(twin, stimuli, RecordingPlan(("output",), store))
    assert finished.state is StoreState.COMPLETE
    empty = tasks.look_ahead(twin, stimuli, RecordingPlan((), tmp_path / "x.zarr"))
    assert not empty.possible
    stranger = tmp_path / "stranger"
    stranger.mkdir()
    (stranger / "a.txt").write_text("not a recording")
    foreign = tasks.look_ahead(twin, stimuli, RecordingPlan(("output",), stranger))
    assert not foreign.possible
    assert "stranger" in foreign.sentence


def test_an_interrupted_recording_is_continued(twin, stimuli, plan):
    calls = []

    def stop_in_the_middle():
        return len(calls) > 3

    with pytest.raises(Cancelled):
        tasks.record_and_sample(
            twin, stimuli, plan, progress=lambda *a: calls.append(a), should_stop=stop_in_the_middle
        )
    prospect = tasks.look_ahead(twin, stimuli, plan)
    assert prospect.state is StoreState.UNFINISHED
    result = tasks.record_and_sample(twin, stimuli, plan)
    assert result.recording.is_complete
    assert set(result.responses) == set(plan.sites)


def test_responses_become_trajectories(store):
    opened = tasks.open_and_sample(store)
    result = tasks.decode(opened.responses["recurrent.hidden"])
    assert dict(result.curves.sizes) == {
        "category": 3, "direction": 2, "time": 8, "component": 3,
    }  # fmt: skip
