"""Every way that a checkpoint can be broken gives one typed, clear sentence."""

import json
import os
import pickle
import shutil
from collections import OrderedDict

import pytest
import torch

from napari_nfm.fnn import errors
from napari_nfm.fnn.checkpoint import list_scans, read_checkpoint

CORE, SCAN = "params_core.pt", "params_8_5.pt"
KERNEL = "core.feedforward.blocks.1.convs.0.weights.2"
GRID = "perspective.retina.grid"


class Bomb:
    """Runs code when it is unpickled by anything that allows it."""

    def __reduce__(self):
        return os.mkdir, (os.environ["NFM_TEST_BOMB"],)


def edit(change, name=CORE):
    """Return a breaker that changes the tensors of one file."""

    def break_(folder):
        state = torch.load(folder / name, weights_only=True)
        changed = change(state)
        torch.save(state if changed is None else changed, folder / name)

    return break_


def cut(name, keep):
    def break_(folder):
        data = (folder / name).read_bytes()
        (folder / name).write_bytes(data[: int(len(data) * keep)])

    return break_


def write(name, content):
    return lambda folder: (folder / name).write_bytes(content)


def replace(name, old, new):
    def break_(folder):
        text = (folder / name).read_text()
        assert old in text
        (folder / name).write_text(text.replace(old, new))

    return break_


def flip(folder):
    data = bytearray((folder / CORE).read_bytes())
    data[len(data) // 2] ^= 0xFF
    (folder / CORE).write_bytes(bytes(data))


def script(folder):
    with pytest.warns(DeprecationWarning, match="torch.jit"):
        torch.jit.script(torch.nn.Linear(2, 2)).save(str(folder / CORE))


def protocol_2(folder):
    (folder / SCAN).write_bytes(pickle.dumps({"a": Bomb()}, protocol=2))


def foreign(folder):
    for name in (CORE, SCAN):
        torch.save(OrderedDict({f"{name[:8]}.conv1.weight": torch.zeros(3)}), folder / name)


def drop(key):
    def change(state):
        del state[key]

    return change


def to_fp16(state):
    state[KERNEL] = state[KERNEL].half()


def to_sparse(state):
    state[KERNEL] = state[KERNEL].to_sparse()


def nan(state):
    state[KERNEL].view(-1)[5] = float("nan")


def infinite(state):
    state["readout.biases.1"][3] = float("inf")


def narrow(state):
    state[KERNEL] = state[KERNEL][:, :-1]


def flat(state):
    state[GRID] = state[GRID].flatten()


def one_unit_less(state):
    for key in state:
        if key.startswith("readout."):
            state[key] = state[key][:-1]


E = errors
KINDS = {
    "core file missing": (lambda f: (f / CORE).unlink(), E.CheckpointNotFoundError, [CORE]),
    "scan file missing": (lambda f: (f / SCAN).unlink(), E.CheckpointNotFoundError, [SCAN]),
    "key missing": (edit(drop(KERNEL)), E.MissingKeysError, [CORE, KERNEL]),
    "buffer missing": (
        edit(drop("perspective.monitor_pixel.power"), SCAN),
        E.MissingKeysError,
        [SCAN, "perspective.monitor_pixel.power"],
    ),
    "key too many": (
        edit(lambda s: s.update({"core.extra": torch.zeros(1)})),
        E.UnexpectedKeysError,
        [CORE, "core.extra"],
    ),
    "core key in the scan file": (
        edit(lambda s: s.update({KERNEL: torch.zeros(1)}), SCAN),
        E.UnexpectedKeysError,
        [SCAN, KERNEL],
    ),
    "an entry that is no tensor": (
        edit(lambda s: s.update({"epoch": 3})),
        E.UnexpectedKeysError,
        [CORE, "epoch"],
    ),
    "shape": (edit(narrow), E.WrongShapeError, [CORE, KERNEL, "(16, 7, 3, 3, 3)", "(16, 8, "]),
    "number of axes": (edit(flat, SCAN), E.WrongShapeError, [SCAN, GRID, "3 axes"]),
    "dtype": (edit(to_fp16), E.WrongDtypeError, [CORE, KERNEL, "float16", "float32"]),
    "layout": (edit(to_sparse), E.WrongDtypeError, [CORE, KERNEL, "sparse"]),
    "NaN": (edit(nan), E.NonFiniteWeightsError, [CORE, KERNEL, "NaN"]),
    "infinity": (edit(infinite, SCAN), E.NonFiniteWeightsError, [SCAN, "readout.biases.1"]),
    "truncated": (cut(CORE, 0.6), E.UnreadableFileError, [CORE, "truncated"]),
    "cut in its first bytes": (write(CORE, b"PK"), E.UnreadableFileError, [CORE]),
    "a flipped byte": (flip, E.UnreadableFileError, [CORE, "damaged"]),
    "empty file": (write(SCAN, b""), E.UnreadableFileError, [SCAN, "empty"]),
    "text file": (write(SCAN, b"hello there"), E.UnreadableFileError, [SCAN, "PyTorch"]),
    "web page": (write(SCAN, b"<html>404</html>"), E.UnreadableFileError, [SCAN, "PyTorch"]),
    "list": (edit(lambda s: list(s)), E.UnreadableFileError, [CORE, "list"]),
    "code": (edit(lambda _: {"a": Bomb()}), E.UnsafeCheckpointError, [CORE, "mkdir"]),
    "plain pickle with code": (protocol_2, E.UnsafeCheckpointError, [SCAN]),
    "whole module": (
        edit(lambda _: torch.nn.Linear(2, 2)),
        E.UnsafeCheckpointError,
        [CORE, "torch.nn.modules.linear.Linear"],
    ),
    "TorchScript": (script, E.UnsafeCheckpointError, [CORE, "TorchScript"]),
    "another network": (foreign, E.OtherNetworkError, [CORE, "conv1.weight"]),
    "scans.csv missing": (lambda f: (f / "scans.csv").unlink(), E.TableError, ["scans.csv"]),
    "units.csv missing": (lambda f: (f / "units.csv").unlink(), E.TableError, ["units.csv"]),
    "scans.csv empty": (write("scans.csv", b""), E.TableError, ["scans.csv"]),
    "scans.csv binary": (write("scans.csv", b"\xff\xfe\x00,\x9c"), E.TableError, ["scans.csv"]),
    "scans.csv words": (replace("scans.csv", "4,7", "four,7"), E.TableError, ["session"]),
    "scans.csv twice": (replace("scans.csv", "4,7", "8,5"), E.TableError, ["session 8 scan 5"]),
    "scans.csv column": (
        replace("scans.csv", "scan_idx", "scan"),
        E.TableError,
        ["scans.csv", "scan_idx"],
    ),
    "units.csv column": (
        replace("units.csv", "readout_id", "id"),
        E.TableError,
        ["units.csv", "readout_id"],
    ),
    "readout id twice": (
        replace("units.csv", "8,5,4,0", "8,5,4,1"),
        E.TableError,
        ["units.csv", "readout_id", "20 units"],
    ),
    "units of another release": (
        edit(one_unit_less, SCAN),
        E.TableError,
        ["scans.csv", "20 units", "holds 19"],
    ),
    "no unit of the scan": (
        replace("units.csv", "8,5,", "8,6,"),
        E.ScanNotFoundError,
        ["8 scan 5"],
    ),
    "config.json": (write("config.json", b"{"), E.UnreadableFileError, ["config.json"]),
    "config.json list": (write("config.json", b"[]"), E.UnreadableFileError, ["config.json"]),
}


@pytest.mark.parametrize("kind", KINDS)
def test_broken_checkpoint_gives_one_clear_sentence(
    kind, folder, tmp_path, monkeypatch, assert_one_clear_sentence
):
    break_, expected, mentions = KINDS[kind]
    monkeypatch.setenv("NFM_TEST_BOMB", str(tmp_path / "code_ran"))
    read_checkpoint(folder, 8, 5)  # whole before it is broken
    break_(folder)
    with pytest.raises(errors.CheckpointError) as caught:
        read_checkpoint(folder, 8, 5)
    assert type(caught.value) is expected
    assert_one_clear_sentence(caught.value, *mentions)
    assert not (tmp_path / "code_ran").exists()


def test_the_bomb_would_have_gone_off(tmp_path, monkeypatch):
    monkeypatch.setenv("NFM_TEST_BOMB", str(tmp_path / "code_ran"))
    pickle.loads(pickle.dumps(Bomb()))
    assert (tmp_path / "code_ran").exists()


def test_any_single_missing_key_is_named(data_directory, tmp_path):
    from napari_nfm.fnn.weight_checks import check_weights

    source = data_directory / "fnn" / "tiny_checkpoint"
    state = {
        key: value
        for name in (CORE, SCAN)
        for key, value in torch.load(source / name, weights_only=True).items()
    }
    for key in list(state)[::3]:  # three does not divide four streams: every layer comes up
        rest = {other: value for other, value in state.items() if other != key}
        with pytest.raises(errors.MissingKeysError) as caught:
            check_weights(rest, lambda _: tmp_path)
        assert repr(key) in str(caught.value)


def test_a_stream_of_another_shape_is_named(data_directory):
    from napari_nfm.fnn.weight_checks import check_weights

    source = data_directory / "fnn" / "tiny_checkpoint"
    state = {
        key: value
        for name in (CORE, SCAN)
        for key, value in torch.load(source / name, weights_only=True).items()
    }
    for key in [key for key in state if key.startswith("core.") and key[-1] == "0"]:
        with pytest.raises(errors.WrongShapeError) as caught:
            check_weights({**state, key: state[key][..., None]}, lambda _: "x.pt")
        assert repr(key) in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "mentions"),
    [((9, 9), ["session 9 scan 9", "8_5, 4_7"]), ((8, None), ["Session 8"])],
)
def test_scan_that_is_not_there(folder, arguments, mentions, assert_one_clear_sentence):
    with pytest.raises(errors.ScanNotFoundError) as caught:
        read_checkpoint(folder, *arguments)
    assert_one_clear_sentence(caught.value, *mentions)


def test_paths_without_a_checkpoint(tmp_path, folder, assert_one_clear_sentence):
    (tmp_path / "empty").mkdir()
    shutil.copytree(folder, tmp_path / "two" / "a")
    shutil.copytree(folder, tmp_path / "two" / "b")
    for name in ("nowhere", "empty", "two"):
        for read in (read_checkpoint, list_scans):
            with pytest.raises(errors.CheckpointNotFoundError) as caught:
                read(tmp_path / name)
            assert_one_clear_sentence(caught.value, tmp_path / name)


@pytest.mark.parametrize(("name", "other"), [(CORE, "readout."), (SCAN, "core.")])
def test_one_file_of_the_published_folder_alone(folder, name, other, assert_one_clear_sentence):
    with pytest.raises(errors.MissingKeysError) as caught:
        read_checkpoint(folder / name)
    assert_one_clear_sentence(caught.value, name, other, "folder")


def test_folder_without_any_weights_of_a_scan(folder, assert_one_clear_sentence):
    for path in folder.glob("params_*_*.pt"):
        path.unlink()
    assert list_scans(folder).empty
    with pytest.raises(errors.CheckpointNotFoundError) as caught:
        read_checkpoint(folder)
    assert_one_clear_sentence(caught.value, folder)


def test_config_of_a_sound_checkpoint_is_optional(folder):
    assert read_checkpoint(folder).note == ""
    (folder / "config.json").write_text(json.dumps({"name": "mine", "note": "for tests"}))
    read = read_checkpoint(folder)
    assert (read.name, read.note) == ("mine, session 8, scan 5", "for tests")
