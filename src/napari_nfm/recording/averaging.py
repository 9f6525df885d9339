"""Playing a batch of conditions and averaging the activity over instances."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from napari_nfm.fnn.activity import Window
from napari_nfm.fnn.network import FNN
from napari_nfm.fnn.state import Capture, State
from napari_nfm.jobs import ShouldStop, check_stop
from napari_nfm.recording.conditions import Condition, PlayedSequence
from napari_nfm.recording.recorded_site import RecordedSite
from napari_nfm.stimuli import StimulusSet

__all__ = ["FRAMES_PER_CALL", "Averager", "MeanActivity"]

FRAMES_PER_CALL = 4
"""Frames of a sequence that the encoder takes at once."""


@dataclass(frozen=True)
class MeanActivity:
    """Activity of one condition, averaged over instances, for a run of frames.

    Parameters
    ----------
    condition
        The condition.
    start
        First frame.
    activity
        ``(channel, time, position)`` float32 by site name; for an interpolated site the maps that
        its units read.
    """

    condition: Condition
    start: int
    activity: dict[str, Tensor]


class Averager:
    """Plays conditions and averages their activity over instances, in memory it keeps.

    The mean is the float32 sum over instances, in their order, divided by their number. Instances
    take turns, a few frames each, so that what is added up stays small.

    Parameters
    ----------
    network
        The network, on the device where everything is computed.
    stimuli
        The set that the conditions belong to.
    sites
        What to record.
    """

    def __init__(self, network: FNN, stimuli: StimulusSet, sites: Sequence[RecordedSite]) -> None:
        self.network = network
        self.stimuli = stimuli
        self.sites = sites
        self.sources = tuple(dict.fromkeys(site.source for site in sites))
        self.windows = _windows(sites)
        self._means: list[_Mean] = []

    def play(
        self,
        batch: Sequence[Condition],
        batch_size: int,
        should_stop: ShouldStop | None = None,
    ) -> Iterator[MeanActivity]:
        """Play a batch and yield its mean activity.

        Parameters
        ----------
        batch
            What to play.
        batch_size
            Sequences that are played in lockstep.
        should_stop
            Asked every few frames.

        Yields
        ------
        MeanActivity
            For every `FRAMES_PER_CALL` frames, each condition of the batch. The tensors are used
            again afterwards; change them freely, but do not keep them.

        Raises
        ------
        Cancelled
            When `should_stop` says so.
        """
        parts = [
            (index, sequence)
            for index, condition in enumerate(batch)
            for sequence in condition.sequences
        ]
        waves = [
            _Wave(self.stimuli, parts[first : first + batch_size])
            for first in range(0, len(parts), batch_size)
        ]
        while len(self._means) < len(batch):
            self._means.append(_Mean(self.sites, self.windows))
        for start in range(0, self.stimuli.n_frames, FRAMES_PER_CALL):
            for wave in waves:
                check_stop(should_stop)
                capture = self._advance(wave, start)
                for row, (index, sequence) in enumerate(wave.parts):
                    self._means[index].add(batch[index], sequence, row, capture)
            for index, condition in enumerate(batch):
                yield MeanActivity(condition, start, self._means[index].take(condition))

    def _advance(self, wave: "_Wave", start: int) -> Capture:
        (capture,) = self.network.capture(
            wave.frames[start : start + FRAMES_PER_CALL],
            self.sources,
            state=wave.state,
            frames_per_call=FRAMES_PER_CALL,
            windows=self.windows,
        )
        wave.state = capture.state
        return capture

    def release(self) -> None:
        """Free the memory of the means."""
        self._means.clear()


class _Wave:
    """Sequences in lockstep, continued from block to block.

    Each of `parts` is a sequence and the index of its condition.
    """

    def __init__(self, stimuli: StimulusSet, parts: Sequence[tuple[int, PlayedSequence]]) -> None:
        self.parts = parts
        self.state: State | None = None
        self.frames = np.stack(
            [
                stimuli.frames(sequence.category, sequence.direction, sequence.instance)
                for _, sequence in parts
            ],
            axis=1,
        )


class _Mean:
    """The running mean over the instances of one condition, for a few frames."""

    def __init__(self, sites: Sequence[RecordedSite], windows: Mapping[str, Window]) -> None:
        self.sites = sites
        self.windows = windows
        self._memory: dict[str, Tensor] = {}
        self._length = 0

    def add(
        self,
        condition: Condition,
        sequence: PlayedSequence,
        row: int,
        capture: Capture,
    ) -> None:
        """Add the frames of one sequence, which is in `row` of the captured ones."""
        alone = len(condition.sequences) == 1
        first = sequence is condition.sequences[0]
        for site in self.sites:
            activity = capture.activity[site.source][:, row]
            values = site.cut(activity, cropped=site.source in self.windows).transpose(0, 1)
            self._length = values.shape[1]
            sums = self._sums(site, values)
            if alone:
                sums.copy_(values)
            elif first:
                torch.mul(values, sequence.count, out=sums)
            else:
                sums.add_(values, alpha=sequence.count)

    def _sums(self, site: RecordedSite, like: Tensor) -> Tensor:
        if site.name not in self._memory:
            channels, height, width = site.averaged_shape
            shape = channels, FRAMES_PER_CALL, height, width
            self._memory[site.name] = like.new_empty(shape)
        return self._memory[site.name][:, : self._length]

    def take(self, condition: Condition) -> dict[str, Tensor]:
        """Return the mean."""
        means = {name: sums[:, : self._length].flatten(2) for name, sums in self._memory.items()}
        if len(condition.sequences) > 1:
            for mean in means.values():
                mean.div_(condition.n_instances)
        return means


def _windows(sites: Sequence[RecordedSite]) -> dict[str, Window]:
    """Return what the network need not give whole: maps that no other site reads as well."""
    shared = {site.source for site in sites if site.interpolated}
    return {
        site.name: (slice(*site.rows), slice(*site.columns))
        for site in sites
        if site.source not in shared
    }
