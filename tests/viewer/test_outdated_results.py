"""Results that come after what they are of has been replaced are given up."""

import threading

import numpy as np
import pandas as pd
import pytest
from manifold_builders import make_manifold, make_rank_choice, make_responses

from napari_nfm.analysis import decoding_trajectories
from napari_nfm.recording import feature_maps
from napari_nfm.viewer import encoding_tasks, map_tasks, measure_tasks, tasks, unit_tasks
from napari_nfm.viewer.convert_maps import montage_to_maps
from napari_nfm.viewer.explorer import explorer_of
from napari_nfm.viewer.plans import ManifoldSettings, RankSettings, UnitChoice
from napari_nfm.viewer.roles import Role

SITE = "encoder.L1"


@pytest.fixture
def explorer(model):
    explorer = explorer_of(model)
    explorer.session.add_responses({SITE: make_responses()})
    explorer.session.selection.site = SITE
    yield explorer
    explorer.close()


@pytest.fixture
def held(monkeypatch):
    """Make a task wait until it is let go, whatever it is asked meanwhile, and then answer."""
    free = threading.Event()

    def hold(module, name, answer):
        def task(*arguments, progress, should_stop):  # noqa: ARG001
            assert free.wait(30)
            return answer(*arguments)

        monkeypatch.setattr(module, name, task)
        return free

    yield hold
    free.set()


def finish(explorer, free, job):
    """Let the task go, and wait for its end though nobody waits for its result."""
    free.set()
    job._thread.join(30)
    explorer.jobs.wait(60)


def test_a_manifold_and_a_sweep_of_replaced_responses(explorer, held):
    free = held(encoding_tasks, "encode", lambda site, *_: (site, make_manifold()))
    job = explorer.encoding.compute_manifold(SITE, ManifoldSettings())
    explorer.session.add_responses({"other": make_responses()})
    assert explorer.jobs.job("encode") is job  # others have come, these are still there
    explorer.session.add_responses({SITE: make_responses(seed=1)})
    finish(explorer, free, job)
    assert not explorer.session.manifolds
    free.clear()
    held(encoding_tasks, "sweep", lambda site, *_: (site, make_rank_choice()))
    job = explorer.encoding.sweep_ranks(SITE, RankSettings())
    explorer.session.add_responses({SITE: make_responses(seed=2)})
    finish(explorer, free, job)
    assert not explorer.session.rank_choices


def test_units_chosen_among_those_that_were_replaced(explorer, held):
    free = held(measure_tasks, "choose_units", lambda *_: np.array([58, 59]))
    job = explorer.measures.select(SITE, UnitChoice("osi", "top", 0.1))
    explorer.session.add_responses({SITE: make_responses(n_units=9)})
    finish(explorer, free, job)
    assert explorer.session.selection.units == ()


def test_properties_of_the_units_of_another_network(explorer, held, twin, tmp_path):
    explorer.session.twin = twin
    free = held(unit_tasks, "read_published", lambda *_: pd.DataFrame({"cc_max": [0.5]}))
    job = explorer.units.open_published(tmp_path / "properties.csv")
    explorer.session.twin = None
    finish(explorer, free, job)
    assert explorer.session.published is None


def test_maps_are_never_those_of_the_frames_before(explorer, twin, stimuli, monkeypatch):
    session, drawn, draw = explorer.session, threading.Event(), map_tasks.draw_sequence
    session.twin = twin
    session.use_stimuli(stimuli)
    explorer.jobs.wait(60)

    def slow(*arguments, **keywords):
        assert drawn.wait(30)
        return draw(*arguments, **keywords)

    monkeypatch.setattr(map_tasks, "draw_sequence", slow)
    session.choose(stimuli.categories[1], stimuli.directions[1])
    session.selection.channels = (0, 3)  # asks for maps while the old frames are on screen
    assert explorer.jobs.job("maps") is None
    drawn.set()
    explorer.jobs.wait(60)
    shown = explorer.world.movie_and_maps.maps_shown.montage
    maps = montage_to_maps(explorer.world.find(Role.MAPS).data, shown)
    frames = stimuli.frames(stimuli.categories[1], stimuli.directions[1])
    np.testing.assert_allclose(maps, feature_maps(twin, frames, SITE)[:, [0, 3]], atol=0.01)


def test_trajectories_of_replaced_responses(explorer, held):
    free = held(tasks, "decode", decoding_trajectories)
    job = explorer.show_trajectories(SITE)
    explorer.session.add_responses({SITE: make_responses(seed=1)})
    finish(explorer, free, job)
    assert not explorer.session.results
    assert explorer.world.find(Role.TRACKS) is None


def test_a_job_that_was_given_up_never_says_that_it_is_done(explorer, held, qtbot):
    free = held(tasks, "decode", decoding_trajectories)
    job = explorer.show_trajectories(SITE)
    done = []
    job.done.connect(done.append)
    with qtbot.waitSignal(job.cancelled, timeout=30_000):
        explorer.jobs.abandon("decode")
        free.set()
    assert done == []
