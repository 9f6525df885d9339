"""Closed skins that one sees through: pure functions on meshes, no window.

napari draws faces in the order in which they are given and blends each over what is there. Two
things make a skin look like glass, and both depend on where it is seen from: what is farther is
drawn first, and the skin is denser where it is seen from the side.
"""

import numpy as np
import numpy.typing as npt

__all__ = ["back_to_front", "outward_normals", "seen_opacity"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

RIM = 2.5
"""Power with which a skin gets denser towards its outline."""


def outward_normals(vertices: FloatArray, faces: IntArray) -> FloatArray:
    """Return unit normals ``(vertex, 3)``: of the faces around each vertex, by their area.

    A vertex without an area around it has none, which is zero.
    """
    first, second, third = np.moveaxis(vertices[faces], 1, 0)
    of_faces = np.cross(second - first, third - first)
    corners = faces.ravel()
    normals = np.stack(
        [
            np.bincount(corners, np.repeat(of_faces[:, axis], 3), minlength=len(vertices))
            for axis in range(3)
        ],
        axis=1,
    )
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    return normals / np.where(length > 0, length, 1)


def back_to_front(vertices: FloatArray, faces: IntArray, direction: FloatArray) -> IntArray:
    """Return faces in the order in which they are met against the view's `direction` ``(3,)``."""
    depth = (vertices @ direction)[faces].sum(axis=1)
    return faces[np.argsort(-depth, kind="stable")]


def seen_opacity(
    normals: FloatArray, direction: FloatArray, middle: FloatArray, rim: FloatArray
) -> FloatArray:
    """Return the opacity ``(vertex,)`` of a skin that is seen along `direction` ``(3,)``.

    From `middle`, where it is seen face on, to `rim`, where it is seen from the side, ``(vertex,)``
    each.
    """
    sideways = 1 - np.abs(normals @ (direction / np.linalg.norm(direction)))
    return middle + (rim - middle) * sideways**RIM
