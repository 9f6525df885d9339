import numpy as np
import pytest

from napari_nfm.viewer.placement import Placement, axes_to_lines, variance_titles

POINTS = np.random.default_rng(0).normal(size=(60, 3)) * [4.0, 2.0, 1.0]


@pytest.fixture
def placement():
    return Placement.around(POINTS, (0.0, 100.0, 400.0), 200.0)


def test_components_keep_their_geometry_in_the_world(placement):
    world = placement.to_world(POINTS)
    np.testing.assert_allclose(placement.to_components(world), POINTS, atol=1e-12)
    np.testing.assert_allclose(
        np.linalg.norm(world[1:] - world[0], axis=1),
        placement.scale * np.linalg.norm(POINTS[1:] - POINTS[0], axis=1),
    )
    # The largest component fills the cube; none leaves it.
    assert np.ptp(world, axis=0).max() == pytest.approx(200)
    assert np.abs(world - placement.centre).max() <= 100 + 1e-9
    # Component 1 grows to the right, component 2 upwards.
    assert world[POINTS[:, 0].argmax(), 2] == world[:, 2].max()
    assert world[POINTS[:, 1].argmax(), 1] == world[:, 1].min()


def test_axes_bound_the_cube_and_state_the_variance(placement):
    lines, ends, titles = axes_to_lines(placement, variance_titles([0.479, 0.2, 0.1]))
    assert titles == ["PC 1 (47.9 %)", "PC 2 (20.0 %)", "PC 3 (10.0 %)"]
    np.testing.assert_allclose(np.abs(lines[:, 1]).sum(axis=1), 200)
    assert ends.shape == (3, 3)
