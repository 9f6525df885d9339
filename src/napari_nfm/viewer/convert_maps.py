"""Pictures to layer data, and back: pure functions, no window.

The movie and the feature maps are planes at ``z = 0`` of the world of `placement`.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = [
    "Montage",
    "boxes_to_vectors",
    "maps_to_montage",
    "montage_to_maps",
    "movie_to_plane",
    "plane_to_movie",
]

ASPECT = 16 / 11
"""Width by height that a picture of several maps comes close to."""

FloatArray = npt.NDArray[np.float64]


def movie_to_plane(frames: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Turn frames ``(time, y, x)`` into a plane ``(time, 1, y, x)`` of the world.

    See Also
    --------
    plane_to_movie : The way back.
    """
    return frames[:, np.newaxis]


def plane_to_movie(plane: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Turn a plane ``(time, 1, y, x)`` into frames ``(time, y, x)``.

    See Also
    --------
    movie_to_plane : The way back.
    """
    return plane[:, 0]


@dataclass(frozen=True)
class Montage:
    """Where each feature map stands in a picture of several.

    Attributes
    ----------
    n_maps
        Number of maps.
    map_shape
        Height and width of one map, in its own pixels.
    columns
        Maps per row.
    row_gap, column_gap
        Space between maps, in the maps' pixels.
    """

    n_maps: int
    map_shape: tuple[int, int]
    columns: int
    row_gap: int = 1
    column_gap: int = 1

    @classmethod
    def arrange(
        cls,
        n_maps: int,
        map_shape: tuple[int, int],
        *,
        caption_height: float = 0.05,
    ) -> "Montage":
        """Choose the columns that bring the whole picture closest to `ASPECT`.

        Rows are `caption_height` apart, as a share of the picture's width.
        """
        candidates = [
            cls._with_columns(n_maps, map_shape, columns, caption_height)
            for columns in range(1, n_maps + 1)
        ]

        def mismatch(montage: "Montage") -> float:
            height, width = montage.shape
            empty = -n_maps % montage.columns
            return abs(float(np.log(width / height / ASPECT))) + 0.15 * empty

        return min(candidates, key=mismatch)

    @classmethod
    def _with_columns(
        cls, n_maps: int, map_shape: tuple[int, int], columns: int, caption_height: float
    ) -> "Montage":
        height, width = map_shape
        row_gap = max(1, round(caption_height * columns * width))
        return cls(n_maps, (height, width), columns, row_gap, max(1, round(0.04 * width)))

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of the whole picture, in the maps' pixels."""
        rows = -(-self.n_maps // self.columns)
        height, width = self.map_shape
        return (
            rows * (height + self.row_gap) - self.row_gap,
            self.columns * (width + self.column_gap) - self.column_gap,
        )

    def corner(self, index: int) -> tuple[int, int]:
        """Row and column of the top left pixel of map `index`."""
        row, column = divmod(index, self.columns)
        height, width = self.map_shape
        return row * (height + self.row_gap), column * (width + self.column_gap)

    def window(self, index: int) -> tuple[slice, slice]:
        """Rows and columns of map `index`."""
        top, left = self.corner(index)
        return slice(top, top + self.map_shape[0]), slice(left, left + self.map_shape[1])


def maps_to_montage(maps: npt.NDArray[Any], montage: Montage) -> npt.NDArray[np.float32]:
    """Lay maps ``(time, channel, y, x)`` out as one plane ``(time, 1, y, x)``; gaps are NaN.

    See Also
    --------
    montage_to_maps : The way back.
    """
    plane = np.full((len(maps), 1, *montage.shape), np.nan, dtype=np.float32)
    for index in range(montage.n_maps):
        plane[:, 0, *montage.window(index)] = maps[:, index]
    return plane


def montage_to_maps(plane: npt.NDArray[Any], montage: Montage) -> npt.NDArray[Any]:
    """Cut a plane ``(time, 1, y, x)`` into its maps ``(time, channel, y, x)``.

    See Also
    --------
    maps_to_montage : The way back.
    """
    return np.stack(
        [plane[:, 0, *montage.window(index)] for index in range(montage.n_maps)], axis=1
    )


def boxes_to_vectors(
    corners: FloatArray,
    part: tuple[tuple[int, int], tuple[int, int]],
    scale: FloatArray,
    origin: FloatArray,
) -> FloatArray:
    """Turn a part of each map into four lines around it, in the plane ``z = 0``.

    Parameters
    ----------
    corners
        ``(map, 2)``: row and column of the first pixel of each map.
    part
        First row and one after the last, and the same of columns, counted on a map.
    scale, origin
        World units per pixel, and the position of the first pixel's centre, each ``(y, x)``.

    Returns
    -------
    ndarray
        ``(4 * map, 2, 3)``: start ``(z, y, x)`` and step of each line.
    """
    (top, bottom), (left, right) = part
    around = np.array([[top, left], [top, right], [bottom, right], [bottom, left]]) - 0.5
    starts = (corners[:, np.newaxis] + around) * scale + origin
    steps = np.broadcast_to(np.roll(around, -1, axis=0) - around, starts.shape) * scale
    lines = np.stack([starts, steps], axis=2).reshape(-1, 2, 2)
    return np.pad(lines, ((0, 0), (0, 0), (1, 0)))
