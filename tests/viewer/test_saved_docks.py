"""Docks are where they were when a session comes back, in this window and in a smaller one."""

import gc
import json
import zipfile

import pytest
from napari.utils.notifications import notification_manager
from qtpy.QtCore import QPoint, Qt
from qtpy.QtWidgets import QApplication, QLabel, QPushButton, QTabBar

from napari_nfm.viewer import docks
from napari_nfm.viewer.dock_arranging import layout_of

LEFT_BUTTON = Qt.MouseButton.LeftButton


@pytest.fixture
def new_window(make_napari_viewer, qtbot):
    """Return a function that opens a window of some size with the *Explore* dock."""

    def open_window(width, height):
        viewer, panel = docks.open_explorer(make_napari_viewer(show=True))
        viewer.window.resize(width, height)
        qtbot.waitExposed(panel.window())
        qtbot.wait(50)
        return viewer, panel.explorer

    return open_window


class Person:
    """Someone who arranges docks with the mouse."""

    def __init__(self, viewer, qtbot):
        self._viewer, self._qtbot = viewer, qtbot
        self.main = self.dock("Explore").window()

    def dock(self, name):
        return docks.our_docks(self._viewer)[name]

    def clicks_tab(self, bars, title):
        for bar in bars:
            for index in range(bar.count()):
                if bar.tabText(index) == title:
                    self._qtbot.mouseClick(bar, LEFT_BUTTON, pos=bar.tabRect(index).center())
                    self._qtbot.wait(20)
                    return
        raise AssertionError(f"no tab {title}")

    def brings_to_front(self, title):
        children = Qt.FindChildOption.FindDirectChildrenOnly
        self.clicks_tab(self.main.findChildren(QTabBar, options=children), title)

    def turns_to(self, name, page):
        self.clicks_tab([self.dock(name).widget().tabs.tabBar()], page)

    def floats(self, name):
        bar = self.dock(name).titleBarWidget()
        self._qtbot.mouseClick(bar.findChild(QPushButton, "QTitleBarFloatButton"), LEFT_BUTTON)
        self._qtbot.wait(20)

    def closes(self, name):
        bar = self.dock(name).titleBarWidget()
        self._qtbot.mouseClick(bar.findChild(QPushButton, "QTitleBarCloseButton"), LEFT_BUTTON)
        self._qtbot.wait(20)

    def drags(self, widget, start, by):
        self._qtbot.mousePress(widget, LEFT_BUTTON, pos=start)
        for step in (0.3, 0.7, 1.0):
            self._qtbot.mouseMove(widget, start + QPoint(*(round(step * length) for length in by)))
            self._qtbot.wait(5)
        self._qtbot.mouseRelease(widget, LEFT_BUTTON, pos=start + QPoint(*by))
        self._qtbot.wait(20)


@pytest.fixture
def arranged(new_window, qtbot, tmp_path):
    """A window whose docks a person has arranged, and the session that was saved of it."""
    viewer, explorer = new_window(1500, 950)
    for name in ("Tubularity", "Unit", "Tutorial", "Compare", "Choose the rank"):
        docks.open_dock(viewer, name)
        qtbot.wait(20)
    person = Person(viewer, qtbot)
    person.closes("Tutorial")
    person.floats("Unit")
    person.brings_to_front("Compare")
    person.brings_to_front("Tubularity")
    person.turns_to("Tubularity", "Sensitivity")
    right = person.dock("Tubularity").geometry()
    person.drags(person.main, QPoint(right.x() - 3, right.center().y()), (-70, 0))
    assert person.dock("Tubularity").width() > right.width() + 50
    explorer.saving.save(tmp_path / "today.nfm")
    explorer.jobs.wait(60)
    return viewer, tmp_path / "today.nfm"


def reopen(explorer, path, qtbot):
    with qtbot.waitSignal(explorer.saving.restored, timeout=60_000):
        explorer.saving.open(path)
    qtbot.wait(50)


def test_docks_come_back_where_they_were(arranged, new_window, qtbot):
    viewer, path = arranged
    before = layout_of(viewer)
    assert before.areas["right"][0].tabs == ("Explore", "Tubularity")
    assert before.areas["bottom"][0].front == "Compare"
    assert set(before.floating) == {"Unit"}
    assert before.pages["Tubularity"] == "Sensitivity"

    other, explorer = new_window(1500, 950)
    docks.open_dock(other, "Figure")
    foreign = QLabel("of another plugin")
    theirs = other.window.add_dock_widget(foreign, name="Somebody else's", area="left")
    reopen(explorer, path, qtbot)
    gc.collect()  # a dock that only Python owned was lost with the next collection
    after = layout_of(other)
    assert set(after.docks) == set(before.docks), "the figure's dock is closed"
    for area in ("left", "right", "bottom"):
        tabs = [(group.tabs, group.front) for group in after.areas[area]]
        assert tabs == [(group.tabs, group.front) for group in before.areas[area]]
    assert after.pages == before.pages
    (then,), (now,) = before.areas["right"], after.areas["right"]
    assert now.size[0] == pytest.approx(then.size[0], abs=5)
    assert after.areas["bottom"][0].size[1] == pytest.approx(
        before.areas["bottom"][0].size[1], abs=40
    )
    assert after.floating["Unit"][2:] == before.floating["Unit"][2:]
    main = Person(other, qtbot).main
    assert main.dockWidgetArea(theirs) == Qt.DockWidgetArea.LeftDockWidgetArea
    assert theirs.isVisible()
    assert other.window.dock_widgets["Somebody else's"] is foreign


def test_a_smaller_screen_has_room_for_all(arranged, new_window, qtbot):
    _, path = arranged
    viewer, explorer = new_window(1100, 700)
    reopen(explorer, path, qtbot)
    person = Person(viewer, qtbot)
    screen = person.main.screen().availableGeometry()
    assert screen.contains(person.dock("Unit").geometry())
    assert person.main.width() <= screen.width()
    assert person.dock("Tubularity").width() < 520
    assert viewer.canvas.size[0] > 100


def test_a_dock_may_be_moved_and_sent_back_after_it_came_back(arranged, new_window, qtbot):
    _, path = arranged
    viewer, explorer = new_window(1500, 950)
    reopen(explorer, path, qtbot)
    person = Person(viewer, qtbot)
    person.floats("Unit")
    assert not person.dock("Unit").isFloating()
    assert set(layout_of(viewer).floating) == set()
    person.closes("Compare")
    assert "Compare" not in docks.our_docks(viewer)


def with_docks(path, value):
    """Write a session again, with other docks."""
    with zipfile.ZipFile(path) as opened:
        contents = json.loads(opened.read("session.json"))
    contents["window"]["docks"] = value
    with zipfile.ZipFile(path, "w") as opened:
        opened.writestr("session.json", json.dumps(contents))


def test_a_hostile_layout_changes_nothing_and_is_said(new_window, qtbot, tmp_path):
    viewer, explorer = new_window(1200, 800)
    explorer.saving.save(tmp_path / "today.nfm")
    explorer.jobs.wait(60)
    before = layout_of(viewer)
    with_docks(tmp_path / "today.nfm", {"window": [1e308, -1], "areas": {"right": [[]]}})
    reopen(explorer, tmp_path / "today.nfm", qtbot)
    assert layout_of(viewer) == before
    sentence = "The session is restored without the arrangement of docks (damaged in the file)."
    assert viewer.status == sentence
    assert notification_manager.records[-1].message == sentence


def test_a_dock_of_a_later_version_is_skipped_and_said(new_window, qtbot, tmp_path):
    viewer, explorer = new_window(1200, 800)
    docks.open_dock(viewer, "Unit")
    explorer.saving.save(tmp_path / "today.nfm")
    explorer.jobs.wait(60)
    layout = layout_of(viewer).plain()
    layout["areas"]["right"][0]["tabs"] = ["Explore", "Telescope", "Unit"]
    layout["areas"]["right"][0]["front"] = "Telescope"
    with_docks(tmp_path / "today.nfm", layout)
    reopen(explorer, tmp_path / "today.nfm", qtbot)
    assert set(layout_of(viewer).docks) >= {"Explore", "Unit"}
    assert "without the dock Telescope (not in this version)" in viewer.status
    assert QApplication.activeModalWidget() is None
