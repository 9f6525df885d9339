"""The movie and its feature maps, in the background; no Qt."""

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from napari_nfm.jobs import Progress, ShouldStop, check_stop, report
from napari_nfm.viewer.plans import RankedMaps

if TYPE_CHECKING:
    from napari_nfm.fnn import Twin
    from napari_nfm.stimuli import StimulusSet

__all__ = ["difference_of", "draw_sequence", "maps_of", "maps_of_sequence", "rank_channels"]


def draw_sequence(
    stimuli: "StimulusSet",
    category: str,
    direction: float,
    instance: int,
    *,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> npt.NDArray[np.uint8]:
    """Return the frames ``(time, y, x)`` of one sequence."""
    report(progress, 0, 0, "Drawing the stimulus")
    check_stop(should_stop)
    return stimuli.frames(category, direction, instance)


def maps_of(
    twin: "Twin",
    frames: npt.NDArray[np.uint8],
    site: str,
    *,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> RankedMaps:
    """Return all feature maps of `site` while `frames` ``(time, y, x)`` play."""
    from napari_nfm.recording import feature_maps

    maps = feature_maps(twin, frames, site, progress=progress, should_stop=should_stop)
    return RankedMaps(maps.astype(np.float16), rank_channels(maps))


def maps_of_sequence(
    twin: "Twin",
    stimuli: "StimulusSet",
    sequence: tuple[str, float, int],
    site: str,
    *,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> RankedMaps:
    """Return all feature maps of `site` while one sequence of `stimuli` plays."""
    check_stop(should_stop)
    frames = stimuli.frames(*sequence)
    return maps_of(twin, frames, site, progress=progress, should_stop=should_stop)


def difference_of(
    maps: RankedMaps,
    reference: RankedMaps,
    *,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> RankedMaps:
    """Return maps minus those of a reference, frame by frame, ranked by how much they differ."""
    report(progress, 0, 0, "Subtracting the maps")
    check_stop(should_stop)
    differences = maps.maps.astype(np.float32) - reference.maps
    return RankedMaps(differences.astype(np.float16), rank_channels(differences))


def rank_channels(maps: npt.NDArray[Any]) -> npt.NDArray[np.intp]:
    """Return the channels of ``(time, channel, y, x)``, the one that varies most first.

    Variation is the standard deviation over frames and positions.
    """
    variation = maps.std(axis=(0, 2, 3), dtype=np.float32)
    return np.argsort(-variation, kind="stable")
