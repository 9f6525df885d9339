"""Population states of two populations, brought to the same stimuli in the same order."""

from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from napari_nfm.analysis.errors import AnalysisError, ResponseTensorError
from napari_nfm.analysis.responses import as_responses

__all__ = ["matched", "mean_states", "principal_axes"]

FloatArray = npt.NDArray[np.float64]

SMALLEST_SHARE = 1e-10
"""Directions with less than this share of the largest spread are rounding."""


def matched(first: Any, second: Any) -> tuple[xr.DataArray, xr.DataArray]:
    """Return both as ``(unit, category, direction, time)`` with the same categories and directions.

    Where both name them, they are put in the order of the first; else their order is trusted.

    Raises
    ------
    ResponseTensorError
        One of them is no such tensor.
    AnalysisError
        They are not responses to the same stimuli.
    """
    one, other = (_named(each) for each in (first, second))
    for axis, many in (("category", "categories"), ("direction", "directions")):
        if one.sizes[axis] != other.sizes[axis]:
            raise AnalysisError(
                f"The first population saw {one.sizes[axis]} {many} and the second "
                f"{other.sizes[axis]}",
                "choose the stimuli that both saw",
            )
        if axis in one.coords and axis in other.coords:
            other = _ordered(other, axis, one.coords[axis].values)
    return one, other


def mean_states(tensor: xr.DataArray, which: str) -> FloatArray:
    """Return the mean responses over time ``(state, unit)``, direction fastest.

    Raises
    ------
    ResponseTensorError
        A unit has no value for a stimulus. `which` population, "first" or "second", is said.
    AnalysisError
        All states are the same, or there are fewer than three.
    """
    states = tensor.mean("time", skipna=True).transpose("category", "direction", "unit")
    rows = states.values.reshape(-1, tensor.sizes["unit"])
    missing = int(np.isnan(rows).any(axis=0).sum())
    if missing:
        raise ResponseTensorError(
            f"Of the {which} population's {rows.shape[1]} units, {missing} lack responses to some "
            f"stimuli",
            "leave these units out",
        )
    if len(rows) < 3:
        raise AnalysisError(
            f"There are {len(rows)} stimuli, categories times directions",
            "give at least three to compare",
        )
    if np.ptp(rows, axis=0).max() <= 1e-14 * np.abs(rows).max():
        raise AnalysisError(
            f"The {which} population responds alike to all stimuli",
            "choose units that respond, or a site that varies",
        )
    return rows


def principal_axes(centred: FloatArray, n_components: int, which: str) -> FloatArray:
    """Return the axes ``(unit, component)`` of largest spread of ``(state, unit)``.

    Raises
    ------
    AnalysisError
        The states span fewer dimensions. `which` population, "first" or "second", is said.
    """
    fewer_units = centred.shape[1] <= len(centred)
    cross = centred.T @ centred if fewer_units else centred @ centred.T
    values, vectors = np.linalg.eigh(cross)
    spanned = int((values > SMALLEST_SHARE * max(values[-1], 0)).sum())
    if not 1 <= n_components <= spanned:
        raise AnalysisError(
            f"The argument n_components is {n_components}, and the states of the {which} "
            f"population span {spanned} dimensions",
            f"ask for 1 to {spanned}" if spanned else "choose units that respond",
        )
    vectors = vectors[:, ::-1][:, :n_components]
    if not fewer_units:
        vectors = centred.T @ vectors / np.sqrt(values[::-1][:n_components])
    return vectors


def _named(responses: Any) -> xr.DataArray:
    if isinstance(responses, xr.DataArray) and "stimulus" in responses.dims:
        responses = responses.rename(stimulus="category")
    return as_responses(responses)


def _ordered(tensor: xr.DataArray, axis: str, wanted: npt.NDArray) -> xr.DataArray:
    """Return the second population's `tensor` with the names `wanted` along `axis`, in order."""
    given = tensor.coords[axis].values
    if np.array_equal(given, wanted):
        return tensor
    strange = [name for name in given if name not in wanted]
    if strange:
        raise AnalysisError(
            f"The second population saw the {axis} {strange[0]}, the first did not",
            "choose the stimuli that both saw, or drop the names if they mean the same",
        )
    if len(set(given)) < len(given):
        raise AnalysisError(
            f"The second population has two entries of the same {axis}", "name each one differently"
        )
    return tensor.sel({axis: wanted})
