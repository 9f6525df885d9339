"""The only module that adds or changes layers.

Layers are found by what `ROLE` says in their metadata, never by name, so a person may rename,
reorder or remove them: what is missing is added again when it is shown next.
"""

import weakref
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from napari.layers import Layer

from napari_nfm.palette import category_looks
from napari_nfm.viewer import convert, convert_manifold, styles
from napari_nfm.viewer.colouring import UnitColours
from napari_nfm.viewer.roles import MANIFOLD_ROLES, TEXT_ROLES, Role
from napari_nfm.viewer.scenes import ManifoldScene, MapsShown, TrajectoryScene

__all__ = ["ROLE", "SOURCE", "World"]

ROLE = "napari_nfm_role"
"""Metadata key: written here, read here and by ``writers``."""

SOURCE = "napari_nfm_source"
"""Metadata key: the recording's folder; written here, read by ``writers``."""

MAPS_SHOWN = "napari_nfm_maps"
"""Metadata key: the `MapsShown` of the feature maps; written and read here."""

CAPTION = 13.0
"""World height that a line of text takes in a window of usual size."""
MOVIE_TO_MAPS = 3.4 * CAPTION
MOVIE_TO_CUBE = 110.0
CUBE = 256.0
"""World length of the edges of the cubes in which trajectories and manifold stand."""
CUBE_TO_CUBE = 150.0
TEXT_COLOUR = {False: "#d8d8d8", True: "#202020"}
"""By whether the theme is light."""
TIME_AND_SPACE = ("time", "z", "y", "x")
SPACE = ("z", "y", "x")


class World:
    """Our layers in one viewer.

    Parameters
    ----------
    viewer
        The napari viewer, or its model; not kept alive.
    """

    def __init__(self, viewer: Any) -> None:
        self._viewer = weakref.proxy(viewer)
        self._movie_shape = (144, 256)
        self._scene: TrajectoryScene | None = None
        self._flat = viewer.dims.ndisplay == 2
        self._highlighted: tuple[str, float] | None = None
        self._manifold: ManifoldScene | None = None
        self._selected_rows: npt.NDArray[np.intp] = np.empty(0, dtype=np.intp)
        self.tail_length = styles.TrackStyle().tail_length
        self._text_size = 9
        self._text_colour = TEXT_COLOUR[viewer.theme == "light"]
        viewer.dims.events.ndisplay.connect(self._follow_ndisplay)
        viewer.events.theme.connect(self._follow_theme)

    def find(self, role: Role) -> Layer | None:
        """Return our layer of this `role`, or None where there is none."""
        for layer in self._viewer.layers:
            if layer.metadata.get(ROLE) == role.value:
                return layer
        return None

    def remove(self, *roles: Role) -> None:
        """Remove our layers of these roles, where there are any."""
        for role in roles:
            layer = self.find(role)
            if layer is not None:
                self._viewer.layers.remove(layer)

    def set_visible(self, *roles: Role) -> None:
        """Show our layers of these roles and hide our others; leave other layers alone."""
        for role in Role:
            layer = self.find(role)
            if layer is not None:
                layer.visible = role in roles

    def set_text_size(self, points: int) -> None:
        """Write all captions and titles in this size."""
        self._text_size = points
        for role in TEXT_ROLES:
            layer = self.find(role)
            if layer is not None:
                layer.text.size = points

    # The stimulus and its feature maps

    def show_movie(self, frames: npt.NDArray[np.uint8], caption: str) -> None:
        """Show the movie ``(time, y, x)`` as a plane at ``z = 0`` with a line of text above."""
        self._movie_shape = (frames.shape[1], frames.shape[2])
        self._put(
            Role.MOVIE,
            self._viewer.add_image,
            convert.movie_to_plane(frames),
            **styles.MovieStyle().as_kwargs(),
            axis_labels=TIME_AND_SPACE,
        )
        n_lines = caption.count("\n") + 1
        middle = (0.0, -n_lines * 0.8 * CAPTION, frames.shape[2] / 2)
        self._put_text(Role.MOVIE_CAPTION, [middle], [caption])

    def show_maps(
        self,
        maps: npt.NDArray[np.float32],
        site: str,
        channels: Sequence[int],
        heading: str,
    ) -> None:
        """Show maps ``(time, channel, y, x)`` side by side below the movie, with their channels.

        Brightness is the same for all maps and all frames: from the 0.5th to the 99.5th percentile
        of what is shown.
        """
        height, width = self._movie_shape
        montage = convert.Montage.arrange(
            maps.shape[1], maps.shape[2:], caption_height=CAPTION / width
        )
        scale = width / montage.shape[1]
        top = height + MOVIE_TO_MAPS
        low, high = np.percentile(maps, [0.5, 99.5])
        self._put(
            Role.MAPS,
            self._viewer.add_image,
            convert.maps_to_montage(maps, montage),
            **styles.MapsStyle().as_kwargs(),
            # The first pixel's centre, so that the edges of movie and maps are in line.
            translate=(0.0, 0.0, top + scale / 2, scale / 2 - 0.5),
            scale=(1.0, 1.0, scale, scale),
            axis_labels=TIME_AND_SPACE,
            metadata={MAPS_SHOWN: MapsShown(site, tuple(channels), montage)},
        )
        layer = self.find(Role.MAPS)
        if layer is not None:
            layer.contrast_limits = (float(low), float(max(high, low + 1e-6)))
        positions = [(0.0, top - 2.0 * CAPTION, width / 2)]
        for index in range(montage.n_maps):
            row, column = montage.corner(index)
            middle = column + montage.map_shape[1] / 2
            positions.append((0.0, top + scale * row - CAPTION / 2, scale * middle))
        self._put_text(Role.MAP_CAPTIONS, positions, [heading, *map(str, channels)])

    @property
    def maps_shown(self) -> "MapsShown | None":
        """Which feature maps are drawn, or None."""
        layer = self.find(Role.MAPS)
        return None if layer is None else layer.metadata[MAPS_SHOWN]

    def map_pixel(self, place: tuple[float, float] | None) -> tuple[int, int, int] | None:
        """Return channel, y and x of the feature map that is seen at ``(y, x)`` in the world."""
        layer = self.find(Role.MAPS)
        if layer is None or not layer.visible or place is None:
            return None
        shown = layer.metadata[MAPS_SHOWN]
        pixel = (np.array(place) - layer.translate[-2:]) / layer.scale[-2:]
        return convert_manifold.map_position(
            (float(pixel[0]), float(pixel[1])), shown.channels, shown.montage
        )

    # Decoding trajectories

    def show_trajectories(self, scene: TrajectoryScene) -> None:
        """Draw trajectories beside the movie: whole paths, tails, current states, axes, legend."""
        self._scene = scene
        self._flat = self._viewer.dims.ndisplay == 2
        is_new = self.find(Role.TRACKS) is None
        self._draw_trajectories(scene)
        if is_new and self._manifold is not None:
            self._draw_manifold(self._manifold)  # makes room

    def highlight(self, category: str | None, direction: float | None) -> None:
        """Make the current state of one trajectory stand out."""
        self._highlighted = None if category is None or direction is None else (category, direction)
        layer = self.find(Role.HEADS)
        if layer is not None:
            self._mark_head(layer)

    def set_tail_length(self, frames: int) -> None:
        """Show this many past frames of each trajectory as a bright tail."""
        self.tail_length = frames
        layer = self.find(Role.TRACKS)
        if layer is not None:
            layer.tail_length = frames

    @property
    def trajectories_shown(self) -> TrajectoryScene | None:
        """What `show_trajectories` was given last."""
        return self._scene

    def _follow_ndisplay(self) -> None:
        # In two dimensions the cube is drawn flat, so that there is no slider through z, along
        # which the planes would vanish.
        flat = self._viewer.dims.ndisplay == 2
        if flat == self._flat:
            return
        self._flat = flat
        if self._scene is not None and self.find(Role.TRACKS) is not None:
            self._draw_trajectories(self._scene)
        if self._manifold is not None and self.find(Role.MANIFOLD) is not None:
            self._draw_manifold(self._manifold)

    def _follow_theme(self) -> None:
        self._text_size = 9
        self._text_colour = TEXT_COLOUR[self._viewer.theme == "light"]
        for role in TEXT_ROLES:
            layer = self.find(role)
            if layer is not None:
                layer.text.color = self._text_colour
        heads = self.find(Role.HEADS)
        if heads is not None:
            heads.border_color = self._text_colour
        selected = self.find(Role.SELECTED_UNITS)
        if selected is not None:
            selected.border_color = self._text_colour

    def _cube_centre(self, number: int) -> tuple[float, float, float]:
        """Return the middle of cube `number` right of the movie, from 0 at the top."""
        height, width = self._movie_shape
        maps = self.find(Role.MAPS)
        bottom = height if maps is None else float(maps.extent.world[1][-2])
        below = number * (CUBE + CUBE_TO_CUBE)
        return 0.0, max(bottom, CUBE) / 2 + below, width + MOVIE_TO_CUBE + CUBE / 2

    def _draw_trajectories(self, scene: TrajectoryScene) -> None:
        placement = convert.Placement.fit(scene.curves, self._cube_centre(0), CUBE)
        categories = [str(name) for name in scene.curves["category"].values]
        looks = category_looks(categories)
        colours = np.array([look.colour for look in looks])
        symbols = np.array([look.symbol for look in looks])

        data, features = convert.curves_to_paths(scene.curves, placement, flat=self._flat)
        self._put(
            Role.PATHS,
            self._viewer.add_vectors,
            data,
            **styles.PathStyle().as_kwargs(),
            edge_color=colours[features["category_index"]],
            features=features,
            axis_labels=SPACE,
        )
        tracks, features = convert.curves_to_tracks(scene.curves, placement, flat=self._flat)
        features["category_colour"] = (features["category_index"] + 0.5) / len(looks)
        self._put(
            Role.TRACKS,
            self._viewer.add_tracks,
            tracks,
            **styles.TrackStyle(tail_length=self.tail_length).as_kwargs(),
            features=features,
            colormaps_dict={"category_colour": styles.category_colormap(looks)},
            axis_labels=TIME_AND_SPACE,
            metadata={SOURCE: scene.source},
        )
        heads, features = convert.curves_to_heads(scene.curves, placement, flat=self._flat)
        self._put(
            Role.HEADS,
            self._viewer.add_points,
            heads,
            **styles.HeadStyle().as_kwargs(),
            face_color=colours[features["category_index"]],
            symbol=symbols[features["category_index"]],
            features=features,
            axis_labels=TIME_AND_SPACE,
        )
        layer = self.find(Role.HEADS)
        if layer is not None:
            self._mark_head(layer)
        titles = convert.variance_titles(scene.explained_variance_ratio.tolist())
        self._draw_axes((Role.AXES, Role.AXIS_TITLES), placement, titles, scene.heading)

    def _draw_axes(
        self,
        roles: tuple[Role, Role],
        placement: convert.Placement,
        titles: Sequence[str],
        heading: str,
    ) -> None:
        lines, anchors, titles = convert.axes_to_lines(placement, titles, flat=self._flat)
        style = styles.AxisStyle(name=roles[0].value.capitalize())
        self._put(
            roles[0],
            self._viewer.add_vectors,
            lines,
            **style.as_kwargs(),
            axis_labels=SPACE,
        )
        z, y, x = placement.centre
        above = (0.0 if self._flat else z, y - 0.85 * placement.size, x)
        self._put_text(roles[1], [*anchors, above], [*titles, heading])

    def _mark_head(self, layer: Layer) -> None:
        style = styles.HeadStyle()
        features = layer.features
        if self._highlighted is None:
            current = np.zeros(len(features), dtype=bool)
        else:
            category, direction = self._highlighted
            current = (
                (features["category"] == category) & (features["direction"] == direction)
            ).to_numpy()
        layer.size = np.where(current, 2.0 * style.size, style.size)
        layer.border_width = np.where(current, 0.16, style.border_width)
        layer.border_color = self._text_colour

    # The encoding manifold

    def show_manifold(self, scene: ManifoldScene) -> None:
        """Draw units as points below the trajectories, or in their place where there are none."""
        self._manifold = scene
        self._flat = self._viewer.dims.ndisplay == 2
        self._selected_rows = np.empty(0, dtype=np.intp)
        is_new = self.find(Role.MANIFOLD) is None
        self._draw_manifold(scene)
        if is_new:
            # What is under the cursor is told in the status bar of the active layer alone.
            self._viewer.layers.selection.active = self.find(Role.MANIFOLD)

    def hide_manifold(self) -> None:
        """Take the encoding manifold away."""
        self._manifold = None
        self.remove(*MANIFOLD_ROLES)

    def recolour_units(self, colours: UnitColours) -> None:
        """Draw the units that are shown in other colours and markers."""
        if self._manifold is None:
            return
        self._manifold = replace(self._manifold, colours=colours)
        layer = self.find(Role.MANIFOLD)
        if layer is not None:
            layer.face_color, layer.symbol = colours.colours, colours.symbols
        self.highlight_units(self._selected_rows)

    def highlight_units(self, rows: npt.NDArray[np.intp]) -> None:
        """Make the units in these rows of the manifold's table stand out."""
        self._selected_rows = rows
        points = self.find(Role.MANIFOLD)
        if points is None or self._manifold is None:
            return
        if not len(rows):
            self.remove(Role.SELECTED_UNITS)
            return
        colours = self._manifold.colours
        style = styles.SelectedUnitStyle.for_units(
            len(rows), of=len(points.data), border_color=self._text_colour
        )
        self._put(
            Role.SELECTED_UNITS,
            self._viewer.add_points,
            points.data[rows],
            **style.as_kwargs(),
            face_color=colours.colours[rows],
            symbol=colours.symbols[rows],
            features=points.features.iloc[rows].reset_index(drop=True),
            visible=points.visible,
            axis_labels=SPACE,
        )
        layer = self.find(Role.SELECTED_UNITS)
        if layer is not None and float(layer.size[0]) != style.size:
            layer.size, layer.border_width = style.size, style.border_width

    def mark_on_maps(self, pixels: npt.NDArray[np.float64], units: npt.NDArray[np.intp]) -> None:
        """Mark units on the feature maps, at ``(row, column)`` in the montage's pixels."""
        maps = self.find(Role.MAPS)
        if maps is None or not len(units):
            self.remove(Role.UNIT_MARKERS)
            return
        scale, origin = maps.scale[-2:], maps.translate[-2:]
        places = np.pad(pixels * scale + origin, ((0, 0), (1, 0)))
        self._put(
            Role.UNIT_MARKERS,
            self._viewer.add_points,
            places,
            **styles.UnitMarkerStyle.for_pixels(float(scale[0])).as_kwargs(),
            features=pd.DataFrame({"unit": units}),
            visible=maps.visible,
            axis_labels=SPACE,
        )

    def _draw_manifold(self, scene: ManifoldScene) -> None:
        manifold, look = scene.manifold, (scene.coordinates, scene.axes)
        chosen = convert_manifold.chosen_coordinates(manifold, *look)
        number = 0 if self.find(Role.TRACKS) is None else 1
        placement = convert.Placement.around(chosen, self._cube_centre(number), CUBE)
        points, features = convert_manifold.units_to_points(
            manifold, *look, placement, flat=self._flat
        )
        self._draw_edges(scene, points)
        self._put(
            Role.MANIFOLD,
            self._viewer.add_points,
            points,
            **styles.UnitStyle.for_units(len(points)).as_kwargs(),
            face_color=scene.colours.colours,
            symbol=scene.colours.symbols,
            features=features,
            axis_labels=SPACE,
            metadata={SOURCE: scene.source},
        )
        titles = convert_manifold.coordinate_titles(manifold, *look)
        self._draw_axes(
            (Role.MANIFOLD_AXES, Role.MANIFOLD_TITLES), placement, titles, scene.heading
        )
        self.highlight_units(self._selected_rows)

    def _draw_edges(self, scene: ManifoldScene, points: npt.NDArray[np.float64]) -> None:
        if not scene.edges or not len(scene.manifold.edges):
            self.remove(Role.EDGES)
            return
        self._put(
            Role.EDGES,
            self._viewer.add_vectors,
            convert_manifold.edges_to_vectors(scene.manifold.edges, points),
            **styles.EdgeStyle().as_kwargs(),
            axis_labels=SPACE,
        )

    # Adding or changing one layer

    def _put_text(
        self,
        role: Role,
        positions: Sequence[Sequence[float]],
        texts: Sequence[str],
    ) -> None:
        self._put(
            role,
            self._viewer.add_points,
            np.array(positions, dtype=float),
            **styles.CaptionStyle(name=role.value.capitalize()).as_kwargs(),
            features=pd.DataFrame({"text": list(texts)}),
            # In three dimensions napari centres all text, so it is centred in two as well.
            text={
                "string": "{text}",
                "size": self._text_size,
                "color": self._text_colour,
                "anchor": "center",
            },
            axis_labels=SPACE,
        )

    def _put(self, role: Role, add: Callable[..., Layer], data: Any, **kwargs: Any) -> None:
        """Give the layer of `role` new data, or add it where there is none.

        A layer that is there keeps what a person may have changed: name, visibility, opacity,
        place in the list.
        """
        kwargs["metadata"] = {ROLE: role.value, **kwargs.get("metadata", {})}
        layer = self.find(role)
        if layer is not None and _can_change(layer, data, kwargs):
            _change(layer, data, kwargs)
            return
        layers = self._viewer.layers
        selected, place = set(layers.selection), None
        if layer is not None:
            kwargs["name"], kwargs["visible"] = layer.name, layer.visible
            place = layers.index(layer)
            selected.discard(layer)
            layers.remove(layer)
        add(data, **kwargs)
        if place is not None:
            layers.move(len(layers) - 1, place)
        if selected:
            layers.selection = selected


def _can_change(layer: Layer, data: Any, kwargs: dict[str, Any]) -> bool:
    # What napari has sliced of a hidden layer stays behind when its number of things changes.
    if not layer.visible and len(layer.data) != len(data):
        return False
    # It cannot change the number of vectors and their colours in one step, nor their colours
    # while dimensions change, and draws in between.
    if not isinstance(kwargs.get("edge_color"), np.ndarray):
        return True
    return layer.features["category_index"].equals(kwargs["features"]["category_index"])


def _change(layer: Layer, data: Any, kwargs: dict[str, Any]) -> None:
    is_tracks = "color_by" in kwargs
    if is_tracks:
        layer.color_by = "track_id"  # the only feature that new data have at first
    layer.data = data
    for name in ("features", "scale", "translate", "metadata"):
        if name in kwargs:
            setattr(layer, name, kwargs[name])
    for name in ("face_color", "symbol"):
        if isinstance(kwargs.get(name), np.ndarray):
            setattr(layer, name, kwargs[name])
    if is_tracks:
        layer.colormaps_dict = kwargs["colormaps_dict"]
        layer.color_by = kwargs["color_by"]
    # napari measures the extent of a hidden layer anew only when its place changes.
    layer.scale = layer.scale
