import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest

from napari_nfm.cli import main
from napari_nfm.recording import open_recording


@pytest.fixture(scope="module")
def checkpoint(data_directory):
    return str(data_directory / "fnn" / "tiny_checkpoint")


def test_info_names_scans_units_and_sites(checkpoint, capsys):
    assert main(["info", checkpoint, "--session", "4", "--scan", "7"]) == 0
    printed = capsys.readouterr().out
    assert "12 units" in printed
    assert "2 scans" in printed
    assert "recurrent.hidden" in printed


def test_record_estimates_records_and_opens(checkpoint, tmp_path, capsys):
    store = tmp_path / "out.zarr"
    command = ["record", checkpoint, str(store), "--session", "8", "--scan", "5"]
    command += ["--stimuli", "full-field-steps", "--sites", "encoder.L8", "output"]
    assert main([*command, "--estimate"]) == 0
    assert "of disk" in capsys.readouterr().out
    assert not store.exists()

    assert main([*command, "--maps", "3", "--units-per-map", "2"]) == 0
    recording = open_recording(store)
    assert recording.is_complete
    assert list(recording.sites) == ["encoder.L8", "output"]
    assert recording["encoder.L8"].sizes["unit"] == 6


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (["info", "nowhere"], "nowhere"),
        (["record", "{checkpoint}", "{tmp}/a.zarr", "--sites", "L99"], "L99"),
        (["record", "{checkpoint}", "{tmp}/b.zarr", "--stimuli", "no.mp4"], "no.mp4"),
        (["record", "{checkpoint}", "{tmp}/c.zarr", "--maps", "0"], "maps=0"),
        (["info", "{checkpoint}", "--session", "1", "--scan", "1"], "8"),
    ],
)
def test_errors_are_one_sentence_and_exit_code_1(command, words, checkpoint, tmp_path, capsys):
    filled = [part.format(checkpoint=checkpoint, tmp=tmp_path) for part in command]
    assert main(filled) == 1
    message = capsys.readouterr().err
    assert message.startswith("napari-nfm: ")
    assert words in message
    assert message.strip().count("\n") == 0


def test_interrupting_stops_within_a_batch_and_the_same_command_goes_on(checkpoint, tmp_path):
    store = tmp_path / "out.zarr"
    command = [sys.executable, "-m", "napari_nfm", "record", checkpoint, str(store)]
    command += ["--session", "8", "--scan", "5", "--sites", "encoder.L1", "--instances", "1"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    end = time.monotonic() + 120
    while not any(store.rglob("*.maps")) and process.poll() is None and time.monotonic() < end:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 130, errors
    assert "run the same command again" in errors
    assert not open_recording(store).is_complete
    finished = subprocess.run(
        command, capture_output=True, text=True, timeout=240, check=False, env={**os.environ}
    )
    assert finished.returncode == 0, finished.stderr
    assert open_recording(store).is_complete


@pytest.fixture(scope="module")
def tensor(tmp_path_factory):
    """Forty units as a file, each tuned to one of six stimuli and a direction."""
    rng = np.random.default_rng(0)
    angles, frames = np.arange(8) * np.pi / 4, np.arange(9)
    tuned = np.exp(2 * (np.cos(angles - rng.uniform(0, 6, (40, 1))) - 1))
    course = np.exp(-((frames - rng.uniform(1, 7, (40, 1))) ** 2) / 6)
    strength = rng.dirichlet(np.full(6, 0.4), 40)
    path = tmp_path_factory.mktemp("tensor") / "retina_tensor_traces.npy"
    np.save(path, np.einsum("us,ud,ut->usdt", strength, tuned, course))
    return str(path)


def test_encode_writes_a_manifold_and_says_what_came_out(tensor, tmp_path, capsys):
    from napari_nfm.analysis import EncodingManifold

    command = ["encode", tensor, "--rank", "3", "--starts", "2"]
    command += ["--cache", str(tmp_path / "cache")]
    assert main([*command, "--out", str(tmp_path / "one")]) == 0
    printed = capsys.readouterr().out
    assert "40 unit x 6 category x 8 direction x 9 time" in printed
    manifold = EncodingManifold.load(tmp_path / "one")
    assert f"{len(manifold.units)} units, {len(manifold.edges)} edges" in printed
    assert "of the squared norm" in printed
    assert manifold.stimuli[0] == "Low-frequency grating"
    assert len(list((tmp_path / "cache").iterdir())) == 4
    assert main([*command, "--out", str(tmp_path / "two")]) == 0
    for name in ("manifold.npz", "units.csv", "left_out.csv", "provenance.json"):
        one, two = (tmp_path / folder / name for folder in ("one", "two"))
        assert one.read_bytes() == two.read_bytes()


def test_encode_reads_a_site_of_a_recording(checkpoint, tmp_path):
    from napari_nfm.analysis import EncodingManifold

    store = str(tmp_path / "recording.zarr")
    record = ["record", checkpoint, store, "--session", "8", "--scan", "5", "--maps", "8"]
    record += ["--units-per-map", "8", "--sites", "encoder.L8", "output", "--instances", "1"]
    assert main(record) == 0
    encode = ["encode", store, "--rank", "3", "--starts", "1", "--no-cache"]
    assert main([*encode, "--out", str(tmp_path / "m"), "--site", "encoder.L8"]) == 0
    manifold = EncodingManifold.load(tmp_path / "m")
    assert set(manifold.units["site"]) == {"encoder.L8"}
    assert len(manifold.stimuli) == 6


def test_rank_prints_a_table_and_a_suggestion_and_goes_on(tensor, tmp_path, capsys):
    command = ["rank", tensor, "--starts", "2", "--out", str(tmp_path / "ranks"), "--ranks"]
    assert main([*command, "2-3"]) == 0
    first = capsys.readouterr().out
    assert "suggested rank: " in first
    assert main([*command, "2-3,5"]) == 0
    second = capsys.readouterr().out
    (row,) = [line for line in first.splitlines() if line.startswith("3 ")]
    assert row.split() in [line.split() for line in second.splitlines()]
    table = pd.read_csv(tmp_path / "ranks" / "ranks.csv", index_col="rank")
    assert list(table.index) == [2, 3, 5]
    assert table["percent_error"].is_monotonic_decreasing


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["encode", "{tensor}", "--rank", "400", "--out", "{tmp}/m"], "400"),
        (["encode", "{tensor}", "--rank", "3", "--keep", "40", "--out", "{tmp}/m"], "40"),
        (["encode", "no.npy", "--rank", "3", "--out", "{tmp}/m"], "no.npy"),
        (["encode", "{tensor}", "--rank", "3", "--starts", "0", "--out", "{tmp}/m"], "n_starts"),
        (["rank", "{tensor}", "--ranks", "39-41", "--out", "{tmp}/r"], "41"),
        (["rank", "{tensor}", "--ranks", "2", "--scheduler", "tcp://x:1", "--out", "{tmp}/r"], "x"),
    ],
)
def test_encoding_errors_are_one_sentence(arguments, words, tensor, tmp_path, capsys):
    filled = [part.format(tensor=tensor, tmp=tmp_path) for part in arguments]
    assert main(filled) == 1
    (message,) = [
        line for line in capsys.readouterr().err.splitlines() if line.startswith("napari-nfm: ")
    ]
    assert words in message
    assert not (tmp_path / "m").exists()


@pytest.mark.parametrize("ranks", ["many", "5-2", "2-", "-3", ""])
def test_ranks_that_are_none_are_refused(ranks, tensor, tmp_path, capsys):
    with pytest.raises(SystemExit) as stop:
        main(["rank", tensor, f"--ranks={ranks}", "--out", str(tmp_path)])
    assert stop.value.code == 2
    assert "2-30" in capsys.readouterr().err


def test_help_is_worth_reading(capsys):
    for command in ([], ["info"], ["record"], ["encode"], ["rank"], ["demo"]):
        with pytest.raises(SystemExit) as stop:
            main([*command, "--help"])
        assert stop.value.code == 0
        assert len(capsys.readouterr().out.splitlines()) > 8


def test_the_demo_leaves_pictures_and_a_summary(tmp_path, qtbot, monkeypatch):  # noqa: ARG001
    from napari_nfm.viewer import demo

    shorter = demo.StimulusSource("drawn", instances=1)
    monkeypatch.setattr(demo, "STIMULI", shorter)
    assert main(["demo", "--headless", str(tmp_path)]) == 0
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert len(summary["sites"]) == 10
    assert all(0 < sum(site["explained variance ratio"]) <= 1 for site in summary["sites"].values())
    assert "synthetic mouse" in summary["network"]["note"]
    scores = [site["tubularity"]["s_tight"] for site in summary["sites"].values()]
    assert all(
        low < score["mean"] < high for score in scores for low, high in [score["95% interval"]]
    )
    for name in ("explorer", "trajectories", "tubes", "manifold", "feature_maps"):
        assert (tmp_path / f"{name}.png").stat().st_size > 20_000
