"""Accuracies, their intervals and confusions, from the categories predicted in time windows."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

__all__ = [
    "SAMPLE_AXES",
    "WindowAccuracy",
    "chance_interval",
    "full_window",
    "wilson_interval",
    "window_accuracy",
]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

CONFIDENCE = 0.95
"""Coverage of the intervals."""

SAMPLE_AXES = ("direction", "category")
"""Order of the samples, which decides the folds: the study's."""


@dataclass(frozen=True)
class WindowAccuracy:
    """Accuracy in windows that grow or shrink by a frame.

    Attributes
    ----------
    runs
        ``(run, frame)``, the share of right predictions in each run.
    mean, std
        ``(frame,)``, mean and population standard deviation over runs. The latter says how much
        the division into folds matters, not how certain the accuracy is.
    interval
        ``(frame, bound)``, Wilson score interval of 95 percent of `mean`, for as many independent
        samples as the predictions are worth: of "knn" by the jackknife, which on average does not
        understate the variance (Efron & Stein 1981); of "logistic" all. It is about other noise
        with the same categories, and holds for one window, not for the highest of many.
    confusion
        ``(frame, category, predicted)``, how often a category was taken for which, the mean over
        runs; rows sum to the number of directions.
    predictions
        ``(run, frame, category, direction)``, the position of the predicted category.
    """

    runs: xr.DataArray
    mean: xr.DataArray
    std: xr.DataArray
    interval: xr.DataArray
    confusion: xr.DataArray
    predictions: xr.DataArray


def full_window(tensor: xr.DataArray) -> xr.DataArray:
    """Return responses averaged over the recording, as one moment: its last."""
    last = tensor.isel(time=[-1]).coords
    return tensor.mean("time", skipna=False, keepdims=True).assign_coords(last)


def window_accuracy(
    predicted: IntArray, worth: FloatArray, tensor: xr.DataArray, fold_of: IntArray
) -> WindowAccuracy:
    """Return the accuracies of `predicted` ``(run, frame, sample)`` with `fold_of` each sample.

    The predictions in a window are worth so many independent ones, `worth` ``(frame,)``.
    """
    n_categories, n_directions = tensor.sizes["category"], tensor.sizes["direction"]
    labels = np.tile(np.arange(n_categories), n_directions)
    right = predicted == labels
    folds = fold_of[:, :, np.newaxis] == np.arange(fold_of.max() + 1)  # (run, sample, fold)
    of_folds = np.einsum("rfs,rsk->rfk", right.astype(np.float64), folds)
    runs = (of_folds / folds.sum(axis=1)[:, np.newaxis]).mean(axis=2)
    counts = np.eye(n_categories)[predicted].reshape(*predicted.shape[:2], *_grid(tensor), -1)
    times = tensor.coords["time"] if "time" in tensor.coords else xr.DataArray(range(runs.shape[1]))
    coordinates = {"frame": ("frame", times.values, times.attrs)}
    names = tensor.coords["category"].values if "category" in tensor.coords else None

    def labelled(values: npt.NDArray, *axes: str) -> xr.DataArray:
        coords: dict[str, Any] = dict(coordinates) if "frame" in axes else {}
        if names is not None:
            coords |= {axis: (axis, names) for axis in ("category", "predicted") if axis in axes}
        if "direction" in axes and "direction" in tensor.coords:
            coords["direction"] = tensor.coords["direction"]
        if "bound" in axes:
            coords["bound"] = ["lower", "upper"]
        return xr.DataArray(values, dims=axes, coords=coords)

    grid = predicted.reshape(*predicted.shape[:2], *_grid(tensor)).swapaxes(2, 3)
    mean = runs.mean(axis=0)
    return WindowAccuracy(
        runs=labelled(runs, "run", "frame"),
        mean=labelled(mean, "frame"),
        std=labelled(runs.std(axis=0), "frame"),
        interval=labelled(wilson_interval(mean, worth), "frame", "bound"),
        confusion=labelled(counts.sum(axis=2).mean(axis=0), "frame", "category", "predicted"),
        predictions=labelled(grid, "run", "frame", "category", "direction"),
    )


def _grid(tensor: xr.DataArray) -> tuple[int, ...]:
    return tuple(tensor.sizes[axis] for axis in SAMPLE_AXES)


def wilson_interval(share: FloatArray, n_samples: FloatArray | float) -> FloatArray:
    """Return Wilson's score interval ``(..., bound)`` of a share of `n_samples`."""
    from scipy.stats import norm

    z = norm.ppf(0.5 + CONFIDENCE / 2)
    half = z * np.sqrt(share * (1 - share) / n_samples + z**2 / (4 * n_samples**2))
    centre = share + z**2 / (2 * n_samples)
    lower, upper = ((centre + sign * half) / (1 + z**2 / n_samples) for sign in (-1, 1))
    return np.clip(np.stack([lower, upper], axis=-1), 0, 1)


def chance_interval(n_samples: int, n_categories: int) -> tuple[float, float]:
    """Return the central accuracies of guessing one of `n_categories` for each sample."""
    from scipy.stats import binom

    lower, upper = binom.interval(CONFIDENCE, n_samples, 1 / n_categories)
    return float(lower) / n_samples, float(upper) / n_samples
