"""Where components stand in the world, and the axes drawn around them: no window.

Every layer lives in one world with the axes ``(time, z, y, x)``: one step of time is one stimulus
frame, and one step of space is one pixel of the movie. The movie and the feature maps are planes
at ``z = 0``; trajectories stand to their right with component 1 along x, 2 upwards along y, and 3
along z. Lengths are the same in all three, so that the picture keeps the geometry.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

__all__ = [
    "CURVE_AXES",
    "Placement",
    "axes_to_lines",
    "first_three",
    "three_components",
    "variance_titles",
]

FloatArray = npt.NDArray[np.float64]
CURVE_AXES = ("category", "direction", "time", "component")


@dataclass(frozen=True)
class Placement:
    """Where components stand in the world: a cube, the same scale along all three.

    Attributes
    ----------
    centre
        World position ``(z, y, x)`` of the cube's centre.
    middle
        Component values ``(3,)`` that stand there.
    scale
        World units per component unit.
    size
        Length of the cube's edges, in world units.
    """

    centre: tuple[float, float, float]
    middle: tuple[float, float, float]
    scale: float
    size: float

    @classmethod
    def fit(
        cls, curves: xr.DataArray, centre: tuple[float, float, float], size: float
    ) -> "Placement":
        """Fit the first three components of `curves` into a cube of `size` around `centre`."""
        return cls.around(three_components(curves), centre, size)

    @classmethod
    def around(
        cls, values: npt.NDArray[Any], centre: tuple[float, float, float], size: float
    ) -> "Placement":
        """Fit components ``(..., 3)`` into a cube of `size` around `centre`."""
        points = values.reshape(-1, 3)
        low, high = np.nanmin(points, axis=0), np.nanmax(points, axis=0)
        extent = float((high - low).max())
        first, second, third = ((low + high) / 2).tolist()
        return cls(centre, (first, second, third), size / extent if extent > 0 else 1.0, size)

    def to_world(self, components: npt.NDArray[Any]) -> FloatArray:
        """Turn components ``(..., 3)`` into world positions ``(..., 3)`` as ``(z, y, x)``."""
        away = (np.asarray(components, dtype=float) - self.middle) * self.scale
        first, second, third = np.moveaxis(away, -1, 0)
        # y points down in napari, while a second axis is drawn upwards.
        return np.stack([third, -second, first], axis=-1) + self.centre

    def to_components(self, world: npt.NDArray[Any]) -> FloatArray:
        """Turn world positions ``(..., 3)`` as ``(z, y, x)`` into components ``(..., 3)``."""
        away = (np.asarray(world, dtype=float) - self.centre) / self.scale
        z, y, x = np.moveaxis(away, -1, 0)
        return np.stack([x, -y, z], axis=-1) + self.middle


def three_components(curves: xr.DataArray) -> FloatArray:
    """Return ``(category, direction, time, 3)``; components that do not exist are zero."""
    return first_three(curves.transpose(*CURVE_AXES).values)


def first_three(components: npt.NDArray[Any]) -> FloatArray:
    """Return the first three components ``(..., 3)``; those that do not exist are zero."""
    values = components[..., :3].astype(float)
    return np.pad(values, [(0, 0)] * (values.ndim - 1) + [(0, 3 - values.shape[-1])])


def axes_to_lines(
    placement: Placement, titles: Sequence[str], *, flat: bool = False
) -> tuple[FloatArray, FloatArray, list[str]]:
    """Draw the three axes along edges of the cube.

    Parameters
    ----------
    placement
        Where the cube stands.
    titles
        Up to three, for the axes along x, y and z.
    flat
        Put all at ``z = 0``, for a view in two dimensions.

    Returns
    -------
    lines : (3, 2, 3)
        Start ``(z, y, x)`` and step of each axis.
    anchors : (3, 3)
        The middle of each title, a little beyond the end of its axis.
    titles : list of str
        Three; empty for an axis that is not seen.
    """
    half = placement.size / 2
    z, y, x = placement.centre
    corner = np.array([z - half, y + half, x - half])
    steps = placement.size * np.array([[0.0, 0.0, 1.0], [0.0, -1.0, 0.0], [1.0, 0.0, 0.0]])
    lines = np.stack([np.tile(corner, (3, 1)), steps], axis=1)
    if flat:
        lines[..., 0] = 0.0
    anchors = lines[:, 0] + np.array([[1.12], [1.06], [1.12]]) * lines[:, 1]
    seen = list(titles[: 2 if flat else 3])
    return lines, anchors, seen + [""] * (3 - len(seen))


def variance_titles(explained: Sequence[float]) -> list[str]:
    """Name principal components by their share of the variance, as ``PC 1 (47.9 %)``."""
    return [f"PC {index + 1} ({100 * share:.1f} %)" for index, share in enumerate(explained)]
