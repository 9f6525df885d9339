import dataclasses

import psutil
import pytest
import torch

from napari_nfm.fnn import SITES
from napari_nfm.recording import Sampling, estimate, record
from napari_nfm.recording import costs as costs_module
from napari_nfm.recording.device_memory import is_out_of_memory
from napari_nfm.recording.errors import OutOfMemoryError, StorageError
from napari_nfm.recording.plan import make_plan


def size_of(store):
    return sum(path.stat().st_size for path in store.rglob("c/**/*") if path.is_file())


@pytest.mark.parametrize("keep", ["units", "maps"])
def test_the_disk_is_as_estimated(twin, stimuli, tmp_path, keep):
    how = {"keep": keep, "sampling": Sampling(3, 4)}
    cost = estimate(twin, stimuli, ["encoder.L2", "recurrent.out"], **how)
    record(twin, stimuli, ["encoder.L2", "recurrent.out"], tmp_path / "a", **how)
    assert size_of(tmp_path / "a") == pytest.approx(cost.disk_bytes, rel=0.1)


def test_the_temporary_store_is_as_estimated(twin, stimuli, tmp_path, monkeypatch):
    from napari_nfm.recording.unfinished import Unfinished

    sizes = []
    remove = Unfinished.remove

    def measure(unfinished):
        sizes.append(sum(path.stat().st_size for path in unfinished.folder.iterdir()))
        remove(unfinished)

    monkeypatch.setattr(Unfinished, "remove", measure)
    for disk in (1e15, 1e-3):
        monkeypatch.setattr(costs_module, "DISK_BYTES_PER_SECOND", disk)
        cost = estimate(twin, stimuli, SITES)
        record(twin, stimuli, SITES, tmp_path / str(disk))
        assert sizes.pop() == pytest.approx(cost.temporary_bytes, rel=0.1)


def test_the_estimate_is_one_sentence(twin, stimuli, tmp_path):
    cost = estimate(twin, stimuli, SITES, store=tmp_path / "not" / "yet" / "there")
    assert cost.frames == 55
    assert cost.seconds > 0
    assert cost.free_bytes > 0
    text = str(cost)
    assert text.endswith(".")
    assert text.count(". ") == 0
    assert "55 frames" in text
    assert "until it is done), of which" in text
    assert text.count("(") == text.count(")") == 2


def test_a_full_disk_changes_the_strategy(twin, stimuli, tmp_path, monkeypatch):
    ample = estimate(twin, stimuli, SITES)
    assert ample.strategy == "temporary store"
    monkeypatch.setattr(costs_module, "_free_disk", lambda _: ample.temporary_bytes // 2)
    scarce = estimate(twin, stimuli, SITES, store=tmp_path)
    assert scarce.strategy == "second pass"
    assert scarce.temporary_bytes < ample.temporary_bytes
    assert scarce.frames == 2 * ample.frames


def test_a_disk_that_is_too_small(twin, stimuli, tmp_path, monkeypatch, assert_one_clear_sentence):
    monkeypatch.setattr(costs_module, "_free_disk", lambda _: 1000)
    with pytest.raises(StorageError) as caught:
        record(twin, stimuli, SITES, tmp_path / "a")
    assert_one_clear_sentence(caught.value, tmp_path / "a", "free some space")
    assert not (tmp_path / "a").exists()


def test_memory_that_is_too_small(twin, stimuli, tmp_path, monkeypatch, assert_one_clear_sentence):
    class Little:
        available = 1000

    monkeypatch.setattr(psutil, "virtual_memory", Little)
    with pytest.raises(OutOfMemoryError) as caught:
        record(twin, stimuli, SITES, tmp_path / "a")
    assert_one_clear_sentence(caught.value, "cpu", "fewer sites")


def test_batch_size_from_free_memory(twin, stimuli, monkeypatch):
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
    assert costs_module.choose_batch_size(plan, twin, "auto") == 1

    accelerated = dataclasses.replace(twin)
    monkeypatch.setattr(type(accelerated), "device", torch.device("cuda"))
    sizes = []
    for free in (1, 10**7, 10**12):
        monkeypatch.setattr(costs_module, "free_memory", lambda _, free=free: free)
        sizes.append(costs_module.choose_batch_size(plan, accelerated, "auto"))
    assert sizes[0] == 1
    assert sizes[2] == 11  # as many as there are
    assert sizes[0] <= sizes[1] <= sizes[2]


def test_errors_that_mean_out_of_memory():
    assert is_out_of_memory(torch.OutOfMemoryError("CUDA out of memory"))
    assert is_out_of_memory(RuntimeError("MPS backend out of memory (MPS allocated: 9 GB)"))
    assert is_out_of_memory(RuntimeError("[enforce fail] can't allocate memory: 9 GB"))
    assert is_out_of_memory(MemoryError())
    assert not is_out_of_memory(RuntimeError("shape mismatch"))
    assert not is_out_of_memory(ValueError("out of memory"))
