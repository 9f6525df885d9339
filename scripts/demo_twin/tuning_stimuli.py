"""Drifting gratings with which tuning is measured, in mouse and twin alike."""

import numpy as np
from numpy.typing import NDArray

from demo_twin.optics import DEGREES_PER_STIMULUS_PIXEL
from napari_nfm.stimuli import FRAME_RATE, FRAME_SHAPE, StimulusSet

__all__ = ["drifting_gratings"]

SPATIAL_FREQUENCIES = (0.035, 0.05, 0.07)
TEMPORAL_FREQUENCIES = (1.0, 2.0)
CONTRAST = 0.8


def drifting_gratings(n_directions: int = 16, n_frames: int = 40) -> StimulusSet:
    """Return sine gratings over the whole screen, a category per pair of frequencies.

    Categories are named by cycles per degree (in the middle of the screen) and Hz, as in
    ``0.05_1``; directions are evenly spaced from 0 (rightward), counter-clockwise.
    """
    pairs = [(s, t) for s in SPATIAL_FREQUENCIES for t in TEMPORAL_FREQUENCIES]
    directions = tuple(360.0 * i / n_directions for i in range(n_directions))

    def draw(category: int, direction: int, _instance: int) -> NDArray[np.uint8]:
        spatial, temporal = pairs[category]
        angle = np.radians(directions[direction])
        row, column = np.ogrid[: FRAME_SHAPE[0], : FRAME_SHAPE[1]]
        along = column * np.cos(angle) - row * np.sin(angle)
        cycles = along * DEGREES_PER_STIMULUS_PIXEL * spatial
        time = np.arange(n_frames)[:, None, None] / FRAME_RATE
        wave = np.sin(2 * np.pi * (cycles - temporal * time))
        return np.round(127.5 * (1 + CONTRAST * wave)).astype(np.uint8)

    return StimulusSet(
        name="drifting gratings",
        categories=tuple(f"{spatial:g}_{temporal:g}" for spatial, temporal in pairs),
        titles=tuple(f"Grating, {s:g} cycles/°, {t:g} Hz" for s, t in pairs),
        directions=directions,
        n_instances=1,
        n_frames=n_frames,
        draw=draw,
    )
