"""Dot flow drawn by us: where the elements lie, and how they are painted.

Sizes and statistics are those measured on the study's still images (800 x 600 pixels): elements
on a square lattice, displaced along and across the direction of motion, and pushed apart where
they come close. Images are to be the same on every machine and with every version of NumPy:
random numbers are made of raw bits of PCG64, whose stream is guaranteed; the layout uses only
operations that IEEE 754 rounds exactly, in a fixed order; and positions are rounded coarsely.
"""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from napari_nfm.stimuli.motion import MOTION

__all__ = ["ELEMENTS", "DotElement", "element_positions", "paint_dots"]

POSITION_STEP = 1 / 64
"""Positions are rounded to this many pixels, which absorbs differences between machines."""

PUSH = 0.2
"""Share of the missing distance by which each of two elements moves in one round."""


@dataclass(frozen=True)
class Layout:
    """How elements are displaced from their square lattice, in pixels of the still image.

    Parameters
    ----------
    along, across
        Standard deviation of the displacement along the motion and across it.
    reach
        Distance below which two elements push each other apart afterwards.
    rounds
        How many times they do.
    """

    along: float
    across: float
    reach: float
    rounds: int


@dataclass(frozen=True)
class DotElement:
    """What one flow element is, in pixels of the still image.

    Parameters
    ----------
    n_dots
        Dots in a row, perpendicular to the motion.
    radius
        Radius of a dot.
    pitch
        Distance of the dots in a row, which touch.
    spacing
        Step of the square lattice.
    tilt
        Standard deviation of a row's angle, in degrees.
    cardinal, diagonal
        Layouts for motion along the lattice and along its diagonals.
    """

    n_dots: int
    radius: float
    pitch: float
    spacing: float
    tilt: float
    cardinal: Layout
    diagonal: Layout


ELEMENTS = {
    "1dotflow_D1": DotElement(
        n_dots=1,
        radius=4.98,
        pitch=0.0,
        spacing=20.0,
        tilt=0.0,
        cardinal=Layout(along=3.2, across=6.4, reach=23.0, rounds=6),
        diagonal=Layout(along=3.2, across=6.4, reach=23.0, rounds=6),
    ),
    "1dotflow_D2": DotElement(
        n_dots=1,
        radius=10.495,
        pitch=0.0,
        spacing=42.0,
        tilt=0.0,
        cardinal=Layout(along=4.2, across=13.4, reach=45.4, rounds=6),
        diagonal=Layout(along=6.7, across=10.9, reach=48.3, rounds=4),
    ),
    "3dotflow_D1": DotElement(
        n_dots=3,
        radius=2.98,
        pitch=6.0,
        spacing=20.0,
        tilt=7.4,
        cardinal=Layout(along=4.8, across=4.2, reach=23.0, rounds=6),
        diagonal=Layout(along=3.2, across=4.6, reach=22.0, rounds=3),
    ),
    "3dotflow_D2": DotElement(
        n_dots=3,
        radius=5.985,
        pitch=12.0,
        spacing=42.0,
        tilt=5.6,
        cardinal=Layout(along=8.4, across=8.8, reach=48.3, rounds=3),
        diagonal=Layout(along=5.9, across=9.7, reach=48.3, rounds=2),
    ),
}
"""The study's four kinds of flow, by the part of the category's name without the polarity."""


def element_positions(
    kind: str, direction: int, instance: int, height: int, width: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lay out the elements of one flow image.

    Parameters
    ----------
    kind
        Key of `ELEMENTS`.
    direction
        Direction of motion in degrees, a key of ``MOTION``.
    instance
        Index of the layout; every direction and instance has its own.
    height, width
        Size of the image in pixels.

    Returns
    -------
    centres : ndarray
        ``(element, 2)``, y and x of the elements' centres; some lie just outside the image.
    rows : ndarray
        ``(element, 2)``, unit vectors (y, x) along each element's row of dots.
    """
    element = ELEMENTS[kind]
    layout = element.diagonal if all(MOTION[direction]) else element.cardinal
    random = _StableRandom(f"{kind} {direction} {instance}")
    motion = np.asarray(MOTION[direction], dtype=float)
    motion /= np.sqrt(motion @ motion)
    across = np.array([motion[1], -motion[0]])

    # The lattice reaches beyond the image, so that its border is as dense as its middle.
    starts = (random.uniform(2) - 2.0) * element.spacing
    y, x = (
        np.arange(start, size + 2 * element.spacing, element.spacing)
        for start, size in zip(starts, (height, width), strict=True)
    )
    centres = np.stack(np.meshgrid(y, x, indexing="ij"), axis=-1).reshape(-1, 2)
    along_step, across_step, tilt_step = (random.normal(len(centres)) for _ in range(3))
    centres += layout.along * along_step[:, None] * motion
    centres += layout.across * across_step[:, None] * across
    for _ in range(layout.rounds):
        _push_apart(centres, layout.reach)
    centres = np.round(centres / POSITION_STEP) * POSITION_STEP

    tilt = np.deg2rad(element.tilt) * tilt_step[:, None]
    return centres, np.cos(tilt) * across + np.sin(tilt) * motion


def paint_dots(
    kind: str,
    centres: NDArray[np.float64],
    rows: NDArray[np.float64],
    height: int,
    width: int,
) -> NDArray[np.float64]:
    """Paint elements as antialiased dots.

    Parameters
    ----------
    kind
        Key of `ELEMENTS`.
    centres, rows
        As returned by `element_positions`.
    height, width
        Size of the image in pixels.

    Returns
    -------
    ndarray
        Share of each pixel that dots cover, ``(height, width)``, 0 to 1. Overlapping dots are
        blended, as in the study's images: what one leaves uncovered, the next one covers.
    """
    element = ELEMENTS[kind]
    radius, n_dots = element.radius, element.n_dots
    places = element.pitch * (np.arange(n_dots) - (n_dots - 1) / 2)
    dots = (centres[:, None] + places[:, None] * rows[:, None]).reshape(-1, 2)
    reach = int(np.ceil(radius)) + 1
    border = 2 * reach + 1
    inside = (dots > -reach).all(axis=1) & (dots < (height + reach, width + reach)).all(axis=1)
    dots = np.round(dots[inside] / POSITION_STEP) * POSITION_STEP

    near = np.round(dots).astype(int)
    offsets = np.arange(-reach, reach + 1)
    dy = (near[:, :1] + offsets) - dots[:, :1]
    dx = (near[:, 1:] + offsets) - dots[:, 1:]
    # A straight edge covers a pixel in proportion to its distance, within half a pixel of it.
    distance = np.sqrt(dy[:, :, None] ** 2 + dx[:, None, :] ** 2)
    covered = np.clip(radius + 0.5 - distance, 0.0, 1.0)

    free = np.ones((height + 2 * border, width + 2 * border))
    rows_of = near[:, :1, None] + offsets[None, :, None] + border
    columns_of = near[:, 1:, None] + offsets[None, None, :] + border
    pixels = rows_of * free.shape[1] + columns_of
    np.multiply.at(free.reshape(-1), pixels.reshape(-1), 1.0 - covered.reshape(-1))
    return 1.0 - free[border:-border, border:-border]


def _push_apart(centres: NDArray[np.float64], reach: float) -> None:
    """Move every two centres closer than `reach` away from each other."""
    pairs = cKDTree(centres).query_pairs(reach, output_type="ndarray")
    # Sums of floats depend on their order; the tree's order is not promised.
    pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
    apart = centres[pairs[:, 0]] - centres[pairs[:, 1]]
    distance = np.sqrt((apart**2).sum(axis=1, keepdims=True))
    push = PUSH * (reach / np.maximum(distance, 1e-9) - 1.0) * apart
    np.add.at(centres, pairs[:, 0], push)
    np.subtract.at(centres, pairs[:, 1], push)


class _StableRandom:
    """Random numbers that are the same with every version of NumPy."""

    def __init__(self, seed: str) -> None:
        seed_number = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8], "big")
        self._bits = np.random.PCG64(seed_number)

    def uniform(self, size: int) -> NDArray[np.float64]:
        """Draw from [0, 1)."""
        return (self._bits.random_raw(size) >> np.uint64(11)).astype(float) * 2.0**-53

    def normal(self, size: int) -> NDArray[np.float64]:
        """Draw a good approximation of the standard normal: the sum of 12 uniform numbers."""
        total = np.full(size, -6.0)
        for _ in range(12):
            total += self.uniform(size)
        return total
