"""Which units of a population: by a measure, or as positions and booleans."""

from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from napari_nfm.analysis.arguments import check_choice
from napari_nfm.analysis.errors import AnalysisError

__all__ = ["check_size", "select_units", "unit_positions"]

IntArray = npt.NDArray[np.int64]


def select_units(
    values: Any, *, share: float = 0.1, end: Literal["top", "bottom"] = "top"
) -> IntArray:
    """Return the units with the highest or lowest values of a measure.

    Parameters
    ----------
    values
        ``(unit,)``, as a variable of `unit_metrics` or `tuning`. NaN is never selected.
    share
        How many, as a share of the units that have a value; at least one unit.
    end
        "top" for the highest values, "bottom" for the lowest.

    Returns
    -------
    ndarray
        Positions of the units, the most extreme first; of equal values, the first unit. With
        ``share=1`` an order for `removal_sweep`.

    Raises
    ------
    AnalysisError
        `values` has another shape, no unit has a value, or the share is out of range.
    """
    check_choice("end", end, ("top", "bottom"))
    if not 0 < share <= 1:
        raise AnalysisError(f"The argument share is {share}", "give a share above 0, up to 1")
    measures = np.asarray(values)
    if measures.ndim != 1 or measures.dtype.kind not in "iufb":
        raise AnalysisError(
            f"The values are {measures.dtype} of shape {measures.shape}",
            "give one number per unit",
        )
    measures = measures.astype(np.float64)
    known = np.flatnonzero(~np.isnan(measures))
    if not len(known):
        raise AnalysisError("No unit has a value to be selected by", "choose another measure")
    signed = -measures[known] if end == "top" else measures[known]
    count = max(1, round(share * len(known)))
    return known[np.argsort(signed, kind="stable")[:count]]


def unit_positions(units: Any, n_units: int) -> IntArray:
    """Return positions of units from positions or one boolean per unit, in their order.

    Raises
    ------
    AnalysisError
        They are neither, or there is no such unit.
    """
    given = np.asarray(units)
    if given.size == 0:
        return np.zeros(0, dtype=np.int64)
    if given.dtype == bool and given.shape == (n_units,):
        return np.flatnonzero(given)
    if given.ndim != 1 or given.dtype.kind not in "iu":
        raise AnalysisError(
            f"The units are {given.dtype} of shape {given.shape}",
            f"give positions from 0 to {n_units - 1}, or {n_units} booleans",
        )
    if given.min() < 0 or given.max() >= n_units:
        raise AnalysisError(
            f"The units go from {given.min()} to {given.max()}",
            f"give positions from 0 to {n_units - 1}",
        )
    return given.astype(np.int64)


def check_size(n_units: int, n_components: int) -> None:
    """Raise where a population is too small to be scored in a space of so many components.

    Raises
    ------
    AnalysisError
        It says how many units there are, and how many are needed.
    """
    if n_units == 0:
        raise AnalysisError("No unit is left to score", "select some units, but not all")
    if n_units < n_components:
        raise AnalysisError(
            f"{n_units} unit{'s' * (n_units > 1)} cannot span the {n_components} components in "
            "which tubes are scored",
            f"take {n_components} or more",
        )
