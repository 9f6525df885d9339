"""The window stays whole whatever people do to it."""

import gc
import os
import threading
import weakref

import numpy as np
import psutil
import pytest
from manifold_builders import make_manifold, make_responses
from napari.components import ViewerModel
from qtpy.QtCore import QObject
from qtpy.QtWidgets import QApplication, QDockWidget, QLabel

from napari_nfm.viewer import docks
from napari_nfm.viewer.explorer import explorer_of
from napari_nfm.viewer.plans import TubeSettings
from napari_nfm.viewer.roles import Role
from napari_nfm.viewer.views import View

SITE = "encoder.L1"
OPENERS = (
    docks.open_manifold,
    docks.open_factors,
    docks.open_rank,
    docks.open_unit,
    docks.open_tubularity,
    docks.open_shortcuts,
    docks.open_compare,
)


def our_threads():
    return [thread for thread in threading.enumerate() if thread.name.startswith("napari-nfm")]


def fill(explorer, twin, stimuli):
    """Put a movie, maps, trajectories, a manifold and a selection on screen."""
    session = explorer.session
    session.twin = twin
    session.selection.site = SITE
    session.use_stimuli(stimuli)
    explorer.jobs.wait(60)
    responses = make_responses(60, site=SITE).assign_attrs(twin_fingerprint=twin.fingerprint)
    explorer.add_responses(SITE, responses)
    session.add_manifold(SITE, make_manifold(60, site=SITE))
    explorer.encoding.show_manifold(SITE)
    session.selection.units = (1, 3)
    explorer.jobs.wait(60)


@pytest.fixture
def filled(explorer, twin, stimuli):
    fill(explorer, twin, stimuli)
    explorer.show_view(View.ALL)
    return explorer


def dock_names(viewer):
    return list(viewer.window.dock_widgets)


@pytest.mark.parametrize("order", ["first to last", "last to first"])
def test_docks_close_and_open_in_any_order(filled, viewer, order):
    for open_dock in OPENERS:
        open_dock(viewer)
    names = dock_names(viewer)
    assert len(names) >= len(OPENERS) + 2
    for name in names if order == "first to last" else reversed(names):
        viewer.window.remove_dock_widget(viewer.window.dock_widgets[name])
        filled.session.selection.units = (1, 3, 7)
        filled.session.selection.frame = 2
        filled.session.selection.units = (4,)
        QApplication.processEvents()
    assert dock_names(viewer) == []
    for open_dock in reversed(OPENERS):
        open_dock(viewer)
    _, panel = docks.open_explorer(viewer)
    assert panel.explorer is filled
    filled.jobs.wait(60)
    assert filled.world.find(Role.SELECTED_UNITS).features["unit"].tolist() == [4]


def test_a_floating_dock_that_is_closed_ends_nothing(filled, viewer, stimuli):
    panel = viewer.window.dock_widgets["Explore (napari-nfm)"]
    dock = panel.parentWidget()
    while not isinstance(dock, QDockWidget):
        dock = dock.parentWidget()
    dock.setFloating(True)
    dock.show()
    filled.closing.watch(panel.window())  # as the dock does when it is seen
    assert panel.window() is dock
    dock.close()
    filled.session.choose(stimuli.categories[1], stimuli.directions[1])
    filled.jobs.wait(60)
    np.testing.assert_array_equal(
        filled.world.find(Role.MOVIE).data[:, 0],
        stimuli.frames(stimuli.categories[1], stimuli.directions[1]),
    )


@pytest.mark.parametrize("first", [0, 1])
def test_two_viewers_close_in_any_order(make_napari_viewer, twin, stimuli, first):
    viewers = [make_napari_viewer() for _ in range(2)]
    explorers = [docks.open_explorer(viewer)[1].explorer for viewer in viewers]
    for explorer in explorers:
        fill(explorer, twin, stimuli)
    frame = explorers[1].session.selection.frame
    explorers[0].session.selection.units = (7,)
    explorers[0].session.selection.frame = (frame + 1) % 8
    assert explorers[1].session.selection.units == (1, 3)
    assert viewers[1].dims.current_step[0] == frame
    viewers[first].close()
    left = explorers[1 - first]
    left.session.choose(stimuli.categories[1], stimuli.directions[1])
    left.session.selection.units = (8,)
    left.jobs.wait(60)
    np.testing.assert_array_equal(
        left.world.find(Role.MOVIE).data[:, 0],
        stimuli.frames(stimuli.categories[1], stimuli.directions[1]),
    )
    assert left.world.find(Role.SELECTED_UNITS).features["unit"].tolist() == [8]
    viewers[1 - first].close()
    assert our_threads() == []


@pytest.fixture
def windowless(qapp, twin, stimuli):
    """A viewer without a window, with everything drawn, tubes as well, and its explorer."""
    assert qapp is not None
    model = ViewerModel()
    explorer = explorer_of(model)
    fill(explorer, twin, stimuli)
    explorer.tubes.score(SITE, TubeSettings(n_bootstrap=0))
    explorer.jobs.wait(60)
    explorer.tubes.show_tubes(SITE)
    yield model, explorer
    explorer.close()


@pytest.mark.parametrize("removed", [list(Role)[::2], list(Role)[1::2]], ids=["half", "others"])
def test_any_layer_may_be_removed_or_renamed_by_hand(windowless, stimuli, removed):
    """Whatever is missing, all that a person can do next works, and showing brings it back."""
    model, explorer = windowless
    session = explorer.session
    explorer.show_view(View.ALL)
    for layer in list(model.layers):
        layer.name = "renamed"
    n_layers = len(model.layers)
    for role in removed:
        layer = explorer.world.find(role)
        if layer is not None:
            model.layers.remove(layer)
    assert len(model.layers) <= n_layers - 5
    for ndisplay in (2, 3):
        model.dims.ndisplay = ndisplay
    model.theme = "light"
    session.selection.frame = 3
    session.selection.units = (4, 11)
    session.look.colour_by = "dsi"
    session.look.edges = True
    session.selection.channels = (0, 1)
    explorer.saving.history.back()
    session.choose(stimuli.categories[1], stimuli.directions[1])
    explorer.jobs.wait(60)
    for view in View:
        explorer.show_view(view)
    explorer.show_trajectories(SITE)
    explorer.encoding.show_manifold(SITE)
    explorer.tubes.show_tubes(SITE)
    session.selection.units = (7,)
    explorer.jobs.wait(60)
    for drawn in (Role.MOVIE, Role.MAPS, Role.TRACKS, Role.MANIFOLD, Role.TUBES):
        assert explorer.world.find(drawn) is not None, drawn
    assert explorer.world.find(Role.SELECTED_UNITS).features["unit"].tolist() == [7]


def test_two_dimensions_and_back_change_nothing(filled, viewer):
    def places():
        return {
            role: filled.world.find(role).data
            for role in (Role.TRACKS, Role.HEADS, Role.MANIFOLD, Role.SELECTED_UNITS)
        }

    before = {role: np.array(data) for role, data in places().items()}
    for _ in range(3):
        viewer.dims.ndisplay = 2
        filled.session.selection.frame = 5
        viewer.dims.ndisplay = 3
    for role, data in places().items():
        np.testing.assert_allclose(data, before[role], err_msg=role)
    assert viewer.dims.current_step[0] == 5
    assert filled.session.selection.units == (1, 3)


def test_a_selection_is_undone_by_key(filled, viewer):
    from napari.utils.key_bindings import coerce_keybinding

    def press(keys):
        ViewerModel.class_keymap[coerce_keybinding(keys)](viewer)

    filled.session.selection.units = (9,)
    press("Control-Z")
    assert filled.session.selection.units == (1, 3)
    press("Control-Shift-Z")
    assert filled.session.selection.units == (9,)


def test_results_of_another_network_are_marked(filled, viewer, twin, tmp_path):
    from napari_nfm.fnn import load_twin, write_seeded_checkpoint

    def notes():
        return [
            note.text()
            for dock in viewer.window.dock_widgets.values()
            for note in dock.findChildren(QLabel, "stale_note")
            if not note.isHidden()
        ]

    def heading():
        return filled.world.find(Role.AXIS_TITLES).features["text"].iloc[-1]

    docks.open_unit(viewer)
    assert notes() == []
    assert "another" not in heading()
    path = write_seeded_checkpoint(tmp_path / "other", units=20, seed=3)
    filled.session.twin = load_twin(path, device="cpu")
    filled.jobs.wait(60)
    assert notes()
    assert all("from another network" in note for note in notes())
    assert twin.fingerprint[:8] in notes()[0]
    assert heading().endswith("from another network")
    filled.session.twin = twin
    filled.jobs.wait(60)
    assert notes() == []
    assert "another" not in heading()


def n_objects():
    """Count Qt's objects but for the menus that napari itself leaves, also without a plugin."""
    gc.collect()
    kinds = [type(found) for found in gc.get_objects() if issubclass(type(found), QObject)]
    return sum(kind.__name__ not in ("QModelMenu", "QMenuBar", "QShortcut") for kind in kinds)


@pytest.mark.timeout(900)  # half a minute on a machine that has nothing else to do
def test_fifty_viewers_leave_nothing(make_napari_viewer, qtbot, twin, stimuli):
    """Memory, threads, windows and objects stay what they are after the first few."""
    process = psutil.Process(os.getpid())
    gone, seen = [], []
    for round_ in range(50):
        viewer = make_napari_viewer()
        explorer = docks.open_explorer(viewer)[1].explorer
        docks.open_manifold(viewer)
        if round_ in (0, 25):
            fill(explorer, twin, stimuli)
            docks.open_compare(viewer)
        gone.append(weakref.ref(explorer.session))
        viewer.close()
        del viewer, explorer
        qtbot.wait(1)  # Qt deletes what is closed in a loop of its own only
        if round_ % 10 == 9:
            objects = n_objects()
            windows = len(QApplication.topLevelWidgets())
            seen.append((process.memory_info().rss / 2**20, objects, windows))
            assert our_threads() == []
    memory, objects, windows = (np.array(column) for column in zip(*seen, strict=True))
    # The last ones may wait for their turn; none before them.
    assert sum(session() is not None for session in gone[:-2]) == 0
    assert windows[-1] <= windows[0]
    assert objects[-1] <= objects[0]
    assert memory[-1] - memory[0] < 60, memory
