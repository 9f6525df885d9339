"""Skins as glass: what is drawn first, and how dense it is."""

import numpy as np

from napari_nfm.viewer.glass import back_to_front, outward_normals, seen_opacity
from napari_nfm.viewer.tube_mesh import tube_mesh

LINE = np.stack([np.linspace(0, 10, 11), np.zeros(11), np.zeros(11)], axis=1)
ALONG_Z = np.array([0.0, 0.0, 1.0])


def test_normals_of_a_tube_point_away_from_its_line():
    vertices, faces = tube_mesh(LINE, np.ones(11))
    normals = outward_normals(vertices, faces)
    away = vertices - np.clip(vertices, LINE[0], LINE[-1])
    away[:, 1:] = vertices[:, 1:]
    assert (np.einsum("vi,vi->v", normals, away) > 0.97).all()
    np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1)


def test_a_vertex_without_faces_has_no_normal():
    normals = outward_normals(np.eye(4, 3), np.array([[0, 1, 2]]))
    assert np.isfinite(normals).all()
    assert (normals[3] == 0).all()


def test_what_is_farther_is_drawn_first():
    vertices, faces = tube_mesh(LINE, np.ones(11))
    ordered = back_to_front(vertices, faces, ALONG_Z)
    depth = vertices[ordered].mean(axis=1) @ ALONG_Z
    assert (np.diff(depth) <= 1e-12).all()
    np.testing.assert_array_equal(np.sort(ordered, axis=0), np.sort(faces, axis=0))


def test_a_skin_is_densest_at_its_outline():
    vertices, faces = tube_mesh(LINE, np.ones(11))
    normals = outward_normals(vertices, faces)
    middle, rim = np.full(len(vertices), 0.1), np.full(len(vertices), 0.9)
    opacity = seen_opacity(normals, 3 * ALONG_Z, middle, rim)
    assert ((opacity >= 0.1) & (opacity <= 0.9)).all()
    facing = np.abs(normals[:, 2])
    assert opacity[facing.argmax()] < 0.11
    assert opacity[facing.argmin()] > 0.89
