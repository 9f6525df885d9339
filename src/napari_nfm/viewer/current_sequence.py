"""The movie and its feature maps on screen, always those of the current selection."""

import weakref
from collections.abc import Hashable
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from psygnal import Signal

from napari_nfm.session import Session
from napari_nfm.stimuli import StimulusSet
from napari_nfm.viewer import map_tasks, tasks
from napari_nfm.viewer.layers import World
from napari_nfm.viewer.map_cache import MapCache
from napari_nfm.viewer.plans import RankedMaps
from napari_nfm.viewer.preferences import preferences
from napari_nfm.viewer.roles import Role
from napari_nfm.viewer.running import Jobs
from napari_nfm.viewer.scene import Scene
from napari_nfm.viewer.views import View, show_view

__all__ = ["CurrentSequence"]


class CurrentSequence:
    """Draws the movie and computes the maps of what is selected; jobs ``sequence`` and ``maps``.

    Parameters
    ----------
    viewer
        The napari viewer; not kept alive.
    session
        What is selected.
    world, scene
        Where and how it is drawn.
    jobs
        Who runs what takes long.
    """

    maps_shown = Signal()
    """Other feature maps are on screen."""

    def __init__(self, viewer: Any, session: Session, world: World, scene: Scene, jobs: Jobs):
        self._viewer: Any = weakref.proxy(viewer)
        self._session = session
        self._world = world
        self._scene = scene
        self._jobs = jobs
        self._cache = MapCache(preferences().map_memory * 10**6)
        self._drawn: tuple[Hashable, npt.NDArray[np.uint8]] | None = None
        # Not among the others, of which it may be the one that is dropped.
        self._reference: tuple[Hashable, RankedMaps] | None = None
        session.sequence_changed.connect(self._draw)
        session.events.twin_changed.connect(self._forget_maps)
        session.selection.events.site_changed.connect(self.compute_maps)
        session.selection.events.channels_changed.connect(self.compute_maps)
        session.selection.events.reference_changed.connect(self.compute_maps)

    def compute_maps(self) -> None:
        """Show the feature maps of the current site, computing them where they are not kept."""
        session = self._session
        twin, stimuli, sequence = session.twin, session.stimuli, session.sequence
        if twin is None or stimuli is None or sequence is None:
            return
        sequence_key = stimuli.sequence_key(*sequence)
        if self._drawn is None or self._drawn[0] != sequence_key:
            return  # frames on screen are of another sequence; maps follow when its own are there
        self._jobs.abandon("maps")
        site = tasks.sites_of(twin).get(session.selection.site or "")
        if site is None or not site.is_map:
            self._scene.hide_maps()
            return
        key: Hashable = (sequence_key, site.name)
        reference = session.selection.reference
        if reference is not None and not _has(stimuli, reference):
            reference = None
        reference_key = reference and (stimuli.sequence_key(*reference), site.name)
        shown_key = key if reference is None else (key, reference_key)
        shown, maps = self._cache.get(shown_key), self._cache.get(key)
        if shown is not None:
            self._show_maps(shown, minus=reference)
        elif maps is None:
            take = partial(self._take_maps, key)
            self._jobs.start("maps", take, map_tasks.maps_of, twin, self._drawn[1], site.name)
        elif self._reference is None or self._reference[0] != reference_key:
            self._jobs.start(
                "maps",
                partial(self._take_reference, reference_key),
                map_tasks.maps_of_sequence,
                twin,
                stimuli,
                reference,
                site.name,
            )
        else:
            take = partial(self._take_maps, shown_key)
            self._jobs.start("maps", take, map_tasks.difference_of, maps, self._reference[1])

    def _draw(self) -> None:
        sequence, stimuli = self._session.sequence, self._session.stimuli
        if sequence is not None:
            assert stimuli is not None
            self._jobs.start(
                "sequence",
                partial(self._show_movie, stimuli.sequence_key(*sequence)),
                map_tasks.draw_sequence,
                stimuli,
                *sequence,
            )

    def _forget_maps(self) -> None:
        self._jobs.abandon("maps")  # of the network that was there
        self._cache.clear()
        self._reference = None

    def _show_movie(self, key: Hashable, frames: npt.NDArray[np.uint8]) -> None:
        self._drawn = key, frames
        is_first = self._world.find(Role.MOVIE) is None
        self._scene.show_movie(frames)
        self._arrange(is_first)
        self.compute_maps()

    def _take_maps(self, key: Hashable, computed: RankedMaps) -> None:
        self._cache.put(key, computed)
        self.compute_maps()

    def _take_reference(self, key: Hashable, computed: RankedMaps) -> None:
        self._reference = key, computed
        self.compute_maps()

    def _show_maps(self, maps: RankedMaps, minus: tuple[str, float, int] | None = None) -> None:
        is_first = self._world.find(Role.MAPS) is None
        self._scene.show_maps(maps.maps, maps.ranked, minus=minus)
        self.maps_shown.emit()
        self._arrange(is_first)

    def _arrange(self, is_first: bool) -> None:
        """Look at what has appeared for the first time, unless trajectories are on screen."""
        if is_first and self._world.find(Role.TRACKS) is None:
            show_view(self._viewer, self._world, View.MOVIE_AND_MAPS)


def _has(stimuli: StimulusSet, sequence: tuple[str, float, int]) -> bool:
    category, direction, instance = sequence
    return (
        category in stimuli.categories
        and direction in stimuli.directions
        and instance < stimuli.n_instances
    )
