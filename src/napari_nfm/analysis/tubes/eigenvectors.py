"""Leading eigenvectors of the products of rows of a matrix of weighted units, exact to rounding.

Where components drown in a tail of noise, randomised methods are off by percents; the iteration
here goes on until what is left of each component is negligible.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from napari_nfm.analysis.tubes.curves import FloatArray
from napari_nfm.analysis.tubes.spread import halves
from napari_nfm.side_by_side import Spread

__all__ = ["leading_eigenvectors"]

SMALL = 200
"""Up to this many units or rows, all eigenvectors are computed at once."""

BLOCK = 6
"""Vectors that are iterated together: the matrix is read once for all of them."""

LARGEST_SPACE = 396
"""Dimension at which the iteration is given up for the computation of all eigenvectors."""

CHECKED = 2
"""Blocks from one look at the residuals to the next."""

TOLERANCE = 1e-8
"""Error of a coordinate that is left, times the gap to the next eigenvalue, as a share of the
size of the curves."""

ROUNDING = 1e-14
"""Of the largest eigenvalue; residuals do not get smaller."""

SMALL_PRODUCT = 1_000_000
"""Multiplications up to which BLAS multiplies without a copy of its operands."""


def leading_eigenvectors(
    matrix: FloatArray,
    count: int,
    weights: npt.NDArray | None = None,
    spread: Spread = map,
) -> tuple[FloatArray, FloatArray]:
    """Return the largest eigenvalues and eigenvectors of ``matrix.T @ diag(weights) @ matrix``.

    By block Lanczos iteration with full orthogonalisation (Golub and Underwood 1977), which asks
    for products with the matrix only.

    Parameters
    ----------
    matrix
        ``(unit, row)``.
    count
        How many, at most as many as there are units and rows.
    weights
        ``(unit,)``, from 0; 1 if None.
    spread
        `map`, or that of a pool of threads. The result is the same.

    Returns
    -------
    ndarray
        ``(count,)``, largest first, none below 0.
    ndarray
        ``(row, count)``, of arbitrary sign.
    """
    found = None
    if min(matrix.shape) > max(SMALL, 4 * count):
        found = _iterate(lambda block: _product(matrix, weights, block, spread), matrix, count)
    values, vectors = found or _all_at_once(matrix, count, weights)
    return np.maximum(values, 0), vectors


def _iterate(
    product: Callable[[FloatArray], FloatArray], matrix: FloatArray, count: int
) -> tuple[FloatArray, FloatArray] | None:
    """Return eigenvalues and eigenvectors, or None where the iteration takes too long.

    `product` takes and returns vectors in rows, ``(BLOCK, row)``.
    """
    rows = matrix.shape[1]
    limit = min(LARGEST_SPACE, *matrix.shape) // BLOCK * BLOCK
    basis = np.empty((limit, rows))
    projected = np.zeros((limit, limit))
    new = _orthonormal(np.random.default_rng(0).standard_normal((BLOCK, rows)))[0]
    for step, size in enumerate(range(BLOCK, limit + 1, BLOCK)):
        last = slice(size - BLOCK, size)
        basis[last] = new
        known = basis[:size]
        image = product(new)
        products = image @ known.T
        projected[last, :size], projected[:size, last] = products, products.T
        image -= products @ known
        new, remainder = _orthonormal(image)
        if size >= count and (step % CHECKED == 0 or size < 4 * count):
            values, vectors = np.linalg.eigh(projected[:size, :size])
            values, vectors = values[: -count - 1 : -1], vectors[:, : -count - 1 : -1]
            residuals = np.linalg.norm(remainder @ vectors[last], axis=0)
            least = TOLERANCE * np.sqrt(np.maximum(values, 0) * values[0]) + ROUNDING * values[0]
            if (residuals <= least).all():
                return values, known.T @ vectors
        # Once is not enough, least of all where the remainder was nothing but rounding.
        new = _orthonormal(new - (new @ known.T) @ known)[0]
    return None


def _orthonormal(block: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return orthonormal rows and the triangle that makes the columns of ``block.T`` of them."""
    vectors, triangle = np.linalg.qr(block.T)
    return np.ascontiguousarray(vectors.T), triangle


def _product(
    matrix: FloatArray, weights: npt.NDArray | None, block: FloatArray, spread: Spread
) -> FloatArray:
    """Return ``block @ matrix.T @ diag(weights) @ matrix``, reading the matrix once."""
    columns = np.ascontiguousarray(block.T)
    at_once = max(8, SMALL_PRODUCT // columns.size // 8 * 8)

    def part(units: slice) -> FloatArray:
        total = np.zeros_like(block)
        for start in range(units.start, units.stop, at_once):
            some = slice(start, min(start + at_once, units.stop))
            scores = matrix[some] @ columns
            if weights is not None:
                scores *= weights[some, np.newaxis]
            total += scores.T @ matrix[some]
        return total

    first, second = spread(part, halves(len(matrix)))
    return first + second


def _all_at_once(
    matrix: FloatArray, count: int, weights: npt.NDArray | None
) -> tuple[FloatArray, FloatArray]:
    """Return eigenvalues and eigenvectors from the smaller of the two matrices of products."""
    from scipy.linalg import eigh

    if weights is not None:
        matrix = matrix * np.sqrt(weights)[:, np.newaxis]
    few_units = matrix.shape[0] < matrix.shape[1]
    cross = matrix @ matrix.T if few_units else matrix.T @ matrix
    size = len(cross)
    values, vectors = eigh(cross, subset_by_index=(size - count, size - 1))
    if few_units:
        roots = np.sqrt(np.maximum(values, 0))
        vectors = matrix.T @ vectors / np.where(roots > 0, roots, 1)
    return values[::-1], vectors[:, ::-1]
