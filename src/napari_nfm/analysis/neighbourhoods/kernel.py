"""The weighted graph: K_ij = exp(-D_ij² / (σ_i σ_j)), over all units that are connected."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from napari_nfm.analysis.neighbourhoods.result import FloatArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["SMALLEST_WEIGHT", "dense_kernel", "dense_kernel_sums"]

SMALLEST_WEIGHT = 1e-8
ELEMENTS_AT_ONCE = 1_000_000


def dense_kernel_sums(squared_distances: FloatArray, scales: FloatArray) -> FloatArray:
    """Return the sums of the kernel's rows ``(unit,)``; units with scale 0 take no part."""
    sums = np.zeros(len(scales))
    for units, _, kernel in _blocks(squared_distances, scales):
        sums[units] = kernel.sum(axis=1)
    return sums


def dense_kernel(squared_distances: FloatArray, scales: FloatArray) -> csr_array:
    """Return the kernel ``(unit, unit)``; rows and columns of units with scale 0 are empty."""
    from scipy.sparse import csr_array

    per_row = np.zeros(len(scales), dtype=np.int64)
    columns, values = [], []
    for units, connected, kernel in _blocks(squared_distances, scales):
        kept = kernel > 0
        per_row[units] = kept.sum(axis=1)
        columns.append(connected[np.nonzero(kept)[1]].astype(np.int32))
        values.append(kernel[kept])
    fits = per_row.sum() <= np.iinfo(np.int32).max
    row_starts = np.concatenate([[0], np.cumsum(per_row)]).astype(np.int32 if fits else np.int64)
    parts = (np.concatenate(values), np.concatenate(columns), row_starts)
    return csr_array(parts, shape=squared_distances.shape)


def _blocks(
    squared_distances: FloatArray, scales: FloatArray
) -> Iterator[tuple[np.ndarray, np.ndarray, FloatArray]]:
    """Yield some units, all connected units and the kernel between them, by and by."""
    connected = np.flatnonzero(scales > 0)
    step = max(1, ELEMENTS_AT_ONCE // len(scales))
    for start in range(0, len(connected), step):
        units = connected[start : start + step]
        kernel = squared_distances[np.ix_(units, connected)]
        kernel /= -np.outer(scales[units], scales[connected])
        np.exp(kernel, out=kernel)
        kernel[kernel < SMALLEST_WEIGHT] = 0
        yield units, connected, kernel
