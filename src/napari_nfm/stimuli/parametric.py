"""Further stimuli from a few numbers: directional pink noise and full-field steps."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from napari_nfm.stimuli.errors import StimulusArgumentError
from napari_nfm.stimuli.stimulus_set import FRAME_SHAPE, StimulusSet

__all__ = ["full_field_steps", "pink_noise"]

GREY = 128
NOISE_DEVIATION = 40.0


def pink_noise(
    *, n_directions: int = 16, n_frames: int = 37, speed: float = 1.5, seed: int = 42
) -> StimulusSet:
    """Return a pattern of pink noise that moves in evenly spaced directions.

    One image serves all directions: the Fourier transform of white noise divided by the
    spatial frequency, brought to a mean of 128 and a standard deviation of 40 grey levels. In
    frame t it is moved by ``int(speed · t · (cos θ, sin θ))`` pixels, with its border
    reflected. This is the study's control stimulus for orientation and direction selectivity;
    how bright the study shows it is not known.

    Parameters
    ----------
    n_directions
        Directions, evenly spaced over 360 degrees from 0 (rightward), counter-clockwise.
    n_frames
        Frames of each sequence.
    speed
        Pixels per frame.
    seed
        Seed of the white noise.

    Returns
    -------
    StimulusSet
        One category, ``pink_noise``, in all directions.

    Raises
    ------
    StimulusArgumentError
        Where a number is out of range.
    """
    _require_positive(n_directions=n_directions, n_frames=n_frames, speed=speed)
    directions = tuple(360.0 * i / n_directions for i in range(n_directions))
    return StimulusSet(
        name="pink noise",
        categories=("pink_noise",),
        titles=("Pink noise",),
        directions=directions,
        n_instances=1,
        n_frames=n_frames,
        draw=_MovingNoise(directions, n_frames, speed, seed),
    )


def full_field_steps(
    contrasts: Sequence[float] = (-1.0, -0.5, 0.5, 1.0),
    *,
    onset: int = 8,
    duration: int = 15,
    n_frames: int = 37,
    background: int = GREY,
) -> StimulusSet:
    """Return full-field steps from a background to other luminances and back.

    Parameters
    ----------
    contrasts
        One category each: the share of the way from the background to white (above 0, an ON
        step) or to black (below 0, an OFF step), from -1 to 1.
    onset
        First frame of the step.
    duration
        Frames of the step.
    n_frames
        Frames of each sequence.
    background
        Grey level before and after the step, 0 to 255.

    Returns
    -------
    StimulusSet
        Categories are named by their contrast in per cent, as in ``step_+50``; there is one
        direction, 0.

    Raises
    ------
    StimulusArgumentError
        Where a number is out of range, or a contrast is there twice.
    """
    _require_positive(n_frames=n_frames, duration=duration)
    contrasts = tuple(map(float, contrasts))
    if not contrasts or len(set(contrasts)) < len(contrasts) or max(map(abs, contrasts)) > 1:
        raise StimulusArgumentError(
            f"The contrasts are {contrasts}", "give different numbers from -1 to 1, at least one"
        )
    if not 0 <= background <= 255:
        raise StimulusArgumentError(f"The background is {background}", "give a grey from 0 to 255")
    if not 0 <= onset < n_frames:
        raise StimulusArgumentError(
            f"The onset is {onset} in {n_frames} frames", f"give a frame from 0 to {n_frames - 1}"
        )
    return StimulusSet(
        name="full-field steps",
        categories=tuple(f"step_{100 * contrast:+g}" for contrast in contrasts),
        titles=tuple(
            f"{'ON' if contrast >= 0 else 'OFF'} step, {100 * abs(contrast):g} %"
            for contrast in contrasts
        ),
        directions=(0.0,),
        n_instances=1,
        n_frames=n_frames,
        draw=_Steps(contrasts, onset, duration, n_frames, background),
    )


@dataclass(frozen=True)
class _MovingNoise:
    directions: tuple[float, ...]
    n_frames: int
    speed: float
    seed: int

    def __call__(self, _category: int, direction: int, _instance: int) -> NDArray[np.uint8]:
        margin = int(self.speed * (self.n_frames - 1)) + 1
        image = _reflected_noise(self.seed, margin)
        height, width = FRAME_SHAPE
        angle = np.deg2rad(self.directions[direction])
        frames = np.empty((self.n_frames, height, width), dtype=np.uint8)
        for t in range(self.n_frames):
            # Rows count downward, so that upward motion lowers them.
            right = int(self.speed * t * np.cos(angle))
            down = -int(self.speed * t * np.sin(angle))
            top, left = margin - down, margin - right
            frames[t] = image[top : top + height, left : left + width]
        return frames


@dataclass(frozen=True)
class _Steps:
    contrasts: tuple[float, ...]
    onset: int
    duration: int
    n_frames: int
    background: int

    def __call__(self, category: int, _direction: int, _instance: int) -> NDArray[np.uint8]:
        contrast = self.contrasts[category]
        extreme = 255 if contrast > 0 else 0
        level = round(self.background + abs(contrast) * (extreme - self.background))
        frames = np.full((self.n_frames, *FRAME_SHAPE), self.background, dtype=np.uint8)
        frames[self.onset : self.onset + self.duration] = level
        return frames


@lru_cache(maxsize=2)
def _reflected_noise(seed: int, margin: int) -> NDArray[np.uint8]:
    # The legacy generator's stream is frozen, so that a seed keeps its meaning.
    white = np.random.RandomState(seed).standard_normal(FRAME_SHAPE)
    radius = np.hypot(*np.meshgrid(*map(np.fft.fftfreq, FRAME_SHAPE), indexing="ij"))
    radius[0, 0] = np.inf  # no mean
    noise = np.fft.ifft2(np.fft.fft2(white) / radius).real
    grey = np.clip(np.round(GREY + NOISE_DEVIATION * noise / noise.std()), 0, 255)
    return np.pad(grey.astype(np.uint8), margin, mode="reflect")


def _require_positive(**numbers: float) -> None:
    for name, number in numbers.items():
        if not number > 0:
            raise StimulusArgumentError(
                f"The argument {name} is {number}", f"give a {name} above 0"
            )
