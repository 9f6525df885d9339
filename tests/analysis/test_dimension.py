import importlib.util
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from napari_nfm.analysis import AnalysisError, central_units, local_dimension
from napari_nfm.analysis import dimension as module
from napari_nfm.jobs import Cancelled

NAMES = ["swiss", "blobs", "curve", "retina"]
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def reference():
    path = ROOT / "benchmarks" / "reference_local_dimension.py"
    spec = importlib.util.spec_from_file_location("reference_local_dimension", path)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded.local_dimension


def nearest_edges(points, count):
    squared = ((points[:, np.newaxis] - points) ** 2).sum(axis=-1)
    near = squared.argsort(axis=1)[:, 1 : count + 1]
    pairs = np.c_[np.repeat(np.arange(len(points)), count), near.ravel()]
    return np.unique(np.sort(pairs, axis=1), axis=0), squared


@pytest.fixture(scope="module")
def graph_of(golden_graph):
    like = golden_graph("curve")

    def graph(points, count):
        edges, squared = nearest_edges(points, count)
        return replace(
            like, n_units=len(points), edges=edges, points=points, squared_distances=squared
        )

    return graph


@pytest.mark.parametrize("order", [2, 3])
@pytest.mark.parametrize("name", NAMES)
def test_equals_the_reference(golden_graph, golden_embedding, name, order):
    golden = golden_embedding(name)
    result = local_dimension(golden_graph(name), order=order)
    # the stated tolerance is 1e-6; what is more, ties are broken as in the reference
    np.testing.assert_allclose(result.correlation, golden[f"ncd_order{order}"], rtol=0, atol=1e-9)
    np.testing.assert_array_equal(result.degree, golden[f"degdim_order{order}"])
    np.testing.assert_array_equal(result.values, np.maximum(result.correlation, result.degree))


@pytest.mark.parametrize("name", ["swiss", "curve"])
def test_the_port_that_is_timed_equals_the_reference(
    reference, golden_graph, golden_embedding, name
):
    graph, golden = golden_graph(name), golden_embedding(name)
    larger = np.maximum(golden["ncd_order3"], golden["degdim_order3"])
    theirs = reference(graph.squared_distances, graph.edges)
    np.testing.assert_allclose(theirs, larger, rtol=0, atol=1e-9)


@pytest.mark.parametrize("seed", range(12))
def test_no_peak_is_lost_whatever_the_distances(reference, graph_of, seed):
    generator = np.random.default_rng(seed)
    points = generator.normal(size=(generator.integers(20, 90), generator.integers(1, 8)))
    if seed % 4 == 1:  # clumps far apart
        points += generator.integers(0, 4, size=(len(points), 1)) * generator.uniform(3, 40)
    elif seed % 4 == 2:  # all scales at once
        points = np.exp(2 * points)
    elif seed % 4 == 3:  # nearly a grid, in small units
        points = (np.round(2 * points) + generator.normal(size=points.shape) * 1e-3) * 1e-4
    graph = graph_of(points, int(generator.integers(2, 4)))  # few, so that the peaks decide
    theirs = reference(graph.squared_distances, graph.edges)
    np.testing.assert_allclose(local_dimension(graph).values, theirs, rtol=0, atol=1e-9)


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_a_flat_sheet_has_its_dimension(graph_of, dimension):
    points = np.random.default_rng(5).uniform(size=(600, dimension))
    padded = np.concatenate([points, np.zeros((600, 5 - dimension))], axis=1)
    found = np.median(local_dimension(graph_of(padded, 8)).correlation)
    assert abs(found - dimension) < 0.45


def test_points_serve_where_there_is_no_matrix(golden_graph):
    graph = golden_graph("blobs")
    without = local_dimension(replace(graph, squared_distances=None))
    np.testing.assert_allclose(without.values, local_dimension(graph).values, rtol=1e-12)
    given = local_dimension(replace(graph, points=None))
    np.testing.assert_array_equal(given.values, local_dimension(graph).values)


def test_batches_change_nothing(golden_graph, monkeypatch):
    graph = golden_graph("swiss")
    whole = local_dimension(graph)
    monkeypatch.setattr(module, "BATCH_NUMBERS", 4000)
    assert local_dimension(graph).values.tobytes() == whole.values.tobytes()


def test_a_curve_without_a_near_peak_is_evaluated_throughout(golden_graph, monkeypatch):
    graph = golden_graph("curve")
    whole = local_dimension(graph)
    monkeypatch.setattr(module, "WINDOW", np.arange(1))  # too narrow to hold a peak
    np.testing.assert_allclose(local_dimension(graph).values, whole.values, rtol=1e-12)


def test_a_unit_without_neighbours_is_nan_and_changes_nothing(golden_graph):
    graph = golden_graph("curve")
    points = np.concatenate([graph.points, [[50.0, 0, 0]]])
    more = replace(graph, n_units=len(points), points=points, squared_distances=None)
    result = local_dimension(more)
    for values in (result.values, result.correlation, result.degree):
        assert np.isnan(values[-1])
        assert np.isfinite(values[:-1]).all()
    np.testing.assert_allclose(result.values[:-1], local_dimension(graph).values, rtol=1e-12)


def test_two_units_are_enough(golden_graph):
    pair = replace(
        golden_graph("curve"),
        n_units=2,
        edges=np.array([[0, 1]]),
        points=np.array([[0.0], [1.0]]),
        squared_distances=None,
    )
    result = local_dimension(pair)
    assert np.isfinite(result.correlation).all()
    np.testing.assert_array_equal(result.degree, 1)


def test_progress_is_told_and_a_stop_is_obeyed(golden_graph):
    graph = golden_graph("swiss")
    told = []
    local_dimension(graph, progress=lambda *state: told.append(state))
    done = [state[0] for state in told]
    assert done == sorted(done)
    assert told[-1][:2] == (2 * graph.n_units, 2 * graph.n_units)
    calls = iter([False, True])
    with pytest.raises(Cancelled):
        local_dimension(graph, should_stop=lambda: next(calls))


def test_bad_graphs_get_one_sentence(golden_graph, assert_one_clear_sentence):
    graph = golden_graph("curve")
    nowhere = graph.points.copy()
    nowhere[3] = np.nan
    for changed, words in [
        ({"edges": np.empty((0, 2), dtype=np.int64)}, "no edges"),
        ({"points": None, "squared_distances": None}, "neither distances nor points"),
        ({"squared_distances": 0 * graph.squared_distances}, "all zero"),
        ({"points": nowhere, "squared_distances": None}, "NaN"),
    ]:
        with pytest.raises(AnalysisError) as caught:
            local_dimension(replace(graph, **changed))
        assert_one_clear_sentence(caught.value, words)
    with pytest.raises(AnalysisError) as caught:
        local_dimension(graph, order=0)
    assert_one_clear_sentence(caught.value, "order is 0")


@pytest.mark.parametrize("has_matrix", [True, False])
def test_centres_of_neighbourhoods_that_hold_most_units(graph_of, monkeypatch, has_matrix):
    points = np.random.default_rng(3).normal(size=(150, 5)) ** 3
    graph = graph_of(points, 6)
    squared = graph.squared_distances
    if not has_matrix:
        graph = replace(graph, squared_distances=None)
    hoods = module._hoods(module._adjacency(graph), 3)
    sizes = np.diff(hoods.indptr)
    assert (sizes > central_units.LARGE_SHARE * 150).mean() > 0.5
    expected = [
        hood[np.median(squared[np.ix_(hood, hood)], axis=1).argmin()]
        for hood in np.split(hoods.indices, hoods.indptr[1:-1])
    ]
    looked_at = []
    between = central_units._distances_between

    def count(graph, units, others):
        looked_at.append(len(units) * len(others))
        return between(graph, units, others)

    monkeypatch.setattr(central_units, "_distances_between", count)
    found = central_units.central_units(graph, hoods, 300, None, None)
    np.testing.assert_array_equal(found, expected)
    assert sum(looked_at) < 0.5 * (sizes**2).sum()
