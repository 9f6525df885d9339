"""Receptive fields arranged for drawing."""

import numpy as np
import pytest

from napari_nfm.palette import difference_colours
from napari_nfm.recording.noise_average import NoiseResponses, spike_triggered_average
from napari_nfm.stimuli.noise import BlockNoise
from napari_nfm.viewer.convert_maps import boxes_to_vectors
from napari_nfm.viewer.field_data import outline, unit_field
from napari_nfm.viewer.unit_looks import MOST_PINNED, unit_looks


def test_an_outline_surrounds_the_peak_alone_in_pixels():
    profile = np.zeros((9, 16))
    profile[3:5, 6:8] = 1.0
    profile[7, 14] = 0.9  # as strong, but elsewhere
    (line,) = outline(profile, 16)
    np.testing.assert_array_equal(line[0], line[-1])
    # Half way between the centres of the blocks inside and those around them.
    np.testing.assert_allclose(line.min(axis=0), (3 * 16 - 0.5, 6 * 16 - 0.5))
    np.testing.assert_allclose(line.max(axis=0), (5 * 16 - 0.5, 8 * 16 - 0.5))


def test_an_outline_is_closed_at_the_edge():
    profile = np.zeros((9, 16))
    profile[0, 0] = 1.0
    (line,) = outline(profile, 1)
    np.testing.assert_array_equal(line[0], line[-1])


def test_a_field_without_anything_has_no_outline():
    noise = BlockNoise(n_movies=2, n_frames=60)
    played = NoiseResponses(
        np.zeros((1, 2, 60), np.float32), np.zeros((1, 3), int), "output", noise, ""
    )
    field = unit_field(spike_triggered_average(played), "average")
    assert field.outlines == ()
    assert "never responds" in field.remark
    assert field.block == 16
    assert field.time_course.shape == (12,)
    assert field.highest > 0  # so that nothing is divided by zero


def test_differences_are_white_at_zero_and_symmetric():
    blue, white, red = difference_colours([-1.0, 0.0, 1.0])
    assert white.min() > 0.95
    assert blue.argmax() == 2
    assert red.argmax() == 0
    np.testing.assert_allclose(difference_colours(5.0), red)


def test_a_part_of_each_map_is_boxed():
    corners = np.array([[0.0, 0.0], [20.0, 30.0]])
    lines = boxes_to_vectors(
        corners, ((2, 6), (3, 9)), np.array([2.0, 2.0]), np.array([100.0, 0.0])
    )
    assert lines.shape == (8, 2, 3)
    np.testing.assert_array_equal(lines[0, 0], (0, 100 + 2 * 1.5, 2 * 2.5))
    np.testing.assert_array_equal(lines[4, 0], (0, 100 + 2 * 21.5, 2 * 32.5))
    np.testing.assert_array_equal(lines[0, 1], (0, 0, 2 * 6))


@pytest.mark.parametrize("unit", [None, 4, 9])
def test_units_are_told_apart_by_colour_and_dashes(unit):
    looks = unit_looks(unit, (9, 2, 3))
    assert len(looks) == len({look.colour for look in looks.values()})
    assert len(looks) == len({look.dashes for look in looks.values()})
    assert MOST_PINNED == 3
    if unit is not None:
        assert next(iter(looks)) == unit
        assert looks[unit] == unit_looks(7, ())[7]  # the current one always looks alike
