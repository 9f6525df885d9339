"""Our docks in a napari window."""

from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, TypeVar, cast

from qtpy.QtCore import Qt, QTimer
from qtpy.QtWidgets import QDockWidget, QMainWindow, QWidget

if TYPE_CHECKING:
    from napari.viewer import Viewer

    from napari_nfm.viewer.explorer import Explorer
    from napari_nfm.viewer.panels.explore import ExplorePanel
    from napari_nfm.viewer.panels.tubularity import TubularityPanel

__all__ = [
    "AREAS",
    "EXPLORE",
    "IS_PLACED",
    "PANELS",
    "all_docks",
    "current_explorer",
    "keep_size",
    "open_compare",
    "open_dock",
    "open_explorer",
    "open_factors",
    "open_figure",
    "open_help",
    "open_legend",
    "open_manifold",
    "open_rank",
    "open_shortcuts",
    "open_tubularity",
    "open_unit",
    "our_docks",
    "parent_of_kind",
]

Kind = TypeVar("Kind", bound=QWidget)

EXPLORE = "Explore"
LEGEND = "Stimulus categories"
MANIFOLD = "Encoding manifold"
FACTORS = "Factors"
RANK = "Choose the rank"
COMPARE = "Compare"
TUBULARITY = "Tubularity"
UNIT = "Unit"
HELP = "Tutorial"
FIGURE = "Figure"
SHORTCUTS = "Keyboard shortcuts"

PANELS = {
    EXPLORE: "explore:ExplorePanel",
    LEGEND: "legend:LegendPanel",
    MANIFOLD: "manifold:ManifoldPanel",
    FACTORS: "factors:FactorsPanel",
    RANK: "rank:RankPanel",
    COMPARE: "compare:ComparePanel",
    TUBULARITY: "tubularity:TubularityPanel",
    UNIT: "unit:UnitPanel",
    HELP: "help:HelpPanel",
    FIGURE: "figure:FigurePanel",
    SHORTCUTS: "shortcuts:ShortcutsPanel",
}
"""Module and class of the panel of each of our docks, in `napari_nfm.viewer.panels`."""
AREAS = {LEGEND: "left", FACTORS: "bottom", RANK: "bottom", COMPARE: "bottom"}
"""Where docks open; all others on top of *Explore*."""
IS_PLACED = "stands_where_it_belongs"
"""Property of docks that we have opened ourselves."""


def our_docks(viewer: "Viewer") -> dict[str, QDockWidget]:
    """Return our docks in a window by name, by whichever menu or button they were opened."""
    found: dict[str, QDockWidget] = {}
    for name, dock in all_docks(viewer):
        found.setdefault(name, dock)
    return found


def all_docks(viewer: "Viewer") -> list[tuple[str, QDockWidget]]:
    """Return our docks with their names, of which one may be there twice."""
    names = {place: name for name, place in PANELS.items()}
    found = []
    window = getattr(viewer, "window", None)  # a viewer model has none
    for panel in () if window is None else window.dock_widgets.values():
        kind = type(panel)
        package, _, module = kind.__module__.rpartition(".")
        name = names.get(f"{module}:{kind.__name__}")
        if package == "napari_nfm.viewer.panels" and name is not None:
            found.append((name, parent_of_kind(panel, QDockWidget)))
    return found


def parent_of_kind(widget: QWidget, kind: type[Kind]) -> Kind:
    """Return the nearest widget of a kind that has `widget` in it, also while a dock floats."""
    parent = widget.parentWidget()
    while not isinstance(parent, kind):
        assert parent is not None
        parent = parent.parentWidget()
    return parent


def open_dock(viewer: "Viewer", name: str) -> QWidget:
    """Open one of our docks, or bring it to the front, and return its panel."""
    if name == EXPLORE:
        return open_explorer(viewer)[1]
    if (known := our_docks(viewer).get(name)) is not None:
        known.show()
        known.raise_()
        return known.widget()
    module, _, kind = PANELS[name].partition(":")
    panel = getattr(import_module(f"napari_nfm.viewer.panels.{module}"), kind)(viewer)
    if name == LEGEND:  # stays below the layer list
        viewer.window.add_dock_widget(panel, name=name, area=AREAS[name])
        return panel
    _, _, width, height = viewer.window.geometry()
    dock = viewer.window.add_dock_widget(
        panel,
        name=name,
        area=AREAS.get(name, "right"),
        tabify=True,
        add_vertical_stretch=False,
    )
    dock.setProperty(IS_PLACED, True)
    keep_size(dock.window(), width, height)
    return panel


def keep_size(window: QMainWindow, width: int, height: int) -> None:
    """Leave a window the size that it had before a dock came."""
    # Docks below leave those at the sides, which are full of controls, their height.
    window.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea)
    window.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)
    # The canvas makes room for it; Qt would rather make the window higher than the screen.
    QTimer.singleShot(0, partial(_resize, window, width, height))


def _resize(window: QMainWindow, width: int, height: int) -> None:
    window.layout().activate()  # what it needs at least was found before the dock had its place
    window.resize(width, height)


def open_explorer(viewer: "Viewer | None" = None) -> "tuple[Viewer, ExplorePanel]":
    """Open the *Explore* dock and the legend, in a new window where no viewer is given.

    Returns
    -------
    viewer
        The napari viewer.
    panel
        The dock's panel; ``panel.explorer`` has the actions.
    """
    import napari

    if viewer is None:
        viewer = napari.Viewer(title="Neural Foundation Model")
    _, panel = viewer.window.add_plugin_dock_widget("napari-nfm", "Explore")
    # A window that is never shown sends no show event.
    panel.explorer.closing.watch(panel.window())
    open_legend(viewer)
    return viewer, panel


def current_explorer() -> "Explorer | None":
    """Return the explorer of the window in front with its dock open, or None without a window."""
    import napari

    viewer = napari.current_viewer()
    return None if viewer is None else open_explorer(viewer)[1].explorer


def open_legend(viewer: "Viewer") -> None:
    """Open the legend below the layer list, where it is not open yet."""
    if LEGEND not in our_docks(viewer):
        open_dock(viewer, LEGEND)


def open_manifold(viewer: "Viewer") -> None:
    """Open the dock of the encoding manifold on top of *Explore*, or bring it to the front."""
    open_dock(viewer, MANIFOLD)


def open_factors(viewer: "Viewer") -> None:
    """Open the dock of the factors below the canvas, or bring it to the front."""
    open_dock(viewer, FACTORS)


def open_rank(viewer: "Viewer") -> None:
    """Open the dock in which the rank is chosen below the canvas, or bring it to the front."""
    open_dock(viewer, RANK)


def open_compare(viewer: "Viewer") -> None:
    """Open the comparison of all sites below the canvas, or bring it to the front."""
    open_dock(viewer, COMPARE)


def open_tubularity(viewer: "Viewer") -> "TubularityPanel":
    """Open the dock of tubes and readouts on top of *Explore*, or bring it to the front."""
    return cast("TubularityPanel", open_dock(viewer, TUBULARITY))


def open_unit(viewer: "Viewer") -> None:
    """Open the unit inspector on top of *Explore*, or bring it to the front."""
    open_dock(viewer, UNIT)


def open_figure(viewer: "Viewer") -> None:
    """Open the dock of figures for print on top of *Explore*, or bring it to the front."""
    open_dock(viewer, FIGURE)


def open_shortcuts(viewer: "Viewer") -> None:
    """Open the list of keyboard shortcuts on top of *Explore*, or bring it to the front."""
    open_dock(viewer, SHORTCUTS)


def open_help(viewer: "Viewer") -> None:
    """Open the tutorial on top of *Explore*, or bring it to the front."""
    open_dock(viewer, HELP)
