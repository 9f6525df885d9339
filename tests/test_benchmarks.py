"""The slow sides of the benchmarks are what they say, and both sides do the same work."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"


@pytest.fixture(autouse=True)
def _benchmarks_importable(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))


@pytest.fixture
def network(data_directory):
    from study_way import load_network

    return load_network(data_directory / "fnn" / "tiny_checkpoint", 8, 5)


def test_check_passes_on_the_reference_cases(data_directory):
    done = subprocess.run(
        [sys.executable, BENCHMARKS / "study_way.py", "--check", data_directory / "fnn"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "inputs_8_5: 82 quantities" in done.stdout


def test_comparison_finds_a_wrong_layer(network, data_directory):
    from study_way import compare

    with np.load(data_directory / "fnn" / "tiny" / "inputs_8_5.npz") as arrays:
        case = dict(arrays)
    with torch.no_grad():
        network.core.feedforward.inputs[1].biases[2][0, 0] += 0.01
    errors = dict(compare(network, case))
    assert errors["response"] > 1
    assert errors["encoder.L4, frame 9, root mean square"] > 1
    assert errors["encoder.L2, frame 9, root mean square"] < 1


def test_a_key_that_does_not_fit_is_refused(data_directory):
    from study_network import StudyNetwork

    checkpoint = data_directory / "fnn" / "tiny_checkpoint"
    state = torch.load(checkpoint / "params_core.pt") | torch.load(checkpoint / "params_8_5.pt")
    with pytest.raises(KeyError, match=r"core\.extra"):
        StudyNetwork(state | {"core.extra": torch.zeros(1)})


def test_layer_is_cut_and_averaged_over_instances_as_in_the_study(network):
    from study_way import play_sequence, record_layer

    frames = np.random.default_rng(0).integers(0, 256, (3, 2, 2, 144, 256), dtype=np.uint8)
    recorded = record_layer(network, "encoder.L4", frames)
    assert recorded.dtype == np.float32
    assert recorded.shape == (2 * 2, 6, 10, 64)  # an 8 x 12 map without its first two rows, columns

    single = [
        np.concatenate([np.concatenate(play_sequence(network, "encoder.L4", s)) for s in instance])
        for instance in frames
    ]
    np.testing.assert_allclose(recorded, np.mean(single, axis=0), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("site", "shape"),
    [
        ("recurrent.hidden", (1, 3, 5, 128)),
        ("recurrent.out", (1, 4, 6, 40)),
        ("readout.position", (1, 20, 1, 40)),
        ("output", (1, 20, 1, 1)),
    ],
)
def test_pass_keeps_what_the_study_keeps(network, site, shape):
    from study_way import play_sequence

    frames = np.zeros((2, 144, 256), dtype=np.uint8)
    played = play_sequence(network, site, frames)
    assert [frame.shape for frame in played] == [shape, shape]


def test_whole_job_is_scaled_from_the_parts():
    from record import whole_job

    passes = {"encoder.L1": [0.1, 0.3, 0.2], "output": [0.5, 0.6, 0.7]}
    job = whole_job([0.05, 0.04, 0.06], passes, unique_sequences=216)
    assert job["our_frames"] == 7992
    assert job["study_frames"] == 2 * 9768
    assert job["minimum"]["ours_seconds"] == pytest.approx(0.04 * 7992)
    assert job["minimum"]["study_seconds"] == pytest.approx((0.1 + 0.5) * 9768)
    assert job["least_ratio"] == pytest.approx(2 * 0.1 * 9768 / (0.04 * 7992))
    assert job["median"]["ratio"] == pytest.approx((0.2 + 0.6) * 9768 / (0.05 * 7992))


def test_benchmark_measures_both_sides(data_directory):
    from record import measure, table

    checkpoint = data_directory / "fnn" / "tiny_checkpoint"
    result = measure(checkpoint, threads=1, rounds=1, n_frames=2)
    assert len(result["frame_seconds"]["ours"]) == len(result["frame_seconds"]["study"]) == 2
    assert len(result["ours_recording"]) == 2
    assert all(len(seconds) == 1 for seconds in result["study_passes"].values())
    assert result["job"]["our_frames"] == 216 * 37
    # Anything else would be bytes taken for kilobytes, or the reverse.
    assert all(0.05e9 < peak < 8e9 for peak in result["peak_bytes"].values())
    text = table(result)
    assert "study, readout.position" in text
    assert "target at least 28" in text


def test_failure_in_a_worker_reaches_the_caller(tmp_path):
    from sides import Study, Worker

    frame = np.zeros((1, 144, 256), dtype=np.uint8)
    with (
        Worker(Study, tmp_path, threads=1) as worker,
        pytest.raises(RuntimeError, match=r"params_core\.pt"),
    ):
        worker.call("predict", frame)


def test_the_encoding_benchmark_compares_like_with_like():
    from encode import QUICK, measure, table

    result = measure(QUICK, ["matrix", "graph", "dimension"], None, 1)
    notes = {row.step.split(",")[0]: row.note for row in reversed(result["rows"])}
    assert "the same" in notes["graph"]
    assert "NOT" not in notes["graph"]
    assert float(notes["local dimension"].split()[-1]) < 1e-6
    assert float(notes["neural matrix"].split()[-1]) < 3e-4
    assert "MISSED" not in table(result)  # targets are those of the study's size


def test_verdicts_of_the_encoding_benchmark():
    from encode import SWEEP_RANKS, SWEEP_STARTS, Row, _whole_sweep

    row = Row("step", 2.0, 50.0, least_ratio=12, most_seconds=1)
    assert row.ratio == 25
    assert row.verdicts == [">= 12 x met", "<= 1 s MISSED"]
    assert Row("step", 2.0, least_ratio=12).verdicts == []
    assert _whole_sweep((2, 30), (1.0, 3.0)) == pytest.approx(SWEEP_STARTS * len(SWEEP_RANKS) * 2.0)


def test_drawn_populations_are_the_same_each_time():
    from populations import points, responses

    for make in (points, responses):
        np.testing.assert_array_equal(make(50, None)[0], make(50, None)[0])
    assert responses(50, None)[0].shape == (50, 6, 8, 37)
    assert responses(50, None)[0].min() >= 0
