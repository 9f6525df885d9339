"""What an encoding manifold says of its units, and what it refuses."""

import numpy as np
import pytest
from encoding_population import FEW, population

from napari_nfm.analysis import encoding_manifold
from napari_nfm.analysis.archive import fingerprint
from napari_nfm.analysis.errors import AnalysisError


def test_every_unit_is_on_the_manifold_or_left_out_with_a_reason(manifold, responses):
    on_it, left_out = manifold.units.index, manifold.left_out.index
    assert on_it.name == left_out.name == "unit"
    assert sorted([*on_it, *left_out]) == list(range(responses.sizes["unit"]))
    assert manifold.left_out.loc[17, "reason"] == "silent"
    assert set(manifold.left_out["reason"]) <= {
        "silent",
        "isolated",
        "near-duplicate",
        "disconnected",
    }
    assert (
        (manifold.left_out.loc[[u for u in (39, 40) if u in left_out], "reason"])
        .eq("near-duplicate")
        .any()
    )


def test_the_table_says_what_the_units_are(manifold, responses):
    units = manifold.units
    assert list(units.columns) == [
        *("site", "channel", "y", "x", "cluster", "preferred_stimulus", "preferred_direction"),
        *("osi", "dsi", "mean_activity", "temporal_variance", "local_dimension", "degree"),
        *(f"factor_{number}" for number in (1, 2, 3, 4)),
    ]
    for name in ("channel", "y", "x"):
        np.testing.assert_array_equal(units[name], responses[name].values[units.index])
    own = responses[units.index].values
    np.testing.assert_allclose(units["mean_activity"], own.mean(axis=(1, 2, 3)))
    np.testing.assert_allclose(units["temporal_variance"], own.var(axis=3).mean(axis=(1, 2)))
    assert set(units["preferred_stimulus"]) <= set(responses.category.values)
    assert set(units["preferred_direction"]) <= set(responses.direction.values)
    assert units["osi"].between(0, 1).all()
    assert (units["local_dimension"] > 0).all()
    responding = manifold.tensor.values.unit.values
    rows = np.searchsorted(responding, units.index)
    factors = units[[f"factor_{number}" for number in (1, 2, 3, 4)]]
    np.testing.assert_array_equal(factors, manifold.matrix.values[rows])
    strongest = own.mean(axis=(2, 3)).argmax(axis=1)
    agree = units["preferred_stimulus"].to_numpy() == responses.category.values[strongest]
    assert agree.mean() > 0.9


def test_points_and_edges_belong_to_the_rows_of_the_table(manifold, responses):
    n_units = len(manifold.units)
    assert manifold.coordinates.shape == (n_units, len(manifold.eigenvalues))
    assert np.isfinite(manifold.coordinates).all()
    assert manifold.principal_coordinates.shape[0] == n_units
    assert manifold.principal_coordinates.shape[1] <= 10
    assert manifold.edges.min() >= 0
    assert manifold.edges.max() < n_units
    degrees = np.bincount(manifold.edges.ravel(), minlength=n_units)
    np.testing.assert_array_equal(manifold.units["degree"], degrees)
    assert (degrees > 0).all()
    assert manifold.stimuli == tuple(responses.category.values)
    assert manifold.directions == tuple(responses.direction.values)
    assert manifold.n_frames == responses.sizes["time"]
    # Neighbours respond alike: closer in the neural matrix than units taken at random.
    points = manifold.units.filter(like="factor_").to_numpy()
    length = np.linalg.norm(points[manifold.edges[:, 0]] - points[manifold.edges[:, 1]], axis=1)
    others = np.linalg.norm(points - points[::-1], axis=1)
    assert np.median(length) < np.median(others) / 2


def test_it_says_how_it_was_made(manifold):
    said = manifold.provenance
    assert said.function == "napari_nfm.analysis.encoding_manifold"
    assert said.inputs == {"site": "encoder.L8", "twin": "a twin"}
    assert said.parameters["rank"] == 4
    assert said.parameters["objective"] == "l1"
    assert said.parameters["spatial_frequency"] == "all"


def test_each_step_equals_the_function_of_its_name(manifold):
    from napari_nfm.analysis import ian_graph, neural_matrix, permuted_cp

    fit = permuted_cp(manifold.tensor, 4, n_starts=2, seed=0)
    assert fingerprint(fit) == fingerprint(manifold.decomposition)
    matrix = neural_matrix(manifold.tensor, fit.factors, fit.weights)
    np.testing.assert_array_equal(matrix.values, manifold.matrix.values)
    responding = manifold.tensor.values.unit.values
    removed = manifold.left_out.query("reason != 'disconnected'").index
    graph = ian_graph(matrix.scores[~np.isin(responding, removed)])
    np.testing.assert_array_equal(graph.edges, manifold.graph.edges)


def test_outliers_as_in_the_study_are_thirteen_less_those_kept_by_hand(responses):
    study = encoding_manifold(responses, like_study=True, **FEW)
    counts = study.left_out["reason"].value_counts()
    assert counts["isolated"] == 3
    assert counts["near-duplicate"] == 10
    unit = study.left_out.query("reason == 'isolated'").index[0]
    kept = encoding_manifold(responses, like_study=True, keep=[unit], **FEW)
    assert kept.provenance.parameters["keep"] == (unit,)
    assert "isolated" not in kept.left_out.query("unit == @unit")["reason"].to_list()
    assert kept.left_out["reason"].value_counts()["isolated"] == 2


def test_the_flow_ensemble_keeps_each_units_spatial_frequency():
    from napari_nfm.analysis.preprocessing import FLOW_CATEGORIES, OPTIMAL_STIMULI

    flow = population(60, n_categories=11).assign_coords(category=list(FLOW_CATEGORIES))
    manifold = encoding_manifold(flow, **FEW)
    assert manifold.stimuli == OPTIMAL_STIMULI
    whole = encoding_manifold(flow, spatial_frequency="all", **FEW)
    assert whole.stimuli == FLOW_CATEGORIES


def test_selectivity_is_undefined_without_opposite_directions(responses):
    movies = responses.isel(direction=[0, 1, 2])
    units = encoding_manifold(movies, **FEW).units
    assert units[["osi", "dsi"]].isna().all(axis=None)
    assert set(units["preferred_direction"]) <= {0.0, 45.0, 90.0}
    assert units["preferred_stimulus"].isin(responses.category.values).all()


BAD = {
    "NaN": (lambda good: good.where(good.unit != 3), {}, "NaN"),
    "infinite": (lambda good: good.where(good.unit != 3, np.inf), {}, "infinite"),
    "all zero": (lambda good: good * 0, {}, "responds"),
    "constant": (lambda good: good * 0 + 4.2, {}, "responds"),
    "the same unit throughout": (lambda good: good[np.zeros(90, int)], {}, "unit"),
    "two units": (lambda good: good[:2], {"rank": 1}, "2"),
    "one unit": (lambda good: good[:1], {"rank": 1}, "1"),
    "no units": (lambda good: good[:0], {}, "unit"),
    "three axes": (lambda good: good.values[0], {}, "3 axes"),
    "other axes": (lambda good: good.rename(category="image"), {}, "image"),
    "words": (lambda good: good.astype(str), {}, "<U"),
    "complex": (lambda good: good * 1j, {}, "complex"),
    "rank too large": (lambda good: good, {"rank": 91}, "91"),
    "rank zero": (lambda good: good, {"rank": 0}, "rank"),
    "rank no number": (lambda good: good, {"rank": 2.5}, "2.5"),
    "no starts": (lambda good: good, {"n_starts": 0}, "n_starts"),
    "objective": (lambda good: good, {"objective": "l2"}, "l2"),
    "method": (lambda good: good, {"method": "fast"}, "fast"),
    "keep": (lambda good: good, {"keep": [400]}, "400"),
    "spatial frequency": (lambda good: good, {"spatial_frequency": "best"}, "best"),
    "optimal of six": (lambda good: good, {"spatial_frequency": "optimal"}, "11"),
    "seed": (lambda good: good, {"seed": -1}, "seed"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_one_clear_sentence(name, assert_one_clear_sentence):
    spoil, parameters, mention = BAD[name]
    good = population().assign_coords(unit=np.arange(90))
    with pytest.raises(AnalysisError) as caught:
        encoding_manifold(spoil(good), **(FEW | parameters))
    assert_one_clear_sentence(caught.value, mention)


def test_negative_responses_are_welcome(manifold, responses):
    """The smallest value is subtracted first, as in the study."""
    shifted = encoding_manifold(responses - 3, **FEW)
    np.testing.assert_array_equal(shifted.units.index, manifold.units.index)
