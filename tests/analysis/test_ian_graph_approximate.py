import numpy as np
import pytest

from napari_nfm.analysis import ian_graph
from napari_nfm.analysis.neighbourhoods.gabriel import gabriel_edges


@pytest.fixture(scope="module")
def sheet():
    """Units along two features that curve through five dimensions."""
    u, v = np.random.default_rng(0).uniform(size=(2, 400))
    return np.column_stack([np.sin(3 * u), np.cos(3 * u), v, v**2, u * v])


@pytest.fixture(scope="module")
def graph(sheet):
    return ian_graph(sheet, method="approximate")


def all_squared_distances(points):
    return ((points[:, np.newaxis] - points) ** 2).sum(axis=2)


def test_scales_are_distances_to_the_seventh_neighbour(sheet, graph):
    distances = np.sqrt(all_squared_distances(sheet))
    np.testing.assert_allclose(graph.scales, np.sort(distances, axis=1)[:, 7], rtol=1e-12)


def test_kernel_is_that_of_nearest_neighbours(sheet, graph):
    squared = all_squared_distances(sheet)
    rank = squared.argsort(axis=1).argsort(axis=1)
    near = (rank <= 64) | (rank.T <= 64)
    kernel = np.exp(-squared / np.outer(graph.scales, graph.scales))
    expected = np.where(near & (kernel >= 1e-8), kernel, 0)
    np.testing.assert_allclose(graph.weights.toarray(), expected, atol=1e-12)
    assert (graph.weights != graph.weights.T).nnz == 0


def test_edges_are_gabriel_edges_between_nearest_neighbours(sheet, graph):
    squared = all_squared_distances(sheet)
    everything = gabriel_edges(squared / squared[squared > 0].min())
    rank = squared.argsort(axis=1).argsort(axis=1)
    i, j = everything.T
    near = (rank[i, j] <= 64) | (rank[j, i] <= 64)
    np.testing.assert_array_equal(graph.edges, everything[near])


def test_edges_agree_with_the_exact_method(sheet, graph):
    exact = {tuple(edge) for edge in ian_graph(sheet).edges.tolist()}
    approximate = {tuple(edge) for edge in graph.edges.tolist()}
    assert len(exact & approximate) / len(exact | approximate) > 0.85


def test_holds_no_matrix_of_all_pairs(graph):
    assert graph.squared_distances is None
    assert graph.history is None
    assert graph.points.shape == (400, 5)
    assert graph.weights.nnz <= 400 * (2 * 64 + 1)


def test_far_groups_are_components(sheet):
    graph = ian_graph(np.concatenate([sheet, sheet + 100]), method="approximate")
    np.testing.assert_array_equal(graph.components, np.repeat([0, 1], 400))
    assert len(graph.disconnected) == 0


def test_a_unit_that_no_weight_reaches_is_disconnected(sheet):
    # Its seventh neighbour is about as far as its nearest, and theirs are near: no weight is left
    # only if it is farther than 18 times the product of both scales.
    graph = ian_graph(np.concatenate([sheet, [[1e4] * 5]]), method="approximate")
    np.testing.assert_array_equal(graph.disconnected, [400])
    assert graph.scales[400] == 0
    assert graph.weights[[400]].nnz == 0
    assert graph.degree[400] == 0
    assert np.isfinite(graph.weights.data).all()


@pytest.mark.parametrize("n_units", [3, 8, 9, 64, 66])
def test_fewer_units_than_neighbours(n_units):
    points = np.random.default_rng(1).normal(size=(n_units, 2))
    graph = ian_graph(points, method="approximate")
    assert graph.weights.shape == (n_units, n_units)
    np.testing.assert_array_equal(graph.weights.diagonal(), 1)
    assert (graph.degree > 0).all()
