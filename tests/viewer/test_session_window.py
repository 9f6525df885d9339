"""Saving, opening, going back, and copying as Python, in the window."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from manifold_builders import make_responses
from qtpy.QtWidgets import QApplication
from tube_builders import make_tubes

from napari_nfm.analysis import tubularity_sensitivity
from napari_nfm.recording.receptive_fields import smooth_gradient
from napari_nfm.stimuli import StimulusSource
from napari_nfm.viewer import docks, encoding_tasks
from napari_nfm.viewer.convert_maps import montage_to_maps
from napari_nfm.viewer.explorer import explorer_of
from napari_nfm.viewer.plans import ManifoldSettings, RecordingPlan, TubeSettings
from napari_nfm.viewer.roles import Role
from napari_nfm.viewer.views import View
from napari_nfm.viewer.window_state import draw_results, set_up

SITE = "encoder.L1"


@pytest.fixture(autouse=True)
def kept(tmp_path, monkeypatch):
    """Keep finished steps away from the user's cache."""
    monkeypatch.setattr(encoding_tasks, "kept_steps", lambda: tmp_path / "kept")


@pytest.fixture
def worked(explorer, checkpoint, tmp_path):
    """A recording of a network and stimuli that can be found again, and what was made of it."""
    explorer.load_twin(checkpoint)
    explorer.use_stimuli(StimulusSource("pink-noise"))
    explorer.jobs.wait(60)
    plan = RecordingPlan((SITE, "output"), tmp_path / "store.zarr", maps=5, units_per_map=8)
    explorer.record(plan)
    explorer.jobs.wait(120)
    explorer.show_trajectories(SITE)
    explorer.jobs.wait(60)
    explorer.encoding.compute_manifold(SITE, ManifoldSettings(rank=2, n_starts=1))
    explorer.jobs.wait(120)
    return explorer


@pytest.fixture
def reopen(make_napari_viewer, qtbot):
    """Return a function that opens a session in another window."""
    from napari_nfm.viewer import open_explorer

    def open_again(path):
        viewer, panel = open_explorer(make_napari_viewer())
        with qtbot.waitSignal(panel.explorer.saving.restored, timeout=60_000):
            panel.explorer.saving.open(path)
        panel.explorer.jobs.wait(60)
        return viewer, panel.explorer

    return open_again


def test_a_window_comes_back_as_it_was(worked, viewer, reopen, tmp_path):
    session = worked.session
    worked.show_view(View.ALL)
    session.look.colour_by = "osi"
    units = tuple(int(unit) for unit in session.manifolds[SITE].units.index[:3])
    session.selection.units = units
    session.selection.frame = 4
    movie = worked.world.find(Role.MOVIE)
    movie.name, movie.opacity, movie.gamma = "what it sees", 0.5, 1.5
    maps = worked.world.find(Role.MAPS)
    maps.visible, maps.colormap = False, "magma"
    viewer.scene.camera.angles = (10.0, 20.0, 30.0)
    viewer.scene.camera.zoom = 1.75
    viewer.scene.camera.center = (1.0, 200.0, 300.0)
    worked.player.frames_per_second = 20.0
    worked.encoding.pick_rank(7)
    worked.saving.save(tmp_path / "today")
    worked.jobs.wait(60)
    assert worked.saving.path == tmp_path / "today.nfm"

    other, again = reopen(tmp_path / "today.nfm")
    assert again.session.selection.units == units
    assert again.session.selection.site == SITE
    assert again.session.sequence == session.sequence
    assert again.session.twin.fingerprint == session.twin.fingerprint
    assert again.session.recording.path == session.recording.path
    movie, maps = (again.world.find(role) for role in (Role.MOVIE, Role.MAPS))
    assert (movie.name, movie.opacity, movie.gamma) == ("what it sees", 0.5, 1.5)
    assert (maps.visible, maps.colormap.name) == (False, "magma")
    for role in (Role.MOVIE, Role.MAPS, Role.TRACKS, Role.MANIFOLD, Role.SELECTED_UNITS):
        np.testing.assert_allclose(again.world.find(role).data, worked.world.find(role).data)
    colours = (explorer.world.find(Role.MANIFOLD).face_color for explorer in (again, worked))
    np.testing.assert_allclose(*colours)
    camera = other.scene.camera
    assert other.dims.ndisplay == 3
    assert other.dims.current_step[0] == 4
    np.testing.assert_allclose(camera.angles, (10.0, 20.0, 30.0), atol=1e-6)
    np.testing.assert_allclose(camera.center, (1.0, 200.0, 300.0), atol=1e-6)
    shrunk = min(np.divide(other.canvas.size, viewer.canvas.size))
    assert camera.zoom == pytest.approx(1.75 * shrunk)
    assert again.player.frames_per_second == pytest.approx(20.0)
    assert again.encoding.rank == 7
    assert [layer.name for layer in other.layers] == [layer.name for layer in viewer.layers]


def test_a_part_that_a_file_does_not_have_stays(viewer, explorer):
    tubes, units = explorer.tubes, explorer.units
    explorer.encoding.pick_rank(7)
    explorer.player.frames_per_second = 20.0
    tubes.settings = settings = TubeSettings(seed=3)
    tubes.hidden_bundles = ["of another session"]
    units.fields.kind, units.fields.on_movie, units.instances.wanted = "average", False, True
    draw_results(explorer, {})
    set_up(viewer, explorer, {})
    assert (explorer.encoding.rank, explorer.player.frames_per_second) == (7, 20.0)
    assert tubes.settings == settings
    assert (units.fields.kind, units.fields.on_movie) == ("average", False)
    assert units.instances.wanted
    assert tubes.hidden_bundles == frozenset(), "the labels were those of other tubes"


def test_what_is_missing_is_said_in_the_window(worked, reopen, tmp_path):
    from napari.utils.notifications import notification_manager

    worked.saving.save(tmp_path / "today.nfm")
    worked.jobs.wait(60)
    (tmp_path / "store.zarr").rename(tmp_path / "elsewhere.zarr")
    other, again = reopen(tmp_path / "today.nfm")
    assert again.session.recording is None
    assert again.world.find(Role.MANIFOLD) is not None
    assert "without the recording" in other.status
    assert "without the recording" in notification_manager.records[-1].message


def test_a_session_takes_the_place_of_another(worked, make_napari_viewer, tmp_path):
    """Nothing of what was on screen stays where the opened session has nothing."""
    other = explorer_of(make_napari_viewer())
    other.session.add_population("V1", make_responses(40, site="V1"))
    other.saving.save(tmp_path / "small.nfm")
    other.jobs.wait(60)
    worked.saving.open(tmp_path / "small.nfm")
    worked.jobs.wait(60)
    session = worked.session
    assert session.twin is None
    assert session.stimuli is None
    assert list(session.responses) == ["V1"]
    assert session.results == session.manifolds == {}
    assert all(worked.world.find(role) is None for role in Role)
    assert worked.encoding.manifold_site is None


def test_a_dropped_session_is_opened(worked, viewer, tmp_path):
    worked.saving.save(tmp_path / "today.nfm")
    worked.jobs.wait(60)
    worked.session.selection.units = (1,)
    viewer.layers.clear()
    viewer.open(str(tmp_path / "today.nfm"), plugin="napari-nfm")
    worked.jobs.wait(60)
    assert worked.session.selection.units == ()
    assert worked.world.find(Role.MANIFOLD) is not None


def test_copied_python_computes_the_same_numbers(worked, viewer, tmp_path):
    session = worked.session
    session.look.coordinates = "principal components"
    session.look.colour_by = "dsi"
    session.selection.units = (3, 0, 5)
    session.selection.channels = (2, 4)
    docks.open_unit(viewer)
    docks.our_docks(viewer)["Unit"].setFloating(True)  # beside the dock that is opened next
    session.selection.unit = 0
    worked.units.fields.compute()
    worked.jobs.wait(60)
    responses = {name: session.responses[name] for name in session.responses}
    varied = tubularity_sensitivity(
        responses, quantiles=(), n_bins=(10,), smoothing=(), n_components=(), labels=()
    )
    session.take_sensitivity(varied, responses)
    docks.open_tubularity(viewer).page = "Sensitivity"
    worked.saving.copy_as_python()
    worked.jobs.wait(60)
    text = QApplication.clipboard().text()
    assert not any(word in text for word in ("viewer", "qtpy", "import napari\n"))
    script = tmp_path / "again.py"
    script.write_text(
        f"{text}\nimport numpy\nnumpy.savez({str(tmp_path / 'numbers.npz')!r}, frames=frames, "
        "maps=maps, curves=trajectories.curves, points=points, colour_by=colour_by, "
        "selected=selected, varied=sensitivity.table['s_tight'], field=receptive_field.values)\n"
        "import sys; assert not {'napari', 'qtpy'} & set(sys.modules)\n",
        encoding="utf-8",
    )
    ran = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=300, check=False
    )
    assert ran.returncode == 0, ran.stderr
    numbers = np.load(tmp_path / "numbers.npz")
    manifold = session.manifolds[SITE]
    np.testing.assert_array_equal(numbers["points"], manifold.principal_coordinates[:, :3])
    np.testing.assert_array_equal(numbers["colour_by"], manifold.units["dsi"])
    np.testing.assert_array_equal(numbers["curves"], session.results[SITE].curves)
    np.testing.assert_array_equal(numbers["selected"], session.responses[SITE][[3, 0, 5]])
    np.testing.assert_array_equal(numbers["varied"], varied.table["s_tight"])
    field = smooth_gradient(numbers["field"][0])
    np.testing.assert_allclose(field, worked.units.fields.current.values, rtol=1e-4, atol=1e-9)
    np.testing.assert_array_equal(numbers["frames"], worked.world.find(Role.MOVIE).data[:, 0])
    shown = montage_to_maps(
        worked.world.find(Role.MAPS).data, worked.world.movie_and_maps.maps_shown.montage
    )
    # What is on screen is kept in half precision.
    np.testing.assert_allclose(numbers["maps"], shown, rtol=2e-3, atol=1e-4)


def test_tubes_and_readouts_come_back_with_their_settings(viewer, explorer, reopen, tmp_path):
    """Without a network or a recording: what is on screen is in the file."""
    session, tubes = explorer.session, explorer.tubes
    session.add_population("retina", make_tubes(20, n_frames=8, site="retina"))
    settings = TubeSettings(labels="hdbscan", n_components=4, n_bootstrap=2, seed=3)
    tubes.score("retina", settings)
    explorer.readouts.sweep_settings(["retina"])
    explorer.jobs.wait(60)
    tubes.show_tubes("retina")
    tubes.hidden_bundles = [next(iter(tubes.bundles))]
    fields = explorer.units.fields
    fields.kind, fields.on_movie = "average", False
    explorer.units.instances.wanted = True
    explorer.world.find(Role.TUBES).opacity = 0.3
    viewer.scene.camera.zoom = 2.5
    explorer.saving.save(tmp_path / "tubes.nfm")
    explorer.jobs.wait(60)

    other, again = reopen(tmp_path / "tubes.nfm")
    assert again.tubes.tube_site == "retina"
    assert again.tubes.settings == settings
    assert again.tubes.hidden_bundles == tubes.hidden_bundles
    assert (again.units.fields.kind, again.units.fields.on_movie) == ("average", False)
    assert again.units.instances.wanted
    drawn, before = (each.world.find(Role.TUBES) for each in (again, explorer))
    assert drawn.opacity == 0.3
    np.testing.assert_allclose(drawn.data[2], before.data[2])
    pd.testing.assert_frame_equal(again.session.sensitivity.table, session.sensitivity.table)
    assert again.session.outdated == frozenset()
    panel = docks.open_tubularity(other)
    assert panel.controls.settings() == settings, "the dock shows them and does not set its own"
    shrunk = min(np.divide(other.canvas.size, viewer.canvas.size))
    assert other.scene.camera.zoom == pytest.approx(2.5 * shrunk)
