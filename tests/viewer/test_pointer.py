"""Real mouse events in a real canvas."""

import numpy as np
import pytest
from canvas_events import box, drag, units_on_screen
from manifold_builders import make_manifold, make_responses
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QApplication, QWidget

from napari_nfm.viewer.outline import canvas_of
from napari_nfm.viewer.pointer import SelectionTool

SITE = "encoder.L1"


@pytest.fixture
def viewer(make_napari_viewer):
    return make_napari_viewer(show=True)


@pytest.fixture
def explorer(viewer):
    """The explorer of a shown window with a manifold of 120 units."""
    from napari_nfm.viewer.explorer import explorer_of

    explorer = explorer_of(viewer)
    explorer.session.add_responses({SITE: make_responses(120, site=SITE)})
    explorer.session.add_manifold(SITE, make_manifold(120, site=SITE))
    explorer.encoding.show_manifold(SITE)
    QApplication.processEvents()
    return explorer


@pytest.fixture
def canvas(viewer):
    return canvas_of(viewer)


def units_at(explorer, inside):
    return set(explorer.session.manifolds[SITE].units.index[inside])


def test_a_click_in_three_dimensions_selects_the_unit(viewer, explorer, canvas):
    places = units_on_screen(viewer, explorer, canvas)
    rightmost = int(places[:, 0].argmax())
    drag(canvas, [places[rightmost]])
    assert explorer.session.selection.units == tuple(units_at(explorer, [rightmost]))
    top = int(places[:, 1].argmin())
    drag(canvas, [places[top]], Qt.KeyboardModifier.ShiftModifier)
    assert set(explorer.session.selection.units) == units_at(explorer, [rightmost, top])
    drag(canvas, [(3, 3)])
    assert explorer.session.selection.units == ()


def test_dragging_without_a_tool_turns_the_camera_and_selects_nothing(viewer, explorer, canvas):
    places = units_on_screen(viewer, explorer, canvas)
    before = viewer.scene.camera.angles
    drag(canvas, box(places[3], places[3] + 60))
    assert viewer.scene.camera.angles != before
    assert explorer.session.selection.units == ()


@pytest.mark.parametrize("ndisplay", [3, 2])
def test_a_box_selects_what_is_inside_and_leaves_the_camera(viewer, explorer, canvas, ndisplay):
    viewer.dims.ndisplay = ndisplay
    QApplication.processEvents()
    places = units_on_screen(viewer, explorer, canvas)
    explorer.selection_tool = SelectionTool.BOX
    camera = viewer.scene.camera
    before = (camera.angles, camera.center, camera.zoom)
    low, high = places.min(axis=0) - 3, np.median(places, axis=0) + 0.37
    drag(canvas, box(low, high))
    inside = ((places > low) & (places < high)).all(axis=1)
    assert inside.sum() > 5
    assert set(explorer.session.selection.units) == units_at(explorer, inside)
    assert (camera.angles, camera.center, camera.zoom) == before


def test_a_lasso_selects_what_is_inside_and_shift_adds(viewer, explorer, canvas):
    places = units_on_screen(viewer, explorer, canvas)
    explorer.selection_tool = SelectionTool.LASSO
    around = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    ring = 70 * np.stack([np.cos(around), np.sin(around)], axis=1)
    inside, outside = set(), units_at(explorer, slice(None))
    for unit, modifiers in (
        (5, Qt.KeyboardModifier.NoModifier),
        (90, Qt.KeyboardModifier.ShiftModifier),
    ):
        drag(canvas, places[unit] + ring, modifiers)
        # Corners are whole pixels, so those near the line may be on either side.
        distance = np.linalg.norm(places - places[unit], axis=1)
        inside |= units_at(explorer, distance < 68)
        outside &= units_at(explorer, distance > 71)
        selected = set(explorer.session.selection.units)
        assert inside <= selected
        assert not outside & selected


def test_the_outline_is_gone_after_the_drag_and_escape_ends_the_tool(explorer, canvas, qtbot):
    tools = []
    explorer.selection_tool_changed.connect(tools.append)
    explorer.selection_tool = SelectionTool.BOX
    drag(canvas, box((10.0, 10.0), (50.0, 60.0)))
    qtbot.waitUntil(lambda: canvas.findChild(QWidget, "selection_outline") is None)
    qtbot.keyClick(canvas, Qt.Key.Key_Escape)
    assert explorer.selection_tool is SelectionTool.NAVIGATE
    assert tools == [SelectionTool.BOX, SelectionTool.NAVIGATE]


def test_a_layer_that_is_edited_keeps_the_mouse(viewer, explorer, canvas):
    places = units_on_screen(viewer, explorer, canvas)
    other = viewer.add_points(np.zeros((1, 3)), name="mine")
    other.mode = "add"
    drag(canvas, [places[int(places[:, 0].argmax())]])
    assert len(other.data) == 2
    assert explorer.session.selection.units == ()
