"""Tab reaches every control of every dock in reading order, and a ring shows where it is."""

from itertools import pairwise

import numpy as np
import pytest
from manifold_builders import make_manifold, make_responses
from qtpy.QtCore import QPoint, QRect, Qt
from qtpy.QtGui import QImage, QPalette, QRegion
from qtpy.QtTest import QTest
from qtpy.QtWidgets import (
    QAbstractButton,
    QApplication,
    QDockWidget,
    QScrollArea,
    QSlider,
    QTabWidget,
    QWidget,
)
from test_tooltips import WIDGETS

from napari_nfm.viewer.field_data import UnitField
from napari_nfm.viewer.focus import FocusRing
from napari_nfm.viewer.outline import canvas_of
from napari_nfm.viewer.panels.field_plot import FieldPlot
from napari_nfm.viewer.panels.psth_grid import PsthGrid
from napari_nfm.viewer.panels.step import Step
from napari_nfm.viewer.unit_data import response_page

SITE = "encoder.L1"


@pytest.fixture
def window(make_napari_viewer, twin, stimuli, qtbot):
    """A real window in which there is something to control everywhere."""
    from napari_nfm.viewer import open_explorer

    viewer = make_napari_viewer(show=True)
    viewer.window.resize(1500, 950)
    explorer = open_explorer(viewer)[1].explorer
    session = explorer.session
    session.twin = twin
    session.selection.site = SITE
    session.use_stimuli(stimuli)
    explorer.jobs.wait(60)
    responses = make_responses(60, site=SITE).assign_attrs(twin_fingerprint=twin.fingerprint)
    session.add_responses({SITE: responses})
    session.add_manifold(SITE, make_manifold(60, site=SITE))
    explorer.encoding.show_manifold(SITE)
    session.selection.units = (1, 3)
    explorer.units.look_at(3)
    explorer.units.toggle_pin()
    viewer.window.activate()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is not None)
    return viewer


def opened(viewer, name, qtbot):
    """Open a dock from the menu, alone at the right."""
    panel = viewer.window.add_plugin_dock_widget("napari-nfm", name)[1]
    docks = {other: other.parentWidget() for other in viewer.window.dock_widgets.values()}
    for other, dock in docks.items():
        while not isinstance(dock, QDockWidget):
            dock = dock.parentWidget()
        dock.setVisible(other is panel)
    for step in panel.findChildren(Step):
        step.set_open(True)
    qtbot.waitUntil(panel.isVisible)
    canvas_of(viewer).setFocus()
    QTest.qWait(50)  # napari moves the focus when one of its own fields has lost it
    return panel


def takes_tab(control):
    """Whether Tab stops at a control; of an exclusive group it stops at one, arrows go on."""
    if isinstance(control, QAbstractButton) and control.group() is not None:
        chosen = control.group().checkedButton()
        if control.group().exclusive() and control.isCheckable() and chosen not in (None, control):
            return False
    return (
        bool(control.focusPolicy() & Qt.FocusPolicy.TabFocus)
        and control.isVisible()
        and control.isEnabled()
        and control.focusProxy() is None
    )


def walked(panel):
    """Return what Tab stops at, from the first control of a panel until it leaves it."""
    first = panel
    while not takes_tab(first):
        first = first.nextInFocusChain()
    first.setFocus(Qt.FocusReason.TabFocusReason)
    stops = []
    while (control := QApplication.focusWidget()) not in stops and panel.isAncestorOf(control):
        stops.append(control)
        QTest.keyClick(control, Qt.Key.Key_Tab)
    return stops


def places(panel, *controls):
    """Return where controls are, in what scrolls where all are in it, else in the panel."""
    areas = [scrolled_in(panel, control) for control in controls]
    if len(set(areas)) > 1:
        controls = [area or control for area, control in zip(areas, controls, strict=True)]
    root = areas[0].widget() if len(set(areas)) == 1 and areas[0] is not None else panel
    return [QRect(control.mapTo(root, QPoint(0, 0)), control.size()) for control in controls]


def scrolled_in(panel, control):
    """Return the scroll area that a control is in, or None."""
    while control is not panel and not isinstance(control, QScrollArea):
        control = control.parentWidget()
    return None if control is panel else control


def is_read_after(later, earlier):
    """Whether a place is read after another: right of it in its row, below it, or in a column."""
    shared = min(earlier.bottom(), later.bottom()) - max(earlier.top(), later.top())
    if shared > min(earlier.height(), later.height()) / 2:
        return later.left() > earlier.left()
    return later.top() > earlier.top() or later.left() >= earlier.right()


def ring_of(control):
    return control.findChild(FocusRing, options=Qt.FindChildOption.FindDirectChildrenOnly)


def differing(control):
    """Return by how much each pixel of a control is another with the ring than without."""
    ring = ring_of(control)
    assert ring is not None, control.objectName()
    with_ring = pixels(control)
    ring.hide()
    without = pixels(control)
    ring.show()
    return np.abs(with_ring - without).max(axis=-1)


def pixels(control):
    """Return how a control looks on the background of its window, ``(y, x, 3)``."""
    image = QImage(control.size(), QImage.Format.Format_RGB32)
    image.fill(control.window().palette().color(QPalette.ColorRole.Window))
    # A plot of pyqtgraph has another method of this name.
    QWidget.render(control, image, QPoint(), QRegion(), QWidget.RenderFlag.DrawChildren)
    data = np.frombuffer(image.constBits().asarray(image.sizeInBytes()), np.uint8)
    return data.reshape(image.height(), image.width(), 4)[..., :3].astype(int)


@pytest.mark.parametrize(
    ("theme", "names"), [("dark", WIDGETS), ("light", ["Unit", "Stimulus categories"])]
)
def test_tab_reaches_every_control_in_reading_order_and_shows_it(window, qtbot, theme, names):
    window.theme = theme
    for name in names:
        panel = opened(window, name, qtbot)
        pages = panel.findChild(QTabWidget)
        for page in range(1 if pages is None else pages.count()):
            if pages is not None:
                pages.setCurrentIndex(page)
            stops = walked(panel)
            titles = [stop.objectName() for stop in stops]
            controls = [c for c in panel.findChildren(QWidget) if takes_tab(c)]
            missed = [c.objectName() for c in controls if c not in stops]
            assert not missed, (name, titles)
            for earlier, later in pairwise(stops):
                order = (name, earlier.objectName(), later.objectName())
                assert is_read_after(*places(panel, later, earlier)), order
            for stop in stops:
                stop.setFocus(Qt.FocusReason.TabFocusReason)
                changed = differing(stop) > 90
                # Along all four edges, at least one pixel wide.
                assert changed.sum() > 2 * sum(changed.shape), (name, stop.objectName())


def test_arrow_keys_walk_in_the_heat_maps(qtbot):
    page = response_page(make_responses(60, site=SITE, n_frames=12), (3,))
    grid = PsthGrid("psth")
    qtbot.addWidget(grid)
    grid.show_page(page, 1.0)
    gone_to = []
    grid.chosen.connect(lambda *cell: gone_to.append(cell))
    grid.chosen.connect(grid.show_current)
    first, last = page.categories[0], page.categories[-1]
    up = float(page.directions[1])
    for key, expected in (
        (Qt.Key.Key_Right, (first, 0.0, 1)),
        (Qt.Key.Key_Up, (first, up, 1)),
        (Qt.Key.Key_Left, (first, up, 0)),
        (Qt.Key.Key_Left, (first, up, 11)),
        (Qt.Key.Key_PageUp, (last, up, 11)),
        (Qt.Key.Key_PageDown, (first, up, 11)),
        (Qt.Key.Key_Down, (first, 0.0, 11)),
    ):
        QTest.keyClick(grid, key)
        assert gone_to[-1] == expected
    QTest.keyClick(grid, Qt.Key.Key_A)
    assert len(gone_to) == 7


def test_arrow_keys_walk_through_the_moments_of_a_receptive_field(qtbot):
    values = np.zeros((4, 3, 5), np.float32)
    values[2, 1, 2] = 1
    plot = FieldPlot("field")
    qtbot.addWidget(plot)
    plot.show_field(UnitField("gradient", values, np.arange(4) / 30, 1, {"remark": ""}, ()))
    assert plot.lag == 2
    for key, lag in (
        (Qt.Key.Key_Left, 3),
        (Qt.Key.Key_Left, 3),
        (Qt.Key.Key_Right, 2),
        (Qt.Key.Key_Right, 1),
        (Qt.Key.Key_Right, 0),
        (Qt.Key.Key_Right, 0),
    ):
        QTest.keyClick(plot, key)
        assert plot.lag == lag


def test_the_ring_stays_with_a_control_that_grows_and_only_in_our_docks(window, qtbot):
    panel = opened(window, "Unit", qtbot)
    grid = panel.findChild(PsthGrid, "psth_0")
    grid.setFocus()
    assert ring_of(grid).geometry() == grid.rect()
    grid.resize(grid.width() + 30, grid.height() + 10)
    assert ring_of(grid).geometry() == grid.rect()
    canvas_of(window).setFocus()
    assert ring_of(grid) is None or ring_of(grid).isHidden()
    theirs = next(c for c in window.window._qt_window.findChildren(QSlider) if takes_tab(c))
    theirs.setFocus()
    assert theirs.hasFocus()
    assert ring_of(theirs) is None
