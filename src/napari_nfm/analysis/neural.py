"""The neural matrix: how much of each component every unit's own responses hold.

Follows the public code of Bertram et al. (arXiv 2601.21508). Components of a permuted
decomposition are rebalanced and fitted once more to every unit alone; the roots of the
coefficients, reduced to a few principal components, are the points of the encoding manifold.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr
from threadpoolctl import ThreadpoolController

from napari_nfm.analysis.errors import AnalysisError
from napari_nfm.analysis.fibres import from_fibres
from napari_nfm.analysis.nonnegative_least_squares import nonnegative_coefficients
from napari_nfm.analysis.responses import as_stimulus_tensor
from napari_nfm.provenance import Provenance

__all__ = ["NeuralMatrix", "neural_matrix"]

FloatArray = npt.NDArray[np.float64]

EXPLAINED_VARIANCE = 0.8
"""Principal components are kept until they explain more than this share."""

UNITS_PER_BLOCK = 128
"""Units worked on at once, so that what lies between stays in the processor's cache."""

# Shifts whose products differ by less than this share are equally good; the smallest is taken.
TIE = 1e-12


@dataclass(frozen=True)
class NeuralMatrix:
    """Loadings of units on components, and the points they make.

    Attributes
    ----------
    values
        ``(unit, factor)``, roots of the non-negative coefficients; exact zeros where a component
        has no part, and throughout for a component of weight zero.
    permuted_tensor
        ``(unit, stimulus, direction, time)`` float32, the tensor with the directions of every
        response map shifted to fit the components.
    scores
        ``(unit, component)``, the first principal components of `values`.
    n_components
        How many they are: enough to explain more than 80 percent of the variance.
    explained_variance_ratio
        ``(factor,)``, each principal component's share of the variance, all of them.
    provenance
        The call that made this result.
    """

    values: FloatArray
    permuted_tensor: xr.DataArray
    scores: FloatArray
    n_components: int
    explained_variance_ratio: FloatArray
    provenance: Provenance


def neural_matrix(
    tensor: Any, factors: Sequence[npt.ArrayLike], weights: npt.ArrayLike
) -> NeuralMatrix:
    """Fit the components of a permuted decomposition to every unit alone.

    Every response map is shifted along its directions to fit the decomposition best. With ``b``
    the stimulus factor divided by its largest entry and ``c`` the response factor, the
    coefficients ``w >= 0`` of a unit minimise ``|sum_r w_r b_r c_r - X|``, exactly and for all
    units together, and its row of the neural matrix is their root.

    Parameters
    ----------
    tensor
        ``(unit, stimulus, direction, time)``: what was decomposed, as an `EncodingTensor`, a
        `DataArray` with these axes or an array in this order.
    factors
        ``(unit, factor)``, ``(stimulus, factor)`` and ``(direction * time, factor)``, the last
        with direction fastest.
    weights
        ``(factor,)``.

    Returns
    -------
    NeuralMatrix
        Values ``(unit, factor)`` and scores ``(unit, component)``.

    Raises
    ------
    AnalysisError
        Wrong axes, NaN, factors that do not belong to the tensor, or units that are all alike.

    Notes
    -----
    The study solves every unit with a bounded iterative solver, which stops up to 2e-3 short of
    true zeros; here zeros are exact. Signs of `scores` are fixed: the largest loading of every
    principal component is positive.
    """
    responses = as_stimulus_tensor(tensor)
    neural, stimulus, response, scale = _checked_factors(responses, factors, weights)
    permuted, products = _fit_shifts(responses.values, neural * scale, stimulus, response)
    with _blas().limit(limits=1):  # more threads take longer on matrices as small as these
        largest = stimulus.max(axis=0)
        balanced = stimulus / np.where(largest > 0, largest, 1) * (scale > 0)
        gram = (balanced.T @ balanced) * (response.T @ response)
        rows = np.einsum("usr,sr->ur", products, balanced)
        values = np.sqrt(nonnegative_coefficients(gram, rows))
        scores, ratio = _principal_components(values)
    n_components = int(np.flatnonzero(np.cumsum(ratio) > EXPLAINED_VARIANCE)[0]) + 1
    return NeuralMatrix(
        values=values,
        # directions are now relative to each map's own shift, so their angles are gone
        permuted_tensor=responses.copy(data=permuted).drop_vars("direction", errors="ignore"),
        scores=np.ascontiguousarray(scores[:, :n_components]),
        n_components=n_components,
        explained_variance_ratio=ratio,
        provenance=Provenance.of("napari_nfm.analysis.neural_matrix", responses, rank=len(scale)),
    )


@cache
def _blas() -> ThreadpoolController:
    # finding the libraries takes longer than the whole fit, so it is done once
    return ThreadpoolController().select(user_api="blas")


def _checked_factors(
    responses: xr.DataArray, factors: Sequence[npt.ArrayLike], weights: npt.ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return three factors of unit-norm columns and the weights that go with them."""
    given = [np.asarray(factor, dtype=np.float64) for factor in factors]
    scale = np.array(weights, dtype=np.float64)
    units, stimuli, directions, times = responses.shape
    lengths = (units, stimuli, directions * times)
    expected = tuple((length, scale.size) for length in lengths)
    if scale.ndim != 1 or scale.size == 0 or tuple(f.shape for f in given) != expected:
        raise AnalysisError(
            f"The factors have the shapes {', '.join(str(f.shape) for f in given)} and the "
            f"weights {scale.shape}, and the tensor {responses.shape}",
            "give the three factors and the weights of a decomposition of this tensor",
        )
    if not all(np.isfinite(array).all() for array in [*given, scale]):
        raise AnalysisError("The factors or weights hold NaN or infinity", "decompose again")
    if any((array < 0).any() for array in [*given, scale]):
        raise AnalysisError(
            "The factors or weights go below zero", "give those of a non-negative decomposition"
        )
    normalised = []
    for factor in given:
        norms = np.linalg.norm(factor, axis=0)
        normalised.append(factor / np.where(norms > 0, norms, 1))
        scale = scale * norms
    return normalised[0], normalised[1], normalised[2], scale


def _fit_shifts(
    values: npt.NDArray, neural: FloatArray, stimulus: FloatArray, response: FloatArray
) -> tuple[npt.NDArray[np.float32], FloatArray]:
    """Roll the directions of every response map to fit best.

    Returns
    -------
    tuple of ndarray
        The rolled maps ``(unit, stimulus, direction, time)``, by ``d -> d + k`` with the smallest
        of equally good ``k``; and their products with the response factors
        ``(unit, stimulus, factor)``.
    """
    units, stimuli, directions, times = values.shape
    maps = from_fibres(response.T, directions)
    # rolling the few components back is rolling the many maps forth
    rolled = np.stack([np.roll(maps, -k, axis=1) for k in range(directions)])
    kernel = np.ascontiguousarray(rolled.reshape(-1, directions * times).T)
    permuted = np.empty(values.shape, dtype=np.float32)
    products = np.empty((units, stimuli, response.shape[1]))
    for first in range(0, units, UNITS_PER_BLOCK):
        block = slice(first, first + UNITS_PER_BLOCK)
        flat = values[block].reshape(-1, directions * times)
        at_shifts = (flat @ kernel).reshape(-1, stimuli, directions, response.shape[1])
        mixtures = neural[block, np.newaxis, :] * stimulus
        fits = (at_shifts @ mixtures[..., np.newaxis])[..., 0]
        best = fits.max(axis=2, keepdims=True)
        shifts = (fits >= best - TIE * np.abs(best)).argmax(axis=2)
        first_rows = np.arange(shifts.size).reshape(shifts.shape) * directions
        products[block] = at_shifts.reshape(-1, response.shape[1])[first_rows + shifts]
        turned = (np.arange(directions) - shifts[..., np.newaxis]) % directions
        rows = (first_rows[..., np.newaxis] + turned).reshape(-1)
        maps_of_block = flat.reshape(-1, times).astype(np.float32)
        # all rows are there; "clip" only spares NumPy a buffer
        maps_of_block.take(rows, axis=0, out=permuted[block].reshape(-1, times), mode="clip")
    return permuted, products


def _principal_components(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return scores ``(unit, component)`` and variance ratios ``(component,)``."""
    centred = values - values.mean(axis=0)
    variances, loadings = np.linalg.eigh(centred.T @ centred)
    variances, loadings = np.clip(variances[::-1], 0, None), loadings[:, ::-1]
    total = float(variances.sum())
    if total <= values.size * (float(values.max()) * np.finfo(np.float64).eps) ** 2:
        raise AnalysisError(
            f"The {len(values)} units all have the same loadings on the components",
            "give at least two units that respond differently",
        )
    largest = np.abs(loadings).argmax(axis=0)
    signs = np.where(loadings[largest, np.arange(len(largest))] < 0, -1, 1)
    return centred @ (loadings * signs), variances / total
