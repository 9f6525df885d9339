"""The synthetic mouse's cells: textbook models of V1 whose every parameter is known.

Gabor cells follow the motion energy model (Adelson and Bergen, 1985,
https://doi.org/10.1364/JOSAA.2.000284) with divisive normalisation (Heeger, 1992,
https://doi.org/10.1017/S0952523800009640), adaptation and a gain that grows with running.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from demo_twin.behaviour import Behaviour
from demo_twin.optics import retinal_positions, stimulus_pixels
from napari_nfm.stimuli import FRAME_RATE

__all__ = ["CELL_KINDS", "calibrate", "draw_cells", "firing_rates"]

CELL_KINDS = {
    "simple": 60,
    "simple, direction selective": 60,
    "complex": 70,
    "complex, direction selective": 70,
    "ON": 20,
    "OFF": 20,
}
"""How many cells there are of each kind."""

N_LAGS = 22
NORMALISATION_FRAMES = 4.0
SEMI_SATURATION = 0.15
ADAPTATION_FRAMES = 15.0
COMPRESSION = 0.7
MAXIMUM_RATE = 5.0
"""Expected spikes per frame that no cell exceeds."""

Array = NDArray[np.float64]


def draw_cells(seed: int) -> pd.DataFrame:
    """Draw the parameters of all cells, one row each, in random order.

    Returns
    -------
    pandas.DataFrame
        ``cell_kind``; ``rf_azimuth`` and ``rf_elevation``, the centre of the receptive field in
        degrees right of and above straight ahead; ``rf_x`` and ``rf_y``, column and row of the
        stimulus there; ``rf_size``, the standard deviation of the envelope in degrees;
        ``orientation`` of the bars, ``true_direction`` of motion (both in degrees
        counter-clockwise from rightward; NaN for intensity cells, and the direction for those that
        do not tell it from its opposite); ``spatial_frequency`` in cycles per degree;
        ``temporal_frequency`` in Hz; ``phase`` in degrees; ``opponent``, the amplitude with
        which the filter for the opposite direction joins in, from 0 (direction selective) to 1;
        ``latency`` in seconds; ``adaptation``; ``running_gain``; and ``mean_rate`` in spikes per
        frame.
    """
    random = np.random.default_rng([seed, 1])
    kind = random.permutation(np.repeat(list(CELL_KINDS), list(CELL_KINDS.values())))
    n = len(kind)
    is_gabor = ~np.isin(kind, ["ON", "OFF"])
    is_selective = np.char.endswith(kind.astype(str), "direction selective")
    azimuth, elevation = random.uniform(-34, 34, n), random.uniform(-21, 21, n)
    # Eight directions and those in between, so that each kind covers the circle evenly.
    direction = np.empty(n)
    for name in CELL_KINDS:
        members = np.flatnonzero(kind == name)
        direction[members] = (
            360 * (np.arange(len(members)) + random.random(len(members))) / len(members)
        )
    spatial = np.exp(random.uniform(np.log(0.03), np.log(0.08), n))
    temporal = np.exp(random.uniform(np.log(0.8), np.log(2.5), n))
    # Envelopes hold a little more than a period, within limits.
    size = np.clip(random.uniform(0.38, 0.5, n) / spatial, 4.5, 9.0)
    size = np.where(is_gabor, size, random.uniform(4.0, 7.0, n))
    pixels = stimulus_pixels(np.stack([azimuth, elevation], axis=-1))
    cells = pd.DataFrame(
        {
            "cell_kind": kind,
            "rf_azimuth": azimuth,
            "rf_elevation": elevation,
            "rf_x": pixels[:, 0],
            "rf_y": pixels[:, 1],
            "rf_size": size,
            "orientation": (direction + 90) % 180,
            "true_direction": direction,
            "spatial_frequency": spatial,
            "temporal_frequency": temporal,
            "phase": random.uniform(0, 360, n),
            "opponent": np.where(is_selective, random.uniform(0.0, 0.25, n), 1.0),
            "latency": random.uniform(1.0, 3.0, n) / FRAME_RATE,
            "adaptation": random.uniform(0.2, 1.0, n),
            "running_gain": random.uniform(0.0, 1.2, n),
            "mean_rate": np.exp(random.normal(np.log(0.4), 0.3, n)),
        }
    )
    of_gabors = ["orientation", "true_direction", "spatial_frequency", "phase", "opponent"]
    cells.loc[~is_gabor, of_gabors] = np.nan
    return cells


def firing_rates(
    cells: pd.DataFrame, images: Sequence[NDArray[np.float32]], behaviours: Sequence[Behaviour]
) -> NDArray[np.float32]:
    """Return the noiseless rates of all cells in spikes per frame.

    Parameters
    ----------
    cells
        From `draw_cells`, with the column ``scale`` from `calibrate`.
    images
        Retinal images ``(time, y, x)`` of each movie, all of one length; see `optics.see`.
        Before the first frame the mouse has seen uniform grey.
    behaviours
        What the mouse did during each movie.

    Returns
    -------
    ndarray
        ``(movie, time, cell)``.
    """
    drive = _drive(cells, images, behaviours) * cells["scale"].to_numpy()
    rates = 0.05 * cells["mean_rate"].to_numpy() + drive
    return (MAXIMUM_RATE * np.tanh(rates / MAXIMUM_RATE)).astype(np.float32)


def calibrate(
    cells: pd.DataFrame, images: Sequence[NDArray[np.float32]], behaviours: Sequence[Behaviour]
) -> pd.DataFrame:
    """Return the cells with a ``scale`` that gives each about its ``mean_rate`` in these movies."""
    mean = _drive(cells, images, behaviours).mean(axis=(0, 1))
    return cells.assign(scale=0.95 * cells["mean_rate"] / mean)


def _drive(
    cells: pd.DataFrame, images: Sequence[NDArray[np.float32]], behaviours: Sequence[Behaviour]
) -> Array:
    """Return what remains of the linear stage's output after all nonlinearities, unscaled."""
    seen = np.stack(images)
    is_gabor = cells["opponent"].notna().to_numpy()
    drive = np.empty((*seen.shape[:2], len(cells)))
    drive[..., is_gabor] = _gabor_energy(cells[is_gabor], seen)
    drive[..., ~is_gabor] = _intensity(cells[~is_gabor], seen)
    drive /= SEMI_SATURATION + _local_contrast(cells, seen)
    drive[..., is_gabor] **= COMPRESSION
    drive = _adapt(drive, cells["adaptation"].to_numpy())
    body = np.stack([behaviour.body for behaviour in behaviours]).astype(float)
    arousal = 0.7 * body[..., 1:] + 0.3 * body[..., :1]
    return drive * (1 + cells["running_gain"].to_numpy() * arousal)


def _gabor_energy(cells: pd.DataFrame, seen: NDArray[np.float32]) -> Array:
    """Return squared outputs: half-rectified of simple cells, of a quadrature pair of complex."""
    across, up = _offsets(cells)
    angle = np.radians(_column(cells, "true_direction"))
    along = across * np.cos(angle) + up * np.sin(angle)
    envelope = _envelope(cells, 1.0)
    carrier = np.exp(2j * np.pi * _column(cells, "spatial_frequency") * along)
    # Uniform light moves no filter.
    carrier -= (envelope * carrier).sum(axis=(1, 2), keepdims=True)
    filtered = _project(seen, envelope * carrier)
    lag = np.arange(N_LAGS)
    frequency = cells["temporal_frequency"].to_numpy()[:, None] / FRAME_RATE
    kernel = _causal_bump(cells, np.minimum(0.13 / frequency, 2.6)) * np.exp(
        2j * np.pi * frequency * lag
    )
    preferred = _convolve(filtered, kernel)
    opposite = _convolve(filtered.conj(), kernel)
    opponent = cells["opponent"].to_numpy()
    turn = np.exp(1j * np.radians(cells["phase"].to_numpy()))
    linear = (turn * preferred + opponent * turn.conj() * opposite).real
    simple = 2 * np.maximum(linear, 0) ** 2
    energy = np.abs(preferred) ** 2 + opponent**2 * np.abs(opposite) ** 2
    is_simple = cells["cell_kind"].str.startswith("simple").to_numpy()
    return np.where(is_simple, simple, energy)


def _intensity(cells: pd.DataFrame, seen: NDArray[np.float32]) -> Array:
    """Return the rectified output of centre-surround filters, partly transient in time."""
    sign = np.where(cells["cell_kind"] == "ON", 1.0, -1.0)
    filtered = _project(seen, _envelope(cells, 1.0) - 0.6 * _envelope(cells, 2.5)).real
    width = np.full((len(cells), 1), 1.2)
    kernel = _causal_bump(cells, width) - 0.7 * _causal_bump(cells, 2.2 * width)
    return np.maximum(sign * _convolve(filtered, kernel).real, 0)


def _local_contrast(cells: pd.DataFrame, seen: NDArray[np.float32]) -> Array:
    """Return the contrast energy around each receptive field, with some memory."""
    local = seen - gaussian_filter(seen, (0, 0, 6, 6), mode="nearest")
    energy = _project(local**2, _envelope(cells, 2.0)).real
    decay = np.exp(-np.arange(N_LAGS) / NORMALISATION_FRAMES)
    return _convolve(energy, np.tile(decay / decay.sum(), (len(cells), 1))).real


def _adapt(drive: Array, strength: Array) -> Array:
    """Divide by a running mean of the response itself."""
    adapted, level = np.empty_like(drive), np.zeros_like(drive[:, 0])
    for t in range(drive.shape[1]):
        adapted[:, t] = drive[:, t] / (1 + 2 * strength * level)
        level += (drive[:, t] - level) / ADAPTATION_FRAMES
    return adapted


def _offsets(cells: pd.DataFrame) -> tuple[Array, Array]:
    """Return how far each retinal pixel lies right of and above the centre, ``(cell, y, x)``."""
    degrees = retinal_positions()
    right = degrees[..., 0] - _column(cells, "rf_azimuth")
    return right, degrees[..., 1] - _column(cells, "rf_elevation")


def _envelope(cells: pd.DataFrame, widen: float) -> Array:
    """Return Gaussians ``(cell, y, x)`` of sum 1."""
    size = widen * _column(cells, "rf_size")
    right, up = _offsets(cells)
    envelope = np.exp(-(right**2 + up**2) / (2 * size**2))
    return envelope / envelope.sum(axis=(1, 2), keepdims=True)


def _causal_bump(cells: pd.DataFrame, width: Array) -> Array:
    """Return ``x² exp(-x)`` with x in units of `width` from the latency on, ``(cell, lag)``."""
    latency = cells["latency"].to_numpy()[:, None] * FRAME_RATE
    x = np.maximum(np.arange(N_LAGS) - latency, 0) / width
    bump = x**2 * np.exp(-x)
    return bump / bump.sum(axis=1, keepdims=True)


def _project(seen: NDArray[np.float32], filters: NDArray[np.generic]) -> NDArray[np.complex128]:
    """Return the output of spatial filters ``(cell, y, x)`` as ``(movie, time, cell)``."""
    n_pixels = seen.shape[2] * seen.shape[3]
    flat = filters.reshape(len(filters), n_pixels).T
    pixels = seen.reshape(*seen.shape[:2], n_pixels).astype(float)
    return pixels @ flat.real + 1j * (pixels @ flat.imag)


def _convolve(values: NDArray[np.generic], kernels: NDArray[np.generic]) -> NDArray[np.complex128]:
    """Convolve ``(movie, time, cell)`` with causal kernels ``(cell, lag)``; before, all is zero."""
    result = np.zeros(values.shape, dtype=complex)
    n_frames = values.shape[1]
    for lag in range(min(kernels.shape[1], n_frames)):
        result[:, lag:] += kernels[:, lag] * values[:, : n_frames - lag]
    return result


def _column(cells: pd.DataFrame, name: str) -> Array:
    return cells[name].to_numpy(dtype=float)[:, None, None]
