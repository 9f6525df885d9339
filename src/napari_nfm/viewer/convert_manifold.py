"""An encoding manifold to layer data, and back: pure functions, no window.

Units stand in the world of `placement` as trajectories do: the first of the chosen coordinates
along x, the second upwards along y, and the third along z, in one scale.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from napari_nfm.viewer.convert_maps import Montage
from napari_nfm.viewer.placement import Placement

if TYPE_CHECKING:
    from napari_nfm.analysis import EncodingManifold

__all__ = [
    "COORDINATES",
    "chosen_coordinates",
    "coordinate_titles",
    "edges_to_vectors",
    "map_position",
    "points_to_units",
    "units_on_maps",
    "units_to_points",
]

FloatArray = npt.NDArray[np.float64]

COORDINATES = {
    "diffusion map": "Diffusion component",
    "principal components": "Principal component",
}
"""Title of one coordinate, by the name of the coordinates in `ManifoldLook`."""

MOST_EDGES = 30_000
"""More edges hide the points and slow the picture."""


def coordinates_of(manifold: "EncodingManifold", coordinates: str) -> FloatArray:
    """Return all of the coordinates of this name, ``(unit, component)``."""
    if coordinates == "principal components":
        return manifold.principal_coordinates
    return manifold.coordinates


def chosen_coordinates(
    manifold: "EncodingManifold", coordinates: str, axes: Sequence[int]
) -> FloatArray:
    """Return three of the coordinates, ``(unit, 3)``; those that do not exist are zero."""
    known = coordinates_of(manifold, coordinates)
    chosen = np.zeros((len(known), 3))
    for place, axis in enumerate(axes):
        if axis < known.shape[1]:
            chosen[:, place] = known[:, axis]
    return chosen


def coordinate_titles(
    manifold: "EncodingManifold", coordinates: str, axes: Sequence[int]
) -> list[str]:
    """Name the three axes; empty where there is no such coordinate."""
    n_known = coordinates_of(manifold, coordinates).shape[1]
    title = COORDINATES[coordinates]
    return [f"{title} {axis + 1}" if axis < n_known else "" for axis in axes]


def units_to_points(
    manifold: "EncodingManifold",
    coordinates: str,
    axes: Sequence[int],
    placement: Placement,
    *,
    flat: bool = False,
) -> tuple[FloatArray, pd.DataFrame]:
    """Turn units into the data of a Points layer.

    Returns
    -------
    points : (unit, 3)
        ``z, y, x``; all at ``z = 0`` where `flat`.
    features : DataFrame
        Per unit: its position ``unit`` in the site's responses, the columns of the manifold's
        table, and the three coordinates, as ``diffusion_component_1``.

    See Also
    --------
    points_to_units : The way back.
    """
    chosen = chosen_coordinates(manifold, coordinates, axes)
    points = placement.to_world(chosen)
    if flat:
        points[:, 0] = 0.0
    features = manifold.units.reset_index(names="unit")
    titles = coordinate_titles(manifold, coordinates, axes)
    for place, title in enumerate(titles):
        if title:
            features[title.lower().replace(" ", "_")] = chosen[:, place]
    return points, features


def points_to_units(features: pd.DataFrame) -> pd.DataFrame:
    """Turn the features of our points into the manifold's table of units.

    See Also
    --------
    units_to_points : The way back.
    """
    drawn = tuple(title.lower().replace(" ", "_") for title in COORDINATES.values())
    kept = [name for name in features.columns if not str(name).startswith(drawn)]
    return features[kept].set_index("unit")


def edges_to_vectors(
    edges: npt.NDArray[np.int64], points: FloatArray, most: int = MOST_EDGES
) -> FloatArray:
    """Turn edges ``(edge, 2)`` between rows of `points` into vectors ``(edge, 2, 3)``.

    Of more than `most` edges, so many are drawn, evenly spread over the list.
    """
    if len(edges) > most:
        edges = edges[np.linspace(0, len(edges) - 1, most).astype(int)]
    starts = points[edges[:, 0]]
    return np.stack([starts, points[edges[:, 1]] - starts], axis=1)


def units_on_maps(
    units: pd.DataFrame, channels: Sequence[int], montage: Montage
) -> tuple[npt.NDArray[np.intp], FloatArray]:
    """Find units on the feature maps that are shown.

    Parameters
    ----------
    units
        With the columns ``channel``, ``y`` and ``x``, counted on the whole map.
    channels
        The channel of each map of `montage`.
    montage
        Where the maps are.

    Returns
    -------
    rows : (found,)
        Which of `units` are on one of these maps.
    pixels : (found, 2)
        Row and column of each in the montage's pixels.
    """
    if not {"channel", "y", "x"} <= set(units.columns):
        return np.empty(0, dtype=np.intp), np.empty((0, 2))
    place = pd.Index(list(channels)).get_indexer(pd.Index(units["channel"]))
    y, x = units["y"].to_numpy(), units["x"].to_numpy()
    height, width = montage.map_shape
    rows = np.flatnonzero((place >= 0) & (y >= 0) & (y < height) & (x >= 0) & (x < width))
    corners = np.array([montage.corner(index) for index in range(montage.n_maps)])
    return rows, corners[place[rows]] + np.column_stack([y[rows], x[rows]]).astype(float)


def map_position(
    pixel: tuple[float, float], channels: Sequence[int], montage: Montage
) -> tuple[int, int, int] | None:
    """Return channel, y and x under a position in the montage's pixels, or None between maps.

    See Also
    --------
    units_on_maps : The way back.
    """
    row, column = round(pixel[0]), round(pixel[1])
    for index, channel in enumerate(channels):
        top, left = montage.corner(index)
        y, x = row - top, column - left
        if 0 <= y < montage.map_shape[0] and 0 <= x < montage.map_shape[1]:
            return channel, y, x
    return None
