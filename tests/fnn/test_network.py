"""What a network promises besides its numbers: inputs, state, stopping early, autograd."""

import numpy as np
import pytest
import torch

from napari_nfm.fnn.activity import Activity
from napari_nfm.fnn.errors import StimulusInputError, UnknownSiteError
from napari_nfm.fnn.network import FNN
from napari_nfm.fnn.perspective import retinal_image
from napari_nfm.fnn.site import SITES

EYES = np.full((9, 2), 0.2)


def collect(captures):
    captures = list(captures)
    return {
        site: torch.cat([capture.activity[site] for capture in captures])
        for site in captures[0].activity
    }


def test_state_dict_is_the_published_one(state_dict, tiny):
    published = state_dict()
    ours = tiny.state_dict()
    assert list(ours) == list(published)
    assert all(torch.equal(ours[key], published[key]) for key in published)


def test_loading_is_strict(state_dict):
    missing, extra = state_dict(), state_dict()
    missing.pop("core.recurrent.out.biases.2")
    extra["core.extra"] = torch.zeros(1)
    for broken in (missing, extra):
        with pytest.raises(RuntimeError, match=r"core\.(recurrent\.out\.biases\.2|extra)"):
            FNN.from_state_dict(broken)


def test_one_pass_over_all_sites_equals_one_pass_per_site(tiny, movie):
    together = collect(tiny.capture(movie, SITES))
    assert list(together) == list(SITES)
    for site in SITES:
        alone = collect(tiny.capture(movie, (site,)))[site]
        torch.testing.assert_close(alone, together[site], rtol=0, atol=0)


def test_nothing_runs_behind_the_deepest_site(tiny, movie, monkeypatch):
    def refuse(*_args, **_kwargs):
        raise AssertionError("the recurrent part ran")

    monkeypatch.setattr("napari_nfm.fnn.recurrence.PreparedRecurrent.__call__", refuse)
    monkeypatch.setattr("napari_nfm.fnn.modulation.PreparedModulation.__call__", refuse)
    assert collect(tiny.capture(movie, ("encoder.L8",)))["encoder.L8"].shape[0] == len(movie)
    last = list(tiny.capture(movie, ("encoder.L4",)))[-1]
    assert len(last.state.histories) == 2


@pytest.mark.parametrize("frames_per_call", [1, 3, 8, 100])
def test_frames_per_call_changes_rounding_only(tiny, movie, frames_per_call):
    expected = collect(tiny.capture(movie, ("encoder.L8", "output")))
    found = collect(tiny.capture(movie, ("encoder.L8", "output"), frames_per_call=frames_per_call))
    for site, values in expected.items():
        torch.testing.assert_close(found[site], values, rtol=1e-3, atol=1e-4)


def test_captures_number_their_frames(tiny, movie):
    captures = list(tiny.capture(movie, ("encoder.L1",)))
    assert [capture.start for capture in captures] == [0, 4, 8]
    assert [len(capture.activity["encoder.L1"]) for capture in captures] == [4, 4, 1]


def test_a_state_can_be_continued_more_than_once(tiny, movie):
    whole = collect(tiny.capture(movie))["output"]
    first = next(tiny.capture(movie))
    for _ in range(2):
        rest = collect(tiny.capture(movie[4:], state=first.state))["output"]
        torch.testing.assert_close(rest, whole[4:], rtol=0, atol=0)


def test_yielded_activity_may_be_changed(tiny, movie):
    expected = collect(tiny.capture(movie, SITES))
    kept = []
    for capture in tiny.capture(movie, SITES):
        kept.append({site: values.clone() for site, values in capture.activity.items()})
        for values in capture.activity.values():
            values.fill_(torch.nan)
    for site in SITES:
        found = torch.cat([values[site] for values in kept])
        torch.testing.assert_close(found, expected[site], rtol=0, atol=0)


def test_the_caller_is_left_alone_while_iterating(tiny, movie):
    for capture in tiny.capture(movie, ("output",)):
        assert torch.is_grad_enabled()
        assert not torch.is_inference_mode_enabled()
        output = capture.activity["output"]
        assert not output.requires_grad
        assert not output.is_inference()


def test_training_mode_changes_nothing(tiny, movie):
    expected = tiny.predict(movie)
    tiny.train()
    try:
        np.testing.assert_array_equal(tiny.predict(movie), expected)
    finally:
        tiny.eval()


def test_changed_parameters_act_from_the_next_sequence_on(state_dict, movie):
    network = FNN.from_state_dict(state_dict())
    expected = network.predict(movie)
    captures = network.capture(movie)
    responses = [next(captures).activity["output"]]
    with torch.no_grad():
        network.core.recurrent.conv.weights[0].normal_()
    responses += [capture.activity["output"] for capture in captures]
    np.testing.assert_array_equal(torch.cat(responses)[:, 0, 0, :, 0].numpy(), expected)
    assert np.abs(network.predict(movie) / expected - 1).max() > 1e-3


def test_responses_can_be_differentiated_with_respect_to_the_stimulus(tiny, movie):
    prepared = tiny._prepared.of(tiny, None)
    frames = (torch.from_numpy(movie[None, :5]) / 255).requires_grad_()
    grid = tiny.perspective.sampling_grid(torch.zeros(1, 2), (144, 256))[:, None]
    images = retinal_image(tiny.perspective, frames, grid, "dark")
    encoded, _ = prepared.feedforward(images, (), len(SITES), Activity(()))
    modulation = encoded.new_zeros(1, 5, 4, tiny.architecture.behaviour_cells)
    state = prepared.recurrent.initial_state(1, encoded.shape[-2:])
    hidden, _ = prepared.recurrent(encoded, modulation, state)
    response = prepared.readout(prepared.recurrent.output(hidden))[4, 3]
    (gradient,) = torch.autograd.grad(response, frames)
    assert gradient.isfinite().all()
    assert (gradient.abs().amax(dim=(0, 2, 3)) > 0).all()  # every frame counts


def test_a_gradient_holds_little_between_its_frames(tiny, movie, monkeypatch):
    def gradient():
        held = []
        frames = (torch.from_numpy(movie[:9, None]) / 255).requires_grad_()
        with torch.autograd.graph.saved_tensors_hooks(
            lambda tensor: held.append(tensor.nbytes) or tensor, lambda tensor: tensor
        ):
            response = tiny.respond(frames, "output")[-1, 0, 0, 3, 0]
        return torch.autograd.grad(response, frames)[0], sum(held)

    ours, held = gradient()
    monkeypatch.setattr(
        "napari_nfm.fnn.network.checkpoint", lambda play, *inputs, **_options: play(*inputs)
    )
    expected, all_of_it = gradient()
    torch.testing.assert_close(ours, expected, rtol=0, atol=0)
    assert expected.abs().amax(dim=(1, 2, 3)).min() > 0  # every frame counts
    assert held < 0.1 * all_of_it  # the stimulus alone


def test_no_tensor_is_made_on_the_default_device(tiny, movie):
    expected = tiny.predict(movie, EYES, EYES)
    with torch.device("meta"):  # any tensor made without a device would have no values
        np.testing.assert_array_equal(tiny.predict(movie, EYES, EYES), expected)


@pytest.mark.parametrize(
    ("stimulus_shape", "perspective_shape", "modulation_shape", "shape"),
    [
        ((2, 20, 30), None, None, (2, 20)),
        ((2, 20, 30, 1), (2, 2), (2, 2), (2, 20)),
        ((2, 1, 20, 30, 1), None, None, (2, 1, 20)),
        ((2, 3, 20, 30), None, (2, 2), (2, 3, 20)),
        ((2, 20, 30), (2, 1, 2), None, (2, 1, 20)),
        ((2, 20, 30), (2, 3, 2), (2, 1, 2), (2, 3, 20)),
        ((4, 20, 30), (3, 2), (2, 3, 2), (2, 3, 20)),
        ((0, 20, 30), None, None, (0,)),
        ((2, 20, 30), (0, 2), None, (0,)),
    ],
)
def test_shapes_of_predictions(tiny, stimulus_shape, perspective_shape, modulation_shape, shape):
    vectors = [None if s is None else np.zeros(s) for s in (perspective_shape, modulation_shape)]
    responses = tiny.predict(np.zeros(stimulus_shape, np.uint8), *vectors)
    assert responses.shape == shape
    assert responses.dtype == np.float32


def test_predict_takes_iterables_of_frames(tiny, movie):
    expected = tiny.predict(movie[:3])
    np.testing.assert_array_equal(tiny.predict(iter(movie[:3])), expected)
    np.testing.assert_array_equal(tiny.predict(list(torch.from_numpy(movie[:3]))), expected)
    assert tiny.predict([]).shape == (0,)


def test_constant_and_changing_eye_positions_agree(tiny, movie):
    still = tiny.predict(movie[:4], np.zeros((4, 2)))
    np.testing.assert_array_equal(still, tiny.predict(movie[:4]))
    moving = np.array([[0, 0], [0, 0], [0, 0], [0.3, 0.1]])
    responses = tiny.predict(movie[:4], moving)
    np.testing.assert_allclose(responses[:3], still[:3], rtol=2e-4)
    assert np.abs(responses[3] / still[3] - 1).max() > 1e-3


FRAMES = np.zeros((2, 20, 30), np.uint8)


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ((FRAMES.astype(float),), "float64, not uint8"),
        ((FRAMES[0],), r"shape \(20, 30\)"),
        ((FRAMES[:, :1],), "at least 2 by 2"),
        ((FRAMES[:, :, :, None, None, None],), "shape"),
        ((["a", "b"],), "not an array of numbers"),
        (([FRAMES[0], FRAMES[0, :5]],), "not an array of numbers"),
        ((None,), "not an array of numbers"),
        ((FRAMES, np.zeros((2, 3))), r"perspectives have shape \(2, 3\)"),
        ((FRAMES, [[0, 0], [0, np.nan]]), "perspectives are not finite at frame 1"),
        ((FRAMES, None, [[np.inf, 0], [0, 0]]), "modulations are not finite at frame 0"),
        ((FRAMES, np.zeros((2, 3, 2)), np.zeros((2, 4, 2))), "1, 3 and 4 sequences"),
    ],
)
def test_unusable_inputs_are_named(tiny, inputs, words):
    with pytest.raises(StimulusInputError, match=words):
        tiny.predict(*inputs)


def test_unusable_arguments_are_named(tiny, movie):
    with pytest.raises(UnknownSiteError, match=r"'encoder.L3'; choose from encoder.L1"):
        tiny.capture(movie, ("encoder.L3",))
    with pytest.raises(StimulusInputError, match="'bright'"):
        tiny.capture(movie, periphery="bright")
    with pytest.raises(StimulusInputError, match="no stream 4"):
        tiny.capture(movie, stream=4)
    with pytest.raises(StimulusInputError, match="frames_per_call is 0"):
        tiny.capture(movie, frames_per_call=0)


def test_what_does_not_continue_a_state_is_named(tiny, movie):
    state = next(tiny.capture(movie, ("encoder.L5",))).state
    with pytest.raises(StimulusInputError, match="output lies deeper"):
        tiny.capture(movie, ("output",), state=state)
    with pytest.raises(StimulusInputError, match="2 sequences cannot continue 1"):
        tiny.capture(np.stack([movie, movie], axis=1), ("encoder.L1",), state=state)
    with pytest.raises(StimulusInputError, match="Stream 2 cannot continue"):
        tiny.capture(movie, ("encoder.L1",), state=state, stream=2)
