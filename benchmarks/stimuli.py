"""How fast one instance of the study's ensemble (88 sequences of 37 frames) is made.

Ours is held against a plain port of the study's way: resize the colour image, roll the whole of
one channel for every frame, crop, and collect all frames as float64 (which takes 2 GB of memory).
Both are run in turn, and every frame is compared.

    python benchmarks/stimuli.py [--flowstims PATH] [--repeats 3]

Without the study's folder, images drawn by us are first saved as such a folder. The target is
a ratio of at least 7, bytes equal.
"""

import argparse
import statistics
import tempfile
import time
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from napari_nfm.stimuli import FRAME_SHAPE, flow_ensemble
from napari_nfm.stimuli.drawn_images import DrawnImages
from napari_nfm.stimuli.ensemble import CATEGORIES, DIRECTIONS
from napari_nfm.stimuli.motion import MOTION

SCALE, N_FRAMES = 0.7, 37


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--flowstims", type=Path, help="the study's flowstims folder")
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.flowstims or save_drawn_images(Path(temporary))
        seconds: dict[str, list[float]] = {"the study's way": [], "ours": []}
        for _ in range(arguments.repeats):
            spent = compare(folder)
            for way, times in seconds.items():
                times.append(spent[way])
    medians = {way: statistics.median(times) for way, times in seconds.items()}
    for way, median in medians.items():
        print(
            f"{way:16} {median:6.2f} s for 88 x {N_FRAMES} frames (median of {len(seconds[way])})"
        )
    ratio = medians["the study's way"] / medians["ours"]
    print(f"ratio            {ratio:6.1f} x, bytes equal")


def compare(folder: Path) -> dict[str, float]:
    """Make all sequences of instance 0 in both ways; return the seconds of each."""
    clock = time.perf_counter()
    theirs = rolled_frames(folder)
    spent = {"the study's way": time.perf_counter() - clock, "ours": 0.0}
    clock = time.perf_counter()
    stimuli = flow_ensemble(folder, instances=1, n_frames=N_FRAMES, scale=SCALE)
    spent["ours"] += time.perf_counter() - clock
    for sequence, (category, direction) in enumerate(product(CATEGORIES, DIRECTIONS)):
        clock = time.perf_counter()
        ours = stimuli.frames(category, direction)
        spent["ours"] += time.perf_counter() - clock
        expected = theirs[sequence * N_FRAMES : (sequence + 1) * N_FRAMES]
        np.testing.assert_array_equal(ours.reshape(N_FRAMES, -1), expected)
    return spent


def rolled_frames(folder: Path) -> NDArray[np.float64]:
    """Make all sequences as the study does; rows are frames, flattened, as float64.

    The colour image is resized; a strided view of one channel is rolled as a whole for every
    frame; and after each category, the array of all frames so far is copied to a longer one.
    """
    everything = np.zeros((0, FRAME_SHAPE[0] * FRAME_SHAPE[1]))
    for category in CATEGORIES:
        frames = np.zeros((len(DIRECTIONS) * N_FRAMES, everything.shape[1]))
        for d, direction in enumerate(DIRECTIONS):
            image = Image.open(folder / f"{category}_inst0" / str(direction) / "0.png")
            size = int(image.width * SCALE), int(image.height * SCALE)
            still = np.array(image.resize(size, Image.Resampling.LANCZOS))[:, :, 0]
            top = still.shape[0] // 2 - FRAME_SHAPE[0] // 2
            left = still.shape[1] // 2 - FRAME_SHAPE[1] // 2
            for t in range(N_FRAMES):
                moved = still
                for axis, step in enumerate(MOTION[direction]):
                    if step:
                        moved = np.roll(moved, step * t, axis=axis)
                window = moved[top : top + FRAME_SHAPE[0], left : left + FRAME_SHAPE[1]]
                frames[d * N_FRAMES + t] = window.ravel()
        everything = np.concatenate([everything, frames])
    return everything


def save_drawn_images(folder: Path) -> Path:
    """Save instance 0 of our own images in the study's layout."""
    for category in CATEGORIES:
        for direction in DIRECTIONS:
            path = folder / f"{category}_inst0" / str(direction) / "0.png"
            path.parent.mkdir(parents=True)
            still = DrawnImages().image(category, direction, 0)
            Image.fromarray(still).convert("RGB").save(path)
    return folder


if __name__ == "__main__":
    main()
