"""Sampling units from a recording."""

from dataclasses import replace
from typing import Literal

import numpy as np
import xarray as xr

from napari_nfm.recording.errors import SamplingError
from napari_nfm.recording.layout import open_array, read_values
from napari_nfm.recording.recorded_site import RecordedSite
from napari_nfm.recording.recording import Recording
from napari_nfm.recording.sampling import Sampling, draw_units
from napari_nfm.recording.statistics import normalise_frames

__all__ = ["sample_units"]


def sample_units(
    recording: Recording,
    site: str,
    *,
    maps: int = 40,
    units_per_map: int = 50,
    by: Literal["activity", "uniform"] = "activity",
    seed: int = 1,
) -> xr.DataArray:
    """Sample units from a site and return their time courses.

    Units are drawn as `Sampling` says; one recorded with ``like_study=True`` is sampled like the
    study too. A recording that keeps units has the units it was recorded with and no others; one
    that keeps maps can be sampled at will.

    Parameters
    ----------
    recording
        A finished recording.
    site
        Name of a recorded site.
    maps, units_per_map, by, seed
        As in `Sampling`.

    Returns
    -------
    DataArray
        ``(unit, category, direction, time)`` float32, rectified, with the coordinates ``site``,
        ``channel``, ``y`` and ``x`` of every unit.

    Raises
    ------
    SamplingError
        The recording kept units that were sampled otherwise, or nothing responds at the site.
    IncompleteRecordingError
        The recording was interrupted.
    RecordingArgumentError
        The site was not recorded.
    StoreError
        The recording is damaged.
    """
    wanted = replace(recording.sampling, maps=maps, units_per_map=units_per_map, by=by, seed=seed)
    chosen = recording.site(site)
    recording.check_complete()
    if recording.keep == "maps":
        responses = _from_maps(recording, chosen, wanted)
    elif recording.sampling == wanted:
        responses = recording[site]
    else:
        raise SamplingError(
            f"The recording {recording.path} kept the units of {_say(recording.sampling)}, not "
            f"those of {_say(wanted)}",
            "ask for the former, or record again with that sampling or with keep='maps'",
        )
    if responses.sizes["unit"] == 0:
        raise SamplingError(
            f"No unit of {site} in {recording.path} responds to {recording.description.stimulus}",
            "record another site or other stimuli",
        )
    return responses


def _from_maps(recording: Recording, site: RecordedSite, sampling: Sampling) -> xr.DataArray:
    peaks = read_values(open_array(recording.path, site.name, "peak_response"))
    units = draw_units(peaks.reshape(len(peaks), -1), sampling, single=site.has_single_map)
    activity = open_array(recording.path, site.name, "activity")
    channels, rows = np.unique(units[:, 0], return_inverse=True)
    shape = (*activity.shape[:2], len(units), activity.shape[2])
    courses = np.empty(shape, dtype=np.float32)
    for category, direction in np.ndindex(*activity.shape[:2]):
        if len(units) == 0:
            break
        found = np.asarray(activity.oindex[category, direction, :, channels])
        maps = found.reshape(activity.shape[2], len(channels), -1)
        # Adding zero turns -0 into 0, as rectification before the conversion does.
        courses[category, direction] = np.maximum(maps[:, rows, units[:, 1]].T, 0) + 0.0
    values = courses.transpose(2, 0, 1, 3)
    if sampling.like_study:
        maxima = read_values(open_array(recording.path, site.name, "frame_maximum"))
        values = normalise_frames(values, maxima)
    return recording.responses(site, values, site.coordinates(units), sampling)


def _say(sampling: Sampling) -> str:
    return (
        f"maps={sampling.maps}, units_per_map={sampling.units_per_map}, by={sampling.by!r}, "
        f"seed={sampling.seed}"
    )
