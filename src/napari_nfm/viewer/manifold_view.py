"""The encoding manifold as a picture whose points are selected."""

import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from napari.layers.base import ActionType
from psygnal import Signal

from napari_nfm.colouring import colour_units
from napari_nfm.session import Session
from napari_nfm.staleness import with_staleness
from napari_nfm.titles import site_title
from napari_nfm.unit_columns import colour_columns
from napari_nfm.viewer import convert_manifold
from napari_nfm.viewer.layers import World
from napari_nfm.viewer.picking import inside_outline, nearest_to_ray
from napari_nfm.viewer.roles import Role
from napari_nfm.viewer.scenes import ManifoldScene
from napari_nfm.viewer.unit_facts import describe_units

if TYPE_CHECKING:
    from napari_nfm.analysis import EncodingManifold

__all__ = ["ManifoldView"]

FloatArray = npt.NDArray[np.float64]
REACH_PIXELS = 6.0
"""A click this far from a unit's centre on the screen still means it."""


class ManifoldView:
    """Draws a site's manifold as the session's look says, and selects its units.

    Parameters
    ----------
    viewer
        The napari viewer; not kept alive.
    session
        What is shown and selected.
    world
        Where it is drawn.
    """

    said = Signal(str)
    """A sentence on what the mouse has chosen, or why nothing; napari's status shows it too."""

    def __init__(self, viewer: Any, session: Session, world: World) -> None:
        self._viewer: Any = weakref.proxy(viewer)
        self._session = session
        self._world = world
        self._shown: EncodingManifold | None = None
        self._followed: Callable[[], Any] = lambda: None
        self._drawing = False
        self._selecting = False
        self.site: str | None = None
        look = session.look.events
        for event in (look.coordinates_changed, look.axes_changed, look.edges_changed):
            event.connect(self._redraw)
        look.colour_by_changed.connect(self._recolour)
        session.events.manifolds_changed.connect(self._follow_manifolds)
        session.events.twin_changed.connect(self._follow_twin)
        session.selection.events.site_changed.connect(self._follow_site)
        session.selection.events.units_changed.connect(self._highlight)
        session.selection.events.hovered_changed.connect(self._ring)

    # Drawing

    def show(self, site: str) -> None:
        """Draw the manifold of `site`, which is among the session's manifolds."""
        self.site, self._shown = site, self._session.manifolds[site]
        self._correct_look()
        self._redraw()

    def _correct_look(self) -> None:
        """Choose what this manifold has where the look names a column or axis that it lacks."""
        assert self._shown is not None
        look, columns = self._session.look, colour_columns(self._shown.units)
        if look.colour_by not in columns:
            look.colour_by = next(iter(columns))
        if (
            max(look.axes)
            >= convert_manifold.coordinates_of(self._shown, look.coordinates).shape[1]
        ):
            look.axes = (0, 1, 2)

    def _redraw(self) -> None:
        if self._shown is None or self.site is None:
            return
        look = self._session.look
        self._drawing = True
        self._world.manifold.show(
            ManifoldScene(
                manifold=self._shown,
                colours=colour_units(self._shown, look.colour_by),
                coordinates=look.coordinates,
                axes=look.axes,
                edges=look.edges,
                heading=self._heading(),
                source=str(self._shown.provenance.inputs.get("source", "")),
            )
        )
        self._drawing = False
        self._follow_layer()
        self._highlight()

    def _heading(self) -> str:
        assert self._shown is not None
        title = f"{site_title(self.site or '')}, encoding manifold"
        title = with_staleness(title, self._session, self._shown)
        count = f"{len(self._shown.units):,} units"
        if self._session.look.edges:
            n_edges, most = len(self._shown.edges), convert_manifold.MOST_EDGES
            drawn = f"{n_edges:,}" if n_edges <= most else f"{most:,} of {n_edges:,}"
            count += f", {drawn} edges drawn"
        return f"{title}\n{count}"

    def _recolour(self) -> None:
        if self._shown is not None:
            self._correct_look()
            self._world.manifold.recolour(colour_units(self._shown, self._session.look.colour_by))

    def _follow_manifolds(self) -> None:
        if self._shown is None:
            return
        known = self._session.manifolds.get(self.site or "")
        if known is None:
            self.site, self._shown = None, None
            self._world.manifold.hide()
        elif known is not self._shown and self.site is not None:
            self.show(self.site)

    def _follow_twin(self) -> None:
        if self._shown is not None and self._world.find(Role.MANIFOLD) is not None:
            self._redraw()  # its heading says whose it is

    def _follow_site(self, site: str) -> None:
        if self._shown is not None and site in self._session.manifolds:
            self.show(site)

    # Selected units

    def _highlight(self) -> None:
        units = np.array(self._session.selection.units, dtype=int)
        if self._shown is not None and self.site == self._session.selection.site:
            rows = self._shown.units.index.get_indexer(pd.Index(units))
            rows = rows[rows >= 0]
            self._world.manifold.highlight(rows)
            self._select_points(rows)

    def _ring(self, unit: int | None) -> None:
        row = -1
        if unit is not None and self._shown is not None:
            row = int(self._shown.units.index.get_indexer(pd.Index([unit]))[0])
        self._world.manifold.ring(None if row < 0 else row)

    # napari's own selection, for its select tool and its table of features

    def _follow_layer(self) -> None:
        layer = self._world.find(Role.MANIFOLD)
        if layer is not None and layer is not self._followed():
            self._followed = weakref.ref(layer)
            layer.selected_data.events.items_changed.connect(self._take_selected_points)
            layer.events.data.connect(self._restore_points)

    def _select_points(self, rows: npt.NDArray[np.intp]) -> None:
        layer = self._world.find(Role.MANIFOLD)
        if layer is not None and set(layer.selected_data) != set(rows.tolist()):
            self._selecting = True
            layer.selected_data = set(rows.tolist())
            self._selecting = False

    def _take_selected_points(self) -> None:
        layer = self._world.find(Role.MANIFOLD)
        if self._selecting or layer is None or self._shown is None:
            return
        rows = sorted(row for row in layer.selected_data if row < len(self._shown.units))
        self._go_to_own_site()
        self._session.selection.choose_units(self._shown.units.index[rows], add=False)

    def _restore_points(self, event: Any) -> None:
        """Put back what napari's tools for editing points have moved, added or deleted."""
        is_done = event.action in (ActionType.ADDED, ActionType.REMOVED, ActionType.CHANGED)
        if is_done and not self._drawing:
            self._redraw()

    # What the mouse means

    def unit_at(self, position: FloatArray, direction: FloatArray) -> int | None:
        """Return the unit of the manifold that is seen along a ray, or None."""
        layer = self._world.find(Role.MANIFOLD)
        if layer is None or not layer.visible or self._shown is None:
            return None
        zoom = self._viewer.scene.camera.zoom
        reach = max(float(layer.size.max()) / 2, REACH_PIXELS / zoom)
        row = nearest_to_ray(layer.data, position, direction, reach)
        return None if row is None else int(self._shown.units.index[row])

    def click(self, position: FloatArray, direction: FloatArray, *, add: bool) -> bool:
        """Select the unit under the cursor; return whether there is one."""
        unit = self.unit_at(position, direction)
        if unit is not None:
            self._go_to_own_site()
            self.choose_unit(unit, add=add)
        return unit is not None

    def hover(self, position: FloatArray, direction: FloatArray) -> None:
        """Make the unit under the cursor the hovered one, where it is of the current site."""
        unit, selection = self.unit_at(position, direction), self._session.selection
        if selection.site == self.site and unit != selection.hovered:
            self.point_at(unit)

    def choose_unit(self, unit: int, *, add: bool) -> None:
        """Select a unit of the current site, and say which are selected now."""
        self._session.selection.choose_units([unit], add=add)
        self._tell(self._session.selection.units)

    def point_at(self, unit: int | None) -> None:
        """Make a unit of the current site the hovered one and say which, or none."""
        self._session.selection.hovered = unit
        if unit is not None:
            self._tell((unit,))

    def enclose(self, positions: FloatArray, directions: FloatArray, *, add: bool) -> None:
        """Select the units of the manifold inside of an outline."""
        layer = self._world.find(Role.MANIFOLD)
        if layer is None or not layer.visible or self._shown is None:
            self._say("There is no encoding manifold on screen to select from.")
            return
        rows = np.flatnonzero(inside_outline(layer.data, positions, directions))
        self._go_to_own_site()
        self._session.selection.choose_units(self._shown.units.index[rows], add=add)
        self._tell(self._session.selection.units)

    def _go_to_own_site(self) -> None:
        if self._session.selection.site != self.site:
            self._session.selection.site = self.site

    def _tell(self, units: tuple[int, ...]) -> None:
        """Say in the status bar which units these are."""
        self._say(describe_units(self._session, units))

    def _say(self, sentence: str) -> None:
        self._viewer.status = sentence
        self.said.emit(sentence)
