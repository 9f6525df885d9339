"""Our layers in one viewer, each found by its role: put, find, remove."""

import weakref
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from napari.layers import Layer, Points, Surface

from napari_nfm.viewer import styles
from napari_nfm.viewer.roles import TEXT_ROLES, Role

__all__ = ["ROLE", "SOURCE", "SPACE", "TIME_AND_SPACE", "LayerStore"]

ROLE = "napari_nfm_role"
"""Metadata key: written here, read here and by ``writers``."""

SOURCE = "napari_nfm_source"
"""Metadata key: the recording's folder; written by what draws results, read by ``writers``."""

SPACE = ("z", "y", "x")
TIME_AND_SPACE = ("time", *SPACE)
TEXT_COLOUR = {False: "#d8d8d8", True: "#202020"}
"""By whether the theme is light."""


class LayerStore:
    """Layers of ours by their role, of which each has at most one.

    Parameters
    ----------
    viewer
        The napari viewer, or its model; not kept alive.
    """

    def __init__(self, viewer: Any) -> None:
        self._viewer = weakref.proxy(viewer)
        self._text_size = 9
        self.text_colour = TEXT_COLOUR[viewer.theme == "light"]

    @property
    def is_flat(self) -> bool:
        """Whether two dimensions are on screen.

        Then what has depth is drawn flat, so that there is no slider through z, along which the
        planes would vanish.
        """
        return bool(self._viewer.dims.ndisplay == 2)

    @property
    def view_direction(self) -> npt.NDArray[np.float64]:
        """Where the camera looks to, ``(z, y, x)``."""
        return np.array(self._viewer.scene.camera.view_direction, dtype=float)

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

    def activate(self, role: Role) -> None:
        """Make our layer of this `role` the one whose values the status bar tells."""
        self._viewer.layers.selection.active = self.find(role)

    def place_of(self, layer: Layer) -> int:
        """Return where a layer is in the list, from 0 for the lowest."""
        return int(self._viewer.layers.index(layer))

    def raise_to_top(self, layer: Layer) -> None:
        """Draw a layer over all others."""
        self._viewer.layers.move(self.place_of(layer), len(self._viewer.layers))

    @property
    def text_size(self) -> int:
        """Size of all captions and titles, in points."""
        return self._text_size

    def clear(self, role: Role) -> None:
        """Take all points out of the layer of `role`, where there is one.

        Adding a layer takes ten times as long as giving points to one that is there.
        """
        layer = self.find(role)
        if layer is None or not len(layer.data):
            return
        if not layer.visible and not isinstance(layer, Points):
            self._viewer.layers.remove(layer)
        else:
            _set_data(layer, layer.data[:0])

    def put(
        self, role: Role, kind: type[Layer], data: Any, *, is_part: bool = False, **kwargs: Any
    ) -> Layer:
        """Give the layer of `role` new data, or add one of this `kind` where there is none.

        A layer that is there keeps what a person may have changed: name, visibility, opacity,
        place in the list.

        Parameters
        ----------
        role, kind, data, kwargs
            What the layer is for, its class, and what that is made with.
        is_part
            Whether these are some of the points of another layer of ours. Then neither the
            world's extent nor another view depends on them, and napari is told once for all.
        """
        kwargs["metadata"] = {ROLE: role.value, **kwargs.get("metadata", {})}
        layer = self.find(role)
        if layer is not None and _can_change(layer, data, kwargs):
            if is_part:
                with layer.events.blocker_all():
                    _change(layer, data, kwargs)
                layer.refresh()
            else:
                _change(layer, data, kwargs)
                # napari measures the extent of a hidden layer anew only when its place changes.
                layer.scale = layer.scale
            return layer
        layers = self._viewer.layers
        selected, place = set(layers.selection), None
        if layer is not None:
            kwargs["name"], kwargs["visible"] = layer.name, layer.visible
            place = layers.index(layer)
            selected.discard(layer)
            layers.remove(layer)
        added = kind(data, **kwargs)
        self._viewer.add_layer(added)
        if place is not None:
            layers.move(len(layers) - 1, place)
        if selected:
            layers.selection = selected
        return added

    def put_text(
        self, role: Role, positions: Sequence[Sequence[float]], texts: Sequence[str]
    ) -> None:
        """Write each of `texts` around its position ``(z, y, x)``."""
        self.put(
            role,
            Points,
            np.array(positions, dtype=float),
            **styles.CaptionStyle(name=role.value.capitalize()).as_kwargs(),
            features=pd.DataFrame({"text": list(texts)}),
            # In three dimensions napari centres all text, so it is centred in two as well.
            text={
                "string": "{text}",
                "size": self._text_size,
                "color": self.text_colour,
                "anchor": "center",
            },
            axis_labels=SPACE,
        )

    def set_text_size(self, points: int) -> None:
        """Write all captions and titles in this size."""
        self._text_size = points
        for layer in map(self.find, TEXT_ROLES):
            if layer is not None:
                layer.text.size = points

    def follow_theme(self) -> None:
        """Write all captions and titles in a colour that is read on the theme's background."""
        self.text_colour = TEXT_COLOUR[self._viewer.theme == "light"]
        for layer in map(self.find, TEXT_ROLES):
            if layer is not None:
                layer.text.color = self.text_colour


def _can_change(layer: Layer, data: Any, kwargs: dict[str, Any]) -> bool:
    # What napari has sliced of a hidden layer stays behind when its number of things changes;
    # of points it can be sliced anew, see `_set_data`.
    if not layer.visible and len(layer.data) != len(data) and not isinstance(layer, Points):
        return False
    # Of a surface, corners and their colours cannot change in one step either.
    if isinstance(layer, Surface):
        return len(layer.data[0]) == len(data[0])
    # It cannot change the number of vectors and their colours in one step, nor their colours
    # while dimensions change, and draws in between.
    if not isinstance(kwargs.get("edge_color"), np.ndarray):
        return True
    return bool(layer.features.equals(kwargs["features"]))


def _set_data(layer: Layer, data: Any) -> None:
    """Give a layer new data, hidden points as well.

    To take the layer away and add another takes a second beside a large network: napari collects
    garbage among all that is loaded whenever a layer goes.
    """
    if isinstance(layer, Points) and not layer.visible:
        with layer.events.blocker_all():
            layer.data = data
            layer.set_view_slice()
    layer.data = data


def _change(layer: Layer, data: Any, kwargs: dict[str, Any]) -> None:
    is_tracks = "color_by" in kwargs
    if is_tracks:
        layer.color_by = "track_id"  # the only feature that new data have at first
    if isinstance(kwargs.get("vertex_colors"), np.ndarray):
        with layer.events.blocker_all():  # drawn with the data
            layer.vertex_colors = kwargs["vertex_colors"]
    _set_data(layer, data)
    for name in ("features", "scale", "translate", "metadata"):
        if name in kwargs:
            setattr(layer, name, kwargs[name])
    for name in ("face_color", "symbol"):
        if isinstance(kwargs.get(name), np.ndarray):
            setattr(layer, name, kwargs[name])
    if is_tracks:
        layer.colormaps_dict = kwargs["colormaps_dict"]
        layer.color_by = kwargs["color_by"]
