import sys
import time
from threading import Event

import numpy as np
import pytest
import xarray as xr

from napari_nfm.analysis import cluster
from napari_nfm.analysis.archive import fingerprint
from napari_nfm.analysis.errors import AnalysisError
from napari_nfm.analysis.rank_sweep import sweep_ranks
from napari_nfm.jobs import Cancelled

RANKS = (2, 3, 5)
STARTS = {"n_starts": 6, "seed": 4}  # more than one group of starts


@pytest.fixture(scope="module")
def tensor():
    generator = np.random.default_rng(0)
    factors = [generator.gamma(0.3, 1, (size, 3)) for size in (12, 2, 4, 3)]
    values = np.einsum("ur,sr,dr,tr->usdt", *factors)
    values += 0.3 * values.max() * generator.random(values.shape)
    dims = ("unit", "stimulus", "direction", "time")
    return xr.DataArray(values, dims=dims, attrs={"site": "output"})


@pytest.fixture(scope="module")
def plain(tensor):
    return sweep_ranks(tensor, RANKS, **STARTS)


def assert_identical(fits, others):
    assert len(fits) == len(others)
    assert fingerprint(fits) == fingerprint(others)


def fail(*_, **__):
    raise AssertionError("nothing was to be computed")


def test_one_decomposition_per_rank_in_order_and_live(tensor, plain):
    seen, steps = [], []
    fits = sweep_ranks(
        tensor,
        [5, 2, 3, 3],
        **STARTS,
        on_fit=lambda rank, fit: seen.append((rank, fit.percent_error)),
        progress=lambda done, total, message="": steps.append((done, total, message)),
    )
    assert [len(fit.weights) for fit in fits] == [2, 3, 5]
    assert seen == [(len(fit.weights), fit.percent_error) for fit in fits]
    assert_identical(fits, plain)
    assert fits[0].provenance.inputs == {"site": "output"}
    done = [step[0] for step in steps]
    assert done == sorted(done)
    assert {step[1] for step in steps} == {10}
    assert steps[-1] == (10, 10, "3 of 3 ranks")
    assert any(message == "rank 3" for _, _, message in steps)


def test_a_rank_does_not_depend_on_the_others(tensor, plain):
    assert_identical(sweep_ranks(tensor, [5], **STARTS), plain[2:])


def test_a_stopped_sweep_goes_on_where_it_was(tensor, plain, tmp_path, monkeypatch):
    store = tmp_path / "sweep"
    stop = Event()
    with pytest.raises(Cancelled):
        sweep_ranks(
            tensor,
            RANKS,
            **STARTS,
            store=store,
            should_stop=stop.is_set,
            on_fit=lambda rank, _: rank == 3 and stop.set(),
        )
    assert sorted(path.name for path in store.iterdir()) == [
        "rank-02.npz",
        "rank-03.npz",
        "sweep.json",
    ]
    before = (store / "rank-02.npz").stat().st_mtime_ns
    seen = []
    again = sweep_ranks(
        tensor, RANKS, **STARTS, store=store, on_fit=lambda rank, _: seen.append(rank)
    )
    assert_identical(again, plain)
    assert seen == [2, 3, 5]
    assert (store / "rank-02.npz").stat().st_mtime_ns == before
    monkeypatch.setattr("napari_nfm.analysis.permuted.permuted_cp", fail)
    assert_identical(sweep_ranks(tensor.values, [3, 5], **STARTS, store=store), plain[1:])


@pytest.mark.parametrize("damage", ["halved", "flipped", "emptied", "text"])
def test_damaged_files_are_computed_again(tensor, plain, tmp_path, damage):
    sweep_ranks(tensor, [2], **STARTS, store=tmp_path)
    path = tmp_path / "rank-02.npz"
    whole = path.read_bytes()
    flipped = bytearray(whole)
    flipped[whole.index(plain[0].weights.tobytes())] ^= 1
    path.write_bytes(
        {
            "halved": whole[: len(whole) // 2],
            "flipped": bytes(flipped),
            "emptied": b"",
            "text": b"rank 2",
        }[damage]
    )
    assert_identical(sweep_ranks(tensor, [2], **STARTS, store=tmp_path), plain[:1])
    assert path.read_bytes() == whole


def test_a_file_of_another_sweep_or_with_objects_is_not_trusted(tensor, plain, tmp_path):
    sweep_ranks(tensor, [2], n_starts=6, seed=5, store=tmp_path / "other")
    store = tmp_path / "ours"
    sweep_ranks(tensor, [3], **STARTS, store=store)
    (tmp_path / "other" / "rank-02.npz").rename(store / "rank-02.npz")
    np.savez(store / "rank-03.npz", structure=np.array([print], dtype=object))
    assert_identical(sweep_ranks(tensor, [2, 3], **STARTS, store=store), plain[:2])


@pytest.mark.parametrize(
    ("change", "mentions"),
    [
        ({"n_starts": 7}, ["another n_starts", "(6, not 7)"]),
        ({"seed": 5}, ["another seed", "(4, not 5)"]),
        ({"tensor": 2.0}, ["another tensor"]),
    ],
)
def test_a_store_of_another_sweep_is_refused(
    tensor, tmp_path, change, mentions, assert_one_clear_sentence
):
    sweep_ranks(tensor, [2], **STARTS, store=tmp_path)
    arguments = {**STARTS, **change}
    other = tensor * arguments.pop("tensor", 1.0)
    with pytest.raises(AnalysisError) as caught:
        sweep_ranks(other, [2], **arguments, store=tmp_path)
    assert_one_clear_sentence(caught.value, tmp_path, *mentions)


def test_folders_of_other_things_are_refused(tensor, tmp_path, assert_one_clear_sentence):
    (tmp_path / "letter.txt").write_text("Dear")
    with pytest.raises(AnalysisError) as caught:
        sweep_ranks(tensor, [2], **STARTS, store=tmp_path)
    assert_one_clear_sentence(caught.value, "something other")
    (tmp_path / "sweep.json").write_text('{"tensor": ')
    with pytest.raises(AnalysisError) as caught:
        sweep_ranks(tensor, [2], **STARTS, store=tmp_path)
    assert_one_clear_sentence(caught.value, "sweep.json", "damaged")
    with pytest.raises(AnalysisError) as caught:
        sweep_ranks(tensor, [2], **STARTS, store=tmp_path / "letter.txt")
    assert_one_clear_sentence(caught.value, "letter.txt", "choose another")


def test_a_full_disk_costs_the_file_not_the_result(tensor, plain, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("napari_nfm.analysis.rank_store.write_archive", full)
    with pytest.warns(UserWarning, match="Rank 2 was not kept"):
        fits = sweep_ranks(tensor, [2], **STARTS, store=tmp_path)
    assert_identical(fits, plain[:1])


def test_worker_processes_compute_the_same(tensor, plain, tmp_path):
    pytest.importorskip("distributed")
    seen = []
    sweep_ranks(tensor, [3], **STARTS, store=tmp_path)
    fits = sweep_ranks(
        tensor,
        RANKS,
        **STARTS,
        store=tmp_path,
        scheduler="processes",
        on_fit=lambda rank, _: seen.append(rank),
    )
    assert_identical(fits, plain)
    assert seen[0] == 3
    assert sorted(seen) == list(RANKS)
    assert (tmp_path / "rank-05.npz").exists()


def test_a_scheduler_by_its_address_computes_the_same_and_stops(tensor, plain):
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=1,
        threads_per_worker=2,
        processes=False,
        protocol="tcp",
        dashboard_address=None,
    ) as running:
        address = running.scheduler_address
        assert address.startswith("tcp://")
        assert_identical(sweep_ranks(tensor, RANKS, **STARTS, scheduler=address), plain)

        began = time.monotonic()
        with pytest.raises(Cancelled):
            sweep_ranks(
                tensor,
                range(4, 13),
                n_starts=2000,
                scheduler=address,
                should_stop=lambda: time.monotonic() - began > 1,
            )
        with distributed.Client(address, set_as_default=False) as client:
            deadline = time.monotonic() + 60
            while any(client.processing().values()) and time.monotonic() < deadline:
                time.sleep(0.1)
            assert not any(client.processing().values())
            executing = client.run(lambda dask_worker: dask_worker.state.executing_count)
            while any(executing.values()) and time.monotonic() < deadline:
                time.sleep(0.1)
                executing = client.run(lambda dask_worker: dask_worker.state.executing_count)
            assert not any(executing.values())


def test_workers_of_another_version_are_refused(tensor, assert_one_clear_sentence):
    with pytest.raises(AnalysisError) as caught:
        cluster._fit(tensor, 2, 1, 0, "event", "0.0.1")
    assert_one_clear_sentence(caught.value, "0.0.1", "same version")


def test_missing_workers_and_packages_are_said(tensor, monkeypatch, assert_one_clear_sentence):
    pytest.importorskip("distributed")
    monkeypatch.setattr("napari_nfm.analysis.cluster.CONNECT_SECONDS", 0.3)
    for address in ("tcp://127.0.0.1:9", "nowhere", "xyz://a:1"):
        with pytest.raises(AnalysisError) as caught:
            sweep_ranks(tensor, RANKS, **STARTS, scheduler=address)
        assert_one_clear_sentence(caught.value, address)
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(AnalysisError) as caught:
        sweep_ranks(tensor, RANKS, **STARTS, scheduler="processes")
    assert_one_clear_sentence(caught.value, "pip install 'napari-nfm[distributed]'")


@pytest.mark.parametrize(
    ("change", "mentions"),
    [
        ({"ranks": []}, ["no rank"]),
        ({"ranks": [2, 13]}, ["13", "1 to 12"]),
        ({"ranks": [0]}, ["0"]),
        ({"n_starts": 0}, ["n_starts"]),
        ({"tensor": np.zeros((12, 2, 4))}, ["(12, 2, 4)"]),
        ({"tensor": np.full((12, 2, 4, 3), np.nan)}, ["NaN"]),
        ({"tensor": np.zeros((12, 2, 4, 3))}, ["zero"]),
        ({"tensor": -np.ones((12, 2, 4, 3))}, ["negative"]),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_computed(
    tensor, change, mentions, assert_one_clear_sentence, monkeypatch, tmp_path
):
    monkeypatch.setattr("napari_nfm.analysis.permuted.permuted_cp", fail)
    arguments = {"tensor": tensor, "ranks": RANKS, **STARTS, **change}
    with pytest.raises(AnalysisError) as caught:
        sweep_ranks(**arguments, store=tmp_path / "new")
    assert_one_clear_sentence(caught.value, *mentions)
    assert not (tmp_path / "new").exists()
