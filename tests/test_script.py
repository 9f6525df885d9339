"""Scripts that are written from provenance, and what cannot be written."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from napari_nfm.analysis import (
    choose_rank,
    compare_subpopulation,
    decoding_accuracy,
    decoding_trajectories,
    encoding_tensor,
    removal_sweep,
    score_sites,
    sweep_ranks,
    tubularity,
    tubularity_sensitivity,
)
from napari_nfm.recording import load_responses
from napari_nfm.script import ScriptError, Shown, script_of
from napari_nfm.session import Session


@pytest.fixture
def path(tmp_path):
    phases = np.linspace(0, 6, 40).reshape(-1, 1, 1, 1)
    course = np.sin(np.linspace(0, 6, 12) + phases * np.arange(1, 4).reshape(-1, 1, 1))
    noise = 0.1 * np.random.default_rng(0).random((40, 3, 8, 12))
    np.save(tmp_path / "my retina.npy", 1.5 + course + noise)
    return tmp_path / "my retina.npy"


@pytest.fixture
def session(path):
    session = Session()
    session.add_population("my retina", load_responses(path))
    session.selection.site = "my retina"
    return session


def test_a_population_and_its_results_are_computed_again(session, path, tmp_path):
    responses = session.responses["my retina"]
    session.add_result("my retina", decoding_trajectories(responses, n_components=4))
    session.scores = {"my retina": tubularity(responses, n_bootstrap=3, seed=5, n_components=3)}
    session.selection.units = (4, 2)
    text = script_of(session, Shown({"results": "my retina", "scores": "my retina"}))
    assert str(path) in text
    found = run(
        text,
        tmp_path / "numbers.npz",
        curves="trajectories.curves",
        tight="score.bootstrap_s_tight",
        selected="selected",
    )
    np.testing.assert_array_equal(found["curves"], session.results["my retina"].curves)
    np.testing.assert_array_equal(found["tight"], session.scores["my retina"].bootstrap_s_tight)
    np.testing.assert_array_equal(found["selected"], responses[[4, 2]])


def run(text, path, **named):
    """Run a script and return what it gives by name."""
    saved = ", ".join(f"{name}={value}" for name, value in named.items())
    text += f"import numpy\nnumpy.savez({str(path)!r}, {saved})\n"
    ran = subprocess.run(
        [sys.executable, "-c", text], capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return np.load(path)


def test_what_docks_show_is_computed_again(session, path, tmp_path):
    """Every result that a session can have, each from the call that its provenance tells."""
    site = "my retina"
    responses = session.responses[site]
    np.save(tmp_path / "V1.npy", np.load(path)[::-1, ..., ::-1])
    session.add_population("V1", load_responses(tmp_path / "V1.npy"))
    both = dict(session.responses)
    tensor = encoding_tensor(responses, spatial_frequency="auto")
    session.add_rank_choice(site, choose_rank(sweep_ranks(tensor, (1, 2), n_starts=2, seed=3)))
    session.add_accuracy(site, decoding_accuracy(responses, n_folds=2, n_runs=1))
    session.add_comparison(
        site, compare_subpopulation(responses, range(12), labels="hdbscan", n_bootstrap=2)
    )
    session.add_removal(
        site, removal_sweep(responses, [3, 1, 2], shares=(0, 0.5), n_random=2, labels="hdbscan")
    )
    session.take_sensitivity(
        tubularity_sensitivity(
            both, n_bins=(10,), quantiles=(0.8,), smoothing=(), n_components=(), labels=()
        ),
        both,
    )
    session.take_scorecard(
        score_sites(both, classifiers=("knn",), n_bootstrap=2, n_components=4), both
    )
    for name, responses in both.items():
        session.add_score(name, tubularity(responses, n_components=4))
    shown = Shown(
        docks=(
            ("rank_choices", site),
            ("accuracies", (site, "knn")),
            ("comparisons", site),
            ("removals", site),
            ("sensitivity", None),
            ("scorecard", None),
            ("scores", site),
            ("scores", "V1"),
        )
    )
    found = run(
        script_of(session, shown),
        tmp_path / "numbers.npz",
        nuclear="rank_choice.mean",
        accuracy="accuracy.growing.mean",
        removed="comparison.removed.tubularity.bootstrap_s_tight",
        share="removal.random['s_tight']",
        varied="sensitivity.table['s_tight']",
        card="scorecard.table['s_cross_high']",
        score="score.s_tight",
        other="scores['V1'].s_tight",
    )
    comparison, removal = session.comparisons[site], session.removals[site]
    for name, expected in {
        "nuclear": session.rank_choices[site].mean,
        "accuracy": session.accuracies[site, "knn"].growing.mean,
        "removed": comparison.removed.tubularity.bootstrap_s_tight,
        "share": removal.random["s_tight"],
        "varied": session.sensitivity.table["s_tight"],
        "card": session.scorecard.table["s_cross_high"],
        "score": session.scores[site].s_tight,
        "other": session.scores["V1"].s_tight,
    }.items():
        np.testing.assert_array_equal(found[name], expected, err_msg=name)


def test_what_was_made_of_other_data_stops_the_script(session):
    """A recording of another network is refused by the script itself."""
    responses = session.responses["my retina"]
    recorded = responses.assign_attrs(
        source="store.zarr",
        twin_fingerprint="abc",
        sampling={"maps": 2, "units_per_map": 3, "by": "activity", "seed": 1},
    )
    session.add_responses({"my retina": recorded})
    session.add_result("my retina", decoding_trajectories(recorded))
    text = script_of(session, Shown({"results": "my retina"}))
    assert "assert recording.twin_fingerprint == 'abc'" in text
    assert "sample_units(recording, 'my retina', maps=2, units_per_map=3, by='activity'" in text
    compile(text, "script", "exec")


def by_hand(session):
    session.add_responses({"my retina": xr.zeros_like(session.responses["my retina"]).drop_attrs()})
    session.add_result("my retina", "anything")


def compared_before(session):
    before = session.responses
    session.take_scorecard(score_sites(before, n_bootstrap=0), before)
    session.add_population("V1", before["my retina"])


def with_given_labels(session):
    score = tubularity(session.responses["my retina"])
    parameters = {**score.provenance.parameters, "labels": "given"}
    provenance = replace(score.provenance, parameters=parameters)
    session.scores = {"my retina": replace(score, provenance=provenance)}


@pytest.mark.parametrize(
    ("change", "shown", "mention"),
    [
        (lambda session: None, Shown(), "Nothing is shown"),  # noqa: ARG005
        (by_hand, Shown({"results": "my retina"}), "given by hand"),
        (with_given_labels, Shown({"scores": "my retina"}), "labels"),
        (compared_before, Shown(docks=(("scorecard", None),)), "other responses"),
    ],
)
def test_what_cannot_be_written_is_one_sentence(
    session, change, shown, mention, assert_one_clear_sentence
):
    change(session)
    with pytest.raises(ScriptError) as caught:
        script_of(session, shown)
    assert_one_clear_sentence(caught.value, mention)
