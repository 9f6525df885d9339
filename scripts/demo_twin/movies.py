"""What the synthetic mouse is shown: seeded movies of five kinds, 144 x 256 pixels, 8 bits."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from napari_nfm.stimuli import FRAME_SHAPE

__all__ = ["MOVIE_KINDS", "draw_movie"]

GREY = 128.0
Frames = NDArray[np.float64]
Random = np.random.Generator

HEIGHT, WIDTH = FRAME_SHAPE
ROW = np.arange(HEIGHT)[:, None] - (HEIGHT - 1) / 2
COLUMN = np.arange(WIDTH)[None, :] - (WIDTH - 1) / 2


def draw_movie(kind: str, seed: tuple[int, ...], n_frames: int) -> NDArray[np.uint8]:
    """Draw one movie.

    Parameters
    ----------
    kind
        Key of `MOVIE_KINDS`.
    seed
        The same numbers give the same movie.
    n_frames
        Frames of the movie, shown at 30 a second.

    Returns
    -------
    ndarray
        ``(time, 144, 256)``.
    """
    frames = MOVIE_KINDS[kind](np.random.default_rng(seed), n_frames)
    return np.clip(np.round(frames), 0, 255).astype(np.uint8)


def _dead_leaves(random: Random, n_frames: int) -> Frames:
    """Paint ellipses and bars over each other, on three planes that move by themselves."""
    n_leaves = 70
    speed = random.uniform(0.0, 3.0, 3)
    heading = random.uniform(0, 2 * np.pi, 3)
    plane = np.sort(random.integers(0, 3, n_leaves))
    velocity = np.stack([-speed * np.sin(heading), speed * np.cos(heading)], axis=1)[plane]
    long = np.exp(random.uniform(np.log(6), np.log(60), n_leaves))
    short = long * random.uniform(0.2, 1.0, n_leaves)
    angle = random.uniform(0, np.pi, n_leaves)
    is_bar = random.random(n_leaves) < 0.4
    grey = random.uniform(10, 245, n_leaves)
    # Leaves that go out on one side come in on the other, beyond what is seen.
    margin = 60
    period = np.array([HEIGHT + 2 * margin, WIDTH + 2 * margin])
    start = random.random((n_leaves, 2)) * period
    frames = np.full((n_frames, HEIGHT, WIDTH), GREY)
    for t, frame in enumerate(frames):
        centres = (start + t * velocity) % period - margin
        for leaf, centre in enumerate(centres):
            _paint_leaf(
                frame, centre, long[leaf], short[leaf], angle[leaf], is_bar[leaf], grey[leaf]
            )
    return frames


def _paint_leaf(
    frame: Frames,
    centre: NDArray[np.float64],
    long: float,
    short: float,
    angle: float,
    is_bar: bool,
    grey: float,
) -> None:
    reach = long * 1.5
    top, left = np.maximum(np.floor(centre - reach), 0).astype(int)
    bottom, right = np.minimum(np.ceil(centre + reach), (HEIGHT, WIDTH)).astype(int)
    if top >= bottom or left >= right:
        return
    y = np.arange(top, bottom)[:, None] - centre[0]
    x = np.arange(left, right)[None, :] - centre[1]
    along = (x * np.cos(angle) - y * np.sin(angle)) / long
    across = (x * np.sin(angle) + y * np.cos(angle)) / short
    size = np.maximum(np.abs(along), np.abs(across)) if is_bar else np.hypot(along, across)
    covered = np.clip((1 - size) * short + 0.5, 0, 1)  # soft over about a pixel
    patch = frame[top:bottom, left:right]
    patch += covered * (grey - patch)


def _pink_noise(random: Random, n_frames: int) -> Frames:
    """Drift noise of amplitude 1/f, in the whole field and, against it, in one disc."""
    frames = np.empty((n_frames, HEIGHT, WIDTH))
    inside = np.hypot(*_from_centre(random)) < random.uniform(20, 60)
    for mask in (np.ones_like(inside), inside):
        fy, fx = np.fft.fftfreq(2 * HEIGHT)[:, None], np.fft.fftfreq(2 * WIDTH)[None, :]
        radius = np.hypot(fy, fx)
        radius[0, 0] = np.inf
        steepness = random.uniform(0.8, 1.3)
        spectrum = np.fft.fft2(random.standard_normal((2 * HEIGHT, 2 * WIDTH))) / radius**steepness
        deviation = np.sqrt((np.abs(spectrum) ** 2).sum()) / (4 * HEIGHT * WIDTH)
        spectrum *= random.uniform(30, 60) / deviation
        angle, speed = random.uniform(0, 2 * np.pi), random.uniform(0.3, 3.5)
        down, right = -speed * np.sin(angle), speed * np.cos(angle)
        for t in range(n_frames):
            moved = spectrum * np.exp(-2j * np.pi * t * (fy * down + fx * right))
            frames[t][mask] = GREY + np.fft.ifft2(moved).real[:HEIGHT, :WIDTH][mask]
    return frames


def _grating(random: Random, n_frames: int) -> Frames:
    """Drift a sine or square grating, in half of the movies only in a disc.

    Its direction changes once, so that onsets are seen too.
    """
    frames = np.full((n_frames, HEIGHT, WIDTH), GREY)
    local = random.random() < 0.5
    turn = n_frames // 2
    for start, stop in ((0, turn), (turn, n_frames)):
        distance = np.hypot(*_from_centre(random))
        radius = random.uniform(14, 50) if local else 1e3
        window = np.clip((radius - distance) / 4 + 0.5, 0, 1)
        angle = random.uniform(0, 2 * np.pi)
        period = np.exp(random.uniform(np.log(11), np.log(90)))
        frequency = np.exp(random.uniform(np.log(0.7), np.log(5.0))) / 30  # cycles per frame
        along = (COLUMN * np.cos(angle) - ROW * np.sin(angle)) / period
        contrast = random.uniform(0.3, 1.0)
        is_square = random.random() < 0.4
        phase = random.random()
        for t in range(start, stop):
            wave = np.sin(2 * np.pi * (along - frequency * t + phase))
            if is_square:
                wave = np.clip(wave * 8, -1, 1)
            frames[t] = GREY * (1 + contrast * window * wave)
    return frames


def _dot_flow(random: Random, n_frames: int) -> Frames:
    """Move dots of one polarity together in one direction, then in another."""
    frames = np.full((n_frames, HEIGHT, WIDTH), GREY)
    radius = np.exp(random.uniform(np.log(2.5), np.log(12)))
    n_dots = int(np.clip(0.16 * HEIGHT * WIDTH / (np.pi * radius**2), 4, 200))
    amplitude = random.choice([-1, 1]) * random.uniform(50, 120)
    margin = 16
    period = np.array([HEIGHT + 2 * margin, WIDTH + 2 * margin])
    centres = random.random((n_dots, 2)) * period
    for start, stop in ((0, n_frames // 2), (n_frames // 2, n_frames)):
        angle, speed = random.uniform(0, 2 * np.pi), random.uniform(0.5, 3.0)
        step = speed * np.array([-np.sin(angle), np.cos(angle)])
        for t in range(start, stop):
            centres = (centres + step) % period
            for centre in centres - margin:
                _paint_leaf(frames[t], centre, radius, radius, 0.0, False, GREY + amplitude)
    return frames


def _flashes(random: Random, n_frames: int) -> Frames:
    """Flash the field and, on top, discs and bars at random places, each for some frames."""
    frames = np.full((n_frames, HEIGHT, WIDTH), GREY)
    if random.random() < 0.4:
        onset, duration = random.integers(3, n_frames // 2), random.integers(4, n_frames // 2)
        frames[onset : onset + duration] += random.choice([-1, 1]) * random.uniform(40, 120)
    for _ in range(random.integers(10, 40)):
        onset, duration = random.integers(0, n_frames - 3), random.integers(2, 10)
        centre = random.random(2) * (HEIGHT, WIDTH)
        long = random.uniform(5, 30)
        short = long * random.choice([1.0, 0.25])
        angle, grey = (
            random.uniform(0, np.pi),
            random.choice([0.0, 20.0, 60.0, 190.0, 235.0, 255.0]),
        )
        for frame in frames[onset : onset + duration]:
            _paint_leaf(frame, centre, long, short, angle, False, grey)
    return frames


def _from_centre(random: Random) -> tuple[Frames, Frames]:
    """Return each pixel's rows and columns from a random place on the screen."""
    y, x = (random.random(2) - 0.5) * (HEIGHT, WIDTH)
    return np.broadcast_arrays(ROW - y, COLUMN - x)


MOVIE_KINDS: dict[str, Callable[[Random, int], Frames]] = {
    "dead leaves": _dead_leaves,
    "pink noise": _pink_noise,
    "grating": _grating,
    "dot flow": _dot_flow,
    "flashes": _flashes,
}
"""How each kind of movie is drawn."""
