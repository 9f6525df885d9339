"""Which points are under the cursor, or inside an outline drawn on the screen: pure geometry.

A place on the screen is a ray in the world: a position and a direction, both ``(z, y, x)``.
"""

import numpy as np
import numpy.typing as npt

__all__ = ["box_corners", "inside_outline", "nearest_to_ray", "where_ray_meets_plane"]

FloatArray = npt.NDArray[np.float64]
PARALLEL = 1e-6


def nearest_to_ray(
    points: FloatArray, position: FloatArray, direction: FloatArray, reach: float
) -> int | None:
    """Return the row of the point that a click means, or None.

    Of the points ``(n, 3)`` whose centre is within `reach` of the ray, the one nearest to the ray
    counts, in steps of half a reach; among equals the one in front.
    """
    direction = direction / np.linalg.norm(direction)
    away = points - position
    depth = away @ direction
    distance = np.linalg.norm(away - depth[:, np.newaxis] * direction, axis=1)
    near = np.flatnonzero(distance <= reach)
    if not len(near):
        return None
    return int(near[np.lexsort((depth[near], np.floor(2 * distance[near] / reach)))[0]])


def where_ray_meets_plane(
    position: FloatArray, direction: FloatArray
) -> tuple[float, float] | None:
    """Return ``(y, x)`` where the ray meets the plane ``z = 0``; None where it runs along it."""
    if abs(direction[0]) < PARALLEL:
        return None
    met = position - position[0] / direction[0] * direction
    return float(met[1]), float(met[2])


def inside_outline(
    points: FloatArray, positions: FloatArray, directions: FloatArray
) -> npt.NDArray[np.bool_]:
    """Return which points are seen inside of an outline.

    Parameters
    ----------
    points
        ``(n, 3)``.
    positions, directions
        ``(corner, 3)``, the rays of the outline's corners, in order.
    """
    view = directions.mean(axis=0)
    view = view / np.linalg.norm(view)
    helper = np.eye(3)[np.argmin(np.abs(view))]
    across = np.cross(view, helper)
    across /= np.linalg.norm(across)
    screen = np.stack([across, np.cross(view, across)], axis=1)
    if np.abs(directions - view).max() < PARALLEL:
        return _inside_polygon(points @ screen, positions @ screen)
    # In perspective all rays come from one eye, and what is far is small.
    eye = _meeting_point(positions, directions)
    seen, corners = points - eye, directions
    in_front = seen @ view > 0
    flat = (seen @ screen) / np.where(in_front, seen @ view, 1.0)[:, np.newaxis]
    return in_front & _inside_polygon(flat, (corners @ screen) / (corners @ view)[:, np.newaxis])


def box_corners(
    positions: FloatArray, directions: FloatArray, up: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the rays of a box's four corners from those of two opposite ones, ``(2, 3)`` each.

    Its sides run along and across `up`, the direction in the world that is upwards on the screen.
    """
    upwards = ((positions[1] - positions[0]) @ up) * up / (up @ up)
    corners = np.stack([positions[0], positions[0] + upwards, positions[1], positions[1] - upwards])
    if np.abs(directions - directions.mean(axis=0)).max() < PARALLEL:
        return corners, np.tile(directions[0], (4, 1))
    away = corners - _meeting_point(positions, directions)
    return corners, away / np.linalg.norm(away, axis=1, keepdims=True)


def _meeting_point(positions: FloatArray, directions: FloatArray) -> FloatArray:
    """Return the point nearest to all rays, in the sense of least squares."""
    directions = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    across = np.eye(3) - directions[:, :, np.newaxis] * directions[:, np.newaxis, :]
    return np.linalg.solve(across.sum(axis=0), np.einsum("nij,nj->i", across, positions))


def _inside_polygon(points: FloatArray, corners: FloatArray) -> npt.NDArray[np.bool_]:
    """Return which points ``(n, 2)`` an odd number of edges stand to the right of."""
    inside = np.zeros(len(points), dtype=bool)
    x, y = points[:, 0], points[:, 1]
    for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        if y0 != y1:
            crosses = (y0 > y) != (y1 > y)
            inside ^= crosses & (x < x0 + (y - y0) / (y1 - y0) * (x1 - x0))
    return inside
