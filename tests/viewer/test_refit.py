"""Docks that open and close leave the whole picture in sight, or where a person has put it."""

import numpy as np
import pytest
from canvas_events import drag, units_on_screen
from manifold_builders import make_manifold, make_responses
from qtpy.QtCore import QPoint, QPointF, Qt
from qtpy.QtGui import QWheelEvent
from qtpy.QtWidgets import QApplication

from napari_nfm.viewer.docks import open_explorer, open_rank
from napari_nfm.viewer.outline import canvas_of
from napari_nfm.viewer.refit import PAUSE_MS
from napari_nfm.viewer.views import View

SITE = "encoder.L1"


class Window:
    """A real window with an encoding manifold."""

    def __init__(self, viewer, qtbot):
        self.viewer, self._qtbot = viewer, qtbot
        viewer.window.resize(1366, 768)
        self.explorer = open_explorer(viewer)[1].explorer
        self.explorer.session.add_responses({SITE: make_responses(60, site=SITE)})
        self.explorer.session.add_manifold(SITE, make_manifold(60, site=SITE))
        self.explorer.encoding.show_manifold(SITE)
        self.canvas = canvas_of(viewer)
        self.settles()

    def settles(self):
        self._qtbot.wait(3 * PAUSE_MS)
        self.viewer.screenshot(canvas_only=True, flash=False)

    @property
    def camera(self):
        camera = self.viewer.scene.camera
        return np.array([*camera.center, *camera.angles, camera.zoom])

    def changes_room(self):
        """Open a dock below the canvas, or close it, and return by how much the canvas grew."""
        height = self.canvas.height()
        if "Choose the rank" in self.viewer.window.dock_widgets:
            self.viewer.window.remove_dock_widget(
                self.viewer.window.dock_widgets["Choose the rank"]
            )
        else:
            open_rank(self.viewer)
        self.settles()
        return self.canvas.height() - height

    def sees_all_units(self):
        places = units_on_screen(self.viewer, self.explorer, self.canvas)
        inside = (places > 0) & (places < (self.canvas.width(), self.canvas.height()))
        return bool(inside.all())


@pytest.fixture
def window(make_napari_viewer, qtbot):
    return Window(make_napari_viewer(show=True), qtbot)


def test_the_picture_fills_the_canvas_while_docks_come_and_go(window):
    zoom = window.viewer.scene.camera.zoom
    assert window.sees_all_units()
    assert window.changes_room() < -150
    assert window.sees_all_units()
    assert window.viewer.scene.camera.zoom < 0.8 * zoom
    assert window.changes_room() > 150
    assert window.sees_all_units()
    assert window.viewer.scene.camera.zoom == pytest.approx(zoom, rel=0.02)


def test_the_movie_and_its_maps_too(window, twin, stimuli):
    window.explorer.session.twin = twin
    window.explorer.session.use_stimuli(stimuli)
    window.explorer.jobs.wait(60)
    window.explorer.show_view(View.MOVIE_AND_MAPS)
    window.settles()
    zoom = window.viewer.scene.camera.zoom
    assert window.changes_room() < -150
    assert window.viewer.scene.camera.zoom < 0.8 * zoom
    assert window.changes_room() > 150
    assert window.viewer.scene.camera.zoom == pytest.approx(zoom, rel=0.02)


def turn(window):
    drag(window.canvas, [(300, 200), (330, 220), (360, 230)])


def zoom_in(window):
    at = QPointF(window.canvas.rect().center())
    event = QWheelEvent(
        at,
        window.canvas.mapToGlobal(at),
        QPoint(),
        QPoint(0, 240),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(window.canvas, event)


@pytest.mark.parametrize("move", [turn, zoom_in])
def test_a_camera_that_a_person_has_moved_stays(window, move):
    before = window.camera
    move(window)
    window.settles()
    moved = window.camera
    assert not np.allclose(moved, before, rtol=1e-3)
    assert window.changes_room() < -150
    # What napari itself makes of a smaller canvas: the same extent, in fewer pixels.
    np.testing.assert_allclose(window.camera[:-1], moved[:-1], atol=1e-6)
    text_size = window.explorer.world.text_size
    assert window.changes_room() > 150
    np.testing.assert_allclose(window.camera, moved, rtol=1e-2)
    assert window.explorer.world.text_size == text_size
    # Until a view is asked for again.
    window.explorer.show_view(View.MANIFOLD)
    window.changes_room()
    assert window.sees_all_units()
