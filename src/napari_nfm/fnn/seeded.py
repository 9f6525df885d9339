"""Write a small untrained network of the FNN family, for trying the tool without a download.

Its weights come from a seed and a recipe, not from data: the first layer holds pairs of Gabor
filters in quadrature, the next combines them over three frames into direction-selective filters
(Adelson and Bergen, 1985, https://doi.org/10.1364/JOSAA.2.000284), and everything deeper is
random with gains that keep activity varied and unsaturated. It shows what the tool does; what
it says about cortex is nothing.
"""

import hashlib
import json
import re
import zlib
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from napari_nfm.fnn.architecture import Architecture, DenseBlock, expected_shapes
from napari_nfm.fnn.cache import cache_directory, new_directory
from napari_nfm.fnn.checkpoint import CORE, missing_files, scan_file

__all__ = ["REDUCED", "embedded_checkpoint", "write_seeded_checkpoint"]

REDUCED = Architecture(
    retina=(64, 96),
    eye_features=4,
    eye_layers=1,
    behaviour_features=4,
    behaviour_cells=4,
    blocks=(DenseBlock(8, 1), DenseBlock(16, 2), DenseBlock(32, 4, pool=1)),
    encoder_features=32,
    recurrent_inputs=32,
    recurrent_hidden=32,
    recurrent_common=64,
    recurrent_groups=4,
    features=32,
)
"""The published topology with fewer channels and a retina of a quarter of the pixels."""

NAME = "embedded network"
NOTE = "seeded, untrained weights: for trying the tool, not a model of cortex"

_RECIPE = 1  # raise it whenever the same seed gives other weights, so that caches are renewed
_RETINA_DEGREES = 75.0


def embedded_checkpoint() -> Path:
    """Return the folder of the embedded network, writing it to the user's cache the first time."""
    directory = cache_directory() / f"seeded_network_v{_RECIPE}"
    if directory.is_dir() and not missing_files(directory):
        return directory
    return write_seeded_checkpoint(directory)


def write_seeded_checkpoint(
    directory: str | Path,
    *,
    architecture: Architecture = REDUCED,
    units: int = 300,
    seed: int = 0,
    session: int = 8,
    scan_idx: int = 5,
) -> Path:
    """Write an untrained network in the published layout, with a ``config.json`` that says so.

    Parameters
    ----------
    directory
        The folder to write; it appears complete or not at all.
    architecture
        The size of the network.
    units
        Number of units in the readout.
    seed
        The same seed gives the same tensors, whatever the machine.
    session, scan_idx
        Under which scan the units are listed.

    Returns
    -------
    Path
        `directory`, for `load_twin`.
    """
    final = Path(directory).expanduser()
    state = _state(architecture, units, seed)
    core = OrderedDict((key, value) for key, value in state.items() if key.startswith("core."))
    scan = OrderedDict((key, value) for key, value in state.items() if key not in core)
    gaps = np.random.default_rng([seed, zlib.crc32(b"unit_id")]).integers(1, 4, units)
    unit_rows = [
        f"{session},{scan_idx},{unit_id},{readout_id}"
        for readout_id, unit_id in enumerate(np.cumsum(gaps))
    ]
    data_id = hashlib.md5(f"seeded {seed}".encode(), usedforsecurity=False).hexdigest()
    with new_directory(final) as filling:
        torch.save(core, filling / CORE)
        torch.save(scan, filling / scan_file(session, scan_idx))
        tables = {
            "scans.csv": [
                "session,scan_idx,units,data_id",
                f"{session},{scan_idx},{units},{data_id}",
            ],
            "units.csv": ["session,scan_idx,unit_id,readout_id", *unit_rows],
            "config.json": [json.dumps({"name": NAME, "note": NOTE, "seed": seed}, indent=1)],
        }
        for name, lines in tables.items():
            (filling / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return final


def _state(architecture: Architecture, units: int, seed: int) -> "OrderedDict[str, torch.Tensor]":
    state: OrderedDict[str, torch.Tensor] = OrderedDict()
    for key, shape in expected_shapes(architecture, units).items():
        # One generator per key: a change of one layer leaves all others as they were.
        rng = np.random.default_rng([seed, zlib.crc32(key.encode())])
        value = np.broadcast_to(_recipe(key)(rng, key, shape), shape)
        if value.dtype != bool:
            # Drops the last bits, in which exp and cos differ between machines.
            value = (np.round(value * 2.0**16) / 2.0**16).astype(np.float32)
        state[key] = torch.from_numpy(np.array(value))
    return state


Shape = tuple[int, ...]
Recipe = Callable[[np.random.Generator, str, Shape], np.ndarray]


def _recipe(key: str) -> Recipe:
    return next(recipe for pattern, recipe in _RECIPES if re.search(pattern, key))


def _constant(value: float | list[float]) -> Recipe:
    return lambda _rng, _key, _shape: np.asarray(value, dtype=float)


def _normal(scale: float, mean: float = 0.0) -> Recipe:
    return lambda rng, _key, shape: mean + scale * rng.standard_normal(shape)


def _random_kernels(rng: np.random.Generator, _key: str, shape: Shape) -> np.ndarray:
    """Draw kernels of unit variance per fan-in; standardisation sets their scale anyway."""
    return rng.standard_normal(shape) / np.sqrt(np.prod(shape[1:]))


def _gabors(_rng: np.random.Generator, key: str, shape: Shape) -> np.ndarray:
    """Fill channels 2i and 2i+1 with the even and odd Gabor of one orientation; one scale a stream.

    Both have zero mean, so that uniform light moves no channel.
    """
    stream = int(key.rpartition(".")[2])
    channels, size = shape[0], shape[-1]
    pairs = (channels + 1) // 2
    axis = np.arange(size) - (size - 1) / 2
    y, x = np.meshgrid(axis, axis, indexing="ij")
    kernels = np.empty((channels, size, size))
    for channel in range(channels):
        # Neighbouring streams have orientations in between, so that all streams tile the circle.
        angle = np.pi * (channel // 2 + stream / 4) / pairs
        period = (5.0, 7.0, 9.0, 12.0)[stream % 4]
        along = 2 * np.pi * (x * np.cos(angle) - y * np.sin(angle)) / period
        wave = np.sin(along) if channel % 2 else np.cos(along)
        kernels[channel] = wave * np.exp(-(x**2 + y**2) / (2 * (size / 3.5) ** 2))
    kernels -= kernels.mean(axis=(1, 2), keepdims=True)
    kernels *= _FIRST_GAIN / np.linalg.norm(kernels, axis=(1, 2), keepdims=True)
    return kernels.reshape(shape)


def _moving(rng: np.random.Generator, _key: str, shape: Shape) -> np.ndarray:
    """Combine the two filters of a pair with a delay, so that one direction of motion sums up.

    Output channel 2i prefers one direction along orientation i, channel 2i+1 the opposite one.
    """
    outputs, inputs, frames, size, _ = shape
    delay = np.arange(frames)[::-1]  # slice 0 acts on the oldest frame
    phase = 2 * np.pi * _CYCLES_PER_FRAME * delay
    axis = np.arange(size) - (size - 1) / 2
    blob = np.exp(-(axis[:, None] ** 2 + axis**2) / 2)
    kernels = 0.1 * rng.standard_normal(shape)
    for output in range(outputs):
        even = output // 2 * 2 % inputs
        odd = min(even + 1, inputs - 1)
        direction = -1 if output % 2 else 1
        kernels[output, even] += np.cos(phase)[:, None, None] * blob
        kernels[output, odd] += direction * np.sin(phase)[:, None, None] * blob
    return kernels


def _retinal_rays(_rng: np.random.Generator, _key: str, shape: Shape) -> np.ndarray:
    """Return the viewing direction of every retinal pixel (row, column, xyz), unit vectors."""
    height, width, _ = shape
    margin = (width - 1) / width
    x = np.linspace(-1, 1, width) * margin
    y = np.linspace(-1, 1, height)[:, None] * margin * height / width
    eccentricity = np.minimum(np.hypot(x, y) * np.radians(_RETINA_DEGREES), np.pi / 2)
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
    """Let each unit listen to few channels, so that units differ in what they prefer."""
    return _FEATURE_GAIN * rng.standard_normal(shape) * (rng.random(shape) < _FEATURE_SHARE)


_FIRST_GAIN = 1.5
_CYCLES_PER_FRAME = 0.1
_FEATURE_GAIN = 1.0
_FEATURE_SHARE = 0.3

# The first pattern found in a key decides.
_RECIPES: list[tuple[str, Recipe]] = [
    ("monitor.center_std", _constant(0.05)),
    ("monitor.angle_std", _constant(0.05)),
    ("monitor.center", _constant([0.0, 0.0, 0.5])),
    ("monitor.angle", _constant(0.0)),
    ("monitor_pixel.power", _constant(1.7)),
    ("monitor_pixel.scale", _constant(1.0)),
    ("monitor_pixel.offset", _constant(0.0)),
    ("retina.grid", _retinal_rays),
    # logistic(0.357) = 1/1.7 undoes the monitor's power, so that grey lies half-way.
    ("retina_pixel.logit", _constant(0.357)),
    ("retina_pixel.scale", _constant(2.5)),
    ("retina_pixel.offset", _constant(-1.25)),
    ("perspective.mlp.*gains", _constant(0.2)),
    ("perspective.mlp.*biases", _constant(0.0)),  # without an eye position, gaze is straight ahead
    ("inputs.0.weights", _gabors),
    ("inputs.0.biases", _normal(0.1)),
    ("blocks.0.convs.0.weights", _moving),
    ("recurrent.scales", _normal(2.0, mean=6.0)),
    ("proj_x.0.mask", lambda _rng, _key, shape: ~np.eye(shape[0], dtype=bool).reshape(shape)),
    ("proj_x.0.zero", _constant(0.0)),
    ("recurrent.proj_i.biases", _normal(0.3, mean=-0.5)),
    ("recurrent.proj_f.biases", _normal(0.3, mean=0.5)),
    ("recurrent.out.gains", _normal(0.2, mean=3.0)),
    ("recurrent.proj_x.2.gains", _normal(0.1, mean=0.3)),
    ("position.mu", _positions),
    ("position.sigma", lambda _rng, _key, _shape: 0.1 * np.eye(2)),
    ("feature.weights", _sparse_features),
    ("readout.biases", _normal(0.5)),
    ("weights", _random_kernels),
    ("gains", _normal(0.1, mean=1.0)),
    ("biases", _normal(0.2)),
]
