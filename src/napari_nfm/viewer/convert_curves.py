"""Trajectories to layer data, and back: pure functions, no window."""

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from napari_nfm.viewer.placement import CURVE_AXES, Placement, three_components

__all__ = ["curves_to_heads", "curves_to_paths", "curves_to_tracks", "tracks_to_curves"]

FloatArray = npt.NDArray[np.float64]


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
    tracks_to_curves : The way back.
    """
    data, features = curves_to_tracks(curves, placement, flat=flat)
    return data[:, 1:], features


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
