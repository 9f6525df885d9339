"""What a recording will cost in disk, memory and time, before it begins."""

import math
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from napari_nfm.fnn.site import sites as sites_of
from napari_nfm.fnn.twin import Twin
from napari_nfm.recording.averaging import FRAMES_PER_CALL
from napari_nfm.recording.description import Keep, Precision
from napari_nfm.recording.device_memory import free_memory
from napari_nfm.recording.errors import OutOfMemoryError, RecordingArgumentError, StorageError
from napari_nfm.recording.plan import Plan, make_plan
from napari_nfm.recording.recorded_site import RecordedSite
from napari_nfm.recording.sampling import DEFAULT_SAMPLING, Sampling
from napari_nfm.recording.unfinished import Strategy
from napari_nfm.stimuli import StimulusSet

__all__ = ["Estimate", "check_space", "choose_batch_size", "duration", "estimate", "estimate_plan"]

DISK_BYTES_PER_SECOND = 3e8
"""What a disk at least writes and reads again."""

SECONDS_PER_VALUE = 2e-9
"""Time of averaging, statistics and conversion of one value on one core."""

WORKING_COPIES = 6
"""How many times the activity of all sites the network holds while it computes some frames."""


@dataclass(frozen=True)
class Estimate:
    """What a recording will cost.

    Parameters
    ----------
    disk_bytes
        Size of the finished store.
    temporary_bytes
        Size of what is deleted at the end.
    memory_bytes
        Memory that the recording takes on top of what the process has.
    seconds
        Time on this machine.
    strategy
        How the time courses of sampled units are had, ``"temporary store"`` or
        ``"second pass"``; None where maps are kept.
    frames
        Frames that the network will see.
    free_bytes
        Free space on the disk of the store; None where no store was named.
    """

    disk_bytes: int
    temporary_bytes: int
    memory_bytes: int
    seconds: float
    strategy: Strategy | None
    frames: int
    free_bytes: int | None = None

    def __str__(self) -> str:
        temporary = (
            f" (and {_size(self.temporary_bytes)} until it is done)" if self.temporary_bytes else ""
        )
        free = "" if self.free_bytes is None else f", of which {_size(self.free_bytes)} are free"
        passes = ", in two passes" if self.strategy == "second pass" else ""
        return (
            f"The recording will take about {duration(self.seconds)} ({self.frames:,} frames"
            f"{passes}), {_size(self.memory_bytes)} of memory, and {_size(self.disk_bytes)} of "
            f"disk{temporary}{free}."
        )


def estimate(
    twin: Twin,
    stimuli: StimulusSet,
    sites: Sequence[str],
    *,
    store: str | Path | None = None,
    keep: Keep = "units",
    sampling: Sampling = DEFAULT_SAMPLING,
    dtype: Precision = "float16",
    channels: Sequence[int] | Mapping[str, Sequence[int]] | None = None,
    crop: float | None = None,
    like_study: bool = False,
) -> Estimate:
    """Say what `record` with the same arguments will cost.

    Plays a few frames to learn how quick the network is here.

    Parameters
    ----------
    twin, stimuli, sites, keep, sampling, dtype, channels, crop, like_study
        As in `record`.
    store
        Where the recording would go, for the free space there.

    Returns
    -------
    Estimate
        Its text is one sentence.

    Raises
    ------
    RecordingArgumentError
        An argument is out of range.
    UnknownSiteError
        The network has no such site.
    """
    plan = make_plan(
        twin,
        stimuli,
        sites,
        keep=keep,
        sampling=sampling,
        dtype=dtype,
        channels=channels,
        crop=crop,
        like_study=like_study,
    )
    return estimate_plan(plan, twin, stimuli, None if store is None else Path(store))


def estimate_plan(
    plan: Plan,
    twin: Twin,
    stimuli: StimulusSet,
    store: Path | None,
    strategy: Strategy | None = None,
) -> Estimate:
    """Say what a plan will cost, with the cheaper strategy that fits if none is given."""
    description = plan.description
    network_seconds = plan.frames_played * _seconds_per_frame(plan, twin, stimuli)
    frames_kept = len(plan.conditions) * description.n_frames
    values = sum(site.values for site in description.sites) * frames_kept
    seconds = network_seconds + values * SECONDS_PER_VALUE
    frames = plan.frames_played
    free = None if store is None else _free_disk(store)
    pairs = len(description.categories) * len(description.directions)
    temporary = _statistics_bytes(plan)
    if description.keep == "maps":
        per_frame = sum(site.values for site in description.sites) * plan.itemsize
        disk = per_frame * pairs * description.n_frames
        seconds += disk / DISK_BYTES_PER_SECOND
    else:
        disk, maps = _units_bytes(plan, pairs) + _places_bytes(plan), _maps_bytes(plan)
        maps_seconds = maps / DISK_BYTES_PER_SECOND
        if strategy is None:
            fits = free is None or disk + maps + temporary <= free
            cheap = maps_seconds <= network_seconds
            strategy = "temporary store" if fits and cheap else "second pass"
        if strategy == "temporary store":
            temporary += maps
            seconds += maps_seconds
        else:
            temporary += _units_bytes(plan, len(plan.conditions))
            seconds += network_seconds
            frames *= 2
    return Estimate(disk, temporary, _memory_bytes(plan, twin), seconds, strategy, frames, free)


def check_space(cost: Estimate, twin: Twin, store: Path, already: int = 0) -> None:
    """Compare an estimate with the free disk and memory.

    Parameters
    ----------
    cost
        The estimate.
    twin
        The twin, for its device.
    store
        Where the recording goes.
    already
        Bytes of it that are on disk.

    Raises
    ------
    StorageError
        The disk is too small.
    OutOfMemoryError
        The memory is too small.
    """
    needed = cost.disk_bytes + cost.temporary_bytes - already
    free = _free_disk(store)
    if needed > free:
        raise StorageError(
            f"The recording needs {_size(needed)} on the disk of {store}, where "
            f"{_size(free)} are free",
            "free some space, choose another disk, or record fewer sites, channels or stimuli",
        )
    available = free_memory(twin.device)
    if cost.memory_bytes > available:
        raise OutOfMemoryError(
            f"The recording needs about {_size(cost.memory_bytes)} of memory on the device "
            f"{twin.device}, where {_size(available)} are free",
            "close other programs, or record fewer sites at a time",
        )


def choose_batch_size(plan: Plan, twin: Twin, batch_size: int | str) -> int:
    """Decide how many sequences are played in lockstep.

    On a CPU larger batches are not quicker, so it is one; on an accelerator as many as half of
    its free memory holds.

    Raises
    ------
    RecordingArgumentError
        `batch_size` is neither "auto" nor a positive integer.
    """
    if isinstance(batch_size, int) and batch_size >= 1:
        return batch_size
    if batch_size != "auto":
        raise RecordingArgumentError(
            f"The recording got batch_size={batch_size!r}",
            "give a number of sequences of at least 1, or 'auto'",
        )
    if twin.device.type == "cpu":
        return 1
    per_sequence = _means_bytes(plan) + _activity_bytes(twin)
    most = sum(len(condition.sequences) for condition in plan.conditions)
    return max(1, min(most, free_memory(twin.device) // 2 // per_sequence))


def _seconds_per_frame(plan: Plan, twin: Twin, stimuli: StimulusSet) -> float:
    """Play a few frames; the first of them warm the network up where there are enough."""
    sequence = plan.conditions[0].sequences[0]
    frames = stimuli.frames(sequence.category, sequence.direction, sequence.instance)
    sources = tuple(dict.fromkeys(site.source for site in plan.description.sites))
    times, counts = [time.perf_counter()], []
    for capture in twin.network.capture(
        frames[: 3 * FRAMES_PER_CALL], sources, frames_per_call=FRAMES_PER_CALL
    ):
        # Reading a value waits for an accelerator to finish.
        float(capture.activity[sources[-1]].flatten()[-1])
        times.append(time.perf_counter())
        counts.append(len(capture.activity[sources[0]]))
    first = 1 if len(counts) > 1 else 0
    return (times[-1] - times[first]) / sum(counts[first:])


def _units(plan: Plan, site: RecordedSite) -> int:
    sampling = plan.description.sampling
    channels, height, width = site.shape
    if site.has_single_map:
        return min(sampling.maps * sampling.units_per_map, height * width)
    return min(sampling.maps, channels) * min(sampling.units_per_map, height * width)


def _units_bytes(plan: Plan, conditions: int) -> int:
    units = sum(_units(plan, site) for site in plan.description.sites)
    return units * conditions * plan.description.n_frames * plan.itemsize


def _places_bytes(plan: Plan) -> int:
    """Channel, y and x of the units."""
    return 3 * 4 * sum(_units(plan, site) for site in plan.description.sites)


def _maps_bytes(plan: Plan) -> int:
    per_frame = sum(
        site.averaged_values * (4 if site.interpolated else plan.itemsize)
        for site in plan.description.sites
    )
    return per_frame * len(plan.conditions) * plan.description.n_frames


def _statistics_bytes(plan: Plan) -> int:
    frames = len(plan.conditions) * plan.description.n_frames
    return 4 * sum(site.values + frames for site in plan.description.sites)


def _means_bytes(plan: Plan) -> int:
    return 4 * plan.block * sum(site.averaged_values for site in plan.description.sites)


def _activity_bytes(twin: Twin) -> int:
    per_frame = sum(math.prod(site.shape) for site in sites_of(twin).values() if site.is_map)
    return 4 * WORKING_COPIES * FRAMES_PER_CALL * per_frame


def _memory_bytes(plan: Plan, twin: Twin) -> int:
    weights = sum(4 * parameter.numel() for parameter in twin.network.parameters())
    interpolated = sum(3 * 4 * site.values for site in plan.description.sites if site.interpolated)
    largest = max(site.averaged_values for site in plan.description.sites) * plan.block * 4
    return weights + _activity_bytes(twin) + _means_bytes(plan) + interpolated + largest


def _free_disk(store: Path) -> int:
    folder = store.absolute()
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def _size(n_bytes: int) -> str:
    if n_bytes < 1e9:
        return f"{n_bytes / 1e6:.3g} MB"
    return f"{n_bytes / 1e9:.3g} GB"


def duration(seconds: float) -> str:
    """Say a time in words, as "3 min"."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    if seconds < 5400:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.1f} h"
