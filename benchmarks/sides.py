"""What is compared, each side in a process of its own.

A process of its own has its own peak memory, and keeps one side's allocator settings away from
the other. The parent asks one process at a time, so that sides take turns.
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from napari_nfm.stimuli import StimulusSet, flow_ensemble

SESSION, SCAN_IDX = 8, 5  # the scan that the study used
UNITS = 9941


@dataclass(frozen=True)
class Timed:
    """How long a call took, what it returned, and the peak memory of its process so far."""

    seconds: float
    value: Any
    peak_bytes: int


class Side(Protocol):
    """Anything that can be made in another process; its methods are then called by name."""


class Worker:
    """A side in a process of its own.

    Parameters
    ----------
    side
        Class or function of a module, called in the process with `arguments`.
    threads
        Threads that torch may use there.

    Raises
    ------
    RuntimeError
        From `call`, with the traceback of what failed in the process.
    """

    def __init__(self, side: Callable[..., Side], *arguments: Any, threads: int) -> None:
        # A fresh interpreter: a fork would start with the parent's memory and locks.
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, side, arguments, threads))
        self._process.start()
        theirs.close()

    def call(self, method: str, *arguments: Any) -> Timed:
        """Call a method of the side and wait for it."""
        self._connection.send((method, arguments))
        answer = self._connection.recv()
        if isinstance(answer, str):
            raise RuntimeError(answer)
        return answer

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._connection.close()
        self._process.join()


def _serve(
    connection: Connection, make: Callable[..., Side], arguments: tuple, threads: int
) -> None:
    import torch

    torch.set_num_threads(threads)
    side = None
    while True:
        try:
            method, values = connection.recv()
        except EOFError:
            return
        try:
            side = side or make(*arguments)
            start = time.perf_counter()
            value = getattr(side, method)(*values)
            seconds = time.perf_counter() - start
            answer: Timed | str = Timed(seconds, value, peak_bytes())
        except Exception:
            # The parent raises it again; this process goes on, and ends with the parent's pipe.
            answer = traceback.format_exc()
        connection.send(answer)


def peak_bytes() -> int:
    """Return the peak resident memory of this process in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


class CheckpointWriter:
    """Writes a network, as a worker: the peak memory of a process starts at its parent's."""

    def write(self, directory: Path) -> None:
        """Write an untrained network of the published size in the published layout."""
        from napari_nfm.fnn import Architecture, write_seeded_checkpoint

        write_seeded_checkpoint(
            directory,
            architecture=Architecture(),
            units=UNITS,
            session=SESSION,
            scan_idx=SCAN_IDX,
        )


class Ours:
    """The project's own network and recording."""

    def __init__(self, checkpoint: Path, n_frames: int) -> None:
        from napari_nfm.fnn import load_twin

        self.twin = load_twin(checkpoint, SESSION, SCAN_IDX, device="cpu")
        self.stimuli = flow_ensemble(n_frames=n_frames)

    def predict(self, sequence: np.ndarray) -> np.ndarray:
        """Return the responses (time, unit) to one sequence."""
        return self.twin.predict(sequence)

    def record(self, categories: tuple[str, ...], directions: tuple[float, ...]) -> int:
        """Record all ten sites of some of the ensemble, and return how many sequences it played.

        Everything that a recording does is included: drawing the stimuli, the network, statistics,
        the store, and gathering the time courses of the sampled units.
        """
        return self._record(self._part(categories, directions))

    def record_whole(self) -> int:
        """Record the study's whole ensemble, and return how many sequences it played."""
        return self._record(flow_ensemble())

    def estimate(self) -> dict[str, Any]:
        """Return what a recording of the study's whole ensemble costs, by our own estimate."""
        from napari_nfm.fnn import SITES
        from napari_nfm.recording import estimate

        with tempfile.TemporaryDirectory() as directory:
            return asdict(estimate(self.twin, flow_ensemble(), SITES, store=directory))

    def _record(self, stimuli: StimulusSet) -> int:
        from napari_nfm.fnn import SITES
        from napari_nfm.recording import record

        with tempfile.TemporaryDirectory() as directory:
            record(self.twin, stimuli, SITES, Path(directory) / "recording.zarr", keep="units")
        return len(unique_sequences(stimuli))

    def _part(self, categories: tuple[str, ...], directions: tuple[float, ...]) -> StimulusSet:
        """Return the set of some categories and directions, drawn as in the whole ensemble."""
        whole = self.stimuli

        def draw(category: int, direction: int, instance: int) -> np.ndarray:
            return whole.frames(categories[category], directions[direction], instance)

        def key(category: int, direction: int, instance: int) -> str:
            return whole.sequence_key(categories[category], directions[direction], instance)

        titles = tuple(whole.titles[whole.categories.index(category)] for category in categories)
        return replace(
            whole, categories=categories, titles=titles, directions=directions, draw=draw, key=key
        )

    def unique_sequences(self) -> int:
        """Return how many different sequences the whole ensemble has."""
        return len(unique_sequences(self.stimuli))

    def sequence(self, category: str, direction: float, instance: int) -> np.ndarray:
        """Return one sequence of the ensemble, uint8 (time, y, x)."""
        return self.stimuli.frames(category, direction, instance)


def unique_sequences(stimuli: StimulusSet) -> set[str]:
    """Return the keys of the different sequences of a stimulus set."""
    return {
        stimuli.sequence_key(category, direction, instance)
        for category in stimuli.categories
        for direction in stimuli.directions
        for instance in range(stimuli.n_instances)
    }


class Study:
    """The published network as plain modules, played in the study's way."""

    def __init__(self, checkpoint: Path) -> None:
        from study_way import load_network

        self.network = load_network(checkpoint, SESSION, SCAN_IDX)

    def predict(self, sequence: np.ndarray) -> np.ndarray:
        """Return the responses (time, unit) to one sequence."""
        return self.network.predict(sequence)

    def record(self, site: str, sequence: np.ndarray) -> None:
        """Record one layer of one sequence as a pass over a single sequence."""
        from study_way import record_layer

        record_layer(self.network, site, [[sequence]])

    def full_size_memory(self, site: str, sequence: np.ndarray, frames: int, instances: int) -> int:
        """Return the bytes that the whole pass of a layer would hold at its end."""
        from study_way import full_size_memory, play_sequence

        frame = play_sequence(self.network, site, sequence[:1])[0]
        return full_size_memory(site, frame, frames=frames, instances=instances)

    def flop_per_frame(self, sequence: np.ndarray) -> int:
        """Return the floating-point operations of one frame, as torch counts them."""
        from torch.utils.flop_counter import FlopCounterMode

        with FlopCounterMode(display=False) as counter:
            self.network.predict(sequence[:1])
        return counter.get_total_flops()


class Machine:
    """What this machine reaches in plain operations, in operations per second."""

    def matrix_product(self) -> float:
        """Return the rate of a float32 product of two 2048 x 2048 matrices."""
        import torch

        size = 2048
        a, b = torch.randn(2, size, size)
        return 2 * size**3 / _fastest(lambda: torch.mm(a, b))

    def convolution(self) -> float:
        """Return the rate of a float32 3 x 3 convolution of 4 x 128 maps of 64 x 96 to as many."""
        import torch

        maps, kernel = torch.randn(4, 128, 64, 96), torch.randn(128, 128, 3, 3)
        operations = 2 * maps.numel() * 128 * 9
        return operations / _fastest(lambda: torch.nn.functional.conv2d(maps, kernel, padding=1))


def _fastest(call: Callable[[], object]) -> float:
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return min(seconds)
