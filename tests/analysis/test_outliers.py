import numpy as np
import pytest

from napari_nfm.analysis.errors import AnalysisError
from napari_nfm.analysis.neural import NeuralMatrix
from napari_nfm.analysis.outliers import find_outliers
from napari_nfm.provenance import Provenance


def cloud(units=200, components=4, seed=0):
    return np.random.default_rng(seed).normal(size=(units, components))


def reasons(outliers):
    return dict(outliers.removed["reason"])


def assert_study(golden, prefix):
    points = golden[f"{prefix}_pcaX"][:, : int(golden[f"{prefix}_nPCs"])]
    result = find_outliers(points, like_study=True)
    assert len(result.removed) == 13
    theirs = set(golden[f"{prefix}_nonoutliers"].tolist())
    # equal distances within a pair make the last of the ten arbitrary
    assert len(theirs - set(result.kept.tolist())) <= 1
    assert len(result.kept) == len(theirs)
    far = result.removed.query("reason == 'isolated'")
    assert set(far.index) == set(golden[f"{prefix}_too_far"].tolist())
    mindists = golden[f"{prefix}_mindists"][result.removed.index]
    np.testing.assert_allclose(result.removed["nearest_distance"], mindists, rtol=1e-6)
    by_hand = find_outliers(
        points, remove=[*golden[f"{prefix}_too_far"], *golden[f"{prefix}_too_close"]]
    )
    np.testing.assert_array_equal(by_hand.kept, golden[f"{prefix}_nonoutliers"])


def test_the_choice_of_the_study_is_reproduced(data_directory):
    path = data_directory / "analysis" / "neural_matrix.npz"
    with np.load(path, allow_pickle=False) as golden:
        assert_study({f"syn_{name}": golden[name] for name in golden.files}, "syn")


@pytest.mark.parametrize("prefix", ["syn", "real"])
def test_the_choice_of_the_study_is_reproduced_on_the_whole_reference(shared, prefix):
    with np.load(shared("golden/analysis/07_neural_matrix.npz"), allow_pickle=False) as golden:
        assert_study(golden, prefix)


def test_an_even_cloud_keeps_its_units():
    result = find_outliers(cloud())
    assert result.removed.empty
    np.testing.assert_array_equal(result.kept, np.arange(200))
    assert "3.5" in result.rule
    assert "0.01" in result.rule


def test_isolated_units_are_found_with_their_distance():
    points = cloud()
    points[17] = 40
    result = find_outliers(points)
    assert reasons(result) == {17: "isolated"}
    row = result.removed.loc[17]
    distances = np.linalg.norm(np.delete(points, 17, axis=0) - 40, axis=1)
    assert row["nearest_distance"] == pytest.approx(distances.min())
    partner = points[row["nearest_unit"]]
    assert np.linalg.norm(points[17] - partner) == pytest.approx(distances.min())
    assert find_outliers(points, isolated=np.inf).removed.empty
    assert find_outliers(points, keep=[17]).removed.empty


def test_one_of_each_group_of_near_duplicates_stays():
    points = cloud()
    points[[50, 60, 70]] = points[20] + 1e-7
    points[5] = points[150]
    result = find_outliers(points)
    assert reasons(result) == dict.fromkeys([50, 60, 70, 150], "near-duplicate")
    assert list(result.removed["nearest_unit"]) == [20, 20, 20, 5]
    kept = find_outliers(points, keep=[60])
    assert sorted(reasons(kept)) == [20, 50, 70, 150]
    assert list(kept.removed["nearest_unit"]) == [60, 60, 60, 5]
    assert sorted(reasons(find_outliers(points, keep=[20, 60]))) == [50, 70, 150]


def test_all_near_duplicates_are_caught_even_where_most_units_are():
    generator = np.random.default_rng(1)
    points = cloud(100)
    copies = np.repeat(points, 5, axis=0)
    jittered = copies + 1e-9 * generator.normal(size=copies.shape)
    result = find_outliers(np.concatenate([points, jittered, copies]))
    np.testing.assert_array_equal(result.kept, np.arange(100))
    assert set(result.removed["reason"]) == {"near-duplicate"}


def test_a_far_pair_of_duplicates_loses_both():
    points = cloud()
    points[[3, 9]] = 50
    assert reasons(find_outliers(points)) == {3: "isolated", 9: "near-duplicate"}


def test_silent_units_are_named_as_such():
    points = cloud()
    points[[4, 8]] = 0
    result = find_outliers(points)
    assert reasons(result) == {4: "silent", 8: "silent"}
    assert result.removed["nearest_distance"].isna().all()
    assert result.removed["nearest_unit"].isna().all()
    assert sorted(reasons(find_outliers(points, keep=[4]))) == [8]


def test_silence_is_seen_in_the_neural_matrix_not_in_the_centred_scores():
    values = np.abs(cloud())
    values[11] = 0
    scores = values - values.mean(axis=0)
    matrix = NeuralMatrix(
        values=values,
        permuted_tensor=None,
        scores=scores,
        n_components=4,
        explained_variance_ratio=np.full(4, 0.25),
        provenance=Provenance("test", {}),
    )
    assert reasons(find_outliers(matrix, isolated=np.inf)) == {11: "silent"}


def test_the_rule_does_not_depend_on_scale_or_run():
    points = cloud()
    points[[1, 2]] = points[0]
    points[30] = 30
    first, second = find_outliers(points), find_outliers(points * 1e-7)
    np.testing.assert_array_equal(first.kept, second.kept)
    assert (
        reasons(first)
        == reasons(second)
        == {1: "near-duplicate", 2: "near-duplicate", 30: "isolated"}
    )


def test_near_duplicates_of_real_populations_are_caught(shared):
    path = shared("data/fnn_decompositions/b1_R08_best.npz")
    with np.load(path, allow_pickle=False) as fit:
        loadings = np.sqrt(fit["neural"] * fit["lambdas"].ravel() * fit["stimulus"].max(axis=0))
    points = loadings - loadings.mean(axis=0)
    result = find_outliers(points)
    assert (result.removed["reason"] == "near-duplicate").sum() > 10 / 2
    from scipy.spatial import cKDTree

    nearest = cKDTree(points[result.kept]).query(points[result.kept], k=2)[0][:, 1]
    assert nearest.min() >= 0.01 * np.median(nearest)


def with_value(value):
    points = cloud(20)
    points[6, 1] = value
    return points


@pytest.mark.parametrize(
    ("points", "arguments", "mentions"),
    [
        (with_value(np.nan), {}, ["unit 6"]),
        (with_value(np.inf), {}, ["unit 6"]),
        (cloud(1), {}, ["(1, 4)", "two units"]),
        (np.zeros(5), {}, ["(5,)"]),
        (np.zeros((9, 3)), {}, ["9 units"]),
        (np.ones((9, 3)), {}, ["9 units", "1 would be left"]),
        (cloud(14), {"like_study": True}, ["14", "15"]),
        (cloud(20), {"like_study": True, "remove": [1]}, ["like_study"]),
        (cloud(20), {"remove": [20]}, ["unit 20 of 20"]),
        (cloud(20), {"keep": [-1]}, ["unit -1 of 20"]),
        (cloud(20), {"keep": [1.5]}, ["unit 1.5 of 20"]),
        (cloud(20), {"remove": [2, 3], "keep": [3]}, ["Unit 3"]),
        (cloud(20), {"remove": range(19)}, ["1 would be left"]),
        (cloud(20), {"isolated": np.nan}, ["isolated"]),
        (cloud(20), {"duplicates": -1}, ["duplicates"]),
    ],
)
def test_what_is_wrong_is_said(points, arguments, mentions, assert_one_clear_sentence):
    with pytest.raises(AnalysisError) as caught:
        find_outliers(points, **arguments)
    assert_one_clear_sentence(caught.value, *mentions)


def test_two_units_stay():
    np.testing.assert_array_equal(find_outliers(cloud(2)).kept, [0, 1])
