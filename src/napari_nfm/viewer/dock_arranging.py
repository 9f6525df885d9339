"""Seeing where our docks are in a window, and putting them there again; those of others stay."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, cast, runtime_checkable

from qtpy.QtCore import QRect, Qt
from qtpy.QtGui import QGuiApplication
from qtpy.QtWidgets import QDockWidget, QMainWindow, QTabBar, QWidget

from napari_nfm.viewer.dock_layout import DockGroup, DockLayout, Rectangle, fit_inside
from napari_nfm.viewer.docks import EXPLORE, open_dock, our_docks, parent_of_kind

if TYPE_CHECKING:
    from napari.viewer import Viewer

__all__ = ["arrange_docks", "layout_of", "settle_docks"]

AREAS = {
    "left": Qt.DockWidgetArea.LeftDockWidgetArea,
    "right": Qt.DockWidgetArea.RightDockWidgetArea,
    "top": Qt.DockWidgetArea.TopDockWidgetArea,
    "bottom": Qt.DockWidgetArea.BottomDockWidgetArea,
}
AT_THE_SIDES = ("left", "right")
Size = tuple[int, int]


@runtime_checkable
class HasPages(Protocol):
    """A panel of pages, of which one is in front."""

    page: str


def layout_of(viewer: "Viewer") -> DockLayout | None:
    """Return where our docks are, or None where none is open."""
    docks = {name: dock for name, dock in our_docks(viewer).items() if not dock.isHidden()}
    if not docks:
        return None
    main = parent_of_kind(next(iter(docks.values())), QMainWindow)
    corner = main.geometry().topLeft()
    return DockLayout(
        window=(main.width(), main.height()),
        areas={
            area: groups
            for area, place in AREAS.items()
            if (groups := _groups(main, docks, place, across=area in AT_THE_SIDES))
        },
        floating={
            name: _rectangle(dock.geometry().translated(-corner))
            for name, dock in docks.items()
            if dock.isFloating()
        },
        pages={
            name: panel.page
            for name, dock in docks.items()
            if isinstance(panel := dock.widget(), HasPages)
        },
    )


def arrange_docks(viewer: "Viewer", layout: DockLayout) -> Size:
    """Open our docks where `layout` has them, and close those that it does not have.

    *Explore* stays open. Sizes are those of the layout, or smaller where the window is.

    Returns
    -------
    tuple of int
        Width and height of the window, which it shall keep, for `settle_docks`.
    """
    *_, width, height = viewer.window.geometry()
    for name in layout.docks:
        if name not in our_docks(viewer):
            open_dock(viewer, name)
    docks = our_docks(viewer)
    main = parent_of_kind(docks[layout.docks[0]], QMainWindow)
    for name in set(docks) - {*layout.docks, EXPLORE}:
        viewer.window.remove_dock_widget(cast("QWidget", docks.pop(name)))
    for name in layout.docks:
        main.removeDockWidget(docks[name])  # out of the tabs that it is among
    for area, groups in layout.areas.items():
        for tabs in _with_room(main, docks, groups, across=area in AT_THE_SIDES):
            _put(main, AREAS[area], [docks[name] for name in tabs])
    for name, place in layout.floating.items():
        _float(main, docks[name], place, layout.window, (width, height))
    for name, page in layout.pages.items():
        if name in docks and isinstance(panel := docks[name].widget(), HasPages):
            panel.page = page
    settle_docks(viewer, layout, (width, height))
    return width, height


def settle_docks(viewer: "Viewer", layout: DockLayout, size: Size) -> None:
    """Give docks that were arranged their sizes, and bring to the front what was there."""
    docks = our_docks(viewer)
    layout = layout.without(frozenset(layout.docks) - set(docks))  # closed meanwhile
    if not layout.docks:
        return
    main = parent_of_kind(docks[layout.docks[0]], QMainWindow)
    main.resize(*size)  # Qt would rather make the window larger than the screen
    for area, groups in layout.areas.items():
        for group in groups:
            if group.front is not None:
                docks[group.front].raise_()
        _resize(main, docks, groups, _share(size, layout.window), across=area in AT_THE_SIDES)


def _groups(
    main: QMainWindow,
    docks: Mapping[str, QDockWidget],
    area: Qt.DockWidgetArea,
    *,
    across: bool,
) -> tuple[DockGroup, ...]:
    """Return the docks in an area by their tabs, from its top, or from its left."""
    here = [
        name
        for name, dock in docks.items()
        if main.dockWidgetArea(dock) == area and not dock.isFloating()
    ]
    names = {docks[name].windowTitle(): name for name in here}
    placed: list[tuple[int, DockGroup]] = []
    for titles, shown in (*_tab_bars(main), *(([title], title) for title in names)):
        tabs = tuple(names.pop(title) for title in titles if title in names)
        if not tabs:
            continue
        front = next((name for name in tabs if docks[name].windowTitle() == shown), None)
        seen = docks[front or tabs[0]]
        place = seen.y() if across else seen.x()
        placed.append((place, DockGroup(tabs, front, (seen.width(), seen.height()))))
    return tuple(group for _, group in sorted(placed, key=lambda each: each[0]))


def _tab_bars(main: QMainWindow) -> list[tuple[list[str], str]]:
    """Return titles of the docks behind each other, and of the one in front."""
    bars = main.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly)
    return [
        ([bar.tabText(i) for i in range(bar.count())], bar.tabText(bar.currentIndex()))
        for bar in bars
        if bar.count()
    ]


def _with_room(
    main: QMainWindow,
    docks: Mapping[str, QDockWidget],
    groups: Sequence[DockGroup],
    *,
    across: bool,
) -> list[tuple[str, ...]]:
    """Return the names in each group, or all in one where the window is too small for them."""
    needed = 0
    for group in groups:
        sizes = [docks[name].minimumSizeHint() for name in group.tabs]
        needed += max(size.height() if across else size.width() for size in sizes)
    if needed <= (main.height() if across else main.width()):
        return [group.tabs for group in groups]
    return [tuple(name for group in groups for name in group.tabs)]


def _put(main: QMainWindow, area: Qt.DockWidgetArea, tabs: Sequence[QDockWidget]) -> None:
    """Add docks at the end of an area, as tabs of one place."""
    for dock in tabs:
        dock.setFloating(False)
        # Adding gives it to the window again; a dock that was taken out and is only put behind
        # another belongs to Python, and goes with the next garbage collection.
        main.addDockWidget(area, dock)
        if dock is not tabs[0]:
            main.tabifyDockWidget(tabs[0], dock)
        dock.show()


def _float(
    main: QMainWindow, dock: QDockWidget, place: Rectangle, window: Size, size: Size
) -> None:
    """Let a dock float beside or over the window as it did, wholly on a screen."""
    main.addDockWidget(AREAS["right"], dock)  # where it goes when it no longer floats
    dock.setFloating(True)
    left, top, width, height = place
    smaller, lower = _share(size, window)
    wanted = QRect(
        main.geometry().x() + round(left * size[0] / window[0]),
        main.geometry().y() + round(top * size[1] / window[1]),
        round(width * smaller),
        round(height * lower),
    )
    screen = QGuiApplication.screenAt(wanted.center()) or main.screen()
    dock.show()
    dock.setGeometry(QRect(*fit_inside(_rectangle(wanted), _rectangle(screen.availableGeometry()))))


def _resize(
    main: QMainWindow,
    docks: Mapping[str, QDockWidget],
    groups: Sequence[DockGroup],
    share: tuple[float, float],
    *,
    across: bool,
) -> None:
    """Give the groups of an area their sizes, as far as the window has room."""
    if not groups:
        return
    seen = [docks[group.front or group.tabs[0]] for group in groups]
    widths, heights = (
        [round(group.size[side] * share[side]) for group in groups] for side in (0, 1)
    )
    horizontal, vertical = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
    if across:
        main.resizeDocks(seen[:1], widths[:1], horizontal)
        main.resizeDocks(seen, heights, vertical)
    else:
        main.resizeDocks(seen[:1], heights[:1], vertical)
        main.resizeDocks(seen, widths, horizontal)


def _share(size: Size, window: Size) -> tuple[float, float]:
    """Return what is left of widths and heights in a window of another size; at most 1."""
    return min(1, size[0] / window[0]), min(1, size[1] / window[1])


def _rectangle(rectangle: QRect) -> Rectangle:
    return rectangle.x(), rectangle.y(), rectangle.width(), rectangle.height()
