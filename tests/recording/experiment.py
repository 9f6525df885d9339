"""A small experiment that tests share; run as a script, it records and is killed on the way."""

import hashlib
import os
import signal
import sys
from pathlib import Path

import numpy as np

from napari_nfm.fnn import load_twin
from napari_nfm.recording import Sampling, record
from napari_nfm.stimuli import StimulusSet

CHECKPOINT = Path(__file__).resolve().parents[1] / "data" / "fnn" / "tiny_checkpoint"
SITES = ("encoder.L4", "recurrent.out", "readout.position", "output")
SAMPLING = Sampling(maps=3, units_per_map=4)
FRAMES = 5


def tiny_twin():
    return load_twin(CHECKPOINT, 8, 5, device="cpu")


def small_stimuli(n_frames=FRAMES):
    """Two directions of: identical instances in both, different ones, and two of three alike."""
    categories = ("still", "flow", "mixed")
    seeds = {
        (0, 0): (1, 1, 1),
        (0, 1): (1, 1, 1),
        (1, 0): (2, 3, 4),
        (1, 1): (5, 6, 7),
        (2, 0): (8, 9, 8),
        (2, 1): (10, 10, 11),
    }

    def draw(category, direction, instance):
        random = np.random.default_rng(seeds[category, direction][instance])
        coarse = random.integers(0, 256, (n_frames, 9, 16), dtype=np.uint8)
        return np.ascontiguousarray(coarse.repeat(16, axis=1).repeat(16, axis=2))

    def key(category, direction, instance):
        frames = draw(category, direction, instance)
        return hashlib.sha256(frames).hexdigest()

    return StimulusSet("small", categories, categories, (0.0, 90.0), 3, n_frames, draw, key)


def kill_after(calls, owner, name, *, halfway):
    """Replace a function by one that kills this process at a call, before it or halfway."""
    original = getattr(owner, name)
    left = calls

    def counted(*args, **kwargs):
        nonlocal left
        left -= 1
        if left == 0:
            if halfway:
                halfway(original, *args, **kwargs)
            os.kill(os.getpid(), signal.SIGKILL)
        return original(*args, **kwargs)

    setattr(owner, name, counted)


def write_half(original, file, record, numbers, *, offset=0):
    flat = numbers.ravel()
    original(file, record, flat[: flat.size // 2], offset=offset)


def remove_some(_, folder):
    (folder.folder / "output.maxima").unlink()


def be_killed(point, calls):
    """Prepare this process to be killed at one of the places where a store changes."""
    from napari_nfm.recording import files, keeping, layout, unfinished

    if point == "half a block":
        kill_after(calls, files.NumberFile, "write", halfway=write_half)
    elif point == "replacing a file":
        kill_after(calls, os, "replace", halfway=None)
    elif point == "a block of maps":
        kill_after(calls, keeping.KeptMaps, "keep", halfway=None)
    elif point == "creating arrays":
        kill_after(calls, layout, "_create", halfway=None)
    elif point == "cleaning up":
        kill_after(calls, unfinished.Unfinished, "remove", halfway=remove_some)
    else:
        raise ValueError(point)


def main(store, keep, point, calls):
    be_killed(point, int(calls))
    record(tiny_twin(), small_stimuli(), SITES, store, keep=keep, sampling=SAMPLING)


if __name__ == "__main__":
    # One process per line of standard input, forked after the imports, which take longest.
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            main(*line.rstrip("\n").split("\t"))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0, flush=True)
