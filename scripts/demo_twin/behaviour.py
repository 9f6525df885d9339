"""How the synthetic mouse moves its eyes, widens its pupils and runs during a movie."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Behaviour", "draw_behaviour"]


@dataclass(frozen=True)
class Behaviour:
    """Traces of one movie, in arbitrary units of which 0 is the usual state.

    Parameters
    ----------
    eye
        ``(time, 2)``: rightward and upward, about -1 to 1; see `optics.DEGREES_PER_EYE_UNIT`.
    body
        ``(time, 2)``: pupil radius and running speed, 0 at rest to about 1.
    """

    eye: NDArray[np.float32]
    body: NDArray[np.float32]


def draw_behaviour(seed: tuple[int, ...], n_frames: int) -> Behaviour:
    """Draw one movie's traces: saccades and drift, bouts of running, a pupil that follows.

    In a third of the movies the mouse sits still and looks straight ahead, as a model does that
    is given no behaviour.
    """
    random = np.random.default_rng(seed)
    if random.random() < 1 / 3:
        still = np.zeros((n_frames, 2), dtype=np.float32)
        return Behaviour(still, still)
    fixation = np.clip(random.normal(0, 0.5, 2), -1, 1)
    eye = np.empty((n_frames, 2))
    for t in range(n_frames):
        if random.random() < 1 / 25:
            fixation = np.clip(random.normal(0, 0.5, 2), -1, 1)
        eye[t] = fixation
    eye += np.cumsum(random.normal(0, 0.01, (n_frames, 2)), axis=0)
    wants_to_run = np.zeros(n_frames)
    if random.random() < 0.6:
        start = random.integers(0, n_frames)
        wants_to_run[start : start + random.integers(10, n_frames)] = random.uniform(0.5, 1.0)
        if random.random() < 0.4:
            wants_to_run = np.roll(wants_to_run, -start)
    running = _follow(wants_to_run, 4.0, wants_to_run[0])
    pupil = _follow(0.7 * wants_to_run, 15.0, random.uniform(0, 0.7))
    return Behaviour(eye.astype(np.float32), np.stack([pupil, running], axis=1).astype(np.float32))


def _follow(target: NDArray[np.float64], frames: float, first: float) -> NDArray[np.float64]:
    """Approach `target` with a time constant in frames."""
    values = np.empty_like(target)
    value = first
    for t, goal in enumerate(target):
        value += (goal - value) / frames
        values[t] = value
    return values
