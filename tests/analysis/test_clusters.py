import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from sklearn.cluster import HDBSCAN
from sklearn.metrics import adjusted_rand_score

from napari_nfm.analysis import AnalysisError, density_clusters


@pytest.fixture
def two_clouds(golden_graph):
    generator = np.random.default_rng(0)
    points = np.concatenate([generator.normal(size=(30, 2)), generator.normal(size=(50, 2)) + 20])
    squared = ((points[:, np.newaxis] - points) ** 2).sum(axis=-1)
    near = np.argsort(squared, axis=1)[:, 1:4]
    edges = np.unique(np.sort([(i, j) for i in range(80) for j in near[i]], axis=1), axis=0)
    graph = golden_graph("curve")
    return points, replace(graph, n_units=80, edges=edges, weights=None, squared_distances=squared)


@pytest.mark.parametrize("min_cluster_size", [10, 5])
@pytest.mark.parametrize("name", ["swiss", "blobs", "curve", "retina"])
def test_equals_the_reference(golden_graph, golden_embedding, name, min_cluster_size):
    golden = golden_embedding(name)
    theirs = golden[f"hdbscan_labels_mcs{min_cluster_size}"]
    coordinates = golden["diffmap"][:, : int(golden["nPCs"])]
    ours = density_clusters(coordinates, golden_graph(name), min_cluster_size=min_cluster_size)
    assert adjusted_rand_score(ours, theirs) == 1
    np.testing.assert_array_equal(ours == -1, theirs == -1)
    # the reference counts the noise as a cluster
    assert ours.max() + 2 == golden[f"hdbscan_nclusters_incl_noise_mcs{min_cluster_size}"]


def test_the_largest_cluster_comes_first(two_clouds):
    points, graph = two_clouds
    labels = density_clusters(points, graph)
    assert set(labels[:30]) - {-1} == {1}
    assert set(labels[30:]) - {-1} == {0}
    assert (labels == -1).sum() < 20


def test_equals_the_full_matrix_where_no_distances_are_equal(two_clouds):
    points, graph = two_clouds
    shifted = points * (1 + 1e-6 * np.arange(80)[:, np.newaxis])
    one_each = replace(graph, edges=np.c_[np.arange(79), np.arange(1, 80)])
    labels = density_clusters(shifted, one_each, min_cluster_size=4)
    distances = np.sqrt(((shifted[:, np.newaxis] - shifted) ** 2).sum(axis=-1))
    core = np.zeros(80)
    for i, j in one_each.edges:
        core[i], core[j] = max(core[i], distances[i, j]), max(core[j], distances[i, j])
    mutual = np.maximum(distances, np.maximum.outer(core, core))
    np.fill_diagonal(mutual, 0)
    whole = HDBSCAN(4, min_samples=1, metric="precomputed", copy=True).fit_predict(mutual)
    np.testing.assert_array_equal(labels == -1, whole == -1)
    assert adjusted_rand_score(labels, whole) > 0.99


def test_lost_units_are_noise_and_change_nothing(two_clouds):
    points, graph = two_clouds
    more = np.concatenate([points, [[np.nan, np.nan], [0.0, 0.0]]])
    labels = density_clusters(more, replace(graph, n_units=82))
    assert list(labels[80:]) == [-1, -1]
    np.testing.assert_array_equal(labels[:80], density_clusters(points, graph))


def test_no_cluster_is_all_noise(two_clouds):
    points, graph = two_clouds
    assert (density_clusters(points, graph, min_cluster_size=81) == -1).all()
    pair = replace(graph, n_units=2, edges=np.array([[0, 1]]))
    assert list(density_clusters(points[:2], pair)) == [-1, -1]
    unlinked = replace(graph, edges=np.empty((0, 2), dtype=np.int64))
    assert (density_clusters(points, unlinked) == -1).all()


def test_memory_grows_with_the_units_not_with_their_pairs(golden_graph):
    n_units = 3000
    points = np.random.default_rng(2).normal(size=(n_units, 3))
    edges = np.c_[np.arange(n_units - 1), np.arange(1, n_units)]
    graph = replace(golden_graph("curve"), n_units=n_units, edges=edges)
    density_clusters(points[:20], replace(graph, n_units=20, edges=edges[:19]))  # imports
    tracemalloc.start()
    density_clusters(points, graph)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < n_units**2 * 8 / 10


def test_units_in_one_place_are_one_cluster(two_clouds):
    points, graph = two_clouds
    labels = density_clusters(np.where(np.arange(80)[:, np.newaxis] < 30, 5.0, points), graph)
    assert set(labels[:30]) == {labels[0]} != {-1}
    assert set(labels[30:]) - {-1} == {1 - labels[0]}


def test_mismatched_input_gets_one_sentence(two_clouds, assert_one_clear_sentence):
    points, graph = two_clouds
    with pytest.raises(AnalysisError) as caught:
        density_clusters(points[1:], graph)
    assert_one_clear_sentence(caught.value, "79 units", "graph of 80")
    with pytest.raises(AnalysisError) as caught:
        density_clusters(points, graph, min_cluster_size=1)
    assert_one_clear_sentence(caught.value, "min_cluster_size is 1")
    with pytest.raises(AnalysisError) as caught:
        density_clusters(points[:, 0], graph)
    assert_one_clear_sentence(caught.value, "(80,)")
    with pytest.raises(AnalysisError) as caught:
        density_clusters(np.ones((80, 2)), graph)
    assert_one_clear_sentence(caught.value, "All 80 units")
