"""The encoding manifold: units as points, their neighbourhood graph, axes, selected units."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
from napari.layers import Points, Vectors
from psygnal import Signal

from napari_nfm.colouring import UnitColours
from napari_nfm.viewer import convert_manifold, styles
from napari_nfm.viewer.layers.cubes import CUBE, Cubes
from napari_nfm.viewer.layers.store import SOURCE, SPACE, LayerStore
from napari_nfm.viewer.placement import Placement
from napari_nfm.viewer.roles import MANIFOLD_ROLES, Role
from napari_nfm.viewer.scenes import ManifoldScene

__all__ = ["Manifold"]


class Manifold:
    """Draws the manifold of one site below the trajectories, or in their place without any.

    Parameters
    ----------
    store
        Our layers.
    cubes
        Where it stands.
    """

    appeared = Signal()
    """There is a manifold where there was none."""

    def __init__(self, store: LayerStore, cubes: Cubes) -> None:
        self._store = store
        self._cubes = cubes
        self._scene: ManifoldScene | None = None
        self._selected_rows: npt.NDArray[np.intp] = np.empty(0, dtype=np.intp)

    def show(self, scene: ManifoldScene) -> None:
        """Draw the units of this manifold as points."""
        self._scene = scene
        self._selected_rows = np.empty(0, dtype=np.intp)
        is_new = self._store.find(Role.MANIFOLD) is None
        self._draw(scene)
        if is_new:
            # What is under the cursor is told in the status bar of the active layer alone.
            self._store.activate(Role.MANIFOLD)
            self.appeared.emit()

    def hide(self) -> None:
        """Take the encoding manifold away."""
        self._scene = None
        self._store.remove(*MANIFOLD_ROLES)

    def recolour(self, colours: UnitColours) -> None:
        """Draw the units that are shown in other colours and markers."""
        if self._scene is None:
            return
        self._scene = replace(self._scene, colours=colours)
        layer = self._store.find(Role.MANIFOLD)
        if layer is not None:
            layer.face_color, layer.symbol = colours.colours, colours.symbols
        self.highlight(self._selected_rows)

    def highlight(self, rows: npt.NDArray[np.intp]) -> None:
        """Make the units in these rows of the manifold's table stand out."""
        self._selected_rows = rows
        points = self._store.find(Role.MANIFOLD)
        if points is None or self._scene is None:
            return
        if not len(rows):
            self._store.clear(Role.SELECTED_UNITS)
            return
        colours = self._scene.colours
        style = styles.SelectedUnitStyle.for_units(
            len(rows), of=len(points.data), border_color=self._store.text_colour
        )
        layer = self._store.put(
            Role.SELECTED_UNITS,
            Points,
            points.data[rows],
            is_part=True,
            **style.as_kwargs(),
            face_color=colours.colours[rows],
            symbol=colours.symbols[rows],
            features=points.features.iloc[rows].reset_index(drop=True),
            visible=points.visible,
            axis_labels=SPACE,
        )
        if float(layer.size[0]) != style.size:
            layer.size, layer.border_width = style.size, style.border_width

    def ring(self, row: int | None) -> None:
        """Draw a ring around the unit in this row of the manifold's table, or around none."""
        points = self._store.find(Role.MANIFOLD)
        if points is None or row is None:
            self._store.clear(Role.HOVERED_UNIT)
            return
        self._store.put(
            Role.HOVERED_UNIT,
            Points,
            points.data[[row]],
            is_part=True,
            **styles.HoveredUnitStyle(size=2.2 * float(points.size.max())).as_kwargs(),
            visible=points.visible,
            axis_labels=SPACE,
        )

    def redraw(self) -> None:
        """Draw what is shown where there is room for it now, in as many dimensions as there are."""
        if self._scene is not None and self._store.find(Role.MANIFOLD) is not None:
            self._draw(self._scene)

    def follow_theme(self) -> None:
        """Draw outlines in the theme's colour of text."""
        selected = self._store.find(Role.SELECTED_UNITS)
        if selected is not None:
            selected.border_color = self._store.text_colour

    def _draw(self, scene: ManifoldScene) -> None:
        manifold, look = scene.manifold, (scene.coordinates, scene.axes)
        chosen = convert_manifold.chosen_coordinates(manifold, *look)
        number = 0 if self._store.find(Role.TRACKS) is None else 1
        placement = Placement.around(chosen, self._cubes.centre(number), CUBE)
        points, features = convert_manifold.units_to_points(
            manifold, *look, placement, flat=self._store.is_flat
        )
        self._draw_edges(scene, points)
        self._store.put(
            Role.MANIFOLD,
            Points,
            points,
            **styles.UnitStyle.for_units(len(points)).as_kwargs(),
            face_color=scene.colours.colours,
            symbol=scene.colours.symbols,
            features=features,
            axis_labels=SPACE,
            metadata={SOURCE: scene.source},
        )
        titles = convert_manifold.coordinate_titles(manifold, *look)
        self._cubes.draw_axes(
            (Role.MANIFOLD_AXES, Role.MANIFOLD_TITLES), placement, titles, scene.heading
        )
        self.highlight(self._selected_rows)

    def _draw_edges(self, scene: ManifoldScene, points: npt.NDArray[np.float64]) -> None:
        if not scene.edges or not len(scene.manifold.edges):
            self._store.remove(Role.EDGES)
            return
        self._store.put(
            Role.EDGES,
            Vectors,
            convert_manifold.edges_to_vectors(scene.manifold.edges, points),
            **styles.EdgeStyle().as_kwargs(),
            axis_labels=SPACE,
        )
