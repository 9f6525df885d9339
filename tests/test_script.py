"""Scripts that are written from provenance, and what cannot be written."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from napari_nfm.analysis import decoding_trajectories, tubularity
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
    numbers = tmp_path / "numbers.npz"
    text += (
        f"import numpy\nnumpy.savez({str(numbers)!r}, curves=trajectories.curves, "
        "tight=score.bootstrap_s_tight, selected=selected)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", text], capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.returncode == 0, ran.stderr
    found = np.load(numbers)
    np.testing.assert_array_equal(found["curves"], session.results["my retina"].curves)
    np.testing.assert_array_equal(found["tight"], session.scores["my retina"].bootstrap_s_tight)
    np.testing.assert_array_equal(found["selected"], responses[[4, 2]])


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
    ],
)
def test_what_cannot_be_written_is_one_sentence(
    session, change, shown, mention, assert_one_clear_sentence
):
    change(session)
    with pytest.raises(ScriptError) as caught:
        script_of(session, shown)
    assert_one_clear_sentence(caught.value, mention)
