"""Broken stores of every kind, each with one sentence that says where and what to do."""

import json
import shutil

import pytest
import zarr

from napari_nfm.fnn import SITES
from napari_nfm.jobs import Cancelled
from napari_nfm.recording import open_recording, record, sample_units
from napari_nfm.recording.errors import (
    IncompleteRecordingError,
    RecordingArgumentError,
    RecordingError,
    StoreError,
)


def change_root(store, **attributes):
    path = store / "zarr.json"
    root = json.loads(path.read_bytes())
    root["attributes"] |= attributes
    path.write_text(json.dumps(root))


def missing_folder(store):
    shutil.rmtree(store)
    return store.name


def empty_folder(store):
    shutil.rmtree(store)
    store.mkdir()
    return "not a recording"


def another_zarr_store(store):
    shutil.rmtree(store)
    zarr.create_group(store)
    return "not a recording"


def a_file(store):
    shutil.rmtree(store)
    store.write_text("PNG")
    return "not a recording"


def metadata_not_json(store):
    (store / "zarr.json").write_text("{'zarr_format': 3")
    return "zarr.json"


def metadata_of_another_kind(store):
    (store / "zarr.json").write_text("[1, 2, 3]")
    return "zarr.json"


def newer_layout(store):
    change_root(store, schema=99)
    return "99"


def attributes_lack_something(store):
    root = json.loads((store / "zarr.json").read_bytes())
    del root["attributes"]["directions"]
    (store / "zarr.json").write_text(json.dumps(root))
    return "damaged"


def attributes_of_wrong_type(store):
    change_root(store, sampling={"maps": "many"})
    return "damaged"


def site_is_missing(store):
    shutil.rmtree(store / "output")
    return "output/"


def array_file_is_truncated(store):
    (file,) = {"responses", "activity"} & {p.name for p in (store / "output").iterdir()}
    path = next(p for p in sorted((store / "output" / file / "c").rglob("*")) if p.is_file())
    path.write_bytes(path.read_bytes()[:-3])
    return path


def array_file_is_missing(store):
    (file,) = {"responses", "activity"} & {p.name for p in (store / "output").iterdir()}
    path = next(p for p in sorted((store / "output" / file / "c").rglob("*")) if p.is_file())
    path.unlink()
    return path


def array_metadata_damaged(store):
    (file,) = {"responses", "activity"} & {p.name for p in (store / "output").iterdir()}
    (store / "output" / file / "zarr.json").write_text("{")
    return f"output/{file}"


BREAKS = [
    missing_folder,
    empty_folder,
    another_zarr_store,
    a_file,
    metadata_not_json,
    metadata_of_another_kind,
    newer_layout,
    attributes_lack_something,
    attributes_of_wrong_type,
    site_is_missing,
    array_file_is_truncated,
    array_file_is_missing,
    array_metadata_damaged,
]


@pytest.mark.parametrize("keep", ["units", "maps"])
@pytest.mark.parametrize("damage", BREAKS)
def test_a_broken_store(recorded, tmp_path, damage, keep, assert_one_clear_sentence):
    store = tmp_path / "broken.zarr"
    shutil.copytree(recorded[keep].path, store)
    mention = damage(store)
    with pytest.raises(StoreError) as caught:
        open_recording(store)["output"]
    assert_one_clear_sentence(caught.value, store, mention)


@pytest.fixture
def unfinished(experiment, twin, stimuli, tmp_path):
    """An unfinished recording, and how to go on with it."""
    store = tmp_path / "unfinished.zarr"
    how = {"sampling": experiment.SAMPLING}
    told = []

    with pytest.raises(Cancelled):
        record(
            twin,
            stimuli,
            ["output", "encoder.L8"],
            store,
            **how,
            progress=lambda *now: told.append(now),
            should_stop=lambda: len(told) == 2,
        )
    return store, lambda: record(twin, stimuli, ["output", "encoder.L8"], store, **how)


def test_an_unfinished_recording_is_not_analysed(unfinished, assert_one_clear_sentence):
    store, _ = unfinished
    recording = open_recording(store)
    assert "missing" in repr(recording)
    for use in (lambda: recording["output"], lambda: sample_units(recording, "output")):
        with pytest.raises(IncompleteRecordingError) as caught:
            use()
        assert_one_clear_sentence(caught.value, store, "3 of 6", "record")


def no_progress(store):
    (store / "unfinished" / "progress.json").write_text('{"attributes"')
    return "progress.json"


def old_progress(store):
    path = store / "unfinished" / "progress.json"
    content = json.loads(path.read_bytes())
    content["attributes"]["schema"] = 0
    path.write_text(json.dumps(content))
    return "version 0"


def no_peaks(store):
    (store / "unfinished" / "output.peaks.npy").unlink()
    return "output.peaks.npy"


def short_maps(store):
    (store / "unfinished" / "encoder.L8.maps").write_bytes(b"short")
    return "encoder.L8.maps"


def no_maps(store):
    (store / "unfinished" / "output.maps").unlink()
    return "output.maps"


@pytest.mark.parametrize("damage", [no_progress, old_progress, no_peaks, short_maps, no_maps])
def test_a_broken_unfinished_store(unfinished, damage, assert_one_clear_sentence):
    store, go_on = unfinished
    mention = damage(store)
    with pytest.raises(RecordingError) as caught:
        go_on()
    assert_one_clear_sentence(caught.value, store, mention)


def test_a_site_that_was_not_recorded(recorded, assert_one_clear_sentence):
    assert "encoder.L3" not in SITES
    with pytest.raises(RecordingArgumentError) as caught:
        recorded["units"]["encoder.L3"]
    assert_one_clear_sentence(caught.value, "encoder.L3", "encoder.L2")
