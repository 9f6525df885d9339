"""What tubularity is made of, each held against a plain computation."""

import numpy as np
import pytest

from napari_nfm.analysis.tubes import eigenvectors
from napari_nfm.analysis.tubes.centreline import centreline
from napari_nfm.analysis.tubes.crossing import crossing
from napari_nfm.analysis.tubes.curves import tangents
from napari_nfm.analysis.tubes.eigenvectors import leading_eigenvectors
from napari_nfm.analysis.tubes.settings import PRESETS
from napari_nfm.analysis.tubes.spread import on_all_cores


def falling_spectrum(n_units, n_rows, seed=0):
    """A matrix whose variances fall slowly into a tail of noise."""
    rng = np.random.default_rng(seed)
    loadings = rng.normal(size=(n_units, 12)) * np.linspace(2, 0.3, 12)
    return loadings @ rng.normal(size=(12, n_rows)) + rng.normal(size=(n_units, n_rows))


def all_eigenvectors(matrix, weights):
    values, vectors = np.linalg.eigh(matrix.T @ (matrix * weights[:, np.newaxis]))
    return values[::-1], vectors[:, ::-1]


def weights_of(n_units, weighted):
    rng = np.random.default_rng(1)
    return rng.integers(4, size=n_units).astype(float) if weighted else np.ones(n_units)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("shape", [(40, 300), (300, 40), (500, 420), (320, 700)])
def test_leading_eigenvectors_are_those_of_all(shape, weighted):
    matrix = falling_spectrum(*shape)
    weights = weights_of(len(matrix), weighted)
    expected, directions = all_eigenvectors(matrix, weights)
    values, vectors = leading_eigenvectors(matrix, 10, weights if weighted else None)
    np.testing.assert_allclose(values, expected[:10], rtol=1e-11)
    overlap = np.abs(np.sum(vectors * directions[:, :10], axis=0))
    np.testing.assert_allclose(overlap, 1, rtol=1e-11)
    np.testing.assert_allclose(vectors.T @ vectors, np.eye(10), atol=1e-11)


def test_eigenvectors_that_do_not_stand_out_are_all_computed(monkeypatch):
    matrix = np.random.default_rng(3).normal(size=(420, 400))  # noise, and nothing else
    monkeypatch.setattr(eigenvectors, "LARGEST_SPACE", 60)
    asked = []
    monkeypatch.setattr(
        eigenvectors,
        "_all_at_once",
        lambda *given, plain=eigenvectors._all_at_once: asked.append(1) or plain(*given),
    )
    values, vectors = leading_eigenvectors(matrix, 10)
    expected, directions = all_eigenvectors(matrix, np.ones(420))
    assert asked
    np.testing.assert_allclose(values, expected[:10], rtol=1e-11)
    np.testing.assert_allclose(np.abs(np.sum(vectors * directions[:, :10], axis=0)), 1, rtol=1e-9)


@pytest.mark.parametrize("rank", [1, 3, 8, 11])
def test_of_few_dimensions_the_rest_has_no_variance(rank):
    rng = np.random.default_rng(rank)
    matrix = rng.normal(size=(400, rank)) @ rng.normal(size=(rank, 500))
    values, vectors = leading_eigenvectors(matrix, 10)
    expected, _ = all_eigenvectors(matrix, np.ones(400))
    np.testing.assert_allclose(values[:rank], expected[:10][:rank], rtol=1e-11)
    assert (values[rank:] <= 1e-12 * values[0]).all()
    np.testing.assert_allclose(vectors.T @ vectors, np.eye(10), atol=1e-11)


def test_eigenvectors_do_not_depend_on_the_number_of_threads():
    matrix = falling_spectrum(333, 450)
    alone = leading_eigenvectors(matrix, 10)
    with on_all_cores() as spread:
        together = leading_eigenvectors(matrix, 10, spread=spread)
    assert all(one.tobytes() == other.tobytes() for one, other in zip(alone, together, strict=True))


def plain_crossing(curves):
    """The definition, pair by pair."""
    count, n_points, _ = curves.shape
    points, owner = curves.reshape(count * n_points, -1), np.repeat(range(count), n_points)
    apart = np.linalg.norm(points[:, np.newaxis] - points, axis=2)
    nearest = []
    for number, distances in enumerate(apart):
        others = [place for place in np.argsort(distances, kind="stable") if place != number][:9]
        of_others = [distances[place] for place in others if owner[place] != owner[number]]
        nearest.extend(of_others[:1])
    scale = np.median(nearest) if nearest else 1.0
    directions = tangents(curves).reshape(len(points), -1)
    sines = 1 - (directions @ directions.T) ** 2
    counted = (apart <= 3 * scale) & (owner[:, np.newaxis] < owner)
    total = (np.exp(-(apart**2) / (2 * scale**2)) * sines)[counted].sum()
    return total / n_points**2 / (count * (count - 1) / 2), scale


@pytest.mark.parametrize("count", [2, 5])
@pytest.mark.parametrize("size", [1e-6, 1.0, 1e6])
@pytest.mark.parametrize("place", [0.0, 1e3])
def test_crossing_is_that_of_all_pairs(count, size, place):
    rng = np.random.default_rng(count)
    curves = size * (rng.normal(size=(count, 40, 3)).cumsum(axis=1) + place)
    np.testing.assert_allclose(crossing(curves), plain_crossing(curves), rtol=1e-9)


def test_curves_that_nearly_coincide_cross_at_their_distance():
    along = np.linspace(0, 100, 60)
    curves = np.zeros((3, 60, 2))
    curves[:, :, 0] = along
    curves[:, :, 1] = np.array([0, 1e-6, 3e-6])[:, np.newaxis]
    score, scale = crossing(curves)
    assert scale == pytest.approx(1e-6, rel=1e-9)
    assert score < 1e-15


def test_curves_out_of_reach_of_each_other_have_a_scale_of_one():
    along = np.linspace(0, 1, 50)
    curves = np.stack([along, 0 * along], axis=1) + np.array([[[0, 0]], [[0, 1e4]]])
    assert crossing(curves) == (0.0, 1.0)


@pytest.mark.parametrize("waves", [1, 12, 35])
def test_centrelines_are_the_splines_of_the_study_however_many_knots(waves):
    from scipy.interpolate import UnivariateSpline

    along = np.linspace(0, 1, 150)
    mean = 30 * np.stack([np.sin(2 * np.pi * waves * along), along**2], axis=1)
    at = np.linspace(0, 1, 333)
    line = centreline(mean, at, PRESETS["study"])
    for component in range(2):
        spline = UnivariateSpline(along, mean[:, component], k=3, s=0.01)
        np.testing.assert_array_equal(line[:, component], spline(at))
