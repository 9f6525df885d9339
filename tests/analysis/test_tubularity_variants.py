import numpy as np
import pytest
from scipy.stats import special_ortho_group

from napari_nfm.analysis import (
    AnalysisError,
    synthetic_tubes,
    tube_calibration,
    tubularity,
    tubularity_variants,
)
from napari_nfm.analysis.tubes import PRESETS
from napari_nfm.analysis.tubes.centreline import centreline
from napari_nfm.analysis.tubes.simpler import warping_spread

INVARIANT = [
    *("s_tight_scale_free", "s_cross_scale_free", "s_tight_bin_wise", "s_tight_contextual"),
    *("straightness", "smoothness", "variance_explained", "warping_spread", "dimension"),
]
SHIFT = np.array([5.0, -3.0, 80.0, 0.1])


@pytest.fixture(scope="module")
def curves():
    """Three bundles of six wavy curves in four dimensions, (bundle, curve, time, component)."""
    rng = np.random.default_rng(0)
    along = np.linspace(0, 1, 400)
    phases = rng.uniform(0, 6, (3, 1, 1, 4)) + rng.normal(0, 0.05, (3, 6, 1, 4))
    waves = np.sin(2 * np.pi * along[:, np.newaxis] * [1.0, 0.7, 1.5, 0.4] + phases)
    offsets = rng.normal(0, 0.1, (3, 6, 1, 4)) + rng.normal(0, 1, (3, 1, 1, 4))
    return 10 * (waves + offsets)


def means(curves):
    return tubularity_variants(curves=curves).means


@pytest.mark.parametrize("measure", INVARIANT)
def test_variants_do_not_change_with_rotation_translation_and_scale(curves, measure):
    before = means(curves)[measure]
    rotation = special_ortho_group.rvs(4, random_state=1)
    for changed in (curves @ rotation, curves + SHIFT, 1e-3 * curves):
        assert means(changed)[measure] == pytest.approx(before, rel=1e-6)


@pytest.mark.parametrize("measure", [*INVARIANT, "s_tight", "s_cross"])
def test_no_measure_changes_with_the_pace(curves, measure):
    along = np.linspace(0, 1, 400)
    slowed = np.searchsorted(along, along**2)  # other moments of the same path
    before = means(curves)[measure]
    assert means(curves[:, :, slowed])[measure] == pytest.approx(before, rel=0.02)


def test_the_study_changes_with_scale_and_rotation_but_not_with_translation(curves):
    before = means(curves)[["s_tight", "s_cross"]]
    moved = means(curves + SHIFT)[["s_tight", "s_cross"]]
    np.testing.assert_allclose(moved, before, rtol=1e-6)
    scaled = means(0.01 * curves)
    assert abs(scaled["s_tight"] / before["s_tight"] - 1) > 0.01  # its smoothing is absolute
    assert scaled["s_cross"] / before["s_cross"] > 50  # it is divided by a length
    rotation = special_ortho_group.rvs(4, random_state=1)
    turned = means(curves @ rotation)
    # each component has knots of its own
    assert turned["s_tight"] != pytest.approx(before["s_tight"], rel=1e-9)
    assert turned["s_tight"] == pytest.approx(before["s_tight"], rel=0.01)


def test_scale_free_smoothing_halves_waves_of_its_wavelength():
    along = np.linspace(0, 1, 301)
    inner = slice(75, 226)
    for wavelength, kept in ((0.1, 0.5), (0.2, 16 / 17), (0.05, 1 / 17)):
        wave = np.sin(2 * np.pi * along / wavelength)[:, np.newaxis]
        smooth = centreline(wave, along, PRESETS["scale-free"])
        gain = (smooth[inner, 0] @ wave[inner, 0]) / np.sum(wave[inner, 0] ** 2)
        assert gain == pytest.approx(kept, abs=0.02)


def test_contextual_score_falls_as_tubes_part():
    scores = []
    for separation in (0.2, 0.4, 0.8):
        tubes = synthetic_tubes(0.03, separation=separation)
        found = tubularity(curves=tubes.curves, labels=tubes.tube, preset="contextual")
        scores.append(found.mean_s_tight)
        alone = tubularity(curves=tubes.curves, labels=tubes.tube, preset="scale-free")
        assert found.mean_s_tight * separation == pytest.approx(alone.mean_s_tight, rel=0.02)
    assert scores[0] > scores[1] > scores[2]


def test_bin_wise_score_of_an_even_tube_is_that_of_the_whole():
    tubes = synthetic_tubes(0.05)
    whole = tubularity(curves=tubes.curves, preset="scale-free").mean_s_tight
    bin_wise = tubularity(curves=tubes.curves, preset="bin-wise").mean_s_tight
    assert bin_wise == pytest.approx(whole, rel=0.02)


def test_simpler_measures_have_their_known_values():
    along = np.linspace(0, 1, 200)[:, np.newaxis]
    line = np.concatenate([along, 0 * along], axis=1)
    lines = tubularity_variants(curves=[line, line + 0.1 * np.eye(2)[1]]).means
    assert lines["straightness"] == pytest.approx(1)
    assert lines["smoothness"] == pytest.approx(1)
    assert lines["warping_spread"] == pytest.approx(0.1)
    assert lines["variance_explained"] == pytest.approx((1 / 12) / (1 / 12 + 0.05**2), rel=0.02)
    assert lines["dimension"] == pytest.approx(1, abs=0.1)
    circle = np.concatenate([np.cos(2 * np.pi * along), np.sin(2 * np.pi * along)], axis=1)
    circles = tubularity_variants(curves=[circle, circle * 1.01]).means
    assert circles["straightness"] == pytest.approx(0, abs=1e-9)
    assert circles["smoothness"] == pytest.approx(np.cos(2 * np.pi / 10), abs=0.01)
    assert circles["dimension"] == pytest.approx(2, abs=0.01)
    assert "s_tight_contextual" not in circles


def plain_warping(first, second):
    """The table of dynamic time warping, entry by entry."""
    table = np.full((len(first) + 1, len(second) + 1), np.inf)
    table[0, 0] = 0
    for i, a in enumerate(first, start=1):
        for j, b in enumerate(second, start=1):
            cost = np.linalg.norm(a - b)
            table[i, j] = min(
                table[i - 1, j - 1] + 2 * cost, table[i - 1, j] + cost, table[i, j - 1] + cost
            )
    return table[-1, -1] / (len(first) + len(second))


def test_warping_spread_equals_the_plain_table():
    curves = np.random.default_rng(0).normal(size=(4, 50, 3)).cumsum(axis=1)
    lengths = np.linalg.norm(np.diff(curves, axis=1), axis=2).sum(axis=1)
    pairs = [(i, j) for i in range(4) for j in range(i)]
    expected = np.mean([plain_warping(curves[i], curves[j]) for i, j in pairs]) / lengths.mean()
    assert warping_spread(curves) == pytest.approx(expected, rel=1e-12)


@pytest.fixture(scope="module", params=["study", "scale-free"])
def calibration(request):
    return tube_calibration(request.param)


def test_tightness_of_one_tube_is_its_radius(calibration):
    one = calibration[calibration["case"] == "one tube"]
    assert one["s_tight"].is_monotonic_increasing
    np.testing.assert_allclose(one["s_tight"], one["s_tight_true"], rtol=0.05)


def test_tubes_that_part_are_less_tight_and_do_not_cross(calibration):
    crossing = calibration.loc[calibration["case"] == "crossing", "s_cross"]
    for _, tubes in calibration[calibration["case"] == "side by side"].groupby("radius"):
        assert tubes["s_tight"].is_monotonic_increasing
        assert (tubes["s_tight"] > 2 * tubes["s_tight_true"]).all()
        assert (tubes["s_cross"] < 0.02 * crossing.max()).all()


def test_crossing_rises_to_the_right_angle(calibration):
    for _, tubes in calibration[calibration["case"] == "crossing"].groupby("radius"):
        to_right_angle = tubes[tubes["angle"] <= 90]
        assert to_right_angle["s_cross"].is_monotonic_increasing
        assert to_right_angle["s_tight"].is_monotonic_increasing


def test_scale_free_crossing_is_the_sine_of_the_angle():
    calibration = tube_calibration("scale-free")
    tubes = calibration[calibration["radius"] == 0.03].dropna(subset="angle")
    expected = np.sin(np.deg2rad(tubes["angle"]))
    found = tubes["s_cross"] / tubes["s_cross"].max()
    np.testing.assert_allclose(found, expected, atol=0.05)
    assert tubes.loc[tubes["s_cross"].idxmax(), "angle"] == 90


def test_crossing_rises_with_the_radius(calibration):
    for _, tubes in calibration[calibration["case"] == "crossing"].groupby("angle"):
        assert tubes["s_cross"].is_monotonic_increasing


def test_what_cannot_be_drawn_is_said(assert_one_clear_sentence):
    for arguments, mention in [
        ({"radius": 0}, "radius 0"),
        ({"radius": 0.1, "n_curves": 1}, "1 curves"),
        ({"radius": 0.1, "separation": 1, "angle": 1}, "side by side"),
    ]:
        with pytest.raises(AnalysisError) as caught:
            synthetic_tubes(**arguments)
        assert_one_clear_sentence(caught.value, mention)
