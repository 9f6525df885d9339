"""How much disk and memory the parts of a recording take, in bytes."""

import math

from napari_nfm.fnn.site import sites as sites_of
from napari_nfm.fnn.twin import Twin
from napari_nfm.recording.averaging import FRAMES_PER_CALL
from napari_nfm.recording.plan import Plan
from napari_nfm.recording.recorded_site import RecordedSite

__all__ = [
    "activity_bytes",
    "maps_bytes",
    "means_bytes",
    "memory_bytes",
    "places_bytes",
    "statistics_bytes",
    "units_bytes",
]

WORKING_COPIES = 8
"""How many times the activity of all sites the network holds while it computes some frames."""


def _units(plan: Plan, site: RecordedSite) -> int:
    sampling = plan.description.sampling
    channels, height, width = site.shape
    if site.has_single_map:
        return min(sampling.maps * sampling.units_per_map, height * width)
    return min(sampling.maps, channels) * min(sampling.units_per_map, height * width)


def units_bytes(plan: Plan, conditions: int) -> int:
    """Time courses of the sampled units in so many conditions."""
    units = sum(_units(plan, site) for site in plan.description.sites)
    return units * conditions * plan.description.n_frames * plan.itemsize


def places_bytes(plan: Plan) -> int:
    """Channel, y and x of the units."""
    return 3 * 4 * sum(_units(plan, site) for site in plan.description.sites)


def maps_bytes(plan: Plan) -> int:
    """Mean maps of all conditions in a temporary store."""
    per_frame = sum(
        site.averaged_values * (4 if site.interpolated else plan.itemsize)
        for site in plan.description.sites
    )
    return per_frame * len(plan.conditions) * plan.description.n_frames


def statistics_bytes(plan: Plan) -> int:
    """Peak responses, and the largest value of every frame."""
    frames = len(plan.conditions) * plan.description.n_frames
    return 4 * sum(site.values + frames for site in plan.description.sites)


def means_bytes(plan: Plan) -> int:
    """Memory of the running means of one condition, and of its activity until it is written."""
    sites, itemsize = plan.description.sites, plan.itemsize
    running = 4 * FRAMES_PER_CALL * sum(site.averaged_values for site in sites)
    if plan.description.keep == "maps":
        # What is written next to each other is put in order, site by site.
        waiting = sum(site.values for site in sites) + max(site.values for site in sites)
        return running + plan.block * itemsize * waiting
    waiting = sum(site.averaged_values * (4 if site.interpolated else itemsize) for site in sites)
    return running + plan.block * waiting


def activity_bytes(twin: Twin) -> int:
    """Memory of the network while it computes some frames of one sequence."""
    per_frame = sum(math.prod(site.shape) for site in sites_of(twin).values() if site.is_map)
    return 4 * WORKING_COPIES * FRAMES_PER_CALL * per_frame


def memory_bytes(plan: Plan, twin: Twin, batch_size: int, players: int) -> int:
    """Memory of a recording with so many sequences in lockstep, by so many players at once."""
    sites = plan.description.sites
    weights = sum(4 * parameter.numel() for parameter in twin.network.parameters())
    frame = sum(3 * 4 * site.values for site in sites if site.interpolated)
    conditions = min(batch_size, len(plan.conditions))
    batch = batch_size * activity_bytes(twin) + conditions * means_bytes(plan)
    return weights + players * (batch + frame)
