"""The neural matrix the plain way, to measure ours against.

One response map, one shift and one unit at a time in float64, as the study's code does, with
SciPy's bounded least squares per unit. Nothing here is shared with the package.
"""

import numpy as np
from scipy.optimize import lsq_linear


def neural_matrix(tensor, factors, weights):
    """Return roots of the coefficients ``(unit, component)`` and the shifted tensor.

    `tensor` is ``(unit, stimulus, direction, time)``; `factors` are three matrices with one
    column per component, the last with direction fastest; `weights` has one entry per component.
    """
    n_directions = tensor.shape[2]
    fibres = tensor.swapaxes(2, 3).reshape(*tensor.shape[:2], -1)
    neural, stimulus, response = (factor / np.linalg.norm(factor, axis=0) for factor in factors)
    model = np.einsum("nr,sr,pr->nsp", neural * weights, stimulus, response, optimize=True)
    shifted = shift_to_fit(fibres, model, n_directions)
    balanced = stimulus / stimulus.max(axis=0)
    design = np.einsum("sr,pr->spr", balanced, response).reshape(-1, balanced.shape[1])
    rows = [
        lsq_linear(design, unit.ravel(), bounds=(0, np.inf)).x for unit in shifted.astype(float)
    ]
    return np.sqrt(np.array(rows)), shifted


def shift_to_fit(fibres, model, n_directions):
    """Roll every response map to the shift of directions that is nearest to `model`."""
    shifted = np.empty(fibres.shape, dtype=np.float32)
    for unit, stimulus in np.ndindex(fibres.shape[:2]):
        maps = fibres[unit, stimulus].reshape(-1, n_directions)
        target = model[unit, stimulus].reshape(-1, n_directions)
        rolled = [np.roll(maps, shift, axis=1) for shift in range(n_directions)]
        errors = [np.sum((target - candidate) ** 2) for candidate in rolled]
        shifted[unit, stimulus] = rolled[int(np.argmin(errors))].ravel()
    return shifted
