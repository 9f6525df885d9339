"""Feature maps of a stimulus that is not on screen, in the background; no Qt."""

from typing import TYPE_CHECKING

import numpy as np

from napari_nfm.jobs import Progress, ShouldStop, check_stop
from napari_nfm.viewer.plans import RankedMaps
from napari_nfm.viewer.tasks import maps_of, rank_channels

if TYPE_CHECKING:
    from napari_nfm.fnn import Twin
    from napari_nfm.stimuli import StimulusSet

__all__ = ["difference_of", "maps_of_sequence"]


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


def difference_of(maps: RankedMaps, reference: RankedMaps) -> RankedMaps:
    """Return maps minus those of a reference, frame by frame, ranked by how much they differ."""
    differences = maps.maps.astype(np.float32) - reference.maps
    return RankedMaps(differences.astype(np.float16), rank_channels(differences))
