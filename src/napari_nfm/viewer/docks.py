"""Our docks in a napari window."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from qtpy.QtCore import Qt, QTimer
from qtpy.QtWidgets import QDockWidget, QWidget

if TYPE_CHECKING:
    from napari.viewer import Viewer

    from napari_nfm.viewer.explorer import Explorer
    from napari_nfm.viewer.panels.explore import ExplorePanel
    from napari_nfm.viewer.panels.tubularity import TubularityPanel

__all__ = [
    "current_explorer",
    "open_compare",
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
]

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
    from napari_nfm.viewer.panels.legend import LegendPanel

    if LEGEND not in viewer.window.dock_widgets:
        viewer.window.add_dock_widget(LegendPanel(viewer), name=LEGEND, area="left")


def open_manifold(viewer: "Viewer") -> None:
    """Open the dock of the encoding manifold on top of *Explore*, or bring it to the front."""
    from napari_nfm.viewer.panels.manifold import ManifoldPanel

    _open(viewer, MANIFOLD, ManifoldPanel, "right")


def open_factors(viewer: "Viewer") -> None:
    """Open the dock of the factors below the canvas, or bring it to the front."""
    from napari_nfm.viewer.panels.factors import FactorsPanel

    _open(viewer, FACTORS, FactorsPanel, "bottom")


def open_rank(viewer: "Viewer") -> None:
    """Open the dock in which the rank is chosen below the canvas, or bring it to the front."""
    from napari_nfm.viewer.panels.rank import RankPanel

    _open(viewer, RANK, RankPanel, "bottom")


def open_compare(viewer: "Viewer") -> None:
    """Open the comparison of all sites below the canvas, or bring it to the front."""
    from napari_nfm.viewer.panels.compare import ComparePanel

    _open(viewer, COMPARE, ComparePanel, "bottom")


def open_tubularity(viewer: "Viewer") -> "TubularityPanel":
    """Open the dock of tubes and readouts on top of *Explore*, or bring it to the front."""
    from napari_nfm.viewer.panels.tubularity import TubularityPanel

    _open(viewer, TUBULARITY, TubularityPanel, "right")
    return viewer.window.dock_widgets[TUBULARITY]


def open_unit(viewer: "Viewer") -> None:
    """Open the unit inspector on top of *Explore*, or bring it to the front."""
    from napari_nfm.viewer.panels.unit import UnitPanel

    _open(viewer, UNIT, UnitPanel, "right")


def open_figure(viewer: "Viewer") -> None:
    """Open the dock of figures for print on top of *Explore*, or bring it to the front."""
    from napari_nfm.viewer.panels.figure import FigurePanel

    _open(viewer, FIGURE, FigurePanel, "right")


def open_shortcuts(viewer: "Viewer") -> None:
    """Open the list of keyboard shortcuts on top of *Explore*, or bring it to the front."""
    from napari_nfm.viewer.panels.shortcuts import ShortcutsPanel

    _open(viewer, SHORTCUTS, ShortcutsPanel, "right")


def open_help(viewer: "Viewer") -> None:
    """Open the tutorial on top of *Explore*, or bring it to the front."""
    from napari_nfm.viewer.panels.help import HelpPanel

    _open(viewer, HELP, HelpPanel, "right")


def _open(viewer: "Viewer", name: str, panel: "Callable[[Viewer], QWidget]", area: str) -> None:
    shown = viewer.window.dock_widgets.get(name)
    if shown is None:
        _, _, width, height = viewer.window.geometry()
        dock = viewer.window.add_dock_widget(
            panel(viewer), name=name, area=area, tabify=True, add_vertical_stretch=False
        )
        # Docks below leave those at the sides, which are full of controls, their height.
        window = dock.window()
        window.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea)
        window.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)
        # The canvas makes room for it; Qt would rather make the window higher than the screen.
        QTimer.singleShot(0, partial(window.resize, width, height))
        return
    dock = shown.parentWidget()
    while dock is not None and not isinstance(dock, QDockWidget):
        dock = dock.parentWidget()
    if dock is not None:
        dock.show()
        dock.raise_()
