import hashlib
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from napari_nfm.analysis import EncodingManifold, encoding_manifold
from napari_nfm.analysis.archive import ArchiveError, fingerprint
from napari_nfm.analysis.errors import AnalysisError
from napari_nfm.jobs import Cancelled

FEW = {"rank": 4, "n_starts": 2}


def population(n_units=90, n_categories=6, n_frames=10, seed=0):
    """Return units tuned to one or two stimuli each, of random preferred direction."""
    rng = np.random.default_rng(seed)
    angles = np.arange(8) * np.pi / 4
    frames = np.arange(n_frames)
    preferred = rng.uniform(0, 2 * np.pi, (n_units, 1))
    tuned = np.exp(rng.uniform(0.5, 3, (n_units, 1)) * (np.cos(angles - preferred) - 1))
    peak = rng.uniform(1, n_frames - 2, (n_units, 1))
    course = np.exp(-((frames - peak) ** 2) / 8)
    strength = rng.dirichlet(np.full(n_categories, 0.4), n_units)
    values = np.einsum("us,ud,ut->usdt", strength, tuned, course)
    values += 0.02 * rng.random(values.shape)
    return xr.DataArray(
        values * rng.gamma(3, 1, (n_units, 1, 1, 1)),
        dims=("unit", "category", "direction", "time"),
        coords={
            "site": ("unit", np.full(n_units, "encoder.L8")),
            "channel": ("unit", np.arange(n_units) // 10),
            "y": ("unit", np.arange(n_units) % 7),
            "x": ("unit", np.arange(n_units) % 5),
            "category": [f"stimulus {number}" for number in range(n_categories)],
            "direction": np.arange(8) * 45.0,
            "time": np.arange(n_frames) / 30,
        },
        attrs={"site": "encoder.L8", "twin": "a twin"},
    )


@pytest.fixture(scope="module")
def responses():
    given = population()
    given[17] = 0.0  # silent
    given[40] = given[39]  # the same unit twice
    return given


@pytest.fixture(scope="module")
def manifold(responses):
    return encoding_manifold(responses, **FEW)


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


# files -------------------------------------------------------------------------------------------


def hashes(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_it_is_saved_and_comes_back(manifold, tmp_path):
    manifold.save(tmp_path / "m")
    back = EncodingManifold.load(tmp_path / "m")
    assert fingerprint(back) == fingerprint(manifold)
    pd.testing.assert_frame_equal(back.units, manifold.units)
    xr.testing.assert_identical(back.tensor.values, manifold.tensor.values)
    table = pd.read_csv(tmp_path / "m" / "units.csv", index_col="unit")
    pd.testing.assert_frame_equal(table, manifold.units, check_dtype=False)
    assert sorted(hashes(tmp_path / "m")) == [
        "left_out.csv",
        "manifold.npz",
        "provenance.json",
        "units.csv",
    ]


def test_the_approximate_graph_and_a_greedy_one_are_saved_too(responses, tmp_path):
    for how in ({"method": "approximate"}, {"objective": "greedy"}):
        made = encoding_manifold(responses, **how, **FEW)
        made.save(tmp_path)
        assert fingerprint(EncodingManifold.load(tmp_path)) == fingerprint(made)


def test_selectivity_is_undefined_without_opposite_directions(responses):
    movies = responses.isel(direction=[0, 1, 2])
    units = encoding_manifold(movies, **FEW).units
    assert units[["osi", "dsi"]].isna().all(axis=None)
    assert set(units["preferred_direction"]) <= {0.0, 45.0, 90.0}
    assert units["preferred_stimulus"].isin(responses.category.values).all()


def test_two_runs_with_the_same_seed_give_identical_files(manifold, responses, tmp_path):
    manifold.save(tmp_path / "first")
    encoding_manifold(responses.copy(), **FEW).save(tmp_path / "second")
    assert hashes(tmp_path / "first") == hashes(tmp_path / "second")


SCRIPT = """
import sys
import numpy as np, torch
torch.set_num_threads(int(sys.argv[1]))
from test_encoding_manifold import FEW, population
from napari_nfm.analysis import encoding_manifold
encoding_manifold(population(), **FEW).save(sys.argv[2])
"""


def test_one_thread_and_two_give_the_same_picture(tmp_path):
    manifolds = []
    for threads in ("1", "2"):
        names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
        folder = tmp_path / threads
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, threads, str(folder)],
            env=os.environ | dict.fromkeys(names, threads),
            cwd=os.path.dirname(__file__),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        manifolds.append(EncodingManifold.load(folder))
    one, two = manifolds
    np.testing.assert_array_equal(one.units.index, two.units.index)
    np.testing.assert_array_equal(one.edges, two.edges)
    np.testing.assert_allclose(one.coordinates, two.coordinates, atol=1e-6)
    np.testing.assert_array_equal(one.units["cluster"], two.units["cluster"])


@pytest.mark.parametrize("damage", ["missing", "truncated", "other"])
def test_a_folder_without_a_manifold_is_one_sentence(
    manifold, tmp_path, damage, assert_one_clear_sentence
):
    if damage == "truncated":
        manifold.save(tmp_path)
        path = tmp_path / "manifold.npz"
        path.write_bytes(path.read_bytes()[:-100])
    elif damage == "other":
        from napari_nfm.analysis.archive import write_archive

        write_archive(tmp_path / "manifold.npz", manifold.graph)
    with pytest.raises(ArchiveError) as caught:
        EncodingManifold.load(tmp_path)
    assert_one_clear_sentence(caught.value, tmp_path)


def test_a_place_that_cannot_be_written_is_one_sentence(
    manifold, tmp_path, assert_one_clear_sentence
):
    (tmp_path / "file").write_text("")
    with pytest.raises(AnalysisError) as caught:
        manifold.save(tmp_path / "file" / "m")
    assert_one_clear_sentence(caught.value, "file")


# cache -------------------------------------------------------------------------------------------


def steps_of(folder):
    return {path.name.rsplit("-", 1)[0] for path in folder.iterdir()}


def test_another_rank_does_not_redo_what_is_there(responses, manifold, tmp_path, monkeypatch):
    cached = encoding_manifold(responses, cache=tmp_path, **FEW)
    assert fingerprint(cached) == fingerprint(manifold)
    assert steps_of(tmp_path) == {"decomposition", "graph", "diffusion-map", "local-dimension"}
    other = encoding_manifold(responses, rank=3, n_starts=2, cache=tmp_path)
    assert len(other.units.filter(like="factor_").columns) == 3

    def again(*_arguments, **_parameters):
        raise AssertionError("was computed again")

    monkeypatch.setattr("napari_nfm.analysis.permuted.permuted_cp", again)
    monkeypatch.setattr("napari_nfm.analysis.neighbourhoods.ian_graph", again)
    back = encoding_manifold(responses, cache=tmp_path, **FEW)
    assert fingerprint(back) == fingerprint(manifold)
    with pytest.raises(AssertionError, match="again"):
        encoding_manifold(responses * 1.5 + responses.mean("time"), cache=tmp_path, **FEW)


def test_damaged_steps_are_computed_again(responses, manifold, tmp_path):
    encoding_manifold(responses, cache=tmp_path, **FEW)
    for path in tmp_path.iterdir():
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    again = encoding_manifold(responses, cache=tmp_path, **FEW)
    assert fingerprint(again) == fingerprint(manifold)


# progress and cancel -----------------------------------------------------------------------------


def test_progress_goes_through_all_steps(responses):
    heard = []
    encoding_manifold(
        responses, progress=lambda done, total, words="": heard.append((done, total, words)), **FEW
    )
    done = [entry[0] for entry in heard]
    assert done == sorted(done)
    assert done[0] == 0
    assert done[-1] == heard[-1][1]
    assert len({total for _, total, _ in heard}) == 1
    steps = list(dict.fromkeys(words.split(":")[0] for _, _, words in heard))
    assert steps == [
        *("tensor", "decomposition", "neural matrix", "outliers", "graph"),
        *("diffusion map", "clusters", "local dimension", "units"),
    ]


@pytest.mark.parametrize("step", ["tensor", "decomposition", "graph", "local dimension"])
def test_it_stops_when_asked_and_goes_on_from_the_cache(responses, manifold, tmp_path, step):
    reached = []

    def listen(_done, _total, words=""):
        if words.startswith(step):
            reached.append(words)

    with pytest.raises(Cancelled):
        encoding_manifold(
            responses,
            cache=tmp_path,
            progress=listen,
            should_stop=lambda: bool(reached),
            **FEW,
        )
    assert fingerprint(encoding_manifold(responses, cache=tmp_path, **FEW)) == fingerprint(manifold)


# bad input ---------------------------------------------------------------------------------------

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
