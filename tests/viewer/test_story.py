"""The whole story in one window, by mouse and keys: from the demo to a session that comes back."""

import csv

import numpy as np
import pytest
from canvas_events import box, drag, units_on_screen
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QAbstractButton, QComboBox, QFileDialog, QListWidget, QSpinBox

from napari_nfm.viewer import encoding_tasks, tasks
from napari_nfm.viewer.outline import canvas_of
from napari_nfm.viewer.plans import TubeSettings
from napari_nfm.viewer.roles import Role

SITES = ("recurrent.hidden", "output")


@pytest.fixture
def few_instances(monkeypatch, tmp_path):
    """One instance of each stimulus, and no steps from an earlier run."""
    from napari_nfm.stimuli import open_stimuli

    monkeypatch.setattr(
        tasks, "make_stimuli", lambda source, **_: open_stimuli(source.kind, instances=1)
    )
    monkeypatch.setattr(encoding_tasks, "kept_steps", lambda: tmp_path / "kept")


class Person:
    """Someone with a mouse and a keyboard."""

    def __init__(self, viewer, qtbot):
        self.viewer, self._qtbot = viewer, qtbot
        self.canvas = canvas_of(viewer)

    def dock(self, name):
        return self.viewer.window.dock_widgets[name]

    def opens(self, name):
        return self.viewer.window.add_plugin_dock_widget("napari-nfm", name)[1]

    def clicks(self, panel, name):
        widget = panel.findChild(QAbstractButton, name)
        assert widget is not None, name
        assert widget.isEnabled(), name
        self._qtbot.mouseClick(widget, Qt.MouseButton.LeftButton)
        return widget

    def presses(self, key):
        self.canvas.setFocus()
        self._qtbot.keyClick(self.canvas, key)

    def waits_until(self, happened, timeout=60_000):
        self._qtbot.waitUntil(happened, timeout=timeout)


@pytest.mark.usefixtures("few_instances")
def test_from_the_demo_to_a_session_that_comes_back(
    make_napari_viewer, qtbot, monkeypatch, tmp_path
):
    from napari_nfm.viewer import open_explorer

    viewer, panel = open_explorer(make_napari_viewer(show=True))
    viewer.window.resize(1366, 768)
    person, explorer = Person(viewer, qtbot), panel.explorer
    session = explorer.session

    # The demo, which plays
    person.clicks(panel, "guide_button")
    explorer.jobs.wait(120)
    assert session.twin is not None
    person.clicks(panel, "play")
    person.waits_until(lambda: session.selection.frame > 2)
    person.clicks(panel, "play")

    # Recording two of its sites
    person.clicks(panel, "guide_button")
    person.clicks(panel, "no_sites")
    listed = panel.findChild(QListWidget, "record_sites")
    for row, site in enumerate(explorer.sites):
        if site in SITES:
            listed.item(row).setCheckState(Qt.CheckState.Checked)
    panel.findChild(QSpinBox, "sample_maps").setValue(8)
    panel.findChild(QSpinBox, "sample_units").setValue(10)
    panel.recorder.set_path(tmp_path / "story.zarr")
    person.waits_until(panel.findChild(QAbstractButton, "record").isEnabled)
    person.clicks(panel, "record")
    explorer.jobs.wait(240)
    assert set(session.responses) == set(SITES)

    # Trajectories and units of one site
    person.clicks(panel, "show_trajectories")
    explorer.jobs.wait(60)
    panel.findChild(QSpinBox, "encoding_rank").setValue(4)
    panel.findChild(QSpinBox, "encoding_starts").setValue(2)
    person.clicks(panel, "compute_manifold")
    explorer.jobs.wait(240)
    site = session.selection.site
    manifold = session.manifolds[site]

    # One unit
    person.presses(Qt.Key.Key_U)
    places = units_on_screen(viewer, explorer, person.canvas)
    drag(person.canvas, [places[int(places[:, 0].argmax())]])
    [unit] = session.selection.units
    assert f"{unit}" in person.dock("Unit").findChild(QSpinBox, "unit_number").text()
    explorer.jobs.wait(60)
    person.presses(Qt.Key.Key_N)
    assert session.selection.units != (unit,)

    # An arm of the manifold: all units on one side
    person.clicks(person.dock("Encoding manifold"), "select_box")
    places = units_on_screen(viewer, explorer, person.canvas)
    middle = float(np.median(places[:, 0]))
    low, high = places.min(axis=0) - 8, np.array([middle, places[:, 1].max() + 8])
    drag(person.canvas, box(low, high))
    inside = places[:, 0] < middle
    arm = set(manifold.units.index[inside])
    assert set(session.selection.units) == arm
    person.presses(Qt.Key.Key_Escape)

    # Without it
    explorer.tubes.settings = TubeSettings(n_bootstrap=5)
    person.clicks(person.dock("Encoding manifold"), "score_without_selected")
    explorer.jobs.wait(120)
    comparison = session.comparisons[site]
    n_units = session.responses[site].sizes["unit"]
    assert comparison.whole.n_units == n_units
    assert comparison.selected.n_units == len(arm)
    assert comparison.removed.n_units == n_units - len(arm)

    # Beside the other site
    person.clicks(person.opens("Compare"), "compare_all")
    explorer.jobs.wait(240)
    assert set(session.scorecard.table["site"]) == set(SITES)

    # A figure, with the data that it shows
    figure = tmp_path / "manifold.svg"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(figure), ""))
    dock = person.opens("Figure")
    kinds = dock.findChild(QComboBox, "figure_kind")
    kinds.setCurrentIndex(kinds.findText("Encoding manifold"))
    kinds.activated.emit(kinds.currentIndex())
    explorer.jobs.wait(60)
    person.clicks(dock, "save_figure")
    explorer.jobs.wait(60)
    assert figure.read_text(encoding="utf-8").startswith("<?xml")
    [table] = tmp_path.glob("manifold*.csv")
    with table.open(encoding="utf-8", newline="") as file:
        shown = [int(row["unit"]) for row in csv.DictReader(file)]
    assert shown == list(manifold.units.index)

    # Saved, and open again in another window
    path = tmp_path / "story.nfm"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(path), ""))
    person.clicks(panel, "save_session")
    explorer.jobs.wait(60)
    other, again = open_explorer(make_napari_viewer())
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_, **__: (str(path), ""))
    Person(other, qtbot).clicks(again, "open_session")
    again.explorer.jobs.wait(120)
    back = again.explorer.session
    assert set(back.selection.units) == arm
    assert back.selection.site == site
    assert back.twin.fingerprint == session.twin.fingerprint
    np.testing.assert_array_equal(back.manifolds[site].coordinates, manifold.coordinates)
    assert len(again.explorer.world.find(Role.SELECTED_UNITS).data) == len(arm)
