"""Non-negative least squares for many right-hand sides that share one design matrix.

Block principal pivoting (Portugal, Judice and Vicente, Math. Comp. 1994; Kim and Park, SIAM J.
Sci. Comput. 2011), all right-hand sides at once: those that have the same positive coefficients
share one inverse.
"""

import numpy as np
from numpy.typing import NDArray

from napari_nfm.analysis.errors import AnalysisError

__all__ = ["nonnegative_coefficients"]

FloatArray = NDArray[np.float64]

# Share of the diagonal added to it: tells equal columns apart, and is lost in rounding otherwise.
RIDGE = 1e-12
# A coefficient or gradient this far below zero, against the row's largest, is rounding.
ROUNDING = 1e-10
# How often the number of wrong signs may fail to fall before signs are changed one at a time.
PATIENCE = 3
MAX_EXCHANGES_PER_COLUMN = 30


def nonnegative_coefficients(gram: FloatArray, products: FloatArray) -> FloatArray:
    """Minimise ``|Q w - y|`` over ``w >= 0`` for every row ``y``, given the products with ``Q``.

    Parameters
    ----------
    gram
        ``(column, column)``, ``Q.T @ Q``.
    products
        ``(row, column)``, ``y @ Q`` of every right-hand side.

    Returns
    -------
    ndarray
        ``(row, column)`` float64, exact to rounding: what is not positive is exactly zero. A
        column of zeros gets zeros.

    Raises
    ------
    AnalysisError
        The signs never settle, because columns are as good as equal.
    """
    used = np.diag(gram) > 0
    coefficients = np.zeros_like(products)
    if not used.any():
        return coefficients
    scale = 1 / np.sqrt(np.diag(gram)[used])
    scaled = gram[np.ix_(used, used)] * scale * scale[:, np.newaxis]
    np.fill_diagonal(scaled, 1 + RIDGE)
    coefficients[:, used] = _pivot(scaled, products[:, used] * scale) * scale
    return coefficients


def _pivot(gram: FloatArray, products: FloatArray) -> FloatArray:
    """Solve for a Gram matrix of unit diagonal."""
    n_rows, n_columns = products.shape
    coefficients = np.asarray(np.linalg.solve(gram, products.T).T, dtype=np.float64)
    passive = coefficients > 0
    rows = np.flatnonzero(~passive.all(axis=1))  # the others are solved
    fewest = np.full(n_rows, n_columns + 1)
    patience = np.full(n_rows, PATIENCE)
    for _ in range(MAX_EXCHANGES_PER_COLUMN * n_columns):
        solution = _solve_passive(gram, products[rows], passive[rows])
        coefficients[rows] = np.maximum(solution, 0)
        wrong = _wrong_signs(gram, products[rows], solution, passive[rows])
        open_ = wrong.any(axis=1)
        rows, wrong = rows[open_], wrong[open_]
        if not len(rows):
            return coefficients
        n_wrong = wrong.sum(axis=1)
        better = n_wrong < fewest[rows]
        fewest[rows[better]] = n_wrong[better]
        patience[rows] = np.where(better, PATIENCE, patience[rows] - 1)
        stuck = patience[rows] < 0
        # one at a time, always the last wrong one, ends in finitely many steps (Murty 1974)
        last = n_columns - 1 - wrong[stuck, ::-1].argmax(axis=1)
        wrong[stuck] = np.arange(n_columns) == last[:, np.newaxis]
        passive[rows] ^= wrong
    raise AnalysisError(
        f"The non-negative coefficients of {len(rows)} units do not settle: some components are "
        "as good as equal",
        "choose a lower rank",
    )


def _solve_passive(
    gram: FloatArray, products: FloatArray, passive: NDArray[np.bool_]
) -> FloatArray:
    """Solve every row for its passive columns alone; the other columns get exact zeros."""
    packed = np.packbits(passive, axis=1)
    _, first, which = np.unique(packed, axis=0, return_index=True, return_inverse=True)
    sets = passive[first]
    systems = gram * (sets[:, :, np.newaxis] & sets[:, np.newaxis, :])
    columns = np.arange(len(gram))
    systems[:, columns, columns] += ~sets
    inverses = np.linalg.inv(systems)[which.reshape(-1)]
    solution: FloatArray = (inverses @ (products * passive)[:, :, np.newaxis])[:, :, 0]
    return solution * passive


def _wrong_signs(
    gram: FloatArray, products: FloatArray, solution: FloatArray, passive: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Return which coefficients are negative, and which zeros would rather be positive."""
    tolerance = ROUNDING * np.abs(products).max(axis=1, keepdims=True)
    descent = products - solution @ gram
    return np.where(passive, solution < -tolerance, descent > tolerance)
