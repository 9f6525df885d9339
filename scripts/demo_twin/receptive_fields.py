"""Where each cell looks, from its spikes alone: the start of the readout's positions."""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

__all__ = ["first_positions"]

GRAIN = 4  # retinal pixels
LATENCY_FRAMES = 3
MEMORY_FRAMES = 3.0
RIDGE = 2.0


def first_positions(
    images: NDArray[np.float32], counts: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Estimate receptive-field centres by regression on where the image becomes brighter or darker.

    Parameters
    ----------
    images
        Retinal images ``(movie, time, y, x)``.
    counts
        Spikes ``(movie, time, cell)``.

    Returns
    -------
    ndarray
        ``(cell, 2)``: x and y in (-1, 1) over width and height of the retina, as the readout
        has them.
    """
    change = np.diff(images, axis=1, prepend=np.float32(0))  # the mouse saw grey before
    maps = []
    for brighter_or_darker in (np.maximum(change, 0), np.minimum(change, 0)):
        smooth = np.sqrt(gaussian_filter(brighter_or_darker**2, (0, 0, 2, 2)))
        coarse = _remember(smooth[..., GRAIN // 2 :: GRAIN, GRAIN // 2 :: GRAIN])
        size = coarse.shape[2:]
        maps.append(coarse.reshape(-1, size[0] * size[1]))
    features = np.concatenate(maps, axis=1).astype(float)
    features -= features.mean(axis=0)
    # What lies outside of the screen hardly ever changes, and must not count the more for it.
    spread = features.std(axis=0)
    features /= np.maximum(spread, np.median(spread))
    answers = np.sqrt(counts.reshape(-1, counts.shape[2])).astype(float)
    answers -= answers.mean(axis=0)
    gram = features.T @ features + RIDGE * len(features) * np.eye(features.shape[1])
    weights = np.linalg.solve(gram, features.T @ answers)
    field = gaussian_filter(np.maximum(weights, 0).reshape(2, *size, -1).max(axis=0), (1, 1, 0))
    # Only the peak counts, or the map's middle would draw every centre towards it.
    field = np.maximum(field - 0.8 * field.max(axis=(0, 1)), 0)
    field /= field.sum(axis=(0, 1))
    y, x = ((np.arange(n) + 0.5) / n * 2 - 1 for n in size)
    return np.stack([np.einsum("yxc,x->c", field, x), np.einsum("yxc,y->c", field, y)], axis=1)


def _remember(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Average ``(movie, time, ...)`` over the past, from the cells' latency on."""
    result, level = np.zeros_like(values), np.zeros_like(values[:, 0])
    for t in range(LATENCY_FRAMES, values.shape[1]):
        level = level + (values[:, t - LATENCY_FRAMES] - level) / MEMORY_FRAMES
        result[:, t] = level
    return result
