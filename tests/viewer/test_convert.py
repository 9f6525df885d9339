import numpy as np
import pandas as pd
import pytest
import xarray as xr

from napari_nfm.viewer import convert


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
    return convert.Placement.fit(curves, (0.0, 100.0, 400.0), 200.0)


def test_movie_returns_from_its_plane():
    frames = np.random.default_rng(0).integers(0, 255, (7, 4, 6), dtype=np.uint8)
    plane = convert.movie_to_plane(frames)
    assert plane.shape == (7, 1, 4, 6)
    np.testing.assert_array_equal(convert.plane_to_movie(plane), frames)


@pytest.mark.parametrize("n_maps", [1, 2, 5, 12])
def test_maps_return_from_their_montage(n_maps):
    maps = np.random.default_rng(0).normal(size=(3, n_maps, 16, 24)).astype(np.float32)
    montage = convert.Montage.arrange(n_maps, (16, 24))
    plane = convert.maps_to_montage(maps, montage)
    assert plane.shape == (3, 1, *montage.shape)
    np.testing.assert_array_equal(convert.montage_to_maps(plane, montage), maps)
    # Every pixel that belongs to no map is empty.
    assert np.isfinite(plane).sum() == maps.size


def test_components_keep_their_geometry_in_the_world(curves, placement):
    points = convert.three_components(curves).reshape(-1, 3)
    world = placement.to_world(points)
    np.testing.assert_allclose(placement.to_components(world), points, atol=1e-12)
    np.testing.assert_allclose(
        np.linalg.norm(world[1:] - world[0], axis=1),
        placement.scale * np.linalg.norm(points[1:] - points[0], axis=1),
    )
    # The largest component fills the cube; none leaves it.
    assert np.ptp(world, axis=0).max() == pytest.approx(200)
    assert np.abs(world - placement.centre).max() <= 100 + 1e-9
    # Component 1 grows to the right, component 2 upwards.
    assert world[points[:, 0].argmax(), 2] == world[:, 2].max()
    assert world[points[:, 1].argmax(), 1] == world[:, 1].min()


def test_tracks_return_to_curves(curves, placement):
    data, features = convert.curves_to_tracks(curves, placement)
    assert data.shape == (60, 5)
    assert list(np.unique(data[:, 0])) == list(range(12))
    back = convert.tracks_to_curves(features)
    xr.testing.assert_allclose(back, curves)
    np.testing.assert_allclose(
        placement.to_components(data[:, 2:]), features[["PC1", "PC2", "PC3"]].to_numpy()
    )


def test_heads_are_the_tracks_points(curves, placement):
    tracks, _ = convert.curves_to_tracks(curves, placement)
    heads, features = convert.curves_to_heads(curves, placement)
    np.testing.assert_array_equal(heads, tracks[:, 1:])
    xr.testing.assert_allclose(convert.heads_to_curves(features), curves)


def test_missing_moments_are_left_out_and_return_as_nan(curves, placement):
    curves[1, 2, 3:] = np.nan
    data, features = convert.curves_to_tracks(curves, placement)
    assert len(data) == 58
    xr.testing.assert_allclose(convert.tracks_to_curves(features), curves)
    paths, _ = convert.curves_to_paths(curves, placement)
    assert len(paths) == 12 * 4 - 2


def test_paths_join_each_curves_points_and_no_two_curves(curves, placement):
    data, features = convert.curves_to_paths(curves, placement)
    tracks, _ = convert.curves_to_tracks(curves, placement)
    assert data.shape == (12 * 4, 2, 3)
    np.testing.assert_allclose(data[0, 0], tracks[0, 2:])
    np.testing.assert_allclose(data[0, 0] + data[0, 1], tracks[1, 2:])
    assert features["category"].value_counts().tolist() == [16, 16, 16]


def test_fewer_than_three_components_lie_in_a_plane(curves):
    two = curves.isel(component=slice(2))
    placement = convert.Placement.fit(two, (0.0, 0.0, 0.0), 10.0)
    data, _ = convert.curves_to_tracks(two, placement)
    assert (data[:, 2] == 0).all()


def test_flat_drawings_have_no_depth(curves, placement):
    assert (convert.curves_to_tracks(curves, placement, flat=True)[0][:, 2] == 0).all()
    assert (convert.curves_to_paths(curves, placement, flat=True)[0][..., 0] == 0).all()
    shares = convert.variance_titles([0.479, 0.2, 0.1])
    lines, _, titles = convert.axes_to_lines(placement, shares, flat=True)
    assert (lines[..., 0] == 0).all()
    assert titles == ["PC 1 (47.9 %)", "PC 2 (20.0 %)", ""]


def test_axes_bound_the_cube_and_state_the_variance(placement):
    shares = convert.variance_titles([0.479, 0.2, 0.1])
    lines, ends, titles = convert.axes_to_lines(placement, shares)
    assert titles == ["PC 1 (47.9 %)", "PC 2 (20.0 %)", "PC 3 (10.0 %)"]
    np.testing.assert_allclose(np.abs(lines[:, 1]).sum(axis=1), 200)
    assert ends.shape == (3, 3)


def test_constant_curves_stand_in_the_middle(curves):
    placement = convert.Placement.fit(curves * 0, (1.0, 2.0, 3.0), 10.0)
    data, _ = convert.curves_to_tracks(curves * 0, placement)
    assert (data[:, 2:] == [1.0, 2.0, 3.0]).all()


def test_feature_columns_explain_themselves(curves, placement):
    _, features = convert.curves_to_tracks(curves, placement)
    assert isinstance(features, pd.DataFrame)
    assert list(features.columns) == [
        "category", "direction", "frame", "category_index", "PC1", "PC2", "PC3",
    ]  # fmt: skip
    row = features.iloc[7]
    assert (row["category"], row["direction"], row["frame"]) == ("a", 90.0, 2)
