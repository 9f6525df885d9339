"""The row of small 3-D manifolds with real keys and mouse: turned together, picked, opened."""

import numpy as np
import pytest
from manifold_builders import make_manifold
from panel_events import seen
from qtpy.QtCore import QEvent, QPoint, QPointF, Qt
from qtpy.QtGui import QColor, QMouseEvent, QWheelEvent
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QLabel, QScrollArea

from napari_nfm.viewer.explorer import explorer_of
from napari_nfm.viewer.panels import manifold_row
from napari_nfm.viewer.panels.manifold_row import ManifoldRow
from napari_nfm.viewer.panels.plots import PlotColours
from napari_nfm.viewer.small_manifold_data import rows_of_units

SITES = ("encoder.L1", "encoder.L2", "output")
LEFT = Qt.MouseButton.LeftButton
SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def explorer(model):
    explorer = explorer_of(model)
    for number, site in enumerate(SITES):
        explorer.session.add_manifold(site, make_manifold(40, seed=number, site=site))
    explorer.session.selection.site = "encoder.L1"
    yield explorer
    explorer.close()


@pytest.fixture
def row(explorer, qtbot):
    row = seen(qtbot, ManifoldRow(explorer), 700, 170)
    row.activateWindow()
    row.strip.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(row.strip.hasFocus)
    return row


@pytest.fixture
def strip(row):
    return row.strip


def picture(strip):
    """Return what is on screen, ``(y, x, 3)``."""
    image = strip.grab().toImage().convertToFormat(strip.grab().toImage().Format.Format_RGBX8888)
    pixels = np.frombuffer(image.constBits().asstring(image.sizeInBytes()), np.uint8)
    return pixels.reshape(image.height(), image.width(), 4)[..., :3].astype(int)


def drag(strip, start, *moves):
    QTest.mousePress(strip, LEFT, pos=start)
    for move in moves:
        QTest.mouseMove(strip, start + move)
        QApplication.processEvents()
    QTest.mouseRelease(strip, LEFT, pos=start + moves[-1])


def point(strip, place):
    """Move the mouse there, also where the test's screen thinks that it already is."""
    where, none = QPointF(place), Qt.MouseButton.NoButton
    event = QMouseEvent(
        QEvent.Type.MouseMove,
        where,
        strip.mapToGlobal(where),
        none,
        none,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(strip, event)


def lonely(strip, number):
    """Return the row of a unit that no other is near to, and where it is."""
    places = strip.places(number)
    apart = np.linalg.norm(places[:, None] - places[None], axis=-1) + 1e3 * np.eye(len(places))
    best = int(apart.min(axis=1).argmax())
    return best, QPoint(*np.round(places[best]).astype(int).tolist())


def test_every_site_has_a_picture_with_its_title_and_units(strip):
    assert [manifold.site for manifold in strip.manifolds] == list(SITES)
    for number, manifold in enumerate(strip.manifolds):
        pixels = picture(strip)
        place = strip.picture(number)
        part = pixels[place.top() : place.bottom(), place.left() : place.right()]
        colours = np.unique(np.round(255 * manifold.colours[:, :3]), axis=0)
        away = np.abs(part[:, :, None] - colours).max(axis=-1).min(axis=-1)
        assert (away < 12).sum() > 40, "dots in the units' colours"


def test_dragging_turns_all_together_and_goes_nowhere(strip, explorer):
    before = [strip.places(number) for number in range(3)]
    azimuth, elevation, _ = strip.drawn.viewpoint
    drag(strip, strip.picture(2).center(), QPoint(20, 0), QPoint(50, 10))
    turned = strip.drawn.viewpoint
    assert turned[0] == pytest.approx(azimuth - 30)
    assert turned[1] == pytest.approx(elevation + 6)
    for number in range(3):
        assert np.abs(strip.places(number) - before[number]).max() > 3
    assert explorer.session.selection.site == "encoder.L1"


def test_the_wheel_zooms(strip):
    middle = QPointF(strip.picture(1).center())
    before = np.ptp(strip.places(0), axis=0)
    for turn in (120, 120, -120):
        event = QWheelEvent(
            middle,
            strip.mapToGlobal(middle),
            QPoint(),
            QPoint(0, turn),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(strip, event)
    assert strip.drawn.viewpoint[2] == pytest.approx(1.15)
    np.testing.assert_allclose(np.ptp(strip.places(0), axis=0), 1.15 * before, rtol=1e-3)


def test_a_click_goes_to_the_site_and_marks_it(strip, explorer):
    before = picture(strip)
    QTest.mouseClick(strip, LEFT, pos=strip.picture(2).center())
    assert explorer.session.selection.site == "output"
    assert explorer.encoding.manifold_site == "output"
    changed = np.abs(picture(strip) - before).max(axis=-1)
    for number in (0, 2):
        title = strip.cell(number)
        assert changed[2:20, title.left() + 4 : title.right() - 4].max() > 20, "its mark"
    title = strip.cell(1)
    assert changed[8:20, title.left() + 8 : title.right() - 8].max() == 0


def test_a_click_at_a_unit_of_the_current_site_selects_it(strip, explorer, model):
    row, place = lonely(strip, 0)
    unit = int(strip.manifolds[0].units[row])
    said = []
    explorer.pointed.connect(said.append)
    QTest.mouseClick(strip, LEFT, pos=place)
    assert explorer.session.selection.units == (unit,)
    assert said == [f"Unit {unit}."] == [model.status]
    explorer.session.selection.units = (1,)
    QTest.mouseClick(strip, LEFT, SHIFT, place)
    assert explorer.session.selection.units == (1, unit)


def test_pointing_at_a_unit_hovers_it_everywhere(strip, explorer, model):
    row, place = lonely(strip, 0)
    point(strip, place)
    unit = strip.manifolds[0].units[row]
    assert explorer.session.selection.hovered == unit
    assert model.status == f"Unit {unit}."
    QApplication.sendEvent(strip, QEvent(QEvent.Type.Leave))
    assert explorer.session.selection.hovered is None
    point(strip, lonely(strip, 1)[1])
    assert explorer.session.selection.hovered is None, "units of other sites are not the session's"


def test_selected_and_hovered_units_stand_out(strip, explorer):
    before = picture(strip)
    explorer.session.selection.units = (0, 1)
    explorer.session.selection.hovered = 30
    changed = np.abs(picture(strip) - before).max(axis=-1) > 30
    shown = [
        changed[:, place.left() : place.right()].sum() for place in map(strip.picture, range(3))
    ]
    assert shown[0] > 20
    assert shown[1:] == [0, 0]


def test_hovering_does_not_look_for_the_selected_units_again(strip, explorer, monkeypatch):
    looked_for = []

    def spy(manifolds, site, units):
        looked_for.append(tuple(units))
        return rows_of_units(manifolds, site, units)

    monkeypatch.setattr(manifold_row, "rows_of_units", spy)
    explorer.session.selection.units = (0, 1, 3)
    assert (0, 1, 3) in looked_for
    looked_for.clear()
    explorer.session.selection.hovered = 30
    assert looked_for == [(30,)]
    both = picture(strip)
    explorer.session.selection.units = ()
    explorer.session.selection.units = (0, 1, 3)
    np.testing.assert_array_equal(picture(strip), both)


def test_keys_pick_and_open_a_site(strip, explorer):
    assert strip.picked_site == "encoder.L1"
    QTest.keyClick(strip, Qt.Key.Key_Right)
    QTest.keyClick(strip, Qt.Key.Key_Right)
    QTest.keyClick(strip, Qt.Key.Key_Right)
    assert strip.picked_site == "output"
    assert explorer.session.selection.site == "encoder.L1", "nothing is opened yet"
    QTest.keyClick(strip, Qt.Key.Key_Left)
    QTest.keyClick(strip, Qt.Key.Key_Return)
    assert explorer.session.selection.site == explorer.encoding.manifold_site == "encoder.L2"


def test_the_picked_site_has_a_frame_while_the_row_has_the_keys(strip, qtbot):
    framed = picture(strip)
    strip.clearFocus()
    qtbot.waitUntil(lambda: not strip.hasFocus())
    changed = np.abs(picture(strip) - framed).max(axis=-1) > 40
    first = strip.cell(0).adjusted(4, 4, -4, -4)
    assert changed[first.center().y(), first.left() - 2 : first.left() + 4].any()
    other = strip.cell(1).adjusted(8, 8, -8, -8)
    assert not changed[other.top() : other.bottom(), other.left() : other.right()].any()


def test_shift_with_arrows_turns_and_home_goes_back(strip):
    home = strip.drawn.viewpoint
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Up):
        QTest.keyClick(strip, key, SHIFT)
    assert strip.drawn.viewpoint == pytest.approx((home[0] + 10, home[1] - 10, 1))
    QTest.keyClick(strip, Qt.Key.Key_Plus)
    assert strip.drawn.viewpoint[2] == pytest.approx(1.15)
    QTest.keyClick(strip, Qt.Key.Key_Minus)
    assert strip.drawn.viewpoint[2] == pytest.approx(1)
    QTest.keyClick(strip, Qt.Key.Key_Home)
    assert strip.drawn.viewpoint == home


def test_many_sites_scroll_and_keys_bring_them_into_view(row, strip, explorer):
    for number in range(9):
        explorer.session.add_manifold(f"more {number}", make_manifold(30, seed=number))
    area = row.findChild(QScrollArea)
    bar = area.horizontalScrollBar()
    assert bar.maximum() > 0
    assert strip.height() == area.viewport().height()
    for _ in range(11):
        QTest.keyClick(strip, Qt.Key.Key_Right)
    assert bar.value() == bar.maximum()
    row.resize(300, 170)
    QApplication.processEvents()
    assert strip.height() == area.viewport().height(), "the legend has taken more lines"
    assert area.verticalScrollBar().maximum() == 0
    assert strip.picked_site == "more 8"


def test_the_legend_and_colours_follow_the_look(row, strip, explorer):
    legend = row.findChild(QLabel, "manifold_row_legend")
    assert "Preferred stimulus" in legend.text()
    assert "Dark triplets" in legend.text()
    assert "▲" in legend.text(), "shapes as well as hues"
    before = strip.manifolds[0].colours
    explorer.session.look.colour_by = "osi"
    assert "low" in legend.text()
    assert not np.array_equal(strip.manifolds[0].colours, before)
    places = strip.places(0)
    explorer.session.look.axes = (2, 1, 0)
    assert not np.allclose(strip.places(0), places)


def test_the_row_follows_the_theme(row, strip):
    for theme in ("light", "dark"):
        colours = PlotColours.of(theme)
        row.set_colours(colours)
        corner = strip.picture(1).topLeft() + QPoint(2, 2)
        shown = strip.grab().toImage().pixelColor(corner)
        wanted = QColor(colours.background)
        # a screen of 16 bits rounds
        np.testing.assert_allclose(shown.getRgb(), wanted.getRgb(), atol=8)


def test_a_row_that_nobody_sees_draws_later(row, strip, explorer):
    row.hide()
    explorer.session.selection.site = "output"
    explorer.session.add_manifold("retina", make_manifold(30))
    assert len(strip.manifolds) == 3
    row.show()
    assert len(strip.manifolds) == 4
    assert strip.site == "output"


def test_it_takes_its_canvas_with_it(explorer, qtbot):
    before = canvases()
    row = ManifoldRow(explorer)
    with qtbot.waitExposed(row):
        row.show()
    row.resize(400, 10)
    picture(row.strip)  # of nothing, where there is no room
    row.resize(400, 160)
    picture(row.strip)
    (native,) = canvases() - before
    with qtbot.waitSignal(native.destroyed, timeout=5000):
        row.deleteLater()
    assert canvases() <= before


def canvases():
    return {w for w in QApplication.topLevelWidgets() if type(w).__name__ == "CanvasBackendDesktop"}
