from itertools import pairwise

import numpy as np
import pytest

from napari_nfm.stimuli import StimulusArgumentError, full_field_steps, pink_noise


@pytest.fixture(scope="module")
def noise():
    return pink_noise()


def test_pink_noise_has_16_directions_of_37_frames(noise):
    assert noise.categories == ("pink_noise",)
    assert noise.directions == tuple(22.5 * i for i in range(16))
    assert noise.frames("pink_noise", 337.5).shape == (37, 144, 256)


def test_all_directions_start_with_the_same_picture_and_move_as_stated(noise):
    start = noise.frames(0, 0)[0]
    inside = np.s_[60:-60, 60:-60]
    for direction in noise.directions:
        frames = noise.frames(0, direction)
        np.testing.assert_array_equal(frames[0], start)
        angle = np.deg2rad(direction)
        for t in (1, 7, 36):
            right = int(1.5 * t * np.cos(angle))
            up = int(1.5 * t * np.sin(angle))
            moved = np.roll(start, (-up, right), axis=(0, 1))
            np.testing.assert_array_equal(frames[t][inside], moved[inside])


def test_the_border_of_the_noise_is_reflected(noise):
    frames = noise.frames(0, 0)
    # Moved to the right by 54 pixels: columns 54 and up show the start, those before mirror it.
    np.testing.assert_array_equal(frames[36][:, 54:], frames[0][:, :-54])
    np.testing.assert_array_equal(frames[36][:, :54], frames[0][:, 54:0:-1])


def test_the_noise_is_pink_around_grey(noise):
    picture = noise.frames(0, 0)[0].astype(float)
    assert picture.mean() == pytest.approx(128, abs=0.5)
    assert picture.std() == pytest.approx(40, abs=0.5)
    amplitude = np.abs(np.fft.fft2(picture - picture.mean()))
    radius = np.hypot(*np.meshgrid(np.fft.fftfreq(144), np.fft.fftfreq(256), indexing="ij"))
    bands = np.geomspace(0.02, 0.3, 9)
    mean = [amplitude[(radius >= a) & (radius < b)].mean() for a, b in pairwise(bands)]
    slope = np.polyfit(np.log(np.sqrt(bands[1:] * bands[:-1])), np.log(mean), 1)[0]
    assert slope == pytest.approx(-1, abs=0.07)


def test_the_seed_decides_the_noise(noise):
    other = pink_noise(seed=43)
    assert noise.fingerprint == pink_noise(seed=42).fingerprint
    assert noise.fingerprint != other.fingerprint
    assert (noise.frames(0, 0) != other.frames(0, 0)).mean() > 0.9


def test_steps_go_on_and_off_at_their_frames():
    steps = full_field_steps((-1, -0.25, 0.5), onset=3, duration=4, n_frames=10)
    assert steps.categories == ("step_-100", "step_-25", "step_+50")
    assert steps.titles == ("OFF step, 100 %", "OFF step, 25 %", "ON step, 50 %")
    assert steps.directions == (0.0,)
    for category, level in zip(steps.categories, (0, 96, 192), strict=True):
        frames = steps.frames(category, 0)
        assert frames.shape == (10, 144, 256)
        levels = [128] * 3 + [level] * 4 + [128] * 3
        np.testing.assert_array_equal(
            frames, np.broadcast_to(np.reshape(levels, (10, 1, 1)), frames.shape)
        )


def test_a_step_may_last_to_the_end_and_start_from_black():
    frames = full_field_steps([1], onset=2, duration=99, n_frames=5, background=0).frames(0, 0)
    assert frames[:, 0, 0].tolist() == [0, 0, 255, 255, 255]
    assert full_field_steps().fingerprint != full_field_steps(background=100).fingerprint


@pytest.mark.parametrize(
    ("make", "arguments", "mention"),
    [
        (pink_noise, {"n_directions": 0}, "n_directions"),
        (pink_noise, {"speed": float("nan")}, "speed"),
        (pink_noise, {"n_frames": -1}, "n_frames"),
        (full_field_steps, {"contrasts": ()}, "contrasts"),
        (full_field_steps, {"contrasts": (0.5, 0.5)}, "contrasts"),
        (full_field_steps, {"contrasts": (1.5,)}, "contrasts"),
        (full_field_steps, {"onset": 37}, "onset"),
        (full_field_steps, {"duration": 0}, "duration"),
        (full_field_steps, {"background": 256}, "background"),
    ],
)
def test_numbers_out_of_range_are_refused(make, arguments, mention, assert_one_clear_sentence):
    with pytest.raises(StimulusArgumentError) as caught:
        make(**arguments)
    assert_one_clear_sentence(caught.value, mention)
