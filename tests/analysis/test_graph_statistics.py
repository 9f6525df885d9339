import numpy as np
import pytest

from napari_nfm.analysis import AnalysisError, graph_statistics

COLUMNS = {
    "degree": "degree",
    "weighted_degree": "weighted_degree",
    "same_group": "same_fmap",
    "other_group": "other_fmap",
}


@pytest.mark.parametrize("name", ["swiss", "blobs"])
def test_counts_of_the_kernel_equal_the_reference(
    golden_graph, golden_embedding, name, data_directory
):
    golden, graph = golden_embedding(name), golden_graph(name)
    with np.load(data_directory / "analysis" / "neighbourhoods.npz", allow_pickle=False) as arrays:
        kept = arrays[f"{name}_l1_final_nonoutliers"]
    result = graph_statistics(graph.weights, golden["fmap"][kept])
    for ours, theirs in COLUMNS.items():
        np.testing.assert_allclose(result.units[ours], golden[f"gs_{theirs}s"], rtol=1e-6)
        for row in ("mean", "min", "max", "std"):
            expected = golden[f"gs_{theirs}_{row}"]
            np.testing.assert_allclose(result.summary.loc[row, ours], expected, rtol=1e-6)
    for count in ("degree", "same_group", "other_group"):
        assert result.units[count].dtype == np.int64
    dense = graph_statistics(graph.weights.toarray(), golden["fmap"][kept])
    np.testing.assert_array_equal(dense.units["degree"], result.units["degree"])


def test_the_discrete_graph_has_its_own_counts(golden_graph, golden_embedding):
    graph, groups = golden_graph("swiss"), golden_embedding("swiss")["fmap"]
    result = graph_statistics(graph, groups)
    for unit in (0, 17, 249):
        near = [b if a == unit else a for a, b in graph.edges.tolist() if unit in (a, b)]
        same = sum(groups[other] == groups[unit] for other in near)
        row = result.units.loc[unit]
        assert (row["degree"], row["same_group"]) == (len(near), same)
        assert row["other_group"] == len(near) - same
        assert row["homogeneity"] == same / len(near)
    np.testing.assert_array_equal(result.units["degree"], graph.degree)
    np.testing.assert_array_equal(result.units["weighted_degree"], graph.degree)


def test_homogeneity_against_chance():
    pairs = np.kron(np.eye(3), [[0, 1], [1, 0]])
    sorted_groups = graph_statistics(pairs, ["a", "a", "b", "b", "c", "c"])
    assert sorted_groups.summary.loc["mean", "homogeneity"] == 1
    assert sorted_groups.expected_homogeneity == pytest.approx(1 / 5)
    mixed = graph_statistics(pairs, ["a", "b", "c", "a", "b", "c"])
    assert mixed.summary.loc["mean", "homogeneity"] == 0
    weighted = graph_statistics([[1, 0.3, 0.1], [0.3, 1, 0], [0.1, 0, 1]], [7, 7, 8])
    np.testing.assert_allclose(weighted.units["homogeneity"], [0.75, 1, 0])


def test_a_unit_without_neighbours_has_no_homogeneity():
    links = np.zeros((3, 3))
    links[0, 1] = links[1, 0] = 0.5
    result = graph_statistics(links, [0, 0, 1])
    assert list(result.units["degree"]) == [1, 1, 0]
    assert np.isnan(result.units["homogeneity"].iloc[2])
    assert result.summary.loc["mean", "homogeneity"] == 1


@pytest.mark.parametrize(
    ("links", "groups", "words"),
    [
        (np.ones((3, 3)), [0, 1], "3 units"),
        (np.ones((3, 2)), [0, 1, 1], "(3, 2)"),
        (np.ones((1, 1)), [0], "two or more"),
        (np.full((2, 2), np.nan), [0, 1], "NaN"),
        (-np.ones((2, 2)), [0, 1], "negative"),
    ],
)
def test_bad_input_gets_one_sentence(links, groups, words, assert_one_clear_sentence):
    with pytest.raises(AnalysisError) as caught:
        graph_statistics(links, groups)
    assert_one_clear_sentence(caught.value, words)
