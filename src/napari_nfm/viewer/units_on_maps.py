"""Units on the feature maps: marked where they are, and selected by a click on their pixel."""

import weakref
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from psygnal import Signal

from napari_nfm.session import Session
from napari_nfm.viewer import convert_manifold
from napari_nfm.viewer.layers import World
from napari_nfm.viewer.picking import where_ray_meets_plane
from napari_nfm.viewer.scenes import MapsShown
from napari_nfm.viewer.unit_facts import describe_units
from napari_nfm.viewer.unit_tasks import places_of

__all__ = ["UnitsOnMaps"]

FloatArray = npt.NDArray[np.float64]
MOST_CHANNELS = 12
"""Feature maps that a selection of units brings on screen."""


class UnitsOnMaps:
    """Marks units on the feature maps that are shown.

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
    """A sentence on what a click has chosen, or why nothing; napari's status shows it too."""

    def __init__(self, viewer: Any, session: Session, world: World) -> None:
        self._viewer: Any = weakref.proxy(viewer)
        self._session = session
        self._maps = world.movie_and_maps
        self._shows_all = False
        session.selection.events.units_changed.connect(self._follow_units)
        session.events.responses_changed.connect(self.mark)

    @property
    def shows_all(self) -> bool:
        """Whether all recorded units are marked, and the part of the maps that they are from."""
        return self._shows_all

    @shows_all.setter
    def shows_all(self, shown: bool) -> None:
        self._shows_all = shown
        self.mark()

    def mark(self) -> None:
        """Mark units on the maps that are shown now."""
        self._mark_selected()
        self._mark_all()

    def click(self, position: FloatArray, direction: FloatArray, *, add: bool) -> bool:
        """Select the unit at a pixel; return whether a map was hit at all."""
        pointed = self._maps.map_pixel(where_ray_meets_plane(position, direction))
        if pointed is None:
            return False
        channel, y, x = pointed
        sampled = self._sampled()
        place = f"Channel {channel}, row {y}, column {x}"
        if sampled is None:
            self._say(f"{place}: nothing of this site is sampled yet; record it first.")
            return True
        in_channel = sampled[sampled["channel"] == channel]
        if in_channel.empty:
            self._say(f"{place}: no unit of this channel is among the sampled ones.")
            return True
        away = np.hypot(in_channel["y"].to_numpy() - y, in_channel["x"].to_numpy() - x)
        nearest = in_channel.iloc[away.argmin()]
        if away.min() > 0:
            self._say(
                f"{place}: no sampled unit sits here; the nearest of this channel is at row "
                f"{nearest['y']}, column {nearest['x']}."
            )
            return True
        selection = self._session.selection
        selection.choose_units([int(str(nearest.name))], add=add)
        self._say(describe_units(self._session, selection.units))
        return True

    def _sampled(self) -> pd.DataFrame | None:
        """Return where the current site's units are on its maps, or None where it is not known."""
        places = places_of(self._session.responses.get(self._session.selection.site or ""))
        return None if places is None else pd.DataFrame(places, columns=["channel", "y", "x"])

    def _shown(self) -> MapsShown | None:
        """Return the maps on screen, where they are of the current site."""
        maps = self._maps.maps_shown
        return maps if maps is not None and maps.site == self._session.selection.site else None

    def _follow_units(self) -> None:
        units = np.array(self._session.selection.units, dtype=int)
        if not self._mark_selected() and len(units):
            self._bring_channels(units)

    def _mark_selected(self) -> bool:
        """Mark the selected units; return whether any is on the maps, or none could be."""
        maps, sampled = self._shown(), self._sampled()
        if maps is None or sampled is None:
            self._maps.mark_units(np.empty((0, 2)), np.empty(0, dtype=int))
            return True
        units = np.array(self._session.selection.units, dtype=int)
        rows, pixels = convert_manifold.units_on_maps(
            sampled.iloc[units], maps.channels, maps.montage
        )
        self._maps.mark_units(pixels, units[rows])
        return bool(len(rows))

    def _mark_all(self) -> None:
        """Mark every recorded unit with a dot, and outline the part that was recorded."""
        maps, sampled = self._shown(), self._sampled()
        if maps is None or sampled is None or not self._shows_all:
            self._maps.mark_all_units(np.empty((0, 2)), np.empty(0, dtype=int))
            self._maps.outline_part(None)
            return
        rows, pixels = convert_manifold.units_on_maps(sampled, maps.channels, maps.montage)
        self._maps.mark_all_units(pixels, rows)
        self._maps.outline_part(self._recorded_part())

    def _recorded_part(self) -> tuple[tuple[int, int], tuple[int, int]] | None:
        """Return rows and columns that were recorded, or None where it is all or unknown."""
        recording, site = self._session.recording, self._session.selection.site
        if recording is None or site not in recording.sites:
            return None
        recorded = recording.site(site)
        whole = ((0, recorded.full_shape[1]), (0, recorded.full_shape[2]))
        part = (recorded.rows, recorded.columns)
        return None if part == whole else part

    def _bring_channels(self, units: npt.NDArray[np.intp]) -> None:
        """Show the feature maps on which most of these units are."""
        sampled = self._sampled()
        if sampled is not None:
            most = sampled["channel"].iloc[units].value_counts().index[:MOST_CHANNELS]
            self._session.selection.channels = tuple(sorted(int(channel) for channel in most))

    def _say(self, sentence: str) -> None:
        self._viewer.status = sentence
        self.said.emit(sentence)
