import numpy as np
import pytest

from napari_nfm.viewer.convert_maps import (
    Montage,
    maps_to_montage,
    montage_to_maps,
    movie_to_plane,
    plane_to_movie,
)


def test_movie_returns_from_its_plane():
    frames = np.random.default_rng(0).integers(0, 255, (7, 4, 6), dtype=np.uint8)
    plane = movie_to_plane(frames)
    assert plane.shape == (7, 1, 4, 6)
    np.testing.assert_array_equal(plane_to_movie(plane), frames)


@pytest.mark.parametrize("n_maps", [1, 2, 5, 12])
def test_maps_return_from_their_montage(n_maps):
    maps = np.random.default_rng(0).normal(size=(3, n_maps, 16, 24)).astype(np.float32)
    montage = Montage.arrange(n_maps, (16, 24))
    plane = maps_to_montage(maps, montage)
    assert plane.shape == (3, 1, *montage.shape)
    np.testing.assert_array_equal(montage_to_maps(plane, montage), maps)
    # Every pixel that belongs to no map is empty.
    assert np.isfinite(plane).sum() == maps.size
