import gc
import threading
import time
import weakref

import numpy as np
import pytest
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QComboBox, QLabel, QPushButton, QSlider, QSpinBox, QToolButton

from napari_nfm.titles import category_title
from napari_nfm.viewer.explorer import explorer_of
from napari_nfm.viewer.plans import RecordingPlan
from napari_nfm.viewer.roles import Role
from napari_nfm.viewer.views import View


def our_threads():
    return [thread for thread in threading.enumerate() if thread.name.startswith("napari-nfm")]


def click(qtbot, panel, kind, name):
    widget = panel.findChild(kind, name)
    assert widget is not None, name
    qtbot.mouseClick(widget, Qt.MouseButton.LeftButton)
    return widget


def test_each_viewer_has_one_session_of_its_own(make_napari_viewer, viewer):
    other = make_napari_viewer()
    session = explorer_of(viewer).session
    assert session is explorer_of(viewer).session
    assert session is not explorer_of(other).session
    session.selection.frame = 5
    assert explorer_of(other).session.selection.frame == 0


def test_the_session_does_not_keep_its_viewer_alive():
    from napari.components import ViewerModel

    model = ViewerModel()
    explorer_of(model).session.selection.frame = 3
    gone = weakref.ref(model)
    del model
    gc.collect()
    assert gone() is None


def test_movie_and_maps_appear_and_step_together(loaded, viewer):
    assert loaded.world.find(Role.MOVIE).data.shape == (8, 1, 144, 256)
    assert loaded.world.find(Role.MAPS).data.shape[0] == 8
    viewer.dims.set_point(0, 5)
    assert loaded.session.selection.frame == 5
    loaded.session.selection.frame = 2
    assert viewer.dims.current_step[0] == 2


def test_maps_are_the_networks_activity(loaded, twin, stimuli):
    from napari_nfm.recording import feature_maps
    from napari_nfm.viewer.convert_maps import montage_to_maps

    loaded.session.selection.channels = (3, 0)
    loaded.jobs.wait(30)
    layer = loaded.world.find(Role.MAPS)
    shown = montage_to_maps(layer.data, loaded.world.movie_and_maps.maps_shown.montage)
    frames = stimuli.frames(*loaded.session.sequence)
    truth = feature_maps(twin, frames, "encoder.L1")[:, [3, 0]]
    np.testing.assert_allclose(shown, truth, rtol=2e-3, atol=1e-4)


def test_another_sequence_changes_movie_and_maps(loaded, stimuli):
    before = loaded.world.find(Role.MAPS).data.copy()
    loaded.session.choose("grat_W2", 45.0)
    loaded.jobs.wait(30)
    np.testing.assert_array_equal(
        loaded.world.find(Role.MOVIE).data[:, 0], stimuli.frames("grat_W2", 45.0)
    )
    assert not np.array_equal(before, loaded.world.find(Role.MAPS).data)


def test_maps_that_were_seen_are_not_computed_again(loaded):
    loaded.session.selection.site = "encoder.L2"
    loaded.jobs.wait(30)
    loaded.session.selection.site = "encoder.L1"
    assert loaded.jobs.job("maps") is None
    assert "Encoder L1" in loaded.world.find(Role.MAP_CAPTIONS).features["text"].iloc[0]


def test_a_site_without_maps_takes_them_away(loaded):
    loaded.session.selection.site = "output"
    assert loaded.world.find(Role.MAPS) is None
    loaded.session.selection.site = "encoder.L1"
    assert loaded.world.find(Role.MAPS) is not None


def test_quick_changes_end_with_the_last_choice(loaded, stimuli):
    for category in (*stimuli.categories, *stimuli.categories[:2]):
        for direction in stimuli.directions:
            loaded.session.choose(category, direction)
    loaded.jobs.wait(60)
    last = stimuli.frames(stimuli.categories[1], stimuli.directions[1])
    np.testing.assert_array_equal(loaded.world.find(Role.MOVIE).data[:, 0], last)


def test_the_whole_job_by_mouse(panel, qtbot, monkeypatch, checkpoint, stimuli, tmp_path):
    from napari_nfm.fnn import embedded
    from napari_nfm.viewer import tasks

    monkeypatch.setattr(embedded, "embedded_checkpoint", lambda: checkpoint)
    monkeypatch.setattr(tasks, "make_stimuli", lambda _, **__: stimuli)
    explorer = panel.explorer
    click(qtbot, panel, QPushButton, "try_now")
    explorer.jobs.wait(60)
    assert "20 units" in panel.findChild(QLabel, "about_twin").text()
    assert "untrained" in panel.findChild(QLabel, "twin_note").text()
    assert panel.steps["stimuli"].is_open

    category = panel.findChild(QComboBox, "category")
    category.setCurrentIndex(1)
    category.activated.emit(1)
    click(qtbot, panel, QToolButton, "direction_45")
    assert explorer.session.sequence == ("grat_W1", 45.0, 0)
    panel.findChild(QSpinBox, "instance").setValue(2)
    assert explorer.session.sequence == ("grat_W1", 45.0, 1)
    explorer.jobs.wait(60)

    panel.steps["record"].set_open(True)
    panel.findChild(QSpinBox, "sample_maps").setValue(5)
    panel.findChild(QSpinBox, "sample_units").setValue(4)
    panel.recorder.set_path(tmp_path / "by_mouse.zarr")
    with qtbot.waitSignal(explorer.prospect_changed, timeout=20_000):
        pass
    assert "of disk" in panel.findChild(QLabel, "estimate").text()
    click(qtbot, panel, QPushButton, "record")
    explorer.jobs.wait(120)
    assert panel.recorder._job.outcome == "done"
    assert panel.steps["analyse"].is_open

    site = panel.findChild(QComboBox, "analysis_site")
    site.setCurrentIndex(site.findData("recurrent.hidden"))
    site.activated.emit(site.currentIndex())
    click(qtbot, panel, QPushButton, "show_trajectories")
    explorer.jobs.wait(60)
    assert explorer.world.find(Role.TRACKS) is not None
    assert "variance" in panel.findChild(QLabel, "explained_variance").text()
    panel.findChild(QSlider, "tail_length").setValue(3)
    assert explorer.world.find(Role.TRACKS).tail_length == 3


def test_play_moves_every_view_and_pause_stays(loaded, panel, viewer, qtbot):
    panel.findChild(QSpinBox, "speed").setValue(60)
    click(qtbot, panel, QToolButton, "play")
    qtbot.waitUntil(lambda: loaded.session.selection.frame >= 3, timeout=5000)
    click(qtbot, panel, QToolButton, "play")
    frame = loaded.session.selection.frame
    qtbot.wait(100)
    assert loaded.session.selection.frame == frame
    assert viewer.dims.current_step[0] == frame
    assert panel.findChild(QSlider, "frame_slider").value() == frame
    loaded.session.selection.frame = 7
    click(qtbot, panel, QToolButton, "step_forward")
    assert loaded.session.selection.frame == 0
    click(qtbot, panel, QToolButton, "step_back")
    assert loaded.session.selection.frame == 7


def test_view_buttons_change_the_view(recorded, panel, viewer, qtbot):
    click(qtbot, panel, QPushButton, "view_movie_and_maps")
    assert viewer.dims.ndisplay == 2
    assert not recorded.world.find(Role.TRACKS).visible
    click(qtbot, panel, QPushButton, "view_all")
    assert viewer.dims.ndisplay == 3
    assert recorded.world.find(Role.TRACKS).visible


def test_cancel_looks_like_a_cancel_and_can_go_on(loaded, panel, plan, qtbot):
    job = loaded.record(plan)
    qtbot.waitUntil(lambda: job._progress.last[0] > 0, timeout=60_000)
    job.cancel()
    loaded.jobs.wait(60)
    bar = panel.recorder._job
    assert bar.outcome == "cancelled"
    assert "kept" in bar.findChild(QLabel, "record_message").text()
    assert loaded.session.recording is None
    loaded.record(plan)
    loaded.jobs.wait(120)
    assert bar.outcome == "done"
    assert loaded.session.recording.is_complete


def test_a_mendable_error_is_one_sentence_and_no_result(panel, explorer, tmp_path, capsys):
    from napari.utils.notifications import notification_manager

    from napari_nfm.errors import NeuralFoundationModelError

    explorer.load_twin(tmp_path / "nowhere")
    with pytest.raises(NeuralFoundationModelError, match="nowhere"):
        explorer.jobs.wait(30)
    assert panel.model._job.outcome == "failed"
    assert "nowhere" in panel.model.findChild(QLabel, "model_message").text()
    assert "nowhere" in notification_manager.records[-1].message
    assert explorer.session.twin is None
    assert "Traceback" not in capsys.readouterr().err


def test_channels_are_read_as_people_write_them(loaded, panel):
    from qtpy.QtWidgets import QLineEdit

    line = panel.findChild(QLineEdit, "map_channels")
    line.setText("1, 4-5")
    line.editingFinished.emit()
    assert loaded.session.selection.channels == (1, 4, 5)
    line.setText("1, four")
    line.editingFinished.emit()
    assert loaded.session.selection.channels == (1, 4, 5)
    assert "four" in panel.findChild(QLabel, "map_message").text()


def test_closing_the_viewer_ends_a_recording(make_napari_viewer, twin, stimuli, plan, qtbot):
    from napari_nfm.viewer import open_explorer

    viewer = make_napari_viewer()
    _, panel = open_explorer(viewer)
    explorer = panel.explorer
    explorer.session.twin = twin
    explorer.session.use_stimuli(stimuli)
    job = explorer.record(plan)
    qtbot.waitUntil(lambda: job._progress.last[1] > 0, timeout=60_000)
    assert our_threads()
    viewer.close()
    assert our_threads() == []


def test_a_recording_outlives_its_dock(loaded, viewer, plan):
    from napari_nfm.viewer import open_explorer

    viewer.window.remove_dock_widget("all")
    loaded.record(plan)
    loaded.jobs.wait(120)
    assert loaded.session.recording.is_complete
    _, panel = open_explorer(viewer)
    assert panel.explorer is loaded
    assert panel.findChild(QComboBox, "analysis_site").count() == 3
    assert "20 units" in panel.findChild(QLabel, "about_twin").text()


def test_two_viewers_record_at_once(make_napari_viewer, twin, stimuli, tmp_path):
    explorers = [explorer_of(make_napari_viewer()) for _ in range(2)]
    for number, explorer in enumerate(explorers):
        explorer.session.twin = twin
        explorer.session.use_stimuli(stimuli)
        plan = RecordingPlan(("output",), tmp_path / f"{number}.zarr", maps=1, units_per_map=5)
        explorer.record(plan)
    for explorer in explorers:
        explorer.jobs.wait(120)
    first, second = (explorer.session.responses["output"] for explorer in explorers)
    np.testing.assert_array_equal(first, second)


def test_layers_removed_by_hand_do_no_harm(recorded, viewer):
    viewer.layers.clear()
    recorded.session.selection.frame = 3
    recorded.show_view(View.ALL)
    recorded.session.choose("grat_W2", 45.0)
    recorded.jobs.wait(30)
    recorded.show_trajectories("output")
    recorded.jobs.wait(30)
    assert recorded.world.find(Role.MOVIE) is not None
    assert recorded.world.find(Role.HEADS) is not None


def test_the_legend_names_every_category_and_chooses_one(recorded, viewer, qtbot, stimuli):
    legend = viewer.window.dock_widgets["Stimulus categories"]
    lines = {name: legend.findChild(QToolButton, f"legend_{name}") for name in stimuli.categories}
    assert [line.text().strip() for line in lines.values()] == list(stimuli.titles)
    qtbot.mouseClick(lines["grat_W2"], Qt.MouseButton.LeftButton)
    assert recorded.session.selection.category == "grat_W2"
    recorded.jobs.wait(30)


def test_opening_and_closing_leaves_no_thread_and_no_viewer(make_napari_viewer, twin):
    from napari_nfm.viewer import open_explorer

    viewer = make_napari_viewer()
    for _ in range(5):
        _, panel = open_explorer(viewer)
        panel.explorer.session.twin = twin
        viewer.window.remove_dock_widget("all")
    time.sleep(0.05)
    assert our_threads() == []


def test_categories_have_their_titles_without_the_stimuli(explorer, store):
    explorer.open_recording(store)
    explorer.jobs.wait(60)
    assert explorer.session.stimuli is None
    names, titles = explorer.categories
    assert names[0] == "grat_W12"
    assert titles == tuple(map(category_title, names))
    assert not set(titles) & set(names)
