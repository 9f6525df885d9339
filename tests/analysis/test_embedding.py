import numpy as np
import pytest
from scipy.sparse import block_diag, csr_array
from threadpoolctl import threadpool_limits

from napari_nfm.analysis import AnalysisError, diffusion_map, principal_coordinates
from napari_nfm.analysis import embedding as module

CONNECTED = ["swiss", "curve", "retina"]


def assert_equal_but_for_signs(ours, theirs, tolerance):
    theirs = theirs * np.sign((ours * theirs).sum(axis=0))
    allowed = tolerance * np.abs(theirs).max(axis=0)
    assert (np.abs(ours - theirs).max(axis=0) <= allowed).all()


def random_kernel(n_units, seed=0):
    points = np.random.default_rng(seed).normal(size=(n_units, 3))
    return np.exp(-((points[:, np.newaxis] - points) ** 2).sum(axis=-1))


@pytest.mark.parametrize("name", CONNECTED)
def test_diffusion_map_equals_the_reference(golden_graph, golden_embedding, name):
    golden = golden_embedding(name)
    result = diffusion_map(golden_graph(name).weights)
    np.testing.assert_allclose(result.eigenvalues, golden["evals"], rtol=1e-6, atol=0)
    tolerance = np.where(np.arange(20) < golden["nPCs"], 1e-5, 1e-3)
    assert_equal_but_for_signs(result.coordinates, golden["diffmap"], tolerance)
    assert set(result.component_of) == {0}


@pytest.mark.parametrize("name", CONNECTED)
def test_without_density_correction_it_equals_the_reference(golden_graph, golden_embedding, name):
    golden = golden_embedding(name)
    result = diffusion_map(golden_graph(name).weights, 3, alpha=0)
    np.testing.assert_allclose(result.eigenvalues, golden["evals_alpha0"], rtol=1e-6, atol=0)
    assert_equal_but_for_signs(result.coordinates, golden["diffmap_alpha0"], 1e-5)


@pytest.mark.parametrize("name", ["swiss", "curve", "retina", "blobs"])
def test_principal_coordinates_equal_the_reference(golden_embedding, name):
    golden = golden_embedding(name)
    count = int(golden["nPCs"])
    ours = principal_coordinates(golden["diffmap"][:, :count])
    assert ours.shape == (len(golden["mds"]), count)
    assert_equal_but_for_signs(ours, golden["mds"][:, :count], 1e-5)
    assert np.abs(golden["mds"][:, count:]).max() == 0


def test_a_graph_in_two_parts_has_the_eigenvalues_of_the_reference(golden_graph, golden_embedding):
    result = diffusion_map(golden_graph("blobs").weights)
    np.testing.assert_allclose(
        result.eigenvalues, golden_embedding("blobs")["evals"], rtol=1e-6, atol=0
    )
    first = result.coordinates[:, 0]
    for part in (0, 1):
        assert np.ptp(first[result.component_of == part]) < 1e-12
    sizes = np.bincount(result.component_of)
    assert list(sizes) == sorted(sizes, reverse=True)
    later = result.coordinates[:, 1:]
    inside = np.array([(later[result.component_of == part] != 0).any(0) for part in (0, 1)])
    assert (inside.sum(axis=0) == 1).all()  # every other mode lives in one part


def test_each_part_is_embedded_as_if_alone():
    large, middle, small = (random_kernel(n, seed=n) for n in (30, 20, 6))
    order = np.random.default_rng(3).permutation(57)
    lonely = np.ones((1, 1))
    kernel = block_diag([small, large, lonely, middle]).toarray()
    whole = diffusion_map(kernel[np.ix_(order, order)], 20)
    coordinates = np.empty_like(whole.coordinates)
    coordinates[order] = whole.coordinates
    part_of = np.empty(57, int)
    part_of[order] = whole.component_of
    assert (part_of == np.repeat([2, 0, 3, 1], [6, 30, 1, 20])).all()
    np.testing.assert_array_equal(whole.eigenvalues[:3], 1)
    alone = diffusion_map(large, 5)
    for k, value in enumerate(alone.eigenvalues):
        (column,) = np.flatnonzero(np.isclose(whole.eigenvalues, value, rtol=1e-12))
        ours = coordinates[6:36, column]
        # unit vectors over the part, so that nothing depends on what else is in the graph
        np.testing.assert_allclose(ours, alone.coordinates[:, k], atol=1e-10)
    # what tells the parts apart: each against all larger ones
    for k in range(3):
        signs = np.sign(coordinates[:, k])
        assert set(signs[part_of > k + 1]) <= {0}
        (own,), (larger,) = set(signs[part_of == k + 1]), set(signs[part_of <= k])
        assert own * larger == -1


def test_the_modes_solve_the_random_walk():
    kernel = random_kernel(40)
    result = diffusion_map(kernel, 6, alpha=0)
    walk = kernel / kernel.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(
        walk @ result.coordinates, result.eigenvalues * result.coordinates, atol=1e-12
    )


def test_a_large_negative_eigenvalue_is_not_taken_for_a_slow_mode():
    bipartite = np.kron([[0.02, 1], [1, 0.02]], np.ones((5, 5)))
    result = diffusion_map(bipartite + 0.01 * random_kernel(10), 9)
    assert result.eigenvalues.min() < -0.9
    assert (np.diff(result.eigenvalues) <= 0).all()
    assert result.eigenvalues[0] < 0.1


def test_units_without_weight_are_nan():
    kernel = random_kernel(12)
    kernel[[3, 7]] = 0
    kernel[:, [3, 7]] = 0
    result = diffusion_map(kernel, 4)
    lost = np.isin(np.arange(12), [3, 7])
    np.testing.assert_array_equal(np.isnan(result.coordinates).all(axis=1), lost)
    np.testing.assert_array_equal(result.component_of, np.where(lost, -1, 0))
    kept = diffusion_map(np.delete(np.delete(kernel, [3, 7], 0), [3, 7], 1), 4)
    np.testing.assert_array_equal(result.coordinates[~lost], kept.coordinates)
    turned = principal_coordinates(result.coordinates)
    np.testing.assert_array_equal(np.isnan(turned).all(axis=1), lost)


def test_lanczos_and_dense_agree_and_never_flip(monkeypatch, golden_graph):
    weights = golden_graph("swiss").weights
    dense = diffusion_map(weights, 8)
    monkeypatch.setattr(module, "LARGEST_DENSE", 50)
    sparse = diffusion_map(weights, 8)
    np.testing.assert_allclose(sparse.eigenvalues, dense.eigenvalues, rtol=1e-10)
    np.testing.assert_allclose(sparse.coordinates, dense.coordinates, atol=1e-9)
    largest = np.abs(dense.coordinates).argmax(axis=0)
    assert (dense.coordinates[largest, np.arange(8)] > 0).all()


@pytest.mark.parametrize("largest_dense", [50, 5000])
def test_bytes_do_not_depend_on_threads(monkeypatch, golden_graph, largest_dense):
    monkeypatch.setattr(module, "LARGEST_DENSE", largest_dense)
    weights = golden_graph("swiss").weights
    with threadpool_limits(2):
        two = diffusion_map(weights, 8)
    with threadpool_limits(1):
        one = diffusion_map(csr_array(weights.toarray()), 8)
    assert two.coordinates.tobytes() == one.coordinates.tobytes()
    assert (
        principal_coordinates(two.coordinates).tobytes()
        == principal_coordinates(one.coordinates).tobytes()
    )


def with_entry(value):
    kernel = random_kernel(5)
    kernel[1, 2] = kernel[2, 1] = value
    return kernel


@pytest.mark.parametrize(
    ("weights", "count", "words"),
    [
        (np.ones((3, 4)), 1, "(3, 4)"),
        (np.ones(3), 1, "(3,)"),
        (with_entry(np.nan), 2, "NaN"),
        (with_entry(-1), 2, "negative"),
        (np.triu(random_kernel(5)), 2, "symmetric"),
        (np.zeros((5, 5)), 1, "links at least two"),
        (np.ones((2, 2)), 20, "1 to 1"),
        (random_kernel(5), 5, "1 to 4"),
        (random_kernel(5), 0, "n_components is 0"),
    ],
)
def test_bad_weights_get_one_sentence(weights, count, words, assert_one_clear_sentence):
    with pytest.raises(AnalysisError) as caught:
        diffusion_map(weights, count)
    assert_one_clear_sentence(caught.value, words)


@pytest.mark.parametrize(
    ("coordinates", "count", "words"),
    [
        (np.zeros(4), 2, "(4,)"),
        (np.full((4, 2), np.inf), 2, "infinite"),
        (np.full((4, 2), np.nan), 2, "0 of 4 units"),
        (np.ones((4, 2)), 0, "n_components is 0"),
    ],
)
def test_bad_coordinates_get_one_sentence(coordinates, count, words, assert_one_clear_sentence):
    with pytest.raises(AnalysisError) as caught:
        principal_coordinates(coordinates, count)
    assert_one_clear_sentence(caught.value, words)
