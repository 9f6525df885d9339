"""The course of a recording: play, draw units, gather them, finish; each step can be repeated."""

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from napari_nfm.fnn.twin import Twin
from napari_nfm.jobs import Progress as ReportProgress
from napari_nfm.jobs import ShouldStop, check_stop, report
from napari_nfm.recording.averaging import Averager, MeanActivity
from napari_nfm.recording.conditions import Condition, take_batch
from napari_nfm.recording.device_memory import is_out_of_memory, release_memory
from napari_nfm.recording.errors import ActivityRangeError, OutOfMemoryError
from napari_nfm.recording.files import NumberFile
from napari_nfm.recording.interpolation import Taps
from napari_nfm.recording.keeping import Keeper, KeptMaps, too_large
from napari_nfm.recording.layout import RESPONSE_AXES, write_array, write_root
from napari_nfm.recording.plan import Plan
from napari_nfm.recording.recorded_site import RecordedSite
from napari_nfm.recording.sampling import draw_units
from napari_nfm.recording.statistics import PeakResponses, normalise_frames
from napari_nfm.recording.time_courses import SampledUnits, TemporaryMaps
from napari_nfm.recording.unfinished import Counted, Progress, Unfinished
from napari_nfm.side_by_side import side_by_side
from napari_nfm.stimuli import StimulusSet
from napari_nfm.titles import site_title

__all__ = ["Recorder"]

HandleMeans = Callable[[MeanActivity], None]


class Recorder:
    """One run of a recording, from where the last one stopped to the end.

    Parameters
    ----------
    plan
        What is played and kept.
    twin, stimuli
        The twin and the stimulus set.
    unfinished
        The folder of the unfinished recording.
    state
        How far it has come.
    progress, should_stop
        As in `record`.
    """

    def __init__(
        self,
        plan: Plan,
        twin: Twin,
        stimuli: StimulusSet,
        unfinished: Unfinished,
        state: Progress,
        progress: ReportProgress | None,
        should_stop: ShouldStop | None,
    ) -> None:
        self.plan = plan
        self.description = plan.description
        self.store = unfinished.store
        self.unfinished = unfinished
        self.state = state
        self.progress = progress
        self.should_stop = should_stop
        self.device = twin.device
        self.averagers = [
            Averager(twin.network, stimuli, self.description.sites) for _ in range(state.players)
        ]
        interpolated = [site for site in self.description.sites if site.interpolated]
        self.taps = (
            Taps.of(twin.network.readout, interpolated[0].map_size) if interpolated else None
        )
        self.pace = _Pace(plan, state)

    def run(self) -> None:
        """Record what is missing and complete the store."""
        if self.description.keep == "maps":
            fresh = not self.state.played
            self._play(KeptMaps(self.store, self.description, self.plan.block, self.taps, fresh))
            self._finish_maps()
        else:
            self._record_units()
        write_root(self.store, self.description)
        self.unfinished.remove()

    def _record_units(self) -> None:
        where = self.unfinished, self.description, self.plan.block
        temporary = None
        if self.state.strategy == "temporary store":
            temporary = TemporaryMaps(*where, self.taps)
            temporary.check(self.state.played)
        self._play(temporary)
        units = {
            site.name: draw_units(
                self.unfinished.read_peaks(site.name),
                self.description.sampling,
                single=site.has_single_map,
            )
            for site in self.description.sites
        }
        if temporary is not None:
            self._finish_units(temporary, units)
        else:
            gathered = SampledUnits(*where, units, self.taps)
            gathered.check(self.state.gathered)
            self._gather(gathered)
            self._finish_units(gathered, units)

    def _play(self, keeper: Keeper | None) -> None:
        """Play what was not played, for the statistics and for a keeper where there is one."""
        peaks = {site.name: self._peaks(site) for site in self.description.sites}
        keeps_units = self.description.keep == "units"
        statistics = PeakResponses(peaks, self.description.n_frames, self.taps)

        def handle(mean: MeanActivity) -> None:
            for site in self.description.sites:
                activity = mean.activity[site.name]
                # Units are rectified before the conversion to float16, kept maps not at all;
                # what is interpolated is rectified afterwards.
                if keeps_units and not site.interpolated:
                    activity.relu_()
                if keeper is not None:
                    keeper.keep(mean.condition, mean.start, site, activity)
                if not keeps_units and not site.interpolated:
                    activity.relu_()
                largest = statistics.add(mean.condition, site, activity)
                self._check_range(largest, site, mean.condition)

        def complete(batch: Sequence[Condition]) -> None:
            for (condition, site), maxima in statistics.finish(batch).items():
                self._maxima(site).write(condition.index, maxima)
            for site, values in peaks.items():
                self.unfinished.write_peaks(site, values.cpu().numpy())

        self._run("played", handle, complete, statistics.drop)

    def _gather(self, keeper: SampledUnits) -> None:
        """Play everything again for the sampled units."""

        def handle(mean: MeanActivity) -> None:
            for site in self.description.sites:
                keeper.keep(mean.condition, mean.start, site, mean.activity[site.name])

        self._run("gathered", handle)

    def _run(
        self,
        counted: Counted,
        handle: HandleMeans,
        complete: Callable[[Sequence[Condition]], None] = lambda _: None,
        drop: Callable[[], None] = lambda: None,
    ) -> None:
        """Play all conditions that were not, fewer at once where memory ends.

        Parameters
        ----------
        counted
            Where the progress counts them.
        handle
            Takes the mean activity of every player as it comes.
        complete
            Takes a batch that was played to its end, before it counts.
        drop
            Called before the batches that were not are played again.
        """
        free = list(self.averagers)

        def play(_: int, batch: Sequence[Condition], stop: ShouldStop) -> None:
            averager = free.pop()
            try:
                for mean in averager.play(batch, self.state.batch_size, stop):
                    handle(mean)
            finally:
                free.append(averager)

        def count(batch: Sequence[Condition]) -> None:
            complete(batch)
            self._save(self.state.count(counted, [condition.index for condition in batch]))
            self.pace.add(batch)
            self._tell(f"frames played, latest {batch[-1].label}")

        while batches := self._batches(getattr(self.state, counted)):
            try:
                side_by_side(play, batches, self.state.players, self.should_stop, count)
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
                drop()
                self._use_less_memory(error)

    def _batches(self, done: Collection[int]) -> list[Sequence[Condition]]:
        """Return what is left to be played."""
        left = [condition for condition in self.plan.conditions if condition.index not in done]
        batches: list[Sequence[Condition]] = []
        while left:
            batches.append(take_batch(left, self.state.batch_size))
            left = left[len(batches[-1]) :]
        return batches

    def _use_less_memory(self, error: BaseException) -> None:
        """Play fewer sequences at once from now on."""
        players, size = self.state.players, self.state.batch_size
        if players == size == 1:
            raise OutOfMemoryError(
                f"The device {self.device} has too little memory for one sequence",
                "close other programs, record fewer sites at a time, or use the CPU",
            ) from error
        for averager in self.averagers:
            averager.release()
        release_memory(self.device)
        if players > 1:
            self._save(replace(self.state, players=players // 2))
        else:
            self._save(replace(self.state, batch_size=size // 2))

    def _tell(self, what: str) -> None:
        report(self.progress, self.pace.done, self.pace.total, what)

    def _save(self, state: Progress) -> None:
        self.unfinished.write(self.description, state)
        self.state = state

    def _peaks(self, site: RecordedSite) -> Tensor:
        channels, height, width = site.shape
        if not self.state.played:
            return torch.zeros(channels, height * width, device=self.device)
        return torch.from_numpy(self.unfinished.read_peaks(site.name)).to(self.device)

    def _maxima(self, site: str) -> NumberFile:
        return self.unfinished.numbers(site, "maxima", "float32", self.description.n_frames)

    def _check_range(self, largest: float, site: RecordedSite, condition: Condition) -> None:
        if not math.isfinite(largest):
            raise ActivityRangeError(
                f"The activity at {site.name} during {condition.label} is not finite",
                "check the weights of the network",
            )
        if largest > float(np.finfo(self.description.dtype).max):
            raise too_large(site, condition)

    def _by_condition(self, values: Sequence[NDArray]) -> NDArray:
        """Stack ``(..., time)`` of every condition to ``(..., category, direction, time)``."""
        shape = len(self.description.categories), len(self.description.directions)
        stacked = np.empty((*values[0].shape[:-1], *shape, values[0].shape[-1]), values[0].dtype)
        for condition, value in zip(self.plan.conditions, values, strict=True):
            for category, direction in condition.targets:
                stacked[..., category, direction, :] = value
        return stacked

    def _read_maxima(self, site: RecordedSite) -> NDArray[np.float32]:
        n_frames = self.description.n_frames
        file = self._maxima(site.name)
        numbers = [file.read(i, [0], n_frames)[0] for i in range(len(self.plan.conditions))]
        return self._by_condition(numbers)

    def _finish_maps(self) -> None:
        for site in self.description.sites:
            peaks = self.unfinished.read_peaks(site.name).reshape(site.shape)
            maxima = self._read_maxima(site)
            write_array(self.store, site.name, "peak_response", peaks, ("channel", "y", "x"))
            write_array(
                self.store, site.name, "frame_maximum", maxima, ("category", "direction", "time")
            )

    def _finish_units(
        self, courses: TemporaryMaps | SampledUnits, units: Mapping[str, NDArray[np.int64]]
    ) -> None:
        def finish(_: int, site: RecordedSite, stop: ShouldStop) -> None:
            found = []
            for condition in range(len(self.plan.conditions)):
                check_stop(stop)
                found.append(courses.read(condition, site, units[site.name]))
            self._write_units(site, units[site.name], self._by_condition(found))

        self._tell("frames played, reading the units")
        # As many at once as memory was checked for, those with most to read first.
        side_by_side(
            finish,
            sorted(self.description.sites, key=lambda site: -site.averaged_values),
            self.state.players,
            self.should_stop,
            lambda site: self._tell(f"frames played, units read of {site_title(site.name)}"),
        )

    def _write_units(
        self, site: RecordedSite, units: NDArray[np.int64], responses: NDArray
    ) -> None:
        if self.description.sampling.like_study:
            maxima = self._read_maxima(site)
            responses = normalise_frames(responses.astype(np.float32), maxima)
        write_array(
            self.store,
            site.name,
            "responses",
            responses.astype(self.description.dtype),
            RESPONSE_AXES,
        )
        for name, values in site.coordinates(units).items():
            write_array(self.store, site.name, name, values.astype(np.int32), ("unit",))


class _Pace:
    """Counts the frames played; whoever shows the progress works out pace and time left."""

    def __init__(self, plan: Plan, state: Progress) -> None:
        self.n_frames = plan.description.n_frames
        passes = 2 if state.strategy == "second pass" else 1
        self.total = passes * plan.frames_played
        self.done = self._frames(plan.conditions[number] for number in state.played)
        self.done += self._frames(plan.conditions[number] for number in state.gathered)

    def add(self, batch: Sequence[Condition]) -> None:
        """Count a batch."""
        self.done += self._frames(batch)

    def _frames(self, conditions: Iterable[Condition]) -> int:
        return self.n_frames * sum(len(condition.sequences) for condition in conditions)
