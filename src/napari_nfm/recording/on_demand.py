"""Feature maps of one sequence, for the screen."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from napari_nfm.fnn.site import sites
from napari_nfm.fnn.twin import Twin
from napari_nfm.jobs import Progress, ShouldStop, check_stop, report
from napari_nfm.recording.recorded_site import choose_sites

__all__ = ["feature_maps"]


def feature_maps(
    twin: Twin,
    frames: NDArray[np.uint8],
    site: str,
    *,
    channels: Sequence[int] | None = None,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> NDArray[np.float32]:
    """Play one sequence and return the activity of a site as it is, uncropped.

    Parameters
    ----------
    twin
        The network.
    frames
        ``(time, y, x)`` uint8.
    site
        Name of the site.
    channels
        Which channels; all where none are given.
    progress
        Told of the frames played.
    should_stop
        Asked every few frames.

    Returns
    -------
    ndarray
        ``(time, channel, y, x)`` float32.

    Raises
    ------
    Cancelled
        When `should_stop` says so.
    UnknownSiteError
        The network has no such site.
    RecordingArgumentError
        The site has no such channel.
    StimulusInputError
        The frames have another type or shape.
    """
    available = sites(twin)
    (chosen,) = choose_sites(available, [site], channels=channels, crop=0)
    rows = list(chosen.channels)
    maps = np.empty((len(frames), len(rows), *available[site].shape[1:]), dtype=np.float32)
    for capture in twin.network.capture(frames, (site,)):
        check_stop(should_stop)
        activity = capture.activity[site][:, 0, rows]
        stop = capture.start + len(activity)
        maps[capture.start : stop] = activity.cpu().numpy()
        report(progress, stop, len(frames), chosen.title)
    return maps
