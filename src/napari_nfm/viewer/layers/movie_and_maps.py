"""The stimulus movie and the feature maps below it, as planes at ``z = 0``."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from napari.layers import Image, Points, Vectors

from napari_nfm.viewer import convert_manifold, convert_maps, styles
from napari_nfm.viewer.layers.store import SPACE, TIME_AND_SPACE, LayerStore
from napari_nfm.viewer.roles import Role
from napari_nfm.viewer.scenes import MapsShown

__all__ = ["MovieAndMaps"]

MAPS_SHOWN = "napari_nfm_maps"
"""Metadata key: the `MapsShown` of the feature maps; written and read here."""

CAPTION = 13.0
"""World height that a line of text takes in a window of usual size."""
MOVIE_TO_MAPS = 3.4 * CAPTION


class MovieAndMaps:
    """Draws the movie, feature maps side by side, and units on them.

    Parameters
    ----------
    store
        Our layers.
    """

    def __init__(self, store: LayerStore) -> None:
        self._store = store
        self._movie_shape = (144, 256)

    def show_movie(self, frames: npt.NDArray[np.uint8], caption: str) -> None:
        """Show the movie ``(time, y, x)`` with lines of text above."""
        self._movie_shape = (frames.shape[1], frames.shape[2])
        self._store.put(
            Role.MOVIE,
            Image,
            convert_maps.movie_to_plane(frames),
            **styles.MovieStyle().as_kwargs(),
            axis_labels=TIME_AND_SPACE,
        )
        n_lines = caption.count("\n") + 1
        middle = (0.0, -n_lines * 0.8 * CAPTION, frames.shape[2] / 2)
        self._store.put_text(Role.MOVIE_CAPTION, [middle], [caption])

    def show_maps(
        self,
        maps: npt.NDArray[np.float32],
        site: str,
        channels: Sequence[int],
        heading: str,
        *,
        is_difference: bool = False,
    ) -> None:
        """Show maps ``(time, channel, y, x)`` side by side below the movie, with their channels.

        Colours are the same for all maps and all frames: from the 0.5th to the 99.5th percentile
        of what is shown, and as far below zero as above where they are differences.
        """
        height, width = self._movie_shape
        montage = convert_maps.Montage.arrange(
            maps.shape[1], maps.shape[2:], caption_height=CAPTION / width
        )
        scale = width / montage.shape[1]
        top = height + MOVIE_TO_MAPS
        low, high = np.percentile(maps, [0.5, 99.5])
        if is_difference:
            high = max(abs(low), abs(high))
            low = -high
        colours = styles.MapsStyle.colours(is_difference=is_difference)
        before = self.maps_shown
        layer = self._store.put(
            Role.MAPS,
            Image,
            convert_maps.maps_to_montage(maps, montage),
            **{**styles.MapsStyle().as_kwargs(), "colormap": colours},
            # The first pixel's centre, so that the edges of movie and maps are in line.
            translate=(0.0, 0.0, top + scale / 2, scale / 2 - 0.5),
            scale=(1.0, 1.0, scale, scale),
            axis_labels=TIME_AND_SPACE,
            metadata={MAPS_SHOWN: MapsShown(site, tuple(channels), montage, is_difference)},
        )
        if is_difference != (before is not None and before.is_difference):
            layer.colormap = colours
        layer.contrast_limits = (float(low), float(max(high, low + 1e-6)))
        positions = [(0.0, top - 2.0 * CAPTION, width / 2)]
        for index in range(montage.n_maps):
            row, column = montage.corner(index)
            middle = column + montage.map_shape[1] / 2
            positions.append((0.0, top + scale * row - CAPTION / 2, scale * middle))
        self._store.put_text(Role.MAP_CAPTIONS, positions, [heading, *map(str, channels)])

    @property
    def maps_shown(self) -> MapsShown | None:
        """Which feature maps are drawn, or None."""
        layer = self._store.find(Role.MAPS)
        return None if layer is None else layer.metadata[MAPS_SHOWN]

    @property
    def corner(self) -> tuple[float, float]:
        """Where movie and maps end in the world: the bottom along y, the right side along x."""
        height, width = self._movie_shape
        maps = self._store.find(Role.MAPS)
        return (height if maps is None else float(maps.extent.world[1][-2])), width

    def map_pixel(self, place: tuple[float, float] | None) -> tuple[int, int, int] | None:
        """Return channel, y and x of the feature map that is seen at ``(y, x)`` in the world."""
        layer = self._store.find(Role.MAPS)
        if layer is None or not layer.visible or place is None:
            return None
        shown = layer.metadata[MAPS_SHOWN]
        pixel = (np.array(place) - layer.translate[-2:]) / layer.scale[-2:]
        return convert_manifold.map_position(
            (float(pixel[0]), float(pixel[1])), shown.channels, shown.montage
        )

    def mark_units(self, pixels: npt.NDArray[np.float64], units: npt.NDArray[np.intp]) -> None:
        """Mark units on the feature maps, at ``(row, column)`` in the montage's pixels."""
        self._put_units(Role.UNIT_MARKERS, styles.UnitMarkerStyle, pixels, units)

    def mark_all_units(self, pixels: npt.NDArray[np.float64], units: npt.NDArray[np.intp]) -> None:
        """Draw a dot for each of these units, at ``(row, column)`` in the montage's pixels."""
        self._put_units(Role.SAMPLED_UNITS, styles.SampledUnitStyle, pixels, units)

    def _put_units(
        self,
        role: Role,
        style: type[styles.UnitMarkerStyle] | type[styles.SampledUnitStyle],
        pixels: npt.NDArray[np.float64],
        units: npt.NDArray[np.intp],
    ) -> None:
        """Draw units as points on the feature maps, where there are both."""
        maps = self._store.find(Role.MAPS)
        if maps is None or not len(units):
            self._store.remove(role)
            return
        places = np.pad(pixels * maps.scale[-2:] + maps.translate[-2:], ((0, 0), (1, 0)))
        self._store.put(
            role,
            Points,
            places,
            **style.for_pixels(float(maps.scale[-1])).as_kwargs(),
            features=pd.DataFrame({"unit": units}),
            visible=maps.visible,
            axis_labels=SPACE,
        )

    def outline_part(self, part: tuple[tuple[int, int], tuple[int, int]] | None) -> None:
        """Outline rows and columns, first and one after the last, on each map; None for none."""
        maps = self._store.find(Role.MAPS)
        if maps is None or part is None:
            self._store.remove(Role.RECORDED_PART)
            return
        montage = maps.metadata[MAPS_SHOWN].montage
        corners = np.array([montage.corner(index) for index in range(montage.n_maps)], dtype=float)
        self._store.put(
            Role.RECORDED_PART,
            Vectors,
            convert_maps.boxes_to_vectors(corners, part, maps.scale[-2:], maps.translate[-2:]),
            **styles.RecordedPartStyle().as_kwargs(),
            visible=maps.visible,
            axis_labels=SPACE,
        )
