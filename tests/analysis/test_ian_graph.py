import numpy as np
import pytest

from napari_nfm.analysis import AnalysisError, ian_graph
from napari_nfm.analysis.neighbourhoods.gabriel import gabriel_edges
from napari_nfm.jobs import Cancelled

OBJECTIVES = ["l1", "greedy"]


@pytest.fixture(scope="module")
def golden(data_directory):
    path = data_directory / "analysis" / "neighbourhoods.npz"
    with np.load(path, allow_pickle=False) as arrays:
        return dict(arrays)


@pytest.fixture(scope="module")
def retina(shared):
    with np.load(shared("golden/analysis/08_ian.npz"), allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays if name.startswith("retina")}


def assert_golden(golden, name, objective):
    points = golden[f"{name}_points"].astype(np.float64)
    theirs = {
        key.removeprefix(f"{name}_{objective}_"): value
        for key, value in golden.items()
        if key.startswith(f"{name}_{objective}_")
    }
    graph = ian_graph(points, objective=objective)
    history = graph.history
    connected = np.setdiff1d(np.arange(len(points)), theirs["disc"])

    np.testing.assert_array_equal(graph.edges, theirs["edges"])
    np.testing.assert_array_equal(graph.disconnected, np.sort(theirs["disc"]))
    assert len(history.n_pruned) == theirs["n_iters"]
    np.testing.assert_array_equal(history.n_pruned, theirs["n_pruned_per_iter"])
    np.testing.assert_array_equal(history.pruned_edges, theirs["pruned_edges_in_order"])
    np.testing.assert_allclose(history.scale_factors, theirs["C_history"], rtol=1e-6)
    np.testing.assert_allclose(history.thresholds, theirs["threshold_history"], rtol=1e-5)
    np.testing.assert_allclose(history.first_scales, theirs["first_scales"], rtol=1e-5)
    np.testing.assert_allclose(graph.scales[connected], theirs["scales"][connected], rtol=1e-5)
    np.testing.assert_allclose(
        history.volume_ratios[connected], theirs["vol_ratio_unweighted"][connected], rtol=1e-5
    )
    assert_golden_kernel(graph, theirs, connected)


def assert_golden_kernel(graph, theirs, connected):
    np.testing.assert_array_equal(connected, theirs["final_nonoutliers"])
    np.testing.assert_allclose(
        graph.weights.sum(axis=1)[connected], theirs["final_w_rowsum"], rtol=0, atol=1e-4
    )
    if len(graph.disconnected):
        return  # the reference's kernel of the others depends on an arbitrary scale of these
    assert graph.history.weighted_scale_factor == pytest.approx(theirs["C_weighted"], rel=1e-6)
    np.testing.assert_allclose(
        graph.history.weighted_volume_ratios, theirs["vol_ratio_weighted"], rtol=1e-5
    )
    upper = np.triu(graph.weights.toarray(), 1)
    assert np.count_nonzero(upper) == theirs["w_nnz_upper"]
    i, j = theirs["w_ij"].T
    np.testing.assert_allclose(upper[i, j], theirs["w_val"], rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", ["swiss", "blobs", "curve"])
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_equals_the_reference(golden, name, objective):
    assert_golden(golden, name, objective)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_equals_the_reference_on_the_retina(retina, objective):
    assert_golden(retina, "retina", objective)


@pytest.mark.parametrize("name", ["swiss", "blobs", "curve"])
def test_gabriel_graph_equals_the_reference(golden, name):
    squared = all_squared_distances(golden[f"{name}_points"].astype(np.float64))
    edges = gabriel_edges(squared / squared[squared > 0].min())
    np.testing.assert_array_equal(edges, golden[f"{name}_gabriel"])


def all_squared_distances(points):
    return ((points[:, np.newaxis] - points) ** 2).sum(axis=2)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_kernel_is_symmetric_with_ones_and_follows_from_the_scales(golden, objective):
    graph = ian_graph(golden["swiss_points"], objective=objective)
    weights = graph.weights.toarray()
    assert (weights == weights.T).all()
    np.testing.assert_array_equal(np.diag(weights), 1)
    kernel = np.exp(-graph.squared_distances / np.outer(graph.scales, graph.scales))
    np.testing.assert_allclose(weights, np.where(kernel < 1e-8, 0, kernel), atol=1e-12)


def test_greedy_scales_cover_every_edge(golden):
    graph = ian_graph(golden["swiss_points"], objective="greedy")
    i, j = graph.edges.T
    length = np.sqrt(graph.squared_distances[i, j]) * graph.history.weighted_scale_factor
    assert (np.sqrt(graph.scales[i] * graph.scales[j]) >= length * (1 - 1e-5)).all()


def test_least_sum_scales_cover_every_edge_up_to_the_chords(golden):
    # Along a chord from the diagonal to where a scale is largest, the sum of scales only grows.
    graph = ian_graph(golden["swiss_points"])
    i, j = graph.edges.T
    length = np.sqrt(graph.squared_distances[i, j]) * graph.history.weighted_scale_factor
    assert (graph.scales[i] + graph.scales[j] >= 2 * length * (1 - 1e-9)).all()


def test_least_sum_scales_equal_another_solver(golden):
    from scipy.optimize import linprog

    graph = ian_graph(golden["curve_points"])
    factor = graph.history.weighted_scale_factor
    i, j = np.r_[graph.edges, graph.edges[:, ::-1]].T
    length = np.sqrt(graph.squared_distances[i, j])
    radius = np.zeros(graph.n_units)
    np.maximum.at(radius, i, length)
    rows = np.zeros((len(i), graph.n_units))
    rows[np.arange(len(i)), i] = factor * length / radius[i]
    rows[np.arange(len(i)), j] = 1
    bounds = factor * length * (1 + factor * length / radius[i])
    best = linprog(
        np.ones(graph.n_units), A_ub=-rows, b_ub=-bounds, bounds=np.c_[0 * radius, radius]
    )
    assert graph.scales.sum() == pytest.approx(best.fun, rel=1e-9)
    np.testing.assert_allclose(graph.scales, best.x, rtol=1e-6)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_disconnected_units_are_reported_and_harmless(golden, objective):
    graph = ian_graph(golden["blobs_points"], objective=objective)
    np.testing.assert_array_equal(graph.disconnected, [240, 241])
    np.testing.assert_array_equal(graph.scales[graph.disconnected], 0)
    assert np.isfinite(graph.weights.data).all()
    assert graph.weights[graph.disconnected].nnz == 0
    assert graph.weights[:, graph.disconnected].nnz == 0
    assert np.isfinite(graph.history.weighted_volume_ratios).all()
    np.testing.assert_array_equal(np.flatnonzero(graph.degree == 0), graph.disconnected)
    labels, sizes = np.unique(graph.components, return_counts=True)
    assert (sizes[labels[graph.components[graph.disconnected]]] == 1).all()


def test_the_kernel_of_the_others_ignores_disconnected_units(golden):
    graph = ian_graph(golden["blobs_points"])
    kept = np.setdiff1d(np.arange(graph.n_units), graph.disconnected)
    squared = graph.squared_distances[np.ix_(kept, kept)]
    kernel = np.exp(-squared / np.outer(graph.scales[kept], graph.scales[kept]))
    expected = np.where(kernel < 1e-8, 0, kernel)
    ratios = graph.history.weighted_volume_ratios[kept]
    assert abs(np.median(ratios) - 1) <= 0.1
    np.testing.assert_allclose(graph.weights.toarray()[np.ix_(kept, kept)], expected, atol=1e-12)


def test_squared_distances_give_the_same_graph(golden):
    points = golden["swiss_points"].astype(np.float64)
    from_points = ian_graph(points)
    from_distances = ian_graph(squared_distances=all_squared_distances(points))
    np.testing.assert_array_equal(from_distances.edges, from_points.edges)
    np.testing.assert_allclose(from_distances.scales, from_points.scales, rtol=1e-9)
    assert from_distances.points is None
    np.testing.assert_array_equal(from_points.points, points)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_scales_are_in_the_units_of_the_points(golden, objective):
    points = golden["curve_points"].astype(np.float64)
    metres = ian_graph(points, objective=objective)
    micrometres = ian_graph(points * 1e6, objective=objective)
    np.testing.assert_array_equal(micrometres.edges, metres.edges)
    np.testing.assert_allclose(micrometres.scales, metres.scales * 1e6, rtol=1e-5)
    np.testing.assert_allclose(micrometres.weights.data, metres.weights.data, atol=1e-5)


@pytest.mark.parametrize("method", ["exact", "approximate"])
def test_two_runs_are_identical_on_any_number_of_threads(golden, method):
    from threadpoolctl import threadpool_limits

    points = golden["swiss_points"]
    runs = []
    for threads in (1, 2):
        with threadpool_limits(limits=threads):
            runs.append(ian_graph(points, method=method))
    one, two = runs
    assert one.scales.tobytes() == two.scales.tobytes()
    assert one.edges.tobytes() == two.edges.tobytes()
    assert one.weights.data.tobytes() == two.weights.data.tobytes()


def test_provenance_names_the_choices(golden):
    graph = ian_graph(golden["curve_points"], objective="greedy")
    assert graph.provenance.function == "napari_nfm.analysis.ian_graph"
    assert graph.provenance.parameters == {"objective": "greedy", "method": "exact"}


def test_progress_tells_edges_and_median(golden):
    calls = []
    graph = ian_graph(golden["swiss_points"], progress=lambda *call: calls.append(call))
    dones = [done for done, _, _ in calls]
    assert dones == sorted(dones)
    done, total, message = calls[-1]
    assert done == total == len(graph.history.pruned_edges) == 15
    assert message.startswith("Iteration 16: 15 edges pruned, median volume ratio ")


@pytest.mark.parametrize("method", ["exact", "approximate"])
def test_cancel_stops_between_iterations(golden, method):
    asked = []

    def stop_at_third():
        asked.append(None)
        return len(asked) == 3

    points = np.tile(golden["swiss_points"], (3, 1)) + np.arange(750)[:, np.newaxis] % 7
    points = points if method == "approximate" else golden["swiss_points"]
    with pytest.raises(Cancelled):
        ian_graph(points, method=method, should_stop=stop_at_third)
    assert len(asked) == 3


@pytest.mark.parametrize("n_units", [3, 4, 5, 8, 20])
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_few_units_make_a_graph(n_units, objective):
    for seed in range(5):
        points = np.random.default_rng(seed).normal(size=(n_units, 2))
        graph = ian_graph(points, objective=objective)
        assert len(graph.edges) >= 1
        assert np.isfinite(graph.scales).all()
        assert (graph.scales >= 0).all()


def test_regular_points_make_a_graph():
    grid = np.stack(np.meshgrid(np.arange(8.0), np.arange(8.0)), axis=-1).reshape(-1, 2)
    for objective in OBJECTIVES:
        graph = ian_graph(grid, objective=objective)
        steps = np.abs(grid[graph.edges[:, 0]] - grid[graph.edges[:, 1]]).sum(axis=1)
        np.testing.assert_array_equal(steps, 1)  # a diagonal's ends see others on its circle
        assert len(graph.edges) == 2 * 8 * 7


POINTS = np.random.default_rng(0).normal(size=(30, 3))


def with_value(array, place, value):
    array = array.copy()
    array[place] = value
    return array


SQUARED = all_squared_distances(POINTS)


@pytest.mark.parametrize(
    ("arguments", "mentions"),
    [
        ({"points": POINTS[:2]}, ["2 units"]),
        ({"points": with_value(POINTS, (4, 1), np.nan)}, ["NaN", "unit 4"]),
        ({"points": with_value(POINTS, (4, 1), np.inf)}, ["infinite", "unit 4"]),
        ({"points": POINTS[:, 0]}, ["(30,)"]),
        ({"points": [["a", "b"]] * 9}, ["numbers"]),
        ({"points": np.zeros((30, 2))}, ["30 lie in the same place", "find_outliers"]),
        ({"points": with_value(POINTS, 7, POINTS[3])}, ["2 lie", "unit 3 and unit 7"]),
        ({"points": with_value(POINTS, 7, POINTS[3] + 1e-9)}, ["2 lie", "find_outliers"]),
        ({"squared_distances": SQUARED[:, :5]}, ["(30, 5)"]),
        ({"squared_distances": SQUARED[:2, :2]}, ["2 units"]),
        ({"squared_distances": with_value(SQUARED, (2, 5), 9)}, ["unit 2", "unit 5", "symmetric"]),
        ({"squared_distances": -SQUARED}, ["negative"]),
        ({"squared_distances": with_value(SQUARED, (2, 2), 1)}, ["unit 2", "diagonal"]),
        ({"squared_distances": with_value(SQUARED, (2, 5), np.nan)}, ["unit 2", "NaN"]),
        ({"squared_distances": np.zeros((30, 30))}, ["30 lie in the same place"]),
        ({}, ["Neither"]),
        ({"points": POINTS, "squared_distances": SQUARED}, ["Both"]),
        ({"points": POINTS, "objective": "l2"}, ["'l2'", "'greedy'"]),
        ({"points": POINTS, "method": "fast"}, ["'fast'", "'approximate'"]),
        ({"squared_distances": SQUARED, "method": "approximate"}, ["points"]),
        (
            {"points": with_value(POINTS, 7, POINTS[3]), "method": "approximate"},
            ["2 lie", "unit 3 and unit 7"],
        ),
        ({"points": np.zeros((200, 2)), "method": "approximate"}, ["200 lie"]),
    ],
)
def test_bad_input_is_one_clear_sentence(arguments, mentions, assert_one_clear_sentence):
    with pytest.raises(AnalysisError) as caught:
        ian_graph(**arguments)
    assert_one_clear_sentence(caught.value, *mentions)
