"""Linear maps between two populations, judged on stimuli that they were not fitted to."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import xarray as xr

from napari_nfm.analysis.comparing.states import mean_states, principal_axes
from napari_nfm.analysis.errors import AnalysisError

__all__ = ["canonical_correlation", "linear_predictivity"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

PENALTIES = np.logspace(-8, 3, 45)
"""Ridge penalties that are tried, as shares of the mean variance of the training states."""


def canonical_correlation(
    first: xr.DataArray, second: xr.DataArray, n_components: int, n_folds: int, seed: int
) -> tuple[float, xr.Dataset]:
    """Return the mean correlation of canonical variates on held-out stimuli, and each of them.

    Canonical correlation analysis of the first principal components, all fitted to the training
    stimuli of a fold (Hotelling 1936; Raghu et al. 2017). Held-out variates, about their training
    means and in training standard deviations, are pooled over folds.
    """
    sides = mean_states(first, "first"), mean_states(second, "second")
    variates = np.empty((2, len(sides[0]), n_components))
    fitted = []
    for training, held_out in _folds(len(sides[0]), n_folds, seed):
        whitened = []
        for side, (states, which) in enumerate(zip(sides, ("first", "second"), strict=True)):
            centred = states - states[training].mean(axis=0)
            axes = principal_axes(centred[training], n_components, which)
            scores = centred @ axes
            whitened.append(scores / np.linalg.norm(scores[training], axis=0))
            variates[side, held_out] = whitened[side][held_out]
        left, correlations, right = np.linalg.svd(whitened[0][training].T @ whitened[1][training])
        variates[0, held_out] = variates[0, held_out] @ left
        variates[1, held_out] = variates[1, held_out] @ right.T
        fitted.append(correlations)
    products = (variates[0] * variates[1]).sum(axis=0)
    found = products / np.sqrt((variates**2).sum(axis=1).prod(axis=0))
    return float(found.mean()), xr.Dataset(
        {
            "correlation": ("component", found),
            "training_correlation": ("component", np.minimum(np.mean(fitted, axis=0), 1)),
        }
    )


def linear_predictivity(
    first: xr.DataArray, second: xr.DataArray, n_folds: int, seed: int
) -> tuple[float, xr.Dataset]:
    """Return the share of the second population's held-out variance that the first predicts.

    Ridge regression with one penalty for all units, chosen in each fold by leave-one-out among
    its training stimuli. Units that never vary have no share, NaN.
    """
    source, target = mean_states(first, "first"), mean_states(second, "second")
    residuals, totals = np.empty_like(target), np.empty_like(target)
    penalties = []
    for training, held_out in _folds(len(source), n_folds, seed):
        centre = target[training].mean(axis=0)
        predicted, penalty = _ridge(source, target[training] - centre, training, held_out)
        totals[held_out] = target[held_out] - centre
        residuals[held_out] = totals[held_out] - predicted
        penalties.append(penalty)
    lost, had = (residuals**2).sum(axis=0), (totals**2).sum(axis=0)
    varies = np.ptp(target, axis=0) > 1e-14 * np.abs(target).max()
    of_units = np.where(varies, 1 - lost / np.where(varies, had, 1), np.nan)
    return float(1 - lost.sum() / had.sum()), xr.Dataset(
        {"explained_variance": ("unit", of_units), "penalty": ("fold", penalties)}
    )


def _ridge(
    source: FloatArray, centred: FloatArray, training: IntArray, held_out: IntArray
) -> tuple[FloatArray, float]:
    """Return predictions for the held-out states from `centred` training targets; the penalty."""
    states = source - source[training].mean(axis=0)
    values, vectors = np.linalg.eigh(states[training] @ states[training].T)
    values = np.clip(values, 0, None)
    turned = vectors.T @ centred
    # what is left of each training state when it is predicted from the others
    shrink = values / (values + PENALTIES[:, np.newaxis] * values.mean())
    errors = [
        np.sum(((centred - vectors @ (s[:, np.newaxis] * turned)) / _left_alone(vectors, s)) ** 2)
        for s in shrink
    ]
    penalty = float(PENALTIES[int(np.argmin(errors))] * values.mean())
    weights = vectors @ (turned / (values + penalty)[:, np.newaxis])
    return states[held_out] @ states[training].T @ weights, penalty


def _left_alone(vectors: FloatArray, shrink: FloatArray) -> FloatArray:
    """Return one minus the leverage of each training state, the intercept included."""
    leverage = (vectors**2) @ shrink + 1 / len(vectors)
    return np.maximum(1 - leverage, 1e-12)[:, np.newaxis]


def _folds(n_states: int, n_folds: int, seed: int) -> Iterator[tuple[IntArray, IntArray]]:
    """Yield the positions of training and held-out states."""
    if not 2 <= n_folds <= n_states:
        raise AnalysisError(
            f"The argument n_folds is {n_folds} for {n_states} stimuli", f"ask for 2 to {n_states}"
        )
    order = np.random.default_rng(seed).permutation(n_states)
    for held_out in np.array_split(order, n_folds):
        yield np.setdiff1d(order, held_out), np.sort(held_out)
