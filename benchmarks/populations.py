"""Populations of the study's size to measure the encoding path on, the same at every run.

Where the decompositions that the study's authors have published are at hand (``--data``), they are
multiplied out and noise is added; else the factors are drawn.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

N_STIMULI, N_DIRECTIONS, N_FRAMES = 6, 8, 37
FACTORS = {1000: "output_R09_best", 2000: "b1_R08_best"}
NOISE = 0.12
"""Noise as a share of the squared norm; of it, the encoding tensor keeps about as much as the
published fits leave unexplained."""

NOISE_FRAMES = 3.0
"""Standard deviation of the Gaussian that makes noise as slow as responses."""

Factors = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


def responses(n_units: int, data: Path | None) -> tuple[NDArray[np.float64], str]:
    """Return responses ``(unit, stimulus, direction, time)`` and in a word what they are."""
    rng = np.random.default_rng(n_units)
    size = min((size for size in FACTORS if size >= n_units), default=max(FACTORS))
    path = None if data is None else data / "fnn_decompositions" / f"{FACTORS[size]}.npz"
    if path is not None and path.is_file():
        with np.load(path, allow_pickle=False) as file:
            loadings = file["neural"] * file["lambdas"]
            factors = loadings, file["stimulus"], file["response"]
        chosen = rng.permutation(len(loadings))[:n_units]
        if n_units > len(loadings):
            raise SystemExit(f"the populations have up to {max(FACTORS)} units, not {n_units}")
        factors = factors[0][chosen], factors[1], factors[2]
        what = f"reconstruction of {path.stem}"
    else:
        factors, what = drawn_factors(n_units, 9, rng), "drawn"
    tensor = np.einsum("nr,sr,pr->nsp", *factors, optimize=True)
    maps = tensor.reshape(n_units, N_STIMULI, N_FRAMES, N_DIRECTIONS).swapaxes(2, 3)
    for unit, shift in enumerate(rng.integers(N_DIRECTIONS, size=n_units)):
        maps[unit] = np.roll(maps[unit], shift, axis=1)
    spread = np.sqrt(NOISE * np.mean(maps**2))
    noise = gaussian_filter1d(rng.standard_normal(maps.shape), NOISE_FRAMES, axis=-1)
    noisy = np.clip(maps + spread * noise / noise.std(), 0, None)
    return np.ascontiguousarray(noisy), what


def drawn_factors(n_units: int, rank: int, rng: np.random.Generator) -> Factors:
    """Return neural, stimulus and response factors, the last of smooth bumps."""
    angles = np.arange(N_DIRECTIONS) * 2 * np.pi / N_DIRECTIONS
    frames = np.arange(N_FRAMES)
    response = np.stack(
        [
            np.outer(
                np.exp(-((frames - rng.uniform(0, N_FRAMES)) ** 2) / rng.uniform(20, 400)),
                np.exp(rng.uniform(0.5, 4) * (np.cos(angles - rng.uniform(0, 2 * np.pi)) - 1)),
            ).ravel()  # direction fastest
            for _ in range(rank)
        ],
        axis=1,
    )
    return rng.gamma(0.5, 1, (n_units, rank)), rng.gamma(0.8, 1, (N_STIMULI, rank)), response


def points(n_units: int, data: Path | None) -> tuple[NDArray[np.float64], str]:
    """Return points ``(unit, component)`` like the scores of a neural matrix, and what they are.

    They stand in for the study's: roots of the loadings of the published retina factors, in the
    first principal components. Beyond the 1,149 units of the retina, units between two neighbours
    are added.
    """
    rng = np.random.default_rng(n_units)
    path = None if data is None else data / "cp_factors" / "retina_R16.npz"
    if path is not None and path.is_file():
        with np.load(path, allow_pickle=False) as file:
            loadings = file["neural"] * file["lambdas"] * file["stimulus"].max(axis=0)
        what = "retina factors"
    else:
        loadings, what = rng.gamma(0.4, 1, (n_units, 12)), "drawn"
    scores = principal_components(np.sqrt(loadings), share=0.8)
    scores = scores[rng.permutation(len(scores))[:n_units]]
    missing = n_units - len(scores)
    if missing:
        squared = ((scores[:, np.newaxis] - scores) ** 2).sum(axis=2)
        near = np.argsort(squared, axis=1)[:, 1:6]
        first = rng.choice(len(scores), missing, replace=False)
        second = near[first, rng.integers(5, size=missing)]
        between = rng.uniform(0.3, 0.7, (missing, 1))
        added = between * scores[first] + (1 - between) * scores[second]
        spread = np.sqrt(squared[first, second] / scores.shape[1])[:, np.newaxis]
        scores = np.concatenate([scores, added + 0.2 * spread * rng.standard_normal(added.shape)])
        what += f", {missing} of {n_units} interpolated"
    return scores, what


def principal_components(matrix: NDArray[np.float64], share: float) -> NDArray[np.float64]:
    """Return the first principal components that explain more than `share` of the variance."""
    centred = matrix - matrix.mean(axis=0)
    left, sizes, _ = np.linalg.svd(centred, full_matrices=False)
    explained = np.cumsum(sizes**2) / np.sum(sizes**2)
    return (left * sizes)[:, : int(np.argmax(explained > share)) + 1]
