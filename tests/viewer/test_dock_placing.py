"""Docks that napari's menu opens leave the window on the screen, as those of our buttons do."""

from qtpy.QtCore import Qt
from qtpy.QtTest import QTest

from napari_nfm.viewer import open_explorer
from napari_nfm.viewer.docks import open_unit, our_docks


def test_docks_of_the_menu_stand_on_top_of_ours_at_their_side(make_napari_viewer, qtbot):
    viewer = make_napari_viewer(show=True)
    viewer.window.resize(1366, 768)
    open_explorer(viewer)
    QTest.qWait(100)
    open_unit(viewer)
    QTest.qWait(100)
    window = viewer.window._qt_window
    for name in ("Encoding manifold", "Tubularity", "Figure", "Compare", "Factors", "Unit"):
        viewer.window.add_plugin_dock_widget("napari-nfm", name)  # as the menu does
        QTest.qWait(50)
        qtbot.waitUntil(lambda: (window.width(), window.height()) == (1366, 768))
    docks = our_docks(viewer)
    right = {docks[name] for name in ("Explore", "Encoding manifold", "Tubularity", "Figure")}
    assert right <= {docks["Unit"], *window.tabifiedDockWidgets(docks["Unit"])}
    assert window.tabifiedDockWidgets(docks["Compare"]) == [docks["Factors"]]
    assert window.dockWidgetArea(docks["Compare"]) == Qt.DockWidgetArea.BottomDockWidgetArea
    assert docks["Explore"].height() > 400


def test_a_dock_that_a_person_has_moved_stays(make_napari_viewer):
    viewer = make_napari_viewer(show=True)
    open_explorer(viewer)
    viewer.window.add_plugin_dock_widget("napari-nfm", "Unit")
    QTest.qWait(50)
    window, unit = viewer.window._qt_window, our_docks(viewer)["Unit"]
    window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, unit)
    viewer.window.add_plugin_dock_widget("napari-nfm", "Figure")
    QTest.qWait(50)
    assert window.dockWidgetArea(unit) == Qt.DockWidgetArea.LeftDockWidgetArea
    assert our_docks(viewer)["Figure"] in window.tabifiedDockWidgets(our_docks(viewer)["Explore"])
