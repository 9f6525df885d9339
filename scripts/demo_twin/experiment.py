"""The synthetic experiment: movies are shown to a mouse that looks around and runs."""

import zlib
from dataclasses import dataclass
from itertools import cycle, islice

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from demo_twin.behaviour import Behaviour, draw_behaviour
from demo_twin.movies import draw_movie
from demo_twin.neurons import calibrate, draw_cells, firing_rates
from demo_twin.optics import RETINA, perspective_weights, see
from napari_nfm.fnn.architecture import Architecture
from napari_nfm.fnn.perspective import Perspective

__all__ = ["Experiment", "Shown", "run_experiment", "show"]

SHARES = {"dead leaves": 5, "pink noise": 3, "grating": 5, "dot flow": 3, "flashes": 4}
"""How many of every twenty movies are of each kind."""


@dataclass(frozen=True)
class Shown:
    """Movies that were shown, what was seen and done meanwhile, and the noiseless rates.

    Parameters
    ----------
    kinds
        Kind of each movie.
    images
        Retinal images ``(movie, time, y, x)``.
    behaviours
        Traces of each movie.
    rates
        Spikes per frame ``(movie, time, cell)``.
    """

    kinds: tuple[str, ...]
    images: NDArray[np.float32]
    behaviours: tuple[Behaviour, ...]
    rates: NDArray[np.float32]

    def spikes(self, seed: int, trial: int) -> NDArray[np.float32]:
        """Draw the Poisson counts of one trial, ``(movie, time, cell)``."""
        random = np.random.default_rng([seed, 2, trial])
        return random.poisson(self.rates).astype(np.float32)

    @property
    def body(self) -> NDArray[np.float32]:
        """Pupil and running, ``(movie, time, 2)``."""
        return np.stack([behaviour.body for behaviour in self.behaviours])


@dataclass(frozen=True)
class Experiment:
    """One synthetic mouse, with what it was shown for training and what was held out.

    Parameters
    ----------
    cells
        Truth of each cell; see `neurons.draw_cells`.
    training, held_out
        Movies of other seeds.
    """

    cells: pd.DataFrame
    training: Shown
    held_out: Shown


def run_experiment(seed: int, n_training: int, n_held_out: int, n_frames: int) -> Experiment:
    """Draw cells and movies and simulate all responses; the same seed gives the same experiment."""
    cells = draw_cells(seed)
    training = _draw("training", seed, n_training, n_frames)
    cells = calibrate(cells, training[1], training[2])
    held_out = _draw("held out", seed, n_held_out, n_frames)
    return Experiment(cells, _answer(cells, *training), _answer(cells, *held_out))


def show(cells: pd.DataFrame, movies: NDArray[np.uint8], kind: str) -> Shown:
    """Show movies ``(movie, time, y, x)`` to a mouse at rest that looks straight ahead."""
    still = np.zeros((movies.shape[1], 2), dtype=np.float32)
    perspective = mouse_perspective()
    images = np.stack([see(perspective, movie, still) for movie in movies])
    behaviours = (Behaviour(still, still),) * len(movies)
    return _answer(cells, (kind,) * len(movies), images, behaviours)


def mouse_perspective() -> Perspective:
    """Return the way from monitor to retina that mouse and twin share."""
    perspective = Perspective(Architecture(retina=RETINA, eye_features=4, eye_layers=1))
    perspective.load_state_dict(perspective.state_dict() | perspective_weights())
    return perspective


def _draw(
    part: str, seed: int, n_movies: int, n_frames: int
) -> tuple[tuple[str, ...], NDArray[np.float32], tuple[Behaviour, ...]]:
    names = [name for name, share in SHARES.items() for _ in range(share)]
    # A step that has no divisor in common with their number mixes the kinds.
    order = [names[7 * i % len(names)] for i in range(len(names))]
    kinds = tuple(islice(cycle(order), n_movies))
    perspective = mouse_perspective()
    images, behaviours = [], []
    for number, kind in enumerate(kinds):
        key = (seed, zlib.crc32(part.encode()), number)
        behaviour = draw_behaviour((*key, 1), n_frames)
        images.append(see(perspective, draw_movie(kind, (*key, 0), n_frames), behaviour.eye))
        behaviours.append(behaviour)
    return kinds, np.stack(images), tuple(behaviours)


def _answer(
    cells: pd.DataFrame,
    kinds: tuple[str, ...],
    images: NDArray[np.float32],
    behaviours: tuple[Behaviour, ...],
) -> Shown:
    parts = [
        firing_rates(cells, images[start : start + 32], behaviours[start : start + 32])
        for start in range(0, len(images), 32)
    ]
    return Shown(kinds, images, behaviours, np.concatenate(parts))
