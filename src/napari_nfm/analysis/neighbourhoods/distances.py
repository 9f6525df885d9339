"""Points and squared distances: what they must be like, and one from the other."""

from typing import Any

import numpy as np
import numpy.typing as npt

from napari_nfm.analysis.errors import AnalysisError
from napari_nfm.analysis.neighbourhoods.result import FloatArray

__all__ = ["as_points", "as_squared_distances", "check_distinct", "squared_distances_of"]

FEWEST_UNITS = 3

NEARLY_IDENTICAL = 1e-6
"""Distance at which two units count as one, in typical nearest-neighbour distances.

All distances are taken in units of the smallest. Past this ratio single precision, in which the
Gabriel graph is defined, cannot tell the neighbours of such a pair apart.
"""


def as_points(points: Any) -> FloatArray:
    """Return coordinates ``(unit, dimension)`` as float64.

    Raises
    ------
    AnalysisError
        Not two axes, not numbers, fewer than three units, or values that are not finite.
    """
    values = _as_numbers(points, "points")
    if values.ndim != 2 or values.shape[1] < 1:
        raise AnalysisError(
            f"The points have the shape {values.shape}, not (unit, dimension)",
            "give a matrix with one row per unit",
        )
    _check_count(len(values))
    bad = np.flatnonzero(~np.isfinite(values).all(axis=1))
    if len(bad):
        raise AnalysisError(
            f"Of {len(values)} points, {len(bad)} have coordinates that are NaN or infinite, "
            f"first that of unit {bad[0]}",
            "leave these units out",
        )
    return values


def as_squared_distances(squared_distances: Any) -> FloatArray:
    """Return squared distances ``(unit, unit)`` as float64, exactly symmetric.

    Raises
    ------
    AnalysisError
        Not a square matrix of finite numbers, not symmetric, a negative distance, or a unit that
        lies apart from itself.
    """
    values = _as_numbers(squared_distances, "squared distances")
    if values.ndim != 2 or values.shape[0] != values.shape[1]:
        raise AnalysisError(
            f"The squared distances have the shape {values.shape}, not (unit, unit)",
            "give a square matrix of all pairs",
        )
    _check_count(len(values))
    if not np.isfinite(values).all():
        unit = int(np.flatnonzero(~np.isfinite(values).all(axis=1))[0])
        raise AnalysisError(
            f"Squared distances of unit {unit} are NaN or infinite",
            "leave units without finite distances out",
        )
    # Distances by way of scalar products leave rounding errors of this size.
    rounding = 1e-9 * float(np.abs(values).max())
    _refuse_pair(values < -rounding, values, "is negative", "give squares of distances")
    asymmetric = np.abs(values - values.T) > rounding
    _refuse_pair(asymmetric, values, "is not the same both ways", "give a symmetric matrix")
    apart = np.diag(np.abs(np.diag(values)) > rounding)
    _refuse_pair(apart, values, "should be 0", "set the diagonal to 0")
    values = np.maximum((values + values.T) / 2, 0)
    np.fill_diagonal(values, 0)
    return values


def squared_distances_of(points: FloatArray) -> FloatArray:
    """Return the squared Euclidean distances ``(unit, unit)`` of all pairs of points.

    By differences, not scalar products, so that near points keep their precision.
    """
    from scipy.spatial.distance import cdist

    return cdist(points, points, "sqeuclidean")


def check_distinct(nearest: FloatArray, partner: npt.NDArray[np.integer]) -> None:
    """Check that no two units lie in the same place.

    Parameters
    ----------
    nearest
        ``(unit,)``, distance to the nearest other unit.
    partner
        ``(unit,)``, which unit that is.

    Raises
    ------
    AnalysisError
        Some units are identical, or nearly so.
    """
    typical = float(np.median(nearest))
    same = np.flatnonzero(nearest <= NEARLY_IDENTICAL * typical)
    if len(same):
        unit = int(same[0])
        raise AnalysisError(
            f"Of {len(nearest)} units, {len(same)} lie in the same place as another or nearly so, "
            f"first unit {unit} and unit {int(partner[unit])}",
            "keep one of each such group, as find_outliers does for near-duplicates",
        )


def _as_numbers(values: Any, what: str) -> FloatArray:
    try:
        return np.array(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise AnalysisError(f"The {what} are not a matrix of numbers", "give numbers") from error


def _check_count(n_units: int) -> None:
    if n_units < FEWEST_UNITS:
        raise AnalysisError(
            f"A graph of {n_units} units has no neighbourhoods",
            f"give at least {FEWEST_UNITS}, and rather a hundred or more",
        )


def _refuse_pair(
    wrong: npt.NDArray[np.bool_], values: FloatArray, complaint: str, remedy: str
) -> None:
    """Raise an error that names the first pair of units marked in `wrong`."""
    if wrong.any():
        i, j = np.argwhere(wrong)[0].tolist()
        raise AnalysisError(
            f"The squared distance from unit {i} to unit {j}, {values[i, j]:.4g}, {complaint}",
            remedy,
        )
