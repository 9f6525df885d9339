from types import SimpleNamespace

import numpy as np
import pytest
from scipy import ndimage
from scipy.spatial import cKDTree

BORDER = 25


def _elements(image):
    """Centres, areas and angles of the elements well inside a still image of dot flow."""
    covered = np.abs(image.astype(float) - 128) / 120
    labels, count = ndimage.label(covered > 0.5)
    index = np.arange(1, count + 1)
    centres = np.array(ndimage.center_of_mass(covered, labels, index))
    areas = ndimage.sum(covered, labels, index)
    inner = ((centres > BORDER) & (centres < np.subtract(image.shape, BORDER))).all(axis=1)
    nearest = cKDTree(centres).query(centres, k=2)[0][:, 1]
    angles = np.full(count, np.nan)
    for i, box in enumerate(ndimage.find_objects(labels)):
        weight = (labels[box] == i + 1) * covered[box]
        y, x = (grid[box] - centre for grid, centre in zip(GRIDS, centres[i], strict=True))
        xy, xx, yy = (np.sum(weight * product) for product in (x * y, x * x, y * y))
        angles[i] = np.rad2deg(np.arctan2(2 * xy, xx - yy)) / 2
    single = inner & (areas < 1.3 * np.median(areas[inner]))
    return SimpleNamespace(
        coverage=covered.mean(),
        density=inner.sum() / np.prod(np.subtract(image.shape, 2 * BORDER)),
        merged=1 - single.sum() / inner.sum(),
        nearest=nearest[inner],
        areas=areas[single],
        # Angles in the image, y downward, of the elements' long axes.
        angles=angles[single],
    )


def _fundamental_period(profile):
    """Period of a square wave from the average distance of its upward crossings."""
    high = profile > 128
    rises = np.flatnonzero(high[1:] & ~high[:-1])
    return np.diff(rises).mean()


GRIDS = np.mgrid[:600, :800]


@pytest.fixture(scope="session")
def measure():
    """Return measurements on still images."""
    return SimpleNamespace(elements=_elements, period=_fundamental_period)
