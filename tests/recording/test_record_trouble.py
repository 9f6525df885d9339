"""What stops a recording or is refused, in one sentence, and what goes on all the same."""

import dataclasses
import errno

import pytest
import torch
import xarray as xr
from store_files import files_of

from napari_nfm.fnn import SITES
from napari_nfm.recording import Sampling, record, sample_units
from napari_nfm.recording import costs as costs_module
from napari_nfm.recording.errors import (
    ActivityRangeError,
    OtherRecordingError,
    OutOfMemoryError,
    RecordingArgumentError,
    SamplingError,
    StorageError,
    StoreError,
)
from napari_nfm.recording.files import NumberFile


def failing_network(monkeypatch, network, fails):
    """Make the network run out of memory where `fails` says so of the sequences in lockstep."""
    capture = type(network).capture
    tried = []

    def limited(network, frames, *args, **kwargs):
        begins = kwargs.get("state") is None
        if begins:
            tried.append(frames.shape[1])
        elif fails(frames.shape[1]):
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB.")
        return capture(network, frames, *args, **kwargs)

    monkeypatch.setattr(type(network), "capture", limited)
    return tried


def test_the_batch_is_halved_where_memory_ends(
    experiment, twin, stimuli, tmp_path, recorded, monkeypatch
):
    monkeypatch.setattr(costs_module, "_seconds_per_frame", lambda *_: 0.01)
    tried = failing_network(monkeypatch, twin.network, lambda n: n > 2)
    recording = record(
        twin,
        stimuli,
        experiment.SITES,
        tmp_path / "a",
        sampling=experiment.SAMPLING,
        dtype="float32",
        batch_size=8,
    )
    assert tried[:3] == [7, 4, 1]
    assert set(tried[2:]) == {1, 2}
    for site in experiment.SITES:
        xr.testing.assert_allclose(recording[site], recorded["units"][site], rtol=1e-4, atol=1e-5)


def test_too_little_memory_for_one_sequence(
    twin, stimuli, tmp_path, monkeypatch, assert_one_clear_sentence
):
    monkeypatch.setattr(costs_module, "_seconds_per_frame", lambda *_: 0.01)
    failing_network(monkeypatch, twin.network, lambda _: True)
    with pytest.raises(OutOfMemoryError) as caught:
        record(twin, stimuli, ["output"], tmp_path / "a", batch_size=2)
    assert_one_clear_sentence(caught.value, "cpu")


def test_a_disk_that_fills_up(
    experiment, twin, stimuli, tmp_path, monkeypatch, assert_one_clear_sentence
):
    what = (twin, stimuli, experiment.SITES)
    record(*what, tmp_path / "whole", sampling=experiment.SAMPLING)
    write, writes = NumberFile.write, 0

    def fill(*args, **kwargs):
        nonlocal writes
        writes += 1
        if writes == 12:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(*args, **kwargs)

    monkeypatch.setattr(NumberFile, "write", fill)
    with pytest.raises(StorageError) as caught:
        record(*what, tmp_path / "full", sampling=experiment.SAMPLING)
    assert_one_clear_sentence(caught.value, "full", tmp_path / "full", "again")
    monkeypatch.undo()
    record(*what, tmp_path / "full", sampling=experiment.SAMPLING)
    assert files_of(tmp_path / "full") == files_of(tmp_path / "whole")


def test_activity_must_fit_the_type(twin, stimuli, tmp_path, assert_one_clear_sentence):
    loud = dataclasses.replace(
        twin,
        network=type(twin.network).from_state_dict(
            {
                name: values + 10 if name.startswith("readout.biases") else values
                for name, values in twin.network.state_dict().items()
            }
        ),
    )
    with pytest.raises(ActivityRangeError) as caught:
        record(loud, stimuli, ["output"], tmp_path / "a")
    assert_one_clear_sentence(caught.value, "output", "still 0°", "float32")
    kept = record(loud, stimuli, ["output"], tmp_path / "b", dtype="float32")
    assert kept["output"].max() > 65504


def test_a_store_of_other_things_is_left_alone(
    experiment, twin, stimuli, recorded, assert_one_clear_sentence
):
    store = recorded["units"].path
    before = files_of(store)
    others = {
        "sampling": {"sampling": Sampling(2, 2)},
        "keep": {"keep": "maps"},
        "dtype": {"dtype": "float16"},
    }
    for difference, change in others.items():
        how = {"sampling": experiment.SAMPLING, "dtype": "float32"} | change
        with pytest.raises(OtherRecordingError) as caught:
            record(twin, stimuli, SITES, store, **how)
        assert_one_clear_sentence(caught.value, store, difference)
    with pytest.raises(OtherRecordingError, match="stimuli"):
        record(twin, experiment.small_stimuli(6), SITES, store)
    assert files_of(store) == before


def test_a_folder_with_something_else_is_left_alone(
    twin, stimuli, tmp_path, assert_one_clear_sentence
):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(StoreError) as caught:
        record(twin, stimuli, ["output"], tmp_path)
    assert_one_clear_sentence(caught.value, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


@pytest.mark.parametrize(
    ("wrong", "mention"),
    [
        ({"keep": "everything"}, "'maps'"),
        ({"dtype": "float64"}, "'float16'"),
        ({"batch_size": 0}, "batch_size"),
        ({"batch_size": "many"}, "'auto'"),
        ({"crop": 0.5}, "crop"),
        ({"channels": [0, 99]}, "99"),
        ({"channels": {"encoder.L1": [0]}}, "encoder.L1"),
        ({"channels": []}, "recurrent.out"),
    ],
)
def test_wrong_arguments(twin, stimuli, tmp_path, wrong, mention, assert_one_clear_sentence):
    with pytest.raises(RecordingArgumentError) as caught:
        record(twin, stimuli, ["recurrent.out"], tmp_path / "a", **wrong)
    assert_one_clear_sentence(caught.value, mention)
    assert not (tmp_path / "a").exists()


def test_other_units_than_those_kept(recorded, assert_one_clear_sentence):
    with pytest.raises(SamplingError) as caught:
        sample_units(recorded["units"], "output", seed=7)
    assert_one_clear_sentence(caught.value, "seed=7", "maps=3", "keep='maps'")
