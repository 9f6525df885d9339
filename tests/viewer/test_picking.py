import numpy as np
import pytest

from napari_nfm.viewer.picking import (
    box_corners,
    inside_outline,
    nearest_to_ray,
    where_ray_meets_plane,
)

ALONG_Z = np.array([1.0, 0.0, 0.0])


@pytest.fixture
def points():
    return np.random.default_rng(0).uniform(-10, 10, (300, 3))


def oblique():
    """A view direction with the up direction that belongs to it."""
    towards = np.array([0.8, 0.36, -0.48])
    up = np.array([0.0, -0.8, -0.6])
    return towards / np.linalg.norm(towards), up


def test_a_click_means_the_nearest_point_and_of_two_the_one_in_front():
    points = np.array([[5.0, 0.1, 0.0], [1.0, 0.1, 0.0], [3.0, 2.0, 0.0]])
    assert nearest_to_ray(points, np.zeros(3), ALONG_Z, 1.0) == 1
    assert nearest_to_ray(points, np.array([0, 1.9, 0]), ALONG_Z, 1.0) == 2
    assert nearest_to_ray(points, np.array([0, 9.0, 0]), ALONG_Z, 1.0) is None
    # A point that the cursor is on counts more than one in front that it is beside.
    assert nearest_to_ray(np.array([[1.0, 0.9, 0], [5.0, 0, 0]]), np.zeros(3), ALONG_Z, 1.0) == 1


def test_no_points_are_never_met():
    assert nearest_to_ray(np.empty((0, 3)), np.zeros(3), ALONG_Z, 1.0) is None


def test_a_ray_meets_the_plane_of_the_maps():
    assert where_ray_meets_plane(np.array([-3.0, 4.0, 5.0]), ALONG_Z) == (4.0, 5.0)
    tilted = np.array([1.0, 1.0, 0.0])
    assert where_ray_meets_plane(np.array([-2.0, 4.0, 5.0]), tilted) == (6.0, 5.0)
    assert where_ray_meets_plane(np.zeros(3), np.array([0.0, 1.0, 0.0])) is None


def test_a_box_in_two_dimensions_has_what_is_between_its_corners(points):
    positions = np.array([[0.0, -3.0, -5.0], [0.0, 6.0, 2.0]])
    corners = box_corners(positions, np.tile(ALONG_Z, (2, 1)), np.array([0.0, -1.0, 0.0]))
    expected = (points[:, 1] > -3) & (points[:, 1] < 6) & (points[:, 2] > -5) & (points[:, 2] < 2)
    assert expected.any()
    np.testing.assert_array_equal(inside_outline(points, *corners), expected)


@pytest.mark.parametrize("eye_distance", [None, 60.0])
def test_an_outline_has_what_is_seen_inside_of_it(points, eye_distance):
    towards, up = oblique()
    right = np.cross(up, towards)
    if eye_distance is None:
        u, v = points @ right, points @ up
    else:
        eye = -eye_distance * towards
        depth = (points - eye) @ towards
        u, v = (eye_distance * ((points - eye) @ axis) / depth for axis in (right, up))
    # A notched outline, clockwise, whose corners are rays through the plane of the origin.
    outline = np.array([[-6, -6], [-6, 6], [0, 0], [6, 6], [6, -6]], dtype=float)
    positions = outline @ np.stack([right, up])
    if eye_distance is None:
        directions = np.tile(towards, (5, 1))
    else:
        directions = positions - eye
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    expected = (np.abs(u) < 6) & (v > -6) & (v < np.abs(u))
    assert 20 < expected.sum() < 200
    np.testing.assert_array_equal(inside_outline(points, positions, directions), expected)


def test_a_box_in_perspective_stands_upright_on_the_screen(points):
    towards, up = oblique()
    right, eye = np.cross(up, towards), -60 * towards
    positions = np.array([[-4.0, -3.0], [5.0, 6.0]]) @ np.stack([right, up])
    directions = positions - eye
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    depth = (points - eye) @ towards
    u, v = (60 * ((points - eye) @ axis) / depth for axis in (right, up))
    expected = (u > -4) & (u < 5) & (v > -3) & (v < 6)
    found = inside_outline(points, *box_corners(positions, directions, up))
    np.testing.assert_array_equal(found, expected)
