"""Readers, writers, sample data, and the manifest that offers them."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from npe2 import PluginManifest

from napari_nfm.viewer import convert_curves, readers, sample_data, writers
from napari_nfm.viewer.layers import SOURCE
from napari_nfm.viewer.roles import Role

MANIFEST = Path(readers.__file__).parents[1] / "napari.yaml"


@pytest.fixture
def tensor(tmp_path):
    """A response tensor as the study's authors store it."""
    path = tmp_path / "tensor4d.npy"
    np.save(path, np.random.default_rng(0).random((30, 11, 8, 37)))
    return path


def test_the_manifest_is_valid_and_the_link_at_the_root_is_the_same_file():
    result = subprocess.run(
        [sys.executable, "-m", "npe2", "validate", str(MANIFEST)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert (Path(__file__).parents[2] / "napari.yaml").resolve() == MANIFEST.resolve()


def test_every_command_of_the_manifest_can_be_imported():
    from importlib import import_module

    manifest = PluginManifest.from_file(MANIFEST)
    for command in manifest.contributions.commands:
        module, _, name = command.python_name.partition(":")
        assert callable(getattr(import_module(module), name)), command.id


def test_arrays_that_are_no_response_tensor_are_left_to_napari(tmp_path):
    for name, array in {
        "volume": np.zeros((4, 5, 6)),
        "stack": np.zeros((2, 3, 100, 100)),
        "words": np.full((1, 1, 1, 1), "x"),
    }.items():
        path = tmp_path / f"{name}.npy"
        np.save(path, array)
        assert readers.read_responses_or_decline(str(path)) is None
    damaged = tmp_path / "damaged.npy"
    damaged.write_bytes(b"not an array")
    assert readers.read_responses_or_decline(str(damaged)) is None
    assert readers.read_responses_or_decline(["a.npy", "b.npy"]) is None


def test_pickles_are_never_opened(tmp_path):
    path = tmp_path / "objects.npy"
    np.save(path, np.array([[[[{"a": 1}]]]], dtype=object), allow_pickle=True)
    assert readers.read_responses_or_decline(str(path)) is None


def test_folders_that_are_no_recording_are_left_to_napari(tmp_path):
    assert readers.read_recording_or_decline(str(tmp_path)) is None
    xr.Dataset({"a": ("x", np.zeros(3))}).to_zarr(tmp_path / "other.zarr")
    assert readers.read_recording_or_decline(str(tmp_path / "other.zarr")) is None


def test_without_a_window_files_become_trajectories(tensor, store):
    for path, decide in (
        (tensor, readers.read_responses_or_decline),
        (store, readers.read_recording_or_decline),
    ):
        (tracks, look, kind), (heads, head_look, head_kind) = decide(str(path))(str(path))
        assert (kind, head_kind) == ("tracks", "points")
        np.testing.assert_array_equal(tracks[:, 1:], heads)
        assert len(look["features"]) == len(tracks)
        assert len(head_look["face_color"]) == len(heads)


def test_napari_opens_a_recording_into_the_session(viewer, store):
    from napari_nfm.viewer.explorer import explorer_of

    viewer.open(str(store), plugin="napari-nfm")
    explorer = explorer_of(viewer)
    explorer.jobs.wait(60)
    assert explorer.session.recording.is_complete
    assert explorer.world.find(Role.TRACKS) is not None


def test_napari_opens_a_response_tensor_into_the_session(viewer, tensor):
    from napari_nfm.viewer.explorer import explorer_of

    viewer.open(str(tensor), plugin="napari-nfm")
    explorer = explorer_of(viewer)
    explorer.jobs.wait(60)
    assert explorer.session.responses["tensor4d"].sizes["unit"] == 30
    curves = explorer.session.results["tensor4d"].curves
    shown = convert_curves.tracks_to_curves(explorer.world.find(Role.TRACKS).features)
    np.testing.assert_allclose(shown.values, curves.values)


def test_csv_says_what_its_columns_mean_and_returns(recorded, tmp_path):
    path = tmp_path / "tracks.csv"
    recorded.world.find(Role.TRACKS).save(str(path), plugin="napari-nfm")
    explained = [line for line in path.read_text().splitlines() if line.startswith("#")]
    table = pd.read_csv(path, comment="#")
    assert len(explained) == 1 + len(table.columns)
    for line, column in zip(explained[1:], table.columns, strict=True):
        assert line.startswith(f"# {column}: ")
        assert "feature of the layer" not in line
    site = recorded.session.selection.site
    np.testing.assert_allclose(
        convert_curves.tracks_to_curves(table).values,
        recorded.session.results[site].curves.values,
        rtol=1e-6,
    )


def test_points_of_anyone_are_written_too(tmp_path):
    path = str(tmp_path / "points.csv")
    features = pd.DataFrame({"score": [0.5, 0.25]})
    written = writers.write_csv(path, np.array([[1.0, 2.0], [3.0, 4.0]]), {"features": features})
    table = pd.read_csv(written[0], comment="#")
    assert list(table.columns) == ["y", "x", "score"]
    assert table.iloc[1].tolist() == [3.0, 4.0, 0.25]


def test_the_recording_behind_trajectories_is_copied(recorded, tmp_path, store):
    from napari_nfm.recording import open_recording

    path = tmp_path / "copy.zarr"
    recorded.world.find(Role.TRACKS).save(str(path), plugin="napari-nfm")
    copy, original = open_recording(path), open_recording(store)
    assert copy.is_complete
    xr.testing.assert_equal(copy["output"], original["output"])


@pytest.mark.parametrize(
    ("metadata", "existing", "problem"),
    [
        ({}, False, "was not made from a recording"),
        ({SOURCE: "/nowhere.zarr"}, False, "is not there any more"),
        ({SOURCE: "."}, True, "exists already"),
    ],
)
def test_what_cannot_be_copied_is_said(metadata, existing, problem, tmp_path):
    path = tmp_path / "copy.zarr"
    if existing:
        path.mkdir()
    with pytest.raises(writers.ExportError, match=problem):
        writers.write_recording(str(path), None, {"metadata": metadata, "name": "mine"})


def test_the_sample_shows_every_category():
    [(plane, look, kind)] = sample_data.drawn_stimuli()
    assert kind == "image"
    assert plane.shape[:2] == (37, 1)
    assert len(look["metadata"]["titles"]) == 11


def test_napari_opens_the_sample(viewer):
    viewer.open_sample("napari-nfm", "drawn_stimuli")
    assert [layer.name for layer in viewer.layers] == ["Drawn stimuli"]


def test_the_sample_recording_is_made_once_and_then_opened(
    viewer, checkpoint, stimuli, monkeypatch
):
    from napari_nfm.fnn import embedded
    from napari_nfm.viewer import sample_recording
    from napari_nfm.viewer.explorer import explorer_of

    monkeypatch.setattr(embedded, "embedded_checkpoint", lambda: checkpoint)
    monkeypatch.setattr(sample_recording, "make_stimuli", lambda _, **__: stimuli)
    explorer = explorer_of(viewer)
    [movie] = viewer.open_sample("napari-nfm", "recording")
    explorer.jobs.wait(120)
    assert explorer.world.find(Role.MOVIE) is movie
    first = explorer.session.recording
    assert first.is_complete
    assert set(explorer.session.responses) == set(explorer.sites)
    assert explorer.world.find(Role.TRACKS) is not None

    made = (first.path / "zarr.json").stat().st_mtime_ns
    viewer.open_sample("napari-nfm", "recording")
    explorer.jobs.wait(120)
    again = explorer.session.recording
    assert again is not first
    assert again.path == first.path
    assert (again.path / "zarr.json").stat().st_mtime_ns == made


def test_the_sample_network_is_loaded_and_its_movie_is_ours(viewer, checkpoint, monkeypatch):
    from napari_nfm.fnn import embedded
    from napari_nfm.viewer.explorer import explorer_of

    monkeypatch.setattr(embedded, "embedded_checkpoint", lambda: checkpoint)
    explorer = explorer_of(viewer)
    for _ in range(2):
        [movie] = viewer.open_sample("napari-nfm", "embedded_network")
        explorer.jobs.wait(120)
        assert explorer.world.find(Role.MOVIE) is movie
    assert len(explorer.session.twin.units) == 20
    assert [layer.name for layer in viewer.layers].count(movie.name) == 1


def test_the_sample_of_reference_values_keeps_them_with_their_sources(viewer):
    [layer] = viewer.open_sample("napari-nfm", "reference_values")
    features = layer.features.set_index("population")
    assert set(features.index) >= {"Retina", "V1", "Output"}
    assert features.loc["Retina", "S_tight"] == pytest.approx(0.0688)
    assert features["source"].str.contains("tubularity/metrics.pdf").all()
    np.testing.assert_allclose(
        10 ** (layer.data / 100), layer.features[["S_cross", "S_tight"]].to_numpy()
    )
    assert "Tubularity" in viewer.window.dock_widgets
