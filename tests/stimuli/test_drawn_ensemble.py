import hashlib
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from napari_nfm.stimuli import flow_ensemble
from napari_nfm.stimuli.drawn_images import DrawnImages
from napari_nfm.stimuli.ensemble import CATEGORIES, DIRECTIONS

DOTS = [name for name in CATEGORIES if "dot" in name]
TRIPLETS = [name for name in DOTS if "3dot" in name]
# What the study's images measure at 800 x 600, and how far ours may be from it.
DENSITY = {
    "1dotflow_D1": 2.5e-3,
    "1dotflow_D2": 5.8e-4,
    "3dotflow_D1": 2.5e-3,
    "3dotflow_D2": 5.8e-4,
}
NEAREST = {  # in cardinal and in diagonal directions
    "1dotflow_D1": (19.15, 19.06),
    "1dotflow_D2": (39.55, 39.56),
    "3dotflow_D1": (18.92, 18.27),
    "3dotflow_D2": (39.19, 37.94),
}
AREA = {"1dotflow_D1": 74.4, "1dotflow_D2": 337.9, "3dotflow_D1": 77.6, "3dotflow_D2": 324.4}
TILT = {"3dotflow_D1": 7.4, "3dotflow_D2": 5.6}


def kind(category):
    return category[3:].removesuffix("_bg")


@pytest.fixture(scope="module")
def images():
    return DrawnImages()


@pytest.fixture(scope="module")
def stimuli():
    return flow_ensemble()


@pytest.mark.parametrize(("name", "period"), [("W12", 258), ("W1", 20), ("W2", 42)])
@pytest.mark.parametrize("direction", DIRECTIONS)
def test_gratings_have_the_period_and_the_levels(images, measure, name, period, direction):
    image = images.image(f"grat_{name}", direction, 0)
    assert image.min() == 68
    assert image.max() == 188
    intermediate = ((image > 68) & (image < 188)).mean()
    if direction % 90 == 0:
        constant, profile = (0, image[0]) if direction % 180 == 0 else (1, image[:, 0])
        assert (np.diff(image.astype(int), axis=constant) == 0).all()
        assert measure.period(profile) == period
        assert intermediate == 0
    else:
        # Along x, a diagonal grating's period is √2 times the perpendicular one.
        assert measure.period(image[300]) == pytest.approx(period * np.sqrt(2), rel=0.011)
        same = (1, 1) if direction in (45, 225) else (1, -1)
        shifted = np.roll(image, same, axis=(0, 1))
        np.testing.assert_array_equal(shifted[1:-1, 1:-1], image[1:-1, 1:-1])
        assert 0 < intermediate < 0.3
    # Only the narrowest bars divide the image.
    assert image.mean() == pytest.approx(128, abs={"W1": 0.1, "W2": 1.5, "W12": 9}[name])


@pytest.mark.parametrize("category", DOTS)
@pytest.mark.parametrize("direction", [0, 45, 270])
def test_dots_have_the_statistics_of_the_study(images, measure, category, direction):
    image = images.image(category, direction, 0)
    elements = measure.elements(image)
    dark = category.startswith("neg")
    assert (image.min(), image.max()) == ((8, 128) if dark else (128, 248))
    assert np.median(image) == 128
    assert 0.185 < elements.coverage < 0.215
    assert elements.density == pytest.approx(DENSITY[kind(category)], rel=0.09)
    nearest = NEAREST[kind(category)][direction % 90 != 0]
    assert np.median(elements.nearest) == pytest.approx(nearest, rel=0.035)
    assert np.median(elements.areas) == pytest.approx(AREA[kind(category)], rel=0.01)


@pytest.mark.parametrize("category", TRIPLETS)
@pytest.mark.parametrize("direction", DIRECTIONS)
def test_triplets_lie_across_the_motion(images, measure, category, direction):
    angles = measure.elements(images.image(category, direction, 1)).angles
    across = 90 - direction  # y is downward in the image
    deviation = (angles - across + 90) % 180 - 90
    assert deviation.mean() == pytest.approx(0, abs=1.5)
    assert deviation.std() == pytest.approx(TILT[kind(category)], rel=0.15)


def test_dots_are_antialiased(images):
    image = images.image("neg1dotflow_D2_bg", 0, 0)
    edge = (image > 8) & (image < 128)
    assert len(np.unique(image)) > 100
    # One pixel of transition along circumferences of 2π·10.5 pixels.
    expected = 290 * 2 * np.pi * 10.5 / image.size
    assert edge.mean() == pytest.approx(expected, rel=0.35)


@pytest.mark.parametrize("category", [name for name in DOTS if name.startswith("neg")])
def test_polarities_are_complements(images, stimuli, category):
    bright = category.replace("neg", "pos")
    total = images.image(category, 135, 2).astype(int) + images.image(bright, 135, 2)
    assert (total == 256).all()
    shown = stimuli.frames(category, 135, 2).astype(int) + stimuli.frames(bright, 135, 2)
    assert np.abs(shown - 256).max() <= 2  # rounding in the resize


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("category", ["grat_W2", "neg1dotflow_D1_bg", "pos3dotflow_D2_bg"])
def test_everything_moves_by_one_pixel_per_frame_in_its_direction(stimuli, category, direction):
    frames = stimuli.frames(category, direction, 1)
    right, up = (round(np.sqrt(2) * f(np.deg2rad(direction))) for f in (np.cos, np.sin))
    right, up = np.sign(right), np.sign(up)
    for t in (1, 5, 36):
        moved = np.roll(frames[0], (-up * t, right * t), axis=(0, 1))
        inside = np.s_[40:-40, 40:-40]
        np.testing.assert_array_equal(frames[t][inside], moved[inside])
    assert (frames[1] != frames[0]).any()


def test_layouts_differ_between_directions_and_instances_and_gratings_do_not(stimuli):
    keys = {
        (category, direction, instance): stimuli.sequence_key(category, direction, instance)
        for category in ("grat_W1", "pos3dotflow_D1_bg")
        for direction in DIRECTIONS
        for instance in range(3)
    }
    assert len({key for (name, *_), key in keys.items() if name == "grat_W1"}) == 8
    assert len({key for (name, *_), key in keys.items() if name != "grat_W1"}) == 24


def test_equal_keys_mean_equal_frames(stimuli):
    np.testing.assert_array_equal(
        stimuli.frames("grat_W12", 225, 0), stimuli.frames("grat_W12", 225, 2)
    )


# Hashes of the day the images were settled: another image is another stimulus.
PINNED = {
    ("grat_W12", 135, 0): "e33ece9cd1b18908",
    ("grat_W1", 45, 0): "b3dcb2c4d0d66a0e",
    ("grat_W2", 90, 0): "11e00eebc63d9c7e",
    ("neg1dotflow_D1_bg", 0, 0): "9ee98f72a49b6e76",
    ("neg3dotflow_D1_bg", 45, 1): "68234034b4085344",
    ("pos1dotflow_D2_bg", 270, 2): "38b91cfff31bf93a",
    ("pos3dotflow_D2_bg", 225, 0): "47867d7efc1edc96",
}


@pytest.mark.parametrize("which", PINNED)
def test_images_are_the_same_everywhere(images, which):
    assert hashlib.sha256(images.image(*which)).hexdigest()[:16] == PINNED[which]


def test_another_process_draws_the_same(stimuli):
    code = (
        "from napari_nfm.stimuli import flow_ensemble;"
        "print(flow_ensemble().sequence_key('pos1dotflow_D2_bg', 45, 1))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == stimuli.sequence_key("pos1dotflow_D2_bg", 45, 1)


def test_the_fingerprint_covers_scale_length_and_instances(stimuli):
    prints = {
        flow_ensemble(**arguments).fingerprint
        for arguments in ({}, {"scale": 0.5}, {"n_frames": 36}, {"instances": 2})
    }
    assert len(prints) == 4
    assert stimuli.fingerprint in prints


# Beside the study's own images


@pytest.fixture(scope="module")
def study(shared):
    folder = shared("data/flowstims")

    def image(category, direction, instance=0):
        path = folder / f"{category}_inst{instance}" / str(direction) / "0.png"
        return np.asarray(Image.open(path))[..., 0]

    return image


@pytest.mark.parametrize("name", ["grat_W12", "grat_W1", "grat_W2"])
@pytest.mark.parametrize("direction", DIRECTIONS)
def test_our_gratings_are_the_study_s_but_for_the_antialiasing(images, study, name, direction):
    difference = np.abs(images.image(name, direction, 0).astype(int) - study(name, direction))
    assert difference.max() <= (0 if direction % 90 == 0 else 12)
    assert difference.mean() <= 0.25


@pytest.mark.parametrize("category", [name for name in DOTS if name.startswith("neg")])
@pytest.mark.parametrize("direction", [0, 135, 180])
def test_our_dots_measure_like_the_study_s(images, study, measure, category, direction):
    both = [
        [measure.elements(image(category, direction, instance)) for instance in (0, 1)]
        for image in (images.image, study)
    ]

    def means(statistic):
        return [np.mean([statistic(elements) for elements in origin]) for origin in both]

    ours, theirs = means(lambda elements: elements.coverage)
    assert ours == pytest.approx(theirs, rel=0.05)
    ours, theirs = means(lambda elements: elements.density / (1 - elements.merged))
    assert ours == pytest.approx(theirs, rel=0.08)
    ours, theirs = means(lambda elements: np.median(elements.areas))
    assert ours == pytest.approx(theirs, rel=0.005)
    for percentile in (5, 25, 50, 75, 95):
        ours, theirs = means(lambda elements, p=percentile: np.percentile(elements.nearest, p))
        assert ours == pytest.approx(theirs, rel=0.05 if percentile > 5 else 0.09), percentile


@pytest.mark.parametrize("category", [name for name in DOTS if name.startswith("neg")])
@pytest.mark.parametrize("direction", [0, 45])
def test_our_dots_have_the_spectrum_of_the_study_s(images, study, category, direction):
    def spectrum(image):
        power = 0
        for instance in (0, 1):
            still = image(category, direction, instance)[:, :600] - 128.0
            power = power + np.abs(np.fft.fft2(still - still.mean())) ** 2
        radius = np.hypot(*np.meshgrid(*[np.fft.fftfreq(600)] * 2, indexing="ij"))
        octaves = np.floor(2 * np.log2(np.maximum(radius, 1 / 600) * 600)).astype(int).ravel()
        return np.bincount(octaves, power.ravel()) / power.sum()

    ours, theirs = spectrum(images.image), spectrum(study)
    assert ours == pytest.approx(theirs, abs=0.03)
