"""The skin of one tube as a mesh: pure geometry, no window."""

import numpy as np
import numpy.typing as npt

__all__ = ["points_along", "tube_mesh"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

SIDES = 24
"""Vertices around a tube."""
CAP_RINGS = 5
"""Rings of vertices in the half ball at each end, besides its pole."""
STILL = 1e-9
"""Steps shorter than this share of the longest one do not count as a step."""


def tube_mesh(
    centreline: FloatArray, radius: FloatArray, *, sides: int = SIDES, cap_rings: int = CAP_RINGS
) -> tuple[FloatArray, IntArray]:
    """Put a closed skin around a line, at a radius that may change along it.

    Rings stand at right angles to the line, each turned against the one before by no more than
    the line's own turn (parallel transport by double reflection, Wang et al. 2008), so that the
    skin does not twist. The ends are half balls.

    Parameters
    ----------
    centreline
        ``(point, 3)``. Of points at the same place the one of largest radius is kept; a line
        without length gives a ball.
    radius
        ``(point,)``, in the centreline's units.
    sides
        Vertices of a ring.
    cap_rings
        Rings of each end.

    Returns
    -------
    vertices : (vertex, 3)
        In the centreline's coordinates.
    faces : (face, 3)
        Rows of `vertices`. Every edge belongs to two faces, and seen from outside corners run
        counterclockwise.
    """
    points, radii = _distinct(np.asarray(centreline, float), np.asarray(radius, float))
    along = _axes(points, radii)
    normals = _transported(points, along)
    # The rings of a half ball stand on the prolonged axis, and get smaller towards its pole.
    tilt = np.arange(1, cap_rings + 1) / (cap_rings + 1) * np.pi / 2
    before = np.full(cap_rings, 0)
    after = np.full(cap_rings, len(points) - 1)
    which = np.concatenate([before, np.arange(len(points)), after])
    beyond = np.concatenate([-np.sin(tilt[::-1]), np.zeros(len(points)), np.sin(tilt)])
    share = np.concatenate([np.cos(tilt[::-1]), np.ones(len(points)), np.cos(tilt)])
    centres = points[which] + (beyond * radii[which])[:, np.newaxis] * along[which]
    around = np.arange(sides) / sides * 2 * np.pi
    across = np.cross(along, normals)[which]
    spokes = (
        np.cos(around)[:, np.newaxis] * normals[which][:, np.newaxis]
        + np.sin(around)[:, np.newaxis] * across[:, np.newaxis]
    )
    rings = centres[:, np.newaxis] + (share * radii[which])[:, np.newaxis, np.newaxis] * spokes
    poles = [points[0] - radii[0] * along[0], points[-1] + radii[-1] * along[-1]]
    return np.concatenate([rings.reshape(-1, 3), poles]), _skin(len(rings), sides)


def _distinct(points: FloatArray, radii: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return points of which none is where the one before is, and the largest radius at each."""
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    moves = steps > STILL * steps.max(initial=0.0)
    group = np.concatenate([[0], np.cumsum(moves)])
    kept = np.concatenate([[True], moves])
    largest = np.zeros(group[-1] + 1)
    np.maximum.at(largest, group, radii)
    return points[kept], largest


def _axes(points: FloatArray, radii: FloatArray) -> FloatArray:
    """Return the unit axis ``(point, 3)`` of the ring at each point.

    It runs from one radius behind to one radius ahead on the line: rings that followed bends
    sharper than the tube is wide would cut through each other.
    """
    if len(points) == 1:
        return np.array([[1.0, 0.0, 0.0]])
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    travelled = np.concatenate([[0.0], np.cumsum(steps)])
    reach = np.maximum(radii, STILL * travelled[-1])
    chords = points_along(travelled + reach, travelled, points) - points_along(
        travelled - reach, travelled, points
    )
    # Where the line comes back to where it was, there is no chord.
    following = np.concatenate([np.diff(points, axis=0), points[-1:] - points[-2:-1]])
    length = np.linalg.norm(chords, axis=1, keepdims=True)
    chords = np.where(length > STILL * travelled[-1], chords, following)
    return chords / np.linalg.norm(chords, axis=1, keepdims=True)


def points_along(where: FloatArray, travelled: FloatArray, points: FloatArray) -> FloatArray:
    """Return the points ``(n, 3)`` of a line at these lengths from its start, or its ends."""
    return np.stack([np.interp(where, travelled, points[:, axis]) for axis in range(3)], axis=1)


def _transported(points: FloatArray, along: FloatArray) -> FloatArray:
    """Return unit normals ``(point, 3)`` that turn no more than the line does."""
    normals = np.empty_like(points)
    least = np.eye(3)[np.abs(along[0]).argmin()]
    normals[0] = _unit(least - (least @ along[0]) * along[0])
    for i, step in enumerate(np.diff(points, axis=0)):
        normal = _mirrored(normals[i], step)
        tangent = _mirrored(along[i], step)
        normal = _mirrored(normal, along[i + 1] - tangent)
        # Rounding would grow along the line.
        normals[i + 1] = _unit(normal - (normal @ along[i + 1]) * along[i + 1])
    return normals


def _mirrored(vector: FloatArray, across: FloatArray) -> FloatArray:
    """Return the mirror image of `vector` in the plane at right angles to `across`."""
    squared = float(across @ across)
    return vector if squared == 0 else vector - 2 / squared * (across @ vector) * across


def _unit(vector: FloatArray) -> FloatArray:
    return vector / np.linalg.norm(vector)


def _skin(n_rings: int, sides: int) -> IntArray:
    """Return the faces between rings of vertices, and between both outer rings and the poles.

    Ring by ring come first in the vertices, then the pole before the first ring and that behind
    the last.
    """
    ring = np.arange(sides)
    following = (ring + 1) % sides
    start = sides * np.arange(n_rings - 1)[:, np.newaxis]
    here, beside = start + ring, start + following
    sheet = np.stack(
        [
            np.stack([here, beside, beside + sides], axis=-1),
            np.stack([here, beside + sides, here + sides], axis=-1),
        ],
        axis=2,
    ).reshape(-1, 3)
    first_pole, last_pole = n_rings * sides, n_rings * sides + 1
    last = (n_rings - 1) * sides
    caps = [
        np.stack([np.full(sides, first_pole), following, ring], axis=1),
        np.stack([np.full(sides, last_pole), last + ring, last + following], axis=1),
    ]
    return np.concatenate([caps[0], sheet, caps[1]])
