"""Equality with the published package on synthetic weights, at the stated tolerances."""

import numpy as np
import pytest
import torch

from napari_nfm.fnn import FNN, State
from napari_nfm.fnn.activity import Activity
from napari_nfm.fnn.inputs import read_inputs
from napari_nfm.fnn.layers import gelu
from napari_nfm.fnn.site import SITES

CASES = (
    "batch8_8_5",
    "batch_of_1_8_5",
    "broadcast_8_5",
    "continue_8_5",
    "extend_8_5",
    "hwc_8_5",
    "inputs_4_7",
    "inputs_8_5",
    "seq37_8_5",
    "size_64x64_8_5",
    "size_90x160_8_5",
    "wide_gaze_dark_8_5",
    "wide_gaze_extend_8_5",
)
WITH_ACTIVATIONS = (
    "batch8_8_5",
    "extend_8_5",
    "inputs_8_5",
    "size_64x64_8_5",
    "size_90x160_8_5",
    "wide_gaze_dark_8_5",
    "wide_gaze_extend_8_5",
)
BOTH = ("tiny", "full")

# Our name -> published module path. The encoder's sites hold γ·GELU of what the module returns.
ENCODER = {
    "encoder.L1": "core.feedforward.inputs.0",
    "encoder.L2": "core.feedforward.blocks.0.convs.0",
    "encoder.L4": "core.feedforward.inputs.1",
    "encoder.L5": "core.feedforward.blocks.1.convs.0",
    "encoder.L7": "core.feedforward.inputs.2",
    "encoder.L8": "core.feedforward.blocks.2.convs.0",
}
DEEP = {
    "recurrent.hidden": "core.recurrent.hidden",
    "recurrent.out": "core.recurrent",
    "readout.position": "readout.position",
    "output": "unit",
}
INNER = (
    "perspective",
    "modulation",
    *(f"core.feedforward.blocks.{block}" for block in range(3)),
    "core.feedforward.out",
)


def scan_of(case):
    return f"{case.meta['session']}_{case.meta['scan_idx']}"


def relative_error(found, expected):
    assert found.shape == expected.shape
    return np.abs(found / expected - 1).max()


@pytest.mark.parametrize("architecture", BOTH)
@pytest.mark.parametrize("name", CASES)
def test_responses(golden, load_network, architecture, name):
    case = golden(architecture, name)
    network = load_network(architecture, scan_of(case))
    responses = network.predict(case["stimuli"], **case.inputs, periphery=case.meta["periphery"])
    assert responses.dtype == np.float32
    tolerance = 1e-3 if name.startswith("seq37") else 2e-4
    assert relative_error(responses, case["response"]) < tolerance


@pytest.mark.parametrize(
    ("architecture", "name"), [*(("tiny", name) for name in CASES), ("full", "inputs_8_5")]
)
def test_responses_in_double(golden, load_network, architecture, name):
    case = golden(architecture, name)
    network = load_network(architecture, scan_of(case), torch.float64)
    captures = network.capture(case["stimuli"], **case.inputs, periphery=case.meta["periphery"])
    responses = torch.cat([capture.activity["output"] for capture in captures])
    expected = case["response_f64"]
    assert relative_error(responses.numpy().reshape(expected.shape), expected) < 1e-9


@pytest.mark.parametrize("architecture", BOTH)
def test_single_streams(golden, load_network, architecture):
    case = golden(architecture, "streams_8_5")
    network = load_network(architecture)
    for stream, expected in enumerate(case["response"]):
        captures = network.capture(case["stimuli"], **case.inputs, stream=stream)
        responses = torch.cat([c.activity["output"][:, 0, 0, :, 0] for c in captures])
        assert relative_error(responses.numpy(), expected) < 2e-4


def test_sequences_in_lockstep_equal_sequences_alone(golden, tiny):
    case = golden("tiny", "batch8_8_5")
    inputs = (case["stimuli"], case["perspectives"], case["modulations"])
    alone = [tiny.predict(*(values[:, n] for values in inputs)) for n in range(8)]
    expected = case["response_each_alone"]
    assert relative_error(np.stack(alone, axis=1), expected) < 2e-4
    assert relative_error(tiny.predict(*inputs), expected) < 2e-4


@pytest.mark.parametrize("architecture", BOTH)
def test_continued_sequence(golden, load_network, architecture):
    case = golden(architecture, "continue_8_5")
    network, split = load_network(architecture), case.meta["split"]
    inputs = (case["stimuli"], case["perspectives"], case["modulations"])
    whole = network.predict(*inputs)
    first = network.predict(*(values[:split] for values in inputs))
    second = network.predict(*(values[split:] for values in inputs), reset=False)
    np.testing.assert_array_equal(np.concatenate([first, second]), whole)
    afresh = network.predict(*(values[split:] for values in inputs))
    assert relative_error(afresh, case["response_second_part_from_reset"]) < 2e-4
    assert relative_error(afresh, second) > 1e-3


@pytest.mark.parametrize(
    ("architecture", "name"),
    [
        *(("tiny", name) for name in WITH_ACTIVATIONS),
        *(("full", name) for name in ("extend_8_5", "inputs_8_5", "wide_gaze_dark_8_5")),
    ],
)
def test_activations(golden, load_network, architecture, name):
    case = golden(architecture, name)
    network = load_network(architecture, scan_of(case))
    limits = (1e-3, 1e-2) if name.startswith("wide_gaze") else (1e-4, 2e-3)
    activity, cells = activations(network, case, [*SITES, *INNER])
    for ours, path in (ENCODER | DEEP | {inner: inner for inner in INNER}).items():
        for number, frame in enumerate(case.meta["frames"]):
            expected = case.activation(path, number)
            if expected is not None:
                check(activity[ours][frame], *expected, ours in ENCODER, limits, ours)
    last = case.meta["frames"][-1]
    check(
        cells[last],
        *case.activation("core.recurrent.cell", len(case.meta["frames"]) - 1),
        False,
        limits,
        "cell",
    )


def activations(network, case, names):
    """Return name -> (frame, sequence, channel, y, x), and frame -> cells at the end of calls."""
    inputs = read_inputs(case["stimuli"], **case.inputs)
    state = State(inputs.n_sequences, len(SITES), None, network._prepared.of(network, None))
    collected, cells = {name: [] for name in names}, {}
    for start in range(0, len(inputs), 4):
        activity = Activity(names)
        frames = slice(start, start + 4)
        state = network._play(inputs, frames, state, case.meta["periphery"], activity)
        for name, values in activity.items():
            collected[name].append(values.transpose(0, 1))
        cell = state.recurrent.cell  # group, sequence × position, channel of the group
        cell = cell.unflatten(1, (inputs.n_sequences, -1)).permute(1, 0, 3, 2)
        cells[min(start + 4, len(inputs)) - 1] = cell
    return {name: torch.cat(parts) for name, parts in collected.items()}, cells


def check(found, expected, index, with_gelu, limits, name):
    found = found.contiguous().numpy().ravel()
    if index is not None:
        found = found[index]
    expected = torch.from_numpy(expected.ravel())
    expected = (gelu(expected) if with_gelu else expected).numpy()
    assert found.shape == expected.shape, name
    error = found - expected
    assert np.sqrt(np.mean(error**2)) < limits[0] * np.sqrt(np.mean(expected**2)), name
    assert np.abs(error).max() < limits[1] * np.abs(expected).max(), name


@pytest.mark.parametrize(
    ("target", "mistake"),
    [
        ("feedforward.concatenate_groups", lambda tensors, _: torch.cat(tensors, dim=1)),
        ("feedforward.GELU_GAIN", 1.7),
        ("perspective.EPSILON", 1e-4),
        ("layers.EPSILON", 1e-3),
    ],
)
def test_mistakes_are_noticed(golden, state_dict, monkeypatch, target, mistake):
    monkeypatch.setattr(f"napari_nfm.fnn.{target}", mistake)
    case = golden("tiny", "inputs_8_5")
    network = FNN.from_state_dict(state_dict())
    responses = network.predict(case["stimuli"], **case.inputs)
    assert relative_error(responses, case["response"]) > 2e-4
