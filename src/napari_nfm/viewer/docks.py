"""Our docks in a napari window."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from napari.viewer import Viewer

    from napari_nfm.viewer.panels.explore import ExplorePanel

__all__ = ["open_explorer", "open_legend"]

LEGEND = "Stimulus categories"


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
    panel.explorer.watch(panel.window())
    open_legend(viewer)
    return viewer, panel


def open_legend(viewer: "Viewer") -> None:
    """Open the legend below the layer list, where it is not open yet."""
    from napari_nfm.viewer.panels.legend import LegendPanel

    if LEGEND not in viewer.window.dock_widgets:
        viewer.window.add_dock_widget(LegendPanel(viewer), name=LEGEND, area="left")
