"""Results to layer data, and back: pure functions, no window.

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
import pandas as pd
import xarray as xr

__all__ = [
    "Montage",
    "Placement",
    "axes_to_lines",
    "boxes_to_vectors",
    "curves_to_heads",
    "curves_to_paths",
    "curves_to_tracks",
    "heads_to_curves",
    "maps_to_montage",
    "montage_to_maps",
    "movie_to_plane",
    "plane_to_movie",
    "tracks_to_curves",
    "variance_titles",
]

FloatArray = npt.NDArray[np.float64]
CURVE_AXES = ("category", "direction", "time", "component")


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
        aspect: float = 16 / 11,
    ) -> "Montage":
        """Choose the columns that bring the whole picture closest to width / height = `aspect`.

        Rows are `caption_height` apart, as a share of the picture's width.
        """
        candidates = [
            cls._with_columns(n_maps, map_shape, columns, caption_height)
            for columns in range(1, n_maps + 1)
        ]

        def mismatch(montage: "Montage") -> float:
            height, width = montage.shape
            empty = -n_maps % montage.columns
            return abs(float(np.log(width / height / aspect))) + 0.15 * empty

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


def curves_to_tracks(
    curves: xr.DataArray, placement: Placement, *, flat: bool = False
) -> tuple[FloatArray, pd.DataFrame]:
    """Turn curves into the data of a Tracks layer.

    Parameters
    ----------
    curves
        ``(category, direction, time, component)``; moments that are NaN are left out.
    placement
        Where they stand.
    flat
        Put all points at ``z = 0``, for a view in two dimensions.

    Returns
    -------
    data : (n, 5)
        ``ID, time, z, y, x``; one track per category and direction, directions fastest.
    features : DataFrame
        Per point: ``category, direction, frame, category_index, PC1, PC2, PC3``.

    See Also
    --------
    tracks_to_curves : The way back.
    """
    values = three_components(curves)
    n_categories, n_directions, n_frames, _ = values.shape
    grid = np.indices((n_categories, n_directions, n_frames)).reshape(3, -1)
    category, direction, frame = grid
    points = values.reshape(-1, 3)
    kept = np.isfinite(points).all(axis=1)
    category, direction, frame, points = category[kept], direction[kept], frame[kept], points[kept]
    world = placement.to_world(points)
    if flat:
        world[:, 0] = 0.0
    data = np.column_stack([category * n_directions + direction, frame, world])
    features = pd.DataFrame(
        {
            "category": np.asarray(curves["category"].values, dtype=object)[category],
            "direction": np.asarray(curves["direction"].values, dtype=float)[direction],
            "frame": frame,
            "category_index": category,
            "PC1": points[:, 0],
            "PC2": points[:, 1],
            "PC3": points[:, 2],
        }
    )
    return data, features


def tracks_to_curves(features: pd.DataFrame) -> xr.DataArray:
    """Turn the features of our Tracks or head points into curves of three components.

    Categories and directions keep the order in which they first appear; moments that are
    missing are NaN.

    See Also
    --------
    curves_to_tracks : The way back.
    """
    categories = pd.unique(features["category"])
    directions = pd.unique(features["direction"])
    frames = np.asarray(features["frame"], dtype=int)
    values = np.full((len(categories), len(directions), frames.max() + 1, 3), np.nan)
    values[
        pd.Index(categories).get_indexer(pd.Index(features["category"])),
        pd.Index(directions).get_indexer(pd.Index(features["direction"])),
        frames,
    ] = features[["PC1", "PC2", "PC3"]].to_numpy()
    return xr.DataArray(
        values,
        dims=CURVE_AXES,
        coords={"category": np.asarray(categories, dtype=str), "direction": directions},
    )


def curves_to_heads(
    curves: xr.DataArray, placement: Placement, *, flat: bool = False
) -> tuple[FloatArray, pd.DataFrame]:
    """Turn curves into points ``(time, z, y, x)``, one per trajectory and frame.

    Features are those of `curves_to_tracks`.

    See Also
    --------
    heads_to_curves : The way back.
    """
    data, features = curves_to_tracks(curves, placement, flat=flat)
    return data[:, 1:], features


heads_to_curves = tracks_to_curves


def curves_to_paths(
    curves: xr.DataArray, placement: Placement, *, flat: bool = False
) -> tuple[FloatArray, pd.DataFrame]:
    """Turn curves into line segments that stand at all times.

    Returns
    -------
    data : (n, 2, 3)
        Start ``(z, y, x)`` and step of each segment.
    features : DataFrame
        Per segment: ``category, direction, category_index``.
    """
    data, features = curves_to_tracks(curves, placement, flat=flat)
    joined = (np.diff(data[:, 0]) == 0) & (np.diff(data[:, 1]) == 1)
    starts, steps = data[:-1, 2:][joined], np.diff(data[:, 2:], axis=0)[joined]
    columns = ["category", "direction", "category_index"]
    kept = features.loc[np.flatnonzero(joined), columns].reset_index(drop=True)
    return np.stack([starts, steps], axis=1), kept


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
