"""The permuted decomposition the plain way, to measure ours against.

One start at a time in float64: every evaluation rolls the whole tensor once per direction, as the
study's MATLAB code does, and SciPy's L-BFGS-B with memory 5 descends. Nothing here is shared with
the package.
"""

import numpy as np
from scipy.optimize import minimize

PROJECTED_GRADIENT_TOLERANCE = 1e-4
MAX_EVALUATIONS = 5000


def objective(tensor, factors, n_directions):
    """Return value and gradients of half the squared error, shifts chosen anew.

    `tensor` is ``(unit, stimulus, fibre)`` with direction fastest along the fibre; `factors` are
    three matrices with one column per component.
    """
    neural, stimulus, response = factors
    model = np.einsum("nr,sr,pr->nsp", neural, stimulus, response, optimize=True)
    unrolled = tensor.reshape(*tensor.shape[:2], -1, n_directions)
    best = np.full(tensor.shape[:2], -np.inf)
    aligned = np.empty_like(tensor)
    for shift in range(1, n_directions + 1):
        rolled = np.roll(unrolled, shift, axis=3).reshape(tensor.shape)
        product = np.einsum("nsp,nsp->ns", model, rolled)
        better = product > best
        best[better] = product[better]
        aligned[better] = rolled[better]
    grams = [factor.T @ factor for factor in factors]
    value = 0.5 * np.sum(tensor**2) - best.sum() + 0.5 * np.prod(grams, axis=0).sum()
    gradients = (
        neural @ (grams[1] * grams[2])
        - np.einsum("nsp,sr,pr->nr", aligned, stimulus, response, optimize=True),
        stimulus @ (grams[0] * grams[2])
        - np.einsum("nsp,nr,pr->sr", aligned, neural, response, optimize=True),
        response @ (grams[0] * grams[1])
        - np.einsum("nsp,nr,sr->pr", aligned, neural, stimulus, optimize=True),
    )
    return value, gradients


def fit(tensor, rank, start, max_iterations=1000, n_directions=8):
    """Descend from the three factors `start`; return percent error, factors and evaluations."""
    sizes = [factor.size for factor in start]
    bounds = np.cumsum(sizes)[:-1]

    def unpack(point):
        parts = np.split(point, bounds)
        return [part.reshape(-1, rank) for part in parts]

    def value_and_gradient(point):
        value, gradients = objective(tensor, unpack(point), n_directions)
        return value, np.concatenate([gradient.ravel() for gradient in gradients])

    found = minimize(
        value_and_gradient,
        np.concatenate([np.asarray(factor, dtype=float).ravel() for factor in start]),
        jac=True,
        method="L-BFGS-B",
        bounds=[(0, None)] * sum(sizes),
        options={
            "maxcor": 5,
            "maxiter": max_iterations,
            "maxfun": MAX_EVALUATIONS,
            "ftol": 1e-5 * np.finfo(float).eps,
            "gtol": PROJECTED_GRADIENT_TOLERANCE,
        },
    )
    percent_error = 100 * found.fun / (0.5 * np.sum(tensor**2))
    return percent_error, unpack(found.x), found.nfev
