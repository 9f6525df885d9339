import numpy as np
import pandas as pd
import pytest
from manifold_builders import make_manifold

from napari_nfm.viewer import convert_manifold as convert
from napari_nfm.viewer.convert_maps import Montage
from napari_nfm.viewer.placement import Placement

LOOK = ("diffusion map", (0, 2, 1))


@pytest.fixture
def manifold():
    return make_manifold(60)


@pytest.fixture
def placement(manifold):
    chosen = convert.chosen_coordinates(manifold, *LOOK)
    return Placement.around(chosen, (0.0, 100.0, 400.0), 200.0)


def test_units_return_from_their_points(manifold, placement):
    points, features = convert.units_to_points(manifold, *LOOK, placement)
    pd.testing.assert_frame_equal(convert.points_to_units(features), manifold.units)
    np.testing.assert_allclose(
        placement.to_components(points), manifold.coordinates[:, [0, 2, 1]], atol=1e-12
    )
    np.testing.assert_allclose(features["diffusion_component_3"], manifold.coordinates[:, 2])


def test_any_three_coordinates_of_either_kind_are_drawn(manifold):
    chosen = convert.chosen_coordinates(manifold, "principal components", (3, 1, 7))
    np.testing.assert_array_equal(chosen, manifold.principal_coordinates[:, [3, 1, 7]])
    titles = convert.coordinate_titles(manifold, "principal components", (3, 1, 7))
    assert titles == ["Principal component 4", "Principal component 2", "Principal component 8"]


def test_coordinates_that_do_not_exist_are_flat_and_unnamed(manifold):
    assert (convert.chosen_coordinates(manifold, "diffusion map", (0, 1, 99))[:, 2] == 0).all()
    assert convert.coordinate_titles(manifold, "diffusion map", (0, 1, 99))[2] == ""


def test_flat_points_have_no_depth(manifold, placement):
    points, _ = convert.units_to_points(manifold, *LOOK, placement, flat=True)
    assert (points[:, 0] == 0).all()


def test_edges_join_the_points_of_their_units(manifold, placement):
    points, _ = convert.units_to_points(manifold, *LOOK, placement)
    vectors = convert.edges_to_vectors(manifold.edges, points)
    np.testing.assert_allclose(vectors[:, 0], points[manifold.edges[:, 0]])
    np.testing.assert_allclose(vectors.sum(axis=1), points[manifold.edges[:, 1]])


def test_of_too_many_edges_an_even_share_is_drawn(manifold, placement):
    points, _ = convert.units_to_points(manifold, *LOOK, placement)
    whole = convert.edges_to_vectors(manifold.edges, points)
    some = convert.edges_to_vectors(manifold.edges, points, most=10)
    assert some.shape == (10, 2, 3)
    np.testing.assert_array_equal(some[[0, -1]], whole[[0, -1]])


def test_units_and_pixels_find_each_other_on_the_maps():
    montage = Montage.arrange(3, (16, 24))
    channels = (4, 9, 2)
    units = pd.DataFrame(
        {"channel": [9, 2, 7, 4, 4], "y": [0, 15, 3, 16, 5], "x": [23, 0, 3, 0, 6]}
    )
    rows, pixels = convert.units_on_maps(units, channels, montage)
    # Unit 2 is of a channel that is not shown, unit 3 beyond its map.
    assert rows.tolist() == [0, 1, 4]
    for row, pixel in zip(rows, pixels, strict=True):
        place = convert.map_position(tuple(pixel), channels, montage)
        assert place == tuple(units.iloc[row])
        assert convert.map_position(tuple(pixel + 0.4), channels, montage) == place
    top, left = montage.corner(0)
    assert convert.map_position((top - 0.6, left), channels, montage) is None


def test_units_without_a_place_are_on_no_map():
    rows, _ = convert.units_on_maps(
        pd.DataFrame({"channel": [1]}), (1,), Montage.arrange(1, (4, 4))
    )
    assert len(rows) == 0
