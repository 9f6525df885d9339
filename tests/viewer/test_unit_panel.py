"""The dock Unit and its links with canvas and movie, with real mouse and key events."""

import numpy as np
import pytest
from canvas_events import drag, units_on_screen
from manifold_builders import make_manifold
from qtpy.QtCore import QPoint, Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QLabel, QSpinBox, QToolButton

from napari_nfm.viewer.control_keys import CONTROL_KEYS
from napari_nfm.viewer.docks import open_shortcuts, open_unit
from napari_nfm.viewer.outline import canvas_of
from napari_nfm.viewer.panels.psth_grid import PsthGrid
from napari_nfm.viewer.panels.sheet import SheetTable
from napari_nfm.viewer.panels.trace_plot import TracePlot
from napari_nfm.viewer.pointer import SelectionTool
from napari_nfm.viewer.roles import Role
from napari_nfm.viewer.shortcuts import ACTIONS, keys_of
from napari_nfm.viewer.unit_actions import REST_MS

SITE = "encoder.L1"


@pytest.fixture
def viewer(make_napari_viewer):
    viewer = make_napari_viewer(show=True)
    viewer.window._qt_window.resize(1366, 768)
    return viewer


@pytest.fixture
def ready(recorded, viewer):
    """A shown window with a recording, a manifold of its units, and the dock Unit."""
    recorded.session.selection.site = SITE
    n_units = recorded.session.responses[SITE].sizes["unit"]
    manifold = make_manifold(n_units, site=SITE, n_frames=8)
    recorded.session.add_manifold(SITE, manifold)
    recorded.encoding.show_manifold(SITE)
    open_unit(viewer)
    recorded.jobs.wait(60)
    QApplication.processEvents()
    return recorded


def child(viewer, kind, name):
    found = viewer.window._qt_window.findChild(kind, name)
    assert found is not None, name
    return found


def press(viewer, key, modifiers=Qt.KeyboardModifier.NoModifier):
    QTest.keyClick(viewer.window._qt_window, key, modifiers)
    QApplication.processEvents()


def settle(explorer, qtbot):
    qtbot.wait(REST_MS + 80)
    explorer.jobs.wait(60)
    QApplication.processEvents()


def test_a_click_on_the_manifold_reaches_every_view(viewer, ready, qtbot):
    about = child(viewer, QLabel, "about_unit")
    assert child(viewer, QLabel, "unit_panel_empty").isVisible()
    canvas, session = canvas_of(viewer), ready.session
    places = units_on_screen(viewer, ready, canvas)
    rightmost = int(places[:, 0].argmax())
    drag(canvas, [places[rightmost]])
    settle(ready, qtbot)
    (unit,) = session.selection.units
    assert unit == session.manifolds[SITE].units.index[rightmost]
    assert session.selection.unit == unit
    # the inspector
    responses = session.responses[SITE]
    channel, row, column = (int(responses[name][unit]) for name in ("channel", "y", "x"))
    assert f"channel {channel}, row {row}, column {column}" in about.text()
    grid = child(viewer, PsthGrid, "psth_0")
    np.testing.assert_allclose(grid._page.rates, responses.values[unit], rtol=1e-6)
    table = child(viewer, SheetTable, "unit_table")
    assert table.item(0, 1).text() == str(unit)
    # its pixel on its feature map
    marker = ready.world.find(Role.UNIT_MARKERS)
    assert marker.features["unit"].tolist() == [unit]
    assert channel in ready.world.movie_and_maps.maps_shown.channels
    # its receptive field on the movie, where it has one
    field = ready.units.fields.current
    assert (ready.world.find(Role.FIELDS) is None) == bool(field.remark)


def test_keys_go_from_unit_to_unit_pin_and_jump(viewer, ready):
    selection = ready.session.selection
    press(viewer, Qt.Key.Key_N)
    press(viewer, Qt.Key.Key_N)
    assert selection.unit == 1
    press(viewer, Qt.Key.Key_C)
    assert selection.pinned == (1,)
    press(viewer, Qt.Key.Key_B)
    assert selection.unit == 0
    assert child(viewer, PsthGrid, "psth_1").isVisible()  # the pinned one, below
    press(viewer, Qt.Key.Key_G)
    number = child(viewer, QSpinBox, "unit_number")
    QTest.keyClicks(number, "5")
    QTest.keyClick(number, Qt.Key.Key_Return)
    QApplication.processEvents()
    assert selection.unit == 5
    QTest.mouseClick(child(viewer, QToolButton, "pinned_1"), Qt.MouseButton.LeftButton)
    assert selection.unit == 1
    press(viewer, Qt.Key.Key_C, Qt.KeyboardModifier.ShiftModifier)
    assert selection.pinned == ()


def test_a_click_on_a_heat_map_goes_to_this_stimulus_and_frame(viewer, ready):
    session = ready.session
    ready.units.look_at(3)
    QApplication.processEvents()
    grid, stimuli = child(viewer, PsthGrid, "psth_0"), session.stimuli
    box = grid.box(2)
    place = QPoint(round(box.left() + 0.6 * box.width()), round(box.top() + 3))
    assert grid.cell_at(place.toPointF()) == (2, 1, 4)  # the last direction is at the top
    QTest.mouseClick(grid, Qt.MouseButton.LeftButton, pos=place)
    ready.jobs.wait(60)
    assert session.sequence == (stimuli.categories[2], stimuli.directions[1], 0)
    assert session.selection.frame == 4


def test_scrubbing_moves_heads_and_cursors(viewer, ready):
    ready.units.look_at(3)
    QApplication.processEvents()
    axis = viewer.dims.ndim - 4
    viewer.dims.set_point(axis, 6)
    QApplication.processEvents()
    assert ready.session.selection.frame == 6
    trace = child(viewer, TracePlot, "trace")
    times = ready.session.responses[SITE]["time"].values
    assert trace._cursor.value() == pytest.approx(times[6])
    assert child(viewer, PsthGrid, "psth_0")._current[2] == 6


def test_a_click_on_a_trajectory_plays_its_stimulus(viewer, ready):
    from napari_nfm.viewer.views import View

    session = ready.session
    ready.show_trajectories("output")
    ready.jobs.wait(60)
    ready.show_view(View.TRAJECTORIES)
    QApplication.processEvents()
    heads, camera, canvas = ready.world.find(Role.HEADS), viewer.scene.camera, canvas_of(viewer)
    other = (
        (heads.features["category"] != session.selection.category)
        & (heads.features["direction"] != session.selection.direction)
    ).to_numpy()
    up = np.array(camera.up_direction)
    right = np.cross(camera.view_direction, up)
    away = heads.data[:, 1:] - np.array(camera.center)
    middle = np.array([canvas.width(), canvas.height()]) / 2
    places = middle + camera.zoom * np.column_stack([away @ right, -away @ up])
    # One that stands apart from all other curves.
    curve = heads.features.groupby(["category", "direction"]).ngroup().to_numpy()
    apart = [
        np.hypot(*(places[curve != curve[row]] - places[row]).T).min() if other[row] else -1
        for row in range(len(places))
    ]
    row = int(np.argmax(apart))
    assert apart[row] > 8
    try:
        drag(canvas, [places[row]])
        assert ready.player.is_playing
    finally:
        ready.player.pause()
    clicked = heads.features.iloc[row]
    assert session.sequence[:2] == (clicked["category"], clicked["direction"])
    ready.jobs.wait(60)


def test_every_action_has_keys_that_no_other_has(viewer, explorer):
    open_shortcuts(viewer)
    assert child(viewer, SheetTable, "shortcuts_table").rowCount() == len(ACTIONS) + len(
        CONTROL_KEYS
    )
    keys = [keys_of(name) for name in ACTIONS]
    assert all(keys)
    assert len(set(keys)) == len(keys)
    # They act in this window, and do nothing in one of which we know nothing.
    press(viewer, Qt.Key.Key_Q)
    assert explorer.selection_tool is SelectionTool.BOX
    explorer.selection_tool = SelectionTool.NAVIGATE
