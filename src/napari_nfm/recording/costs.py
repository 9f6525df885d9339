"""What a recording will cost in disk, memory and time, before it begins."""

import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from napari_nfm.fnn.cores import is_worth_threads
from napari_nfm.fnn.twin import Twin
from napari_nfm.recording.averaging import FRAMES_PER_CALL
from napari_nfm.recording.description import Keep, Precision
from napari_nfm.recording.device_memory import free_memory
from napari_nfm.recording.errors import OutOfMemoryError, RecordingArgumentError, StorageError
from napari_nfm.recording.plan import Plan, make_plan
from napari_nfm.recording.sampling import DEFAULT_SAMPLING, Sampling
from napari_nfm.recording.sizes import (
    activity_bytes,
    maps_bytes,
    means_bytes,
    memory_bytes,
    places_bytes,
    statistics_bytes,
    units_bytes,
)
from napari_nfm.recording.unfinished import Strategy
from napari_nfm.recording.words import say_duration, say_size
from napari_nfm.stimuli import StimulusSet

__all__ = [
    "Estimate",
    "check_space",
    "choose_batch_size",
    "choose_players",
    "estimate",
    "estimate_plan",
]

DISK_BYTES_PER_SECOND = 3e8
"""What a disk at least writes and reads again."""

SECONDS_PER_VALUE = 3e-9
"""Time of averaging, statistics and conversion of one value on one core."""


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
        temporary = say_size(self.temporary_bytes)
        free = "" if self.free_bytes is None else f", of which {say_size(self.free_bytes)} are free"
        passes = ", in two passes" if self.strategy == "second pass" else ""
        return (
            f"The recording will take about {say_duration(self.seconds)} ({self.frames:,} frames"
            f"{passes}), {say_size(self.memory_bytes)} of memory, and "
            f"{say_size(self.disk_bytes)} of disk (and {temporary} until it is done){free}."
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
    batch_size: int | str = "auto",
) -> Estimate:
    """Say what `record` with the same arguments will cost.

    Plays a few frames to learn how quick the network is here.

    Parameters
    ----------
    twin, stimuli, sites, keep, sampling, dtype, channels, crop, like_study, batch_size
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
    size = choose_batch_size(plan, twin, batch_size)
    seconds = _seconds_per_frame(plan, twin, stimuli, FRAMES_PER_CALL)
    players = choose_players(plan, twin, size)
    return _add_up(plan, twin, seconds, size, players, None if store is None else Path(store))


def estimate_plan(
    plan: Plan,
    twin: Twin,
    stimuli: StimulusSet,
    batch_size: int,
    players: int,
    store: Path | None,
    strategy: Strategy | None = None,
) -> Estimate:
    """Say roughly what a plan will cost, with the cheaper strategy that fits if none is given.

    Quicker than `estimate`: it plays two frames, which is enough to choose a strategy.
    """
    seconds = _seconds_per_frame(plan, twin, stimuli, 1)
    return _add_up(plan, twin, seconds, batch_size, players, store, strategy)


def _add_up(
    plan: Plan,
    twin: Twin,
    seconds_per_frame: float,
    batch_size: int,
    players: int,
    store: Path | None,
    strategy: Strategy | None = None,
) -> Estimate:
    description = plan.description
    network_seconds = plan.frames_played * seconds_per_frame
    frames_kept = len(plan.conditions) * description.n_frames
    values = sum(site.values for site in description.sites) * frames_kept
    seconds = network_seconds + values * SECONDS_PER_VALUE
    frames = plan.frames_played
    free = None if store is None else _free_disk(store)
    pairs = len(description.categories) * len(description.directions)
    temporary = statistics_bytes(plan)
    if description.keep == "maps":
        per_frame = sum(site.values for site in description.sites) * plan.itemsize
        disk = per_frame * pairs * description.n_frames
        seconds += disk / DISK_BYTES_PER_SECOND
    else:
        disk, maps = units_bytes(plan, pairs) + places_bytes(plan), maps_bytes(plan)
        maps_seconds = maps / DISK_BYTES_PER_SECOND
        if strategy is None:
            fits = free is None or disk + maps + temporary <= free
            cheap = maps_seconds <= network_seconds
            strategy = "temporary store" if fits and cheap else "second pass"
        if strategy == "temporary store":
            temporary += maps
            seconds += maps_seconds
        else:
            temporary += units_bytes(plan, len(plan.conditions))
            seconds += network_seconds
            frames *= 2
    memory = memory_bytes(plan, twin, batch_size, players)
    return Estimate(disk, temporary, memory, seconds, strategy, frames, free)


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
            f"The recording needs {say_size(needed)} on the disk of {store}, where "
            f"{say_size(free)} are free",
            "free some space, choose another disk, or record fewer sites, channels or stimuli",
        )
    available = free_memory(twin.device)
    if cost.memory_bytes > available:
        raise OutOfMemoryError(
            f"The recording needs about {say_size(cost.memory_bytes)} of memory on the device "
            f"{twin.device}, where {say_size(available)} are free",
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
    per_sequence = means_bytes(plan) + activity_bytes(twin)
    most = sum(len(condition.sequences) for condition in plan.conditions)
    return max(1, min(most, free_memory(twin.device) // 2 // per_sequence))


def choose_players(plan: Plan, twin: Twin, batch_size: int) -> int:
    """Decide how many batches are played side by side, each in one thread of the CPU.

    As many as torch has threads, where the network is worth them and half of the free memory holds
    what they need; one on an accelerator.
    """
    network = twin.network
    if twin.device.type != "cpu" or not is_worth_threads(network.architecture):
        return 1
    one = memory_bytes(plan, twin, batch_size, 1)
    another = memory_bytes(plan, twin, batch_size, 2) - one
    spare = free_memory(twin.device) // 2 - one
    most = min(torch.get_num_threads(), len(plan.conditions))
    return max(1, min(most, 1 + spare // another))


def _seconds_per_frame(plan: Plan, twin: Twin, stimuli: StimulusSet, frames_per_call: int) -> float:
    """Time a call of the network after one that warms it up, where there are enough frames."""
    sequence = plan.conditions[0].sequences[0]
    frames = stimuli.frames(sequence.category, sequence.direction, sequence.instance)
    sources = tuple(dict.fromkeys(site.source for site in plan.description.sites))
    times, counts = [time.perf_counter()], []
    for capture in twin.network.capture(
        frames[: 2 * frames_per_call],
        sources,
        frames_per_call=frames_per_call,
    ):
        # Reading a value waits for an accelerator to finish.
        float(capture.activity[sources[-1]].flatten()[-1])
        times.append(time.perf_counter())
        counts.append(len(capture.activity[sources[0]]))
    first = 1 if len(counts) > 1 else 0
    return (times[-1] - times[first]) / sum(counts[first:])


def _free_disk(store: Path) -> int:
    folder = store.absolute()
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free
