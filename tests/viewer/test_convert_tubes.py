"""Tubes as layer data, without a window."""

import numpy as np
import pytest

from napari_nfm.analysis import synthetic_tubes, tubularity
from napari_nfm.viewer.convert_tubes import (
    centrelines_to_lines,
    trajectories_in,
    tube_note,
    tubes_to_surface,
)
from napari_nfm.viewer.placement import Placement, first_three


@pytest.fixture(scope="module")
def found():
    tubes = synthetic_tubes(0.04, separation=0.5)
    return tubularity(curves=tubes.curves, labels=tubes.tube)


def test_the_tubes_hold_as_many_points_as_their_radius_says(found):
    vertices, faces, bundle = tubes_to_surface(found)
    assert vertices.shape[1] == faces.shape[1] == 3
    assert set(bundle) == {0, 1}
    assert (bundle[faces] == bundle[faces[:, :1]]).all()
    for number in (0, 1):
        points = found.curves[found.curve_labels == found.labels[number]]
        line, radius = found.centrelines[number], found.radius_profile[number]
        apart = np.linalg.norm(points[:, :, np.newaxis] - line, axis=3)
        nearest = apart.argmin(axis=2)
        share = np.interp(nearest / (len(line) - 1), found.radius_at, radius)
        assert 0.85 < (apart.min(axis=2) <= share).mean() <= 0.97
        own = vertices[bundle == number]
        to_line = np.linalg.norm(own[:, np.newaxis] - line, axis=2).min(axis=1)
        assert to_line.max() <= 1.02 * radius.max()
        assert to_line.min() >= 0.8 * radius.min()


def test_centrelines_run_through_their_tubes(found):
    placement = Placement.around(first_three(found.curves), (0.0, 0.0, 0.0), 100.0)
    data, features = centrelines_to_lines(found, placement)
    assert features["bundle"].unique().tolist() == ["0", "1"]
    np.testing.assert_allclose(
        placement.to_components(data[features["category_index"] == 1][:, 0]),
        found.centrelines[1, :-1],
    )
    ends = data.sum(axis=1)
    np.testing.assert_allclose(ends[:100], data[1:101, 0])
    flat, _ = centrelines_to_lines(found, placement, {0}, flat=True)
    assert (flat[..., 0] == 0).all()
    assert len(flat) == len(data) // 2


def test_words_say_what_is_seen_of_how_much(found):
    assert tube_note(found) == "All 3 dimensions; radius of 90 % of points"
    responses = np.random.default_rng(0).normal(size=(30, 3, 8, 12)).cumsum(axis=-1)
    many = tubularity(responses, quantile=0.8)
    assert tube_note(many) == "First 3 of 10 dimensions; radius of 80 % of points, in all 10"


def test_curves_are_drawn_in_the_space_of_their_tubes():
    responses = np.random.default_rng(0).normal(size=(30, 3, 8, 12)).cumsum(axis=-1)
    found = tubularity(responses)
    assert trajectories_in(found) is found.trajectories
    some = trajectories_in(found, {0, 2})
    assert np.isnan(some.values[1]).all()
    np.testing.assert_array_equal(some.values[[0, 2]], found.trajectories.values[[0, 2]])
    # All moments are corners of the curves that the tube's radius was measured from.
    apart = np.linalg.norm(found.curves[0][:, np.newaxis] - some.values[0, 0], axis=2)
    assert apart.min(axis=0).max() < 0.02 * found.lengths[0]


def test_curves_without_a_clock_are_refused(found):
    with pytest.raises(ValueError, match="no trajectories"):
        trajectories_in(found)
