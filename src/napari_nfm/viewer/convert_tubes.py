"""Tubes to layer data: pure functions, no window.

A tube is scored in as many dimensions as there are components, and drawn in the first three of
them. Its axis is the centreline there; its radius is the one that was measured in all dimensions.
A shadow is never farther from the shadow of a line than what casts it from the line, so what lies
within the radius in all dimensions lies within the tube that is drawn.
"""

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from napari_nfm.viewer.placement import Placement, first_three
from napari_nfm.viewer.tube_data import bundle_titles
from napari_nfm.viewer.tube_mesh import points_along, tube_mesh

if TYPE_CHECKING:
    from napari_nfm.analysis import Tubularity

__all__ = [
    "bundle_of",
    "centrelines_to_lines",
    "trajectories_in",
    "tube_note",
    "tubes_to_surface",
]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def tubes_to_surface(found: "Tubularity") -> tuple[FloatArray, IntArray, IntArray]:
    """Turn the tubes of all bundles into one mesh, in the first three components.

    Returns
    -------
    vertices : (vertex, 3)
        In components.
    faces : (face, 3)
        Rows of `vertices`.
    bundle : (vertex,)
        The number of the bundle that each vertex belongs to.

    See Also
    --------
    placement.Placement.to_world : From components to the world.
    """
    all_vertices, all_faces, bundle = [], [], []
    n_before = 0
    for number in range(len(found.labels)):
        line, radius = _sections(found, number)
        vertices, faces = tube_mesh(line, radius)
        all_vertices.append(vertices)
        all_faces.append(faces + n_before)
        bundle.append(np.full(len(vertices), number))
        n_before += len(vertices)
    return np.concatenate(all_vertices), np.concatenate(all_faces), np.concatenate(bundle)


def centrelines_to_lines(
    found: "Tubularity",
    placement: Placement,
    shown: Collection[int] | None = None,
    *,
    flat: bool = False,
) -> tuple[FloatArray, pd.DataFrame]:
    """Turn centrelines into the segments of a Vectors layer.

    Returns
    -------
    data : (n, 2, 3)
        Start ``(z, y, x)`` and step of each segment; all at ``z = 0`` where `flat`.
    features : DataFrame
        Per segment: ``bundle``, its title, and ``category_index``, its number.
    """
    numbers = list(range(len(found.labels)) if shown is None else sorted(shown))
    world = placement.to_world(first_three(found.centrelines[numbers]))
    if flat:
        world[..., 0] = 0.0
    data = np.stack([world[:, :-1], np.diff(world, axis=1)], axis=2).reshape(-1, 2, 3)
    number_of = np.repeat(np.array(numbers, dtype=int), world.shape[1] - 1)
    titles = np.array(bundle_titles(found), dtype=object)
    return data, pd.DataFrame({"bundle": titles[number_of], "category_index": number_of})


def trajectories_in(found: "Tubularity", shown: Collection[int] | None = None) -> xr.DataArray:
    """Return the curves in time ``(category, direction, time, component)`` of some bundles.

    Curves of other bundles are NaN; where all are wanted, so are those of no bundle.

    Raises
    ------
    ValueError
        The tubes are of curves without a clock, not of responses.
    """
    if found.trajectories is None:
        raise ValueError("tubes of given curves have no trajectories in time")
    if shown is None or len(shown) == len(found.labels):
        return found.trajectories
    wanted = np.isin(found.curve_labels, found.labels[sorted(shown)])
    mask = wanted.reshape(found.trajectories.shape[:2])
    return found.trajectories.where(xr.DataArray(mask, dims=("category", "direction")))


def bundle_of(found: "Tubularity", category: str, direction: float) -> int | None:
    """Return the number of the bundle that a stimulus' curve belongs to, or None."""
    curves = found.trajectories
    if curves is None:
        return None
    row = np.flatnonzero(curves["category"].values.astype(str) == category)
    column = np.flatnonzero(curves["direction"].values == direction)
    if not len(row) or not len(column):
        return None
    label = found.curve_labels.reshape(curves.shape[:2])[row[0], column[0]]
    number = np.flatnonzero(found.labels == label)
    return int(number[0]) if len(number) else None


def tube_note(found: "Tubularity") -> str:
    """Say which dimensions are seen, and in how many the radius was measured, of which quantile."""
    n_components = found.n_components
    radius = f"radius of {100 * found.settings.quantile:g} % of points"
    if n_components <= 3:
        return f"All {n_components} dimensions; {radius}"
    return f"First 3 of {n_components} dimensions; {radius}, in all {n_components}"


def _sections(found: "Tubularity", number: int) -> tuple[FloatArray, FloatArray]:
    """Return the middle of every bin and both ends ``(section, 3)``, and the radius at each."""
    line = first_three(found.centrelines[number])
    along = np.linspace(0, 1, len(line))
    at = np.concatenate([[0.0], found.radius_at, [1.0]])
    profile = found.radius_profile[number]
    return points_along(at, along, line), np.concatenate([profile[:1], profile, profile[-1:]])
