"""The first steps: a newcomer is led from nothing to a result."""

import pytest
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QLabel, QPushButton, QTextBrowser, QToolButton

from napari_nfm.session import Session
from napari_nfm.viewer.first_steps import FIRST_STEPS, next_step
from napari_nfm.viewer.panels.guide import GuidePanel
from napari_nfm.viewer.preferences import keep_first_steps, preferences


@pytest.fixture
def guide(qtbot):
    panel = GuidePanel(Session())
    qtbot.addWidget(panel)
    panel.show()
    return panel


def text(panel, name):
    return panel.findChild(QLabel, name).text()


def fill(session, *names):
    """Put something into the session for each step; what, nobody asks."""
    given = {"try": ("twin",), "stimuli": ("stimuli",), "record": ("responses",)}
    given |= {"encode": ("manifolds",), "score": ("scores",)}
    for name in names:
        for attribute in given.get(name, ()):
            setattr(session, attribute, {"site": object()})
        if name == "select":
            session.selection.units = (3,)


def test_steps_come_one_after_the_other():
    session = Session()
    names = [step.name for step in FIRST_STEPS]
    for done, name in enumerate(names):
        assert next_step(session).name == name
        fill(session, *names[: done + 1])
    assert next_step(session) is None


def test_a_step_that_was_done_early_is_not_asked_for():
    session = Session()
    fill(session, "try", "stimuli", "record", "score", "encode", "select")
    assert next_step(session) is None


def test_the_card_follows_the_session_and_goes(guide):
    assert "Load a network" in text(guide, "guide_title")
    assert text(guide, "guide_dots") == "○○○○○○"
    fill(guide._session, "try", "stimuli")
    assert "Record" in text(guide, "guide_title")
    assert text(guide, "guide_dots") == "●●○○○○"
    fill(guide._session, "record", "encode", "select", "score")
    assert not guide.isVisible()


def test_its_button_asks_for_the_step_on_the_card(guide, qtbot):
    with qtbot.waitSignal(guide.asked) as asked:
        qtbot.mouseClick(guide.findChild(QPushButton, "guide_button"), Qt.MouseButton.LeftButton)
    assert asked.args == ["try"]


def test_in_the_window_the_first_step_loads_the_demo(panel, qtbot):
    qtbot.mouseClick(panel.guide.findChild(QPushButton, "guide_button"), Qt.MouseButton.LeftButton)
    panel.explorer.jobs.wait(120)
    assert panel.explorer.session.twin is not None
    assert panel.explorer.session.stimuli is not None
    qtbot.mouseClick(panel.guide.findChild(QPushButton, "guide_button"), Qt.MouseButton.LeftButton)
    assert panel.steps["record"].is_open


def test_a_network_of_ones_own_stays_when_the_card_brings_stimuli(panel, twin, qtbot):
    panel.explorer.session.twin = twin
    assert "stimuli" in text(panel.guide, "guide_title")
    qtbot.mouseClick(panel.guide.findChild(QPushButton, "guide_button"), Qt.MouseButton.LeftButton)
    panel.explorer.jobs.wait(60)
    assert panel.explorer.session.stimuli is not None
    assert panel.explorer.session.twin is twin


@pytest.fixture
def restored():
    """Settings are shared by all tests of one process."""
    yield
    keep_first_steps(True)


@pytest.mark.usefixtures("restored")
def test_a_person_may_do_without(panel, qtbot):
    qtbot.mouseClick(panel.guide.findChild(QToolButton, "guide_close"), Qt.MouseButton.LeftButton)
    assert panel.guide.isHidden()
    assert not preferences().first_steps


def test_the_card_is_never_a_window_of_its_own(panel):
    assert not panel.guide.isWindow()
    assert not panel.guide.testAttribute(Qt.WidgetAttribute.WA_NativeWindow)
    assert panel.guide.isVisibleTo(panel)


def test_links_of_the_header_open_the_tutorial_and_the_keys(panel, viewer):
    header = panel.findChild(QLabel, "header")
    for address in ("#tutorial", "#keys"):
        assert f'href="{address}"' in header.text()
        header.linkActivated.emit(address)
    page = viewer.window.dock_widgets["Tutorial"].findChild(QTextBrowser, "help_page")
    assert "Ten minutes" in page.toPlainText()
    assert "Keyboard shortcuts" in viewer.window.dock_widgets
