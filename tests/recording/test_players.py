"""Several sequences side by side, each in one thread, give what one after the other gives."""

import json
import threading

import psutil
import pytest
import torch
import xarray as xr
from store_files import files_of

from napari_nfm.fnn import SITES
from napari_nfm.fnn.network import FNN
from napari_nfm.jobs import Cancelled
from napari_nfm.recording import Sampling, costs, job, open_recording, record
from napari_nfm.recording.averaging import Averager
from napari_nfm.recording.plan import make_plan
from napari_nfm.recording.unfinished import Unfinished


@pytest.fixture
def players(monkeypatch):
    """Return a function that sets how many play side by side."""

    def choose(number):
        monkeypatch.setattr(job, "choose_players", lambda *_: number)

    return choose


@pytest.mark.parametrize("keep", ["units", "maps"])
def test_any_number_of_players_gives_the_same_bytes(
    experiment, twin, stimuli, tmp_path, players, keep
):
    stores = []
    for number in (1, 2, 3):
        players(number)
        store = tmp_path / str(number)
        record(twin, stimuli, experiment.SITES, store, keep=keep, sampling=experiment.SAMPLING)
        stores.append(files_of(store))
    assert stores[0] == stores[1] == stores[2]


def test_a_stopped_recording_goes_on_as_it_began(experiment, twin, stimuli, tmp_path, players):
    what = twin, stimuli, experiment.SITES
    players(2)
    record(*what, tmp_path / "whole", sampling=experiment.SAMPLING)
    asked = 0

    def stop_soon():
        nonlocal asked
        asked += 1
        return asked > 20

    store = tmp_path / "stopped"
    with pytest.raises(Cancelled):
        record(*what, store, sampling=experiment.SAMPLING, should_stop=stop_soon)
    assert (
        json.loads((store / "unfinished" / "progress.json").read_text())["progress"]["players"] == 2
    )
    players(3)
    record(*what, store, sampling=experiment.SAMPLING)
    assert files_of(store) == files_of(tmp_path / "whole")


@pytest.mark.parametrize("keep", ["units", "maps"])
def test_what_was_played_ahead_of_others_is_kept(
    experiment, twin, stimuli, tmp_path, players, keep, monkeypatch
):
    what = twin, stimuli, experiment.SITES
    kept = {"keep": keep, "sampling": experiment.SAMPLING}
    players(2)
    record(*what, tmp_path / "whole", **kept)
    play, played, counted = Averager.play, [], threading.Event()

    def slow_at_first(averager, batch, *args):
        played.append(batch[0].index)
        if batch[0].index == 0 and len(played) <= 2:
            counted.wait(60)
            raise Cancelled
        yield from play(averager, batch, *args)

    def tell(done, _total, _message):
        if done:
            counted.set()

    monkeypatch.setattr(Averager, "play", slow_at_first)
    store = tmp_path / "stopped"
    with pytest.raises(Cancelled):
        record(*what, store, **kept, progress=tell)
    _, progress = Unfinished(store).read()
    assert 0 not in progress.played
    assert progress.played
    missing = open_recording(store).missing
    assert len(missing) == sum(
        len(targets) for i, targets in enumerate(progress.targets) if i not in progress.played
    )

    again = []
    monkeypatch.setattr(
        Averager, "play", lambda *args: (again.append(args[1][0].index), play(*args))[1]
    )
    record(*what, store, **kept)
    assert sorted(again) == [
        number for number in range(len(progress.targets)) if number not in progress.played
    ]
    assert files_of(store) == files_of(tmp_path / "whole")


def test_fewer_play_where_memory_ends(
    experiment, twin, stimuli, recorded, tmp_path, players, monkeypatch
):
    players(4)
    capture, playing, most = FNN.capture, set(), []

    def limited(network, *args, **kwargs):
        if kwargs.get("state") is None and kwargs.get("windows"):
            playing.add(threading.get_ident())
            if len(playing) > 2 and len(most) < 2:
                most.append(len(playing))
                playing.clear()
                raise MemoryError
        return capture(network, *args, **kwargs)

    monkeypatch.setattr(FNN, "capture", limited)
    recording = record(
        twin, stimuli, SITES, tmp_path / "a", sampling=experiment.SAMPLING, dtype="float32"
    )
    assert most
    for site in SITES:
        xr.testing.assert_equal(recording[site], recorded["units"][site])


def test_as_many_as_threads_and_memory_allow(twin, stimuli, monkeypatch):
    plan = make_plan(
        twin,
        stimuli,
        SITES,
        keep="units",
        sampling=Sampling(),
        dtype="float16",
        channels=None,
        crop=None,
        like_study=False,
    )
    monkeypatch.setattr(torch, "get_num_threads", lambda: 4)
    assert costs.choose_players(plan, twin, 1) == 1, "a tiny network is not worth threads"
    monkeypatch.setattr(costs, "is_worth_threads", lambda _: True)
    assert costs.choose_players(plan, twin, 1) == 4
    one = costs.memory_bytes(plan, twin, 1, 1)
    more = costs.memory_bytes(plan, twin, 1, 2) - one
    memory = psutil.virtual_memory()
    for spare, number in ((0, 1), (1.5 * more, 2), (2.5 * more, 3)):
        free = memory._replace(available=int(2 * (one + spare)))
        monkeypatch.setattr(psutil, "virtual_memory", lambda free=free: free)
        assert costs.choose_players(plan, twin, 1) == number
