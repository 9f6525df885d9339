"""Weights from a seed and a recipe, not from data: untrained, but alive.

The first layer holds Gabor filters at four phases, the next combines them over three frames into
direction-selective filters (Adelson and Bergen, 1985, https://doi.org/10.1364/JOSAA.2.000284),
and everything deeper is random, with gains that keep activity varied and gates unsaturated.
"""

import re
import zlib
from collections import OrderedDict
from collections.abc import Callable

import numpy as np
import torch

from napari_nfm.fnn.architecture import Architecture, expected_shapes

__all__ = ["seeded_state"]

Shape = tuple[int, ...]
Recipe = Callable[[np.random.Generator, str, Shape], np.ndarray]

N_PHASES = 4
RETINA_DEGREES = 75.0


def seeded_state(
    architecture: Architecture, units: int, seed: int
) -> "OrderedDict[str, torch.Tensor]":
    """Return every tensor of a network by its published key; the same seed gives the same bits.

    Parameters
    ----------
    architecture
        The size of the network.
    units
        Number of units in the readout.
    seed
        Of all that is random; each key has a generator of its own.
    """
    state: OrderedDict[str, torch.Tensor] = OrderedDict()
    for key, shape in expected_shapes(architecture, units).items():
        # A generator for each key: a change of one layer leaves all others as they were.
        rng = np.random.default_rng([seed, zlib.crc32(key.encode())])
        value = np.broadcast_to(_recipe(key)(rng, key, shape), shape)
        if value.dtype != bool:
            # Drops the last bits, in which exp and cos differ between machines.
            value = (np.round(value * 2.0**16) / 2.0**16).astype(np.float32)
        state[key] = torch.from_numpy(np.array(value))
    return state


def _recipe(key: str) -> Recipe:
    return next(recipe for pattern, recipe in _RECIPES if re.search(pattern, key))


def _constant(value: float | list[float]) -> Recipe:
    return lambda _rng, _key, _shape: np.asarray(value, dtype=float)


def _normal(scale: float, mean: float = 0.0) -> Recipe:
    return lambda rng, _key, shape: mean + scale * rng.standard_normal(shape)


def _random_kernels(rng: np.random.Generator, _key: str, shape: Shape) -> np.ndarray:
    """Draw few strong and many weak weights, so that what one channel prefers is not averaged out.

    Kernels are blobs rather than noise, so that maps stay smooth. Their scale does not matter
    where weights are standardised, which is nearly everywhere.
    """
    smooth = rng.standard_normal((*shape[:-2], 1, 1)) ** 3 * _blob(shape[-1])
    kernels = smooth + 2.5 * rng.standard_normal(shape)
    return kernels / np.sqrt(15 * np.prod(shape[1:]))


def _blob(size: int) -> np.ndarray:
    axis = np.arange(size) - (size - 1) / 2
    return np.exp(-(axis[:, None] ** 2 + axis**2) / 2)


def _gabors(_rng: np.random.Generator, key: str, shape: Shape) -> np.ndarray:
    """Fill channels 4i ... 4i+3 with one orientation at phases of 0, 90, 180 and 270 degrees.

    A scale per stream; zero mean, so that uniform light moves no channel.
    """
    stream = int(key.rpartition(".")[2])
    channels, size = shape[0], shape[-1]
    channel = np.arange(channels)[:, None, None]
    n_orientations = -(-channels // N_PHASES)
    # Neighbouring streams have orientations in between, so that together they tile the circle.
    angle = np.pi * (channel // N_PHASES + stream / 4) / n_orientations
    axis = np.arange(size) - (size - 1) / 2
    y, x = axis[:, None], axis[None, :]
    period = (4.0, 6.0, 8.0, 11.0)[stream % 4]
    along = (x * np.cos(angle) - y * np.sin(angle)) / period
    kernels = np.cos(2 * np.pi * (along - channel % N_PHASES / N_PHASES))
    kernels *= np.exp(-(x**2 + y**2) / (2 * (size / 3.5) ** 2))
    kernels -= kernels.mean(axis=(1, 2), keepdims=True)
    kernels *= 1.5 / np.linalg.norm(kernels, axis=(1, 2), keepdims=True)
    return kernels.reshape(shape)


def _moving(rng: np.random.Generator, _key: str, shape: Shape) -> np.ndarray:
    """Step through the phases of one orientation frame by frame, so that one direction adds up.

    The first two output channels of an orientation prefer one direction, the next two the
    opposite.
    """
    outputs, inputs, frames, size, _ = shape
    blob = _blob(size)
    kernels = 0.1 * rng.standard_normal(shape)
    for output in range(outputs):
        orientation, kind = divmod(output, N_PHASES)
        direction, start = divmod(kind, 2)
        for frame in range(frames):  # slice 0 acts on the oldest frame
            phase = start + (frame if direction else -frame)
            for step, weight in ((0, 1.0), (2, -1.0)):  # the opposite phase, with opposite sign
                source = orientation * N_PHASES + (phase + step) % N_PHASES
                kernels[output, source % inputs, frame] += weight * blob
    return kernels


def _retinal_rays(_rng: np.random.Generator, _key: str, shape: Shape) -> np.ndarray:
    """Return the viewing direction of every retinal pixel (row, column, xyz), unit vectors."""
    height, width, _ = shape
    margin = (width - 1) / width
    x = np.linspace(-1, 1, width) * margin
    y = np.linspace(-1, 1, height)[:, None] * margin * height / width
    eccentricity = np.minimum(np.hypot(x, y) * np.radians(RETINA_DEGREES), np.pi / 2)
    around = np.arctan2(y, x)
    return np.stack(
        [
            np.sin(eccentricity) * np.cos(around),
            np.sin(eccentricity) * np.sin(around),
            np.cos(eccentricity),
        ],
        axis=-1,
    )


def _positions(rng: np.random.Generator, _key: str, shape: Shape) -> np.ndarray:
    """Spread the units evenly over the map; the network takes the tanh of what is stored."""
    return np.arctanh(rng.uniform(-0.9, 0.9, shape))


def _sparse_features(rng: np.random.Generator, _key: str, shape: Shape) -> np.ndarray:
    """Let each unit listen mainly to few channels, so that units differ in what they prefer."""
    weights = rng.standard_normal(shape) ** 3
    return 1.2 * weights / np.linalg.norm(weights, axis=-1, keepdims=True)


# The first pattern found in a key decides.
_RECIPES: list[tuple[str, Recipe]] = [
    ("monitor.center_std", _constant(0.05)),
    ("monitor.angle_std", _constant(0.05)),
    ("monitor.center", _constant([0.0, 0.0, 0.3])),  # near enough to fill the retina
    ("monitor.angle", _constant(0.0)),
    ("monitor_pixel.power", _constant(1.7)),
    ("monitor_pixel.scale", _constant(1.0)),
    ("monitor_pixel.offset", _constant(0.0)),
    ("retina.grid", _retinal_rays),
    # logistic(0.357) = 1/1.7 undoes the monitor's power, so that grey lies half-way.
    ("retina_pixel.logit", _constant(0.357)),
    ("retina_pixel.scale", _constant(4.0)),
    ("retina_pixel.offset", _constant(-2.0)),
    ("perspective.mlp.*gains", _constant(0.2)),
    ("perspective.mlp.*biases", _constant(0.0)),  # without an eye position, gaze is straight ahead
    ("inputs.0.weights", _gabors),
    ("inputs.0.biases", _normal(0.1)),
    ("blocks.0.convs.0.weights", _moving),
    (r"blocks.[12].convs.\d.gains", _normal(0.05, mean=0.6)),
    ("feedforward.out.gains", _normal(0.05, mean=0.7)),
    ("recurrent.scales", _normal(2.0, mean=6.0)),
    ("proj_x.0.mask", lambda _rng, _key, shape: ~np.eye(shape[0], dtype=bool).reshape(shape)),
    ("proj_x.0.zero", _constant(0.0)),
    ("recurrent.proj_i.biases", _normal(0.3, mean=-0.5)),
    ("recurrent.proj_f.biases", _normal(0.3, mean=0.5)),
    ("recurrent.proj_[ifgo].gains", _normal(0.3, mean=2.0)),
    ("recurrent.out.gains", _normal(0.2, mean=3.0)),
    ("recurrent.proj_x.2.gains", _normal(0.1, mean=0.3)),
    ("position.mu", _positions),
    ("position.sigma", lambda _rng, _key, _shape: 0.1 * np.eye(2)),
    ("feature.weights", _sparse_features),
    ("readout.biases", _normal(0.3)),
    ("proj_x.0.weights", _normal(1.0)),
    ("weights", _random_kernels),
    ("gains", _normal(0.1, mean=1.0)),
    ("biases", _normal(0.2)),
]
