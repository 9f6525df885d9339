import numpy as np
import pandas as pd
import pytest
import xarray as xr

from napari_nfm.viewer.convert_curves import (
    curves_to_heads,
    curves_to_paths,
    curves_to_tracks,
    tracks_to_curves,
)
from napari_nfm.viewer.placement import Placement, axes_to_lines, variance_titles


@pytest.fixture
def curves():
    values = np.random.default_rng(0).normal(size=(3, 4, 5, 3)) * [4.0, 2.0, 1.0]
    return xr.DataArray(
        values,
        dims=("category", "direction", "time", "component"),
        coords={"category": ["a", "b", "c"], "direction": [0.0, 90.0, 180.0, 270.0]},
    )


@pytest.fixture
def placement(curves):
    return Placement.fit(curves, (0.0, 100.0, 400.0), 200.0)


def test_tracks_return_to_curves(curves, placement):
    data, features = curves_to_tracks(curves, placement)
    assert data.shape == (60, 5)
    assert list(np.unique(data[:, 0])) == list(range(12))
    back = tracks_to_curves(features)
    xr.testing.assert_allclose(back, curves)
    np.testing.assert_allclose(
        placement.to_components(data[:, 2:]), features[["PC1", "PC2", "PC3"]].to_numpy()
    )


def test_heads_are_the_tracks_points(curves, placement):
    tracks, _ = curves_to_tracks(curves, placement)
    heads, features = curves_to_heads(curves, placement)
    np.testing.assert_array_equal(heads, tracks[:, 1:])
    xr.testing.assert_allclose(tracks_to_curves(features), curves)


def test_missing_moments_are_left_out_and_return_as_nan(curves, placement):
    curves[1, 2, 3:] = np.nan
    data, features = curves_to_tracks(curves, placement)
    assert len(data) == 58
    xr.testing.assert_allclose(tracks_to_curves(features), curves)
    paths, _ = curves_to_paths(curves, placement)
    assert len(paths) == 12 * 4 - 2


def test_paths_join_each_curves_points_and_no_two_curves(curves, placement):
    data, features = curves_to_paths(curves, placement)
    tracks, _ = curves_to_tracks(curves, placement)
    assert data.shape == (12 * 4, 2, 3)
    np.testing.assert_allclose(data[0, 0], tracks[0, 2:])
    np.testing.assert_allclose(data[0, 0] + data[0, 1], tracks[1, 2:])
    assert features["category"].value_counts().tolist() == [16, 16, 16]


def test_fewer_than_three_components_lie_in_a_plane(curves):
    two = curves.isel(component=slice(2))
    placement = Placement.fit(two, (0.0, 0.0, 0.0), 10.0)
    data, _ = curves_to_tracks(two, placement)
    assert (data[:, 2] == 0).all()


def test_flat_drawings_have_no_depth(curves, placement):
    assert (curves_to_tracks(curves, placement, flat=True)[0][:, 2] == 0).all()
    assert (curves_to_paths(curves, placement, flat=True)[0][..., 0] == 0).all()
    shares = variance_titles([0.479, 0.2, 0.1])
    lines, _, titles = axes_to_lines(placement, shares, flat=True)
    assert (lines[..., 0] == 0).all()
    assert titles == ["PC 1 (47.9 %)", "PC 2 (20.0 %)", ""]


def test_constant_curves_stand_in_the_middle(curves):
    placement = Placement.fit(curves * 0, (1.0, 2.0, 3.0), 10.0)
    data, _ = curves_to_tracks(curves * 0, placement)
    assert (data[:, 2:] == [1.0, 2.0, 3.0]).all()


def test_feature_columns_explain_themselves(curves, placement):
    _, features = curves_to_tracks(curves, placement)
    assert isinstance(features, pd.DataFrame)
    assert list(features.columns) == [
        "category", "direction", "frame", "category_index", "PC1", "PC2", "PC3",
    ]  # fmt: skip
    row = features.iloc[7]
    assert (row["category"], row["direction"], row["frame"]) == ("a", 90.0, 2)
