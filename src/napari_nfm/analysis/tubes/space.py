"""The space of the curves: principal components of z-scored responses, of weighted units.

A bootstrap over units repeats columns of the response matrix and leaves others out. That changes
neither mean nor spread of a column, so columns are z-scored once and a bootstrap is a weight per
unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import xarray as xr

from napari_nfm.analysis.errors import AnalysisError, ResponseTensorError
from napari_nfm.analysis.preprocessing import FLOW_CATEGORIES
from napari_nfm.analysis.responses import as_responses
from napari_nfm.analysis.tubes.curves import FloatArray
from napari_nfm.analysis.tubes.eigenvectors import leading_eigenvectors
from napari_nfm.analysis.tubes.spread import halves
from napari_nfm.side_by_side import Spread

__all__ = ["Population", "in_time", "population_of", "project", "z_scored"]

STUDY_POSITIONS = (0, 6, 7, 8, 9, 10)
"""Categories of the flow ensemble that the study's tubularity is about."""

UNITS_AT_ONCE = 64
"""Units that are z-scored while they are in the fast memory of a core."""


@dataclass(frozen=True)
class Population:
    """Z-scored responses, and which row belongs to which curve.

    Attributes
    ----------
    scores
        ``(unit, row)``; rows in the order category, direction, time.
    present
        ``(category, direction, time)``, whether there is a row for this moment.
    """

    scores: FloatArray
    present: xr.DataArray

    @cached_property
    def squares(self) -> FloatArray:
        """``(unit,)``, sum of squares over rows: as many as there are rows, or 0."""
        return np.einsum("ur,ur->u", self.scores, self.scores)

    @property
    def frames(self) -> npt.NDArray[np.int64]:
        """``(curve,)``, how many rows each curve has."""
        return self.present.values.sum(axis=2).ravel()

    @property
    def categories(self) -> npt.NDArray:
        """``(curve,)``, the name of each curve's category, or its number without names."""
        return np.repeat(self.present["category"].values, self.present.sizes["direction"])


def population_of(responses: object, categories: str = "study", spread: Spread = map) -> Population:
    """Z-score responses and lay them out as a matrix.

    Parameters
    ----------
    responses
        ``(unit, category, direction, time)``. A moment at which all units are NaN is left out.
        Units that never vary are zero.
    categories
        "study" or "all", see `TubularitySettings`.
    spread
        `map`, or that of a pool of threads.

    Raises
    ------
    ResponseTensorError
        `responses` is not such a tensor, or some units are NaN where others are not.
    AnalysisError
        A curve has fewer than two moments, or no unit varies.
    """
    tensor = as_responses(responses)
    if categories == "study":
        tensor = _study_categories(tensor)
    rows = tensor.values.reshape(tensor.sizes["unit"], -1)
    present = np.ones(rows.shape[1], dtype=bool)
    scores = z_scored(rows, spread)
    if np.isnan(scores[:, 0]).any():  # with NaN at one moment, a unit's scores are NaN at all
        present = ~np.isnan(rows).all(axis=0)
        if not present.any():
            raise ResponseTensorError("The responses are NaN throughout", "record this site again")
        rows = rows[:, present]
        missing = int(np.isnan(rows).any(axis=1).sum())
        if missing:
            raise ResponseTensorError(
                f"Of {len(rows)} units, {missing} are NaN at moments when others are not",
                "leave these units out or fill the gaps",
            )
        scores = z_scored(rows, spread)
    axes = tensor.dims[1:]
    known = {axis: tensor.coords[axis] for axis in axes if axis in tensor.coords}
    mask = xr.DataArray(present.reshape(tensor.shape[1:]), dims=axes, coords=known)
    population = Population(scores, mask)
    frames = population.frames
    if frames.min() < 2:
        raise AnalysisError(
            f"Of {len(frames)} curves, {(frames < 2).sum()} have fewer than two moments",
            "give responses over two frames or more",
        )
    if not population.squares.any():
        raise AnalysisError(
            "The responses are the same for all stimuli and moments",
            "choose units that respond, or a site that varies",
        )
    return population


def project(
    population: Population,
    n_components: int,
    weights: npt.NDArray | None = None,
    spread: Spread = map,
) -> tuple[list[FloatArray], FloatArray]:
    """Return the curves in principal components, and each component's share of the variance.

    Parameters
    ----------
    population
        Z-scored responses.
    n_components
        As many components, or as many as there are units with a weight.
    weights
        ``(unit,)``, how often each unit is in the population; once if None.
    spread
        `map`, or that of a pool of threads.

    Returns
    -------
    list of ndarray
        ``(time, component)`` for each curve. The signs of components are arbitrary.
    ndarray
        ``(component,)``.
    """
    matrix = population.scores
    if weights is None:
        total = float(population.squares.sum())
    else:
        total = float(population.squares @ weights)
        chosen = np.flatnonzero(weights)
        matrix, weights = matrix[chosen], weights[chosen].astype(np.float64)
    if total == 0:
        raise AnalysisError(
            "A draw of units has none that varies", "leave out the units that never vary"
        )
    count = min(n_components, *matrix.shape)
    values, vectors = leading_eigenvectors(matrix, count, weights, spread)
    ends = np.cumsum(population.frames)[:-1]
    return np.split(vectors * np.sqrt(values), ends), values / total


def in_time(population: Population, curves: list[FloatArray]) -> xr.DataArray:
    """Give curves the axes of the responses, ``(category, direction, time, component)``.

    Moments without a row are NaN.
    """
    present = population.present
    values = np.full((*present.shape, curves[0].shape[1]), np.nan)
    values[present.values] = np.concatenate(curves)
    return xr.DataArray(values, dims=(*present.dims, "component"), coords=present.coords)


def z_scored(rows: FloatArray, spread: Spread = map) -> FloatArray:
    """Return units ``(unit, row)`` with mean 0 and population standard deviation 1, or 0."""
    scores = np.empty(rows.shape)

    def fill(units: slice) -> None:
        for start in range(units.start, units.stop, UNITS_AT_ONCE):
            some = slice(start, min(start + UNITS_AT_ONCE, units.stop))
            means = rows[some].mean(axis=1)
            part = np.subtract(rows[some], means[:, np.newaxis], out=scores[some])
            spreads = np.sqrt(np.einsum("ur,ur->u", part, part) / part.shape[1])
            varies = spreads > 10 * np.finfo(np.float64).eps * np.abs(means)
            part *= np.where(varies, 1 / np.where(varies, spreads, 1), 0)[:, np.newaxis]

    list(spread(fill, halves(len(rows))))
    return scores


def _study_categories(tensor: xr.DataArray) -> xr.DataArray:
    """Return the study's six categories where the flow ensemble was shown, else all."""
    if tensor.sizes["category"] != len(FLOW_CATEGORIES):
        return tensor
    if "category" not in tensor.coords:
        return tensor.isel(category=list(STUDY_POSITIONS))
    names = [str(name) for name in tensor.coords["category"].values]
    if sorted(names) != sorted(FLOW_CATEGORIES):
        return tensor
    return tensor.isel(category=[names.index(FLOW_CATEGORIES[place]) for place in STUDY_POSITIONS])
