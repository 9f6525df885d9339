"""The slow side of the graph's benchmark is the reference, and the agreement measures measure."""

from pathlib import Path

import numpy as np
import pytest

from napari_nfm.analysis import ian_graph

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture(autouse=True)
def _benchmarks_importable(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))


@pytest.mark.parametrize("name", ["swiss", "blobs", "curve"])
def test_plain_port_equals_the_reference(data_directory, name):
    from reference_ian import ian_graph as plain_ian_graph

    path = data_directory / "analysis" / "neighbourhoods.npz"
    with np.load(path, allow_pickle=False) as golden:
        points, edges = golden[f"{name}_points"], golden[f"{name}_l1_edges"]
    np.testing.assert_array_equal(plain_ian_graph(points.astype(np.float64)), edges)


def test_a_graph_agrees_with_itself():
    from graph_agreement import jaccard, kernel_correlation, scale_correlation, sheet

    places = sheet(150)
    graph, other = ian_graph(places), ian_graph(places[::-1])
    assert jaccard(graph, graph) == 1
    assert kernel_correlation(graph, graph) == pytest.approx(1)
    assert scale_correlation(graph, graph) == pytest.approx(1)
    assert jaccard(graph, other) < 0.3
    assert abs(kernel_correlation(graph, other)) < 0.3


def test_shared_neighbours_are_counted():
    from graph_agreement import N_NEAREST, shared_neighbours

    line = np.arange(400.0)[:, np.newaxis] ** 1.01
    assert shared_neighbours(line, 3 * line) == 1
    shuffled = np.random.default_rng(0).permutation(line)
    assert shared_neighbours(line, shuffled) == pytest.approx(N_NEAREST / 399, abs=0.03)


def test_agreement_is_measured():
    from graph_agreement import agreement, sheet

    measured = agreement(sheet(200))
    assert float(measured["edges, Jaccard index"]) > 0.8
    assert measured["units disconnected, exact and approximate"] == "0 and 0"
