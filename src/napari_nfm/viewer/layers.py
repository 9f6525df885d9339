"""The only module that adds or changes layers.

Layers are found by what `ROLE` says in their metadata, never by name, so a person may rename,
reorder or remove them: what is missing is added again when it is shown next.
"""

import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr
from napari.layers import Layer

from napari_nfm.viewer import convert, styles
from napari_nfm.viewer.palette import category_looks

__all__ = ["ROLE", "SOURCE", "Role", "TrajectoryScene", "World"]

ROLE = "napari_nfm_role"
"""Metadata key: written here, read here and by ``writers``."""

SOURCE = "napari_nfm_source"
"""Metadata key: the recording's folder; written here, read by ``writers``."""

CAPTION = 13.0
"""World height that a line of text takes in a window of usual size."""
MOVIE_TO_MAPS = 3.4 * CAPTION
MOVIE_TO_CUBE = 110.0
TEXT_COLOUR = {False: "#d8d8d8", True: "#202020"}
"""By whether the theme is light."""
TIME_AND_SPACE = ("time", "z", "y", "x")
SPACE = ("z", "y", "x")


class Role(StrEnum):
    """What a layer of ours is for."""

    MOVIE = "movie"
    MAPS = "feature maps"
    MOVIE_CAPTION = "movie caption"
    MAP_CAPTIONS = "map captions"
    PATHS = "whole paths"
    TRACKS = "trajectories"
    HEADS = "current states"
    AXES = "component axes"
    AXIS_TITLES = "axis titles"


MAP_ROLES = (Role.MAPS, Role.MAP_CAPTIONS)
STIMULUS_ROLES = (Role.MOVIE, Role.MOVIE_CAPTION, *MAP_ROLES)
TRAJECTORY_ROLES = (
    Role.PATHS,
    Role.TRACKS,
    Role.HEADS,
    Role.AXES,
    Role.AXIS_TITLES,
)
TEXT_ROLES = (Role.MOVIE_CAPTION, Role.MAP_CAPTIONS, Role.AXIS_TITLES)


@dataclass(frozen=True)
class TrajectoryScene:
    """What is needed to draw decoding trajectories.

    Attributes
    ----------
    curves
        ``(category, direction, time, component)``.
    explained_variance_ratio
        ``(component,)``.
    titles
        Human title of each category.
    heading
        One line over the picture, as the site's title.
    source
        The recording's folder, or empty where there is none.
    """

    curves: xr.DataArray
    explained_variance_ratio: npt.NDArray[np.float64]
    titles: tuple[str, ...]
    heading: str
    source: str = ""


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
        captions: Sequence[str],
        heading: str,
    ) -> None:
        """Show maps ``(time, channel, y, x)`` side by side below the movie, each with its caption.

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
            metadata={"montage": montage},
        )
        layer = self.find(Role.MAPS)
        if layer is not None:
            layer.contrast_limits = (float(low), float(max(high, low + 1e-6)))
        positions = [(0.0, top - 2.0 * CAPTION, width / 2)]
        for index in range(montage.n_maps):
            row, column = montage.corner(index)
            middle = column + montage.map_shape[1] / 2
            positions.append((0.0, top + scale * row - CAPTION / 2, scale * middle))
        self._put_text(Role.MAP_CAPTIONS, positions, [heading, *captions])

    # Decoding trajectories

    def show_trajectories(self, scene: TrajectoryScene) -> None:
        """Draw trajectories beside the movie: whole paths, tails, current states, axes, legend."""
        self._scene = scene
        self._flat = self._viewer.dims.ndisplay == 2
        self._draw_trajectories(scene)

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

    def _placement(self, curves: xr.DataArray) -> convert.Placement:
        height, width = self._movie_shape
        maps = self.find(Role.MAPS)
        bottom = height if maps is None else float(maps.extent.world[1][-2])
        size = 256.0
        centre = (0.0, max(bottom, size) / 2, width + MOVIE_TO_CUBE + size / 2)
        return convert.Placement.fit(curves, centre, size)

    def _draw_trajectories(self, scene: TrajectoryScene) -> None:
        placement = self._placement(scene.curves)
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
        self._draw_axes(scene, placement)

    def _draw_axes(self, scene: TrajectoryScene, placement: convert.Placement) -> None:
        lines, anchors, titles = convert.axes_to_lines(
            placement, scene.explained_variance_ratio.tolist(), flat=self._flat
        )
        self._put(
            Role.AXES,
            self._viewer.add_vectors,
            lines,
            **styles.AxisStyle().as_kwargs(),
            axis_labels=SPACE,
        )
        z, y, x = placement.centre
        above = (0.0 if self._flat else z, y - 0.85 * placement.size, x)
        self._put_text(Role.AXIS_TITLES, [*anchors, above], [*titles, scene.heading])

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
        if layer is not None and _keeps_its_colours(layer, data, kwargs):
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


def _keeps_its_colours(layer: Layer, data: Any, kwargs: dict[str, Any]) -> bool:
    # napari cannot change the number of coloured things and their colours in one step, and
    # draws in between.
    colours = kwargs.get("edge_color", kwargs.get("face_color"))
    if not isinstance(colours, np.ndarray):
        return True
    before = layer.features["category_index"]
    return len(layer.data) == len(data) and before.equals(kwargs["features"]["category_index"])


def _change(layer: Layer, data: Any, kwargs: dict[str, Any]) -> None:
    is_tracks = "color_by" in kwargs
    if is_tracks:
        layer.color_by = "track_id"  # the only feature that new data have at first
    layer.data = data
    for name in ("features", "scale", "translate", "metadata"):
        if name in kwargs:
            setattr(layer, name, kwargs[name])
    if is_tracks:
        layer.colormaps_dict = kwargs["colormaps_dict"]
        layer.color_by = kwargs["color_by"]
    # napari measures the extent of a hidden layer anew only when its place changes.
    layer.scale = layer.scale
