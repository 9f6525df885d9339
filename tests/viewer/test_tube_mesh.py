"""The skin of one tube."""

import numpy as np
import pytest

from napari_nfm.viewer.tube_mesh import tube_mesh

STRAIGHT = np.stack([np.linspace(0, 10, 21), np.full(21, 2.0), np.full(21, -1.0)], axis=1)


def spiral(n=200, turns=3):
    angle = np.linspace(0, 2 * np.pi * turns, n)
    return np.stack([3 * np.cos(angle), 3 * np.sin(angle), angle], axis=1)


def volume(vertices, faces):
    """Positive where faces, seen from outside, run counterclockwise."""
    a, b, c = np.moveaxis(vertices[faces], 1, 0)
    return float(np.einsum("fi,fi->f", a, np.cross(b, c)).sum() / 6)


def assert_watertight(vertices, faces):
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    forth, counts = np.unique(edges, axis=0, return_counts=True)
    assert (counts == 1).all()  # each edge once in this direction, and
    np.testing.assert_array_equal(forth, np.unique(edges[:, ::-1], axis=0))  # once in the other
    assert (np.unique(faces) == np.arange(len(vertices))).all()
    assert len(vertices) - len(edges) // 2 + len(faces) == 2  # a ball's topology


def test_every_vertex_of_a_straight_tube_is_at_its_radius():
    vertices, faces = tube_mesh(STRAIGHT, np.full(21, 0.5))
    from_line = vertices - np.clip(vertices, STRAIGHT[0], STRAIGHT[-1])
    from_line[:, 1:] = vertices[:, 1:] - STRAIGHT[0, 1:]
    np.testing.assert_allclose(np.linalg.norm(from_line, axis=1), 0.5)
    assert vertices[:, 0].min() == pytest.approx(-0.5)
    assert vertices[:, 0].max() == pytest.approx(10.5)
    assert_watertight(vertices, faces)
    whole = np.pi * 0.25 * 10 + 4 / 3 * np.pi * 0.125
    assert volume(vertices, faces) == pytest.approx(whole, rel=0.03)


def test_the_radius_may_change_along_the_tube():
    radius = np.linspace(0.1, 1.0, 21)
    vertices, faces = tube_mesh(STRAIGHT, radius, sides=16, cap_rings=3)
    rings = vertices[3 * 16 : -2 - 3 * 16].reshape(21, 16, 3)
    away = np.linalg.norm(rings - STRAIGHT[:, np.newaxis], axis=2)
    np.testing.assert_allclose(away, np.repeat(radius[:, np.newaxis], 16, axis=1))
    assert_watertight(vertices, faces)


def test_a_bent_tube_does_not_twist():
    line = spiral()
    vertices, faces = tube_mesh(line, np.full(200, 0.3), sides=12, cap_rings=2)
    assert_watertight(vertices, faces)
    assert volume(vertices, faces) > 0
    rings = vertices[2 * 12 : -2 - 2 * 12].reshape(200, 12, 3)
    spokes = (rings - line[:, np.newaxis]) / 0.3
    steps = np.diff(line, axis=0)
    tangents = steps / np.linalg.norm(steps, axis=1, keepdims=True)
    # From ring to ring, spokes turn as little as the line itself.
    turned = np.arccos(np.clip((spokes[1:] * spokes[:-1]).sum(axis=2), -1, 1)).max(axis=1)
    bend = np.arccos(np.clip((tangents[1:] * tangents[:-1]).sum(axis=1), -1, 1)).max()
    assert turned.max() <= 1.01 * bend


@pytest.mark.parametrize(
    "line",
    [
        np.repeat(STRAIGHT, 3, axis=0),
        np.concatenate([STRAIGHT, STRAIGHT[::-1]]),  # turns back on itself
        np.zeros((5, 3)),
        STRAIGHT[:1],
        STRAIGHT[:2],
    ],
    ids=["repeated points", "there and back", "no length", "one point", "two points"],
)
def test_odd_lines_give_closed_finite_tubes(line):
    vertices, faces = tube_mesh(line, np.full(len(line), 0.5))
    assert np.isfinite(vertices).all()
    assert_watertight(vertices, faces)


def test_a_line_without_length_is_a_ball_of_its_largest_radius():
    vertices, _ = tube_mesh(np.zeros((3, 3)), np.array([0.2, 0.7, 0.1]))
    np.testing.assert_allclose(np.linalg.norm(vertices, axis=1), 0.7)
