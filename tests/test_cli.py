import json
import os
import signal
import subprocess
import sys
import time

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


def test_help_is_worth_reading(capsys):
    for command in ([], ["info"], ["record"], ["demo"]):
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
    assert "untrained" in summary["network"]["note"]
    for name in ("explorer", "trajectories", "feature_maps"):
        assert (tmp_path / f"{name}.png").stat().st_size > 20_000
