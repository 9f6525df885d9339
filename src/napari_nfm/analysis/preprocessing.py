"""From recorded responses to the tensor that the encoding manifold is made of.

Follows Dyballa et al. (PNAS 2024) and Bertram et al. (arXiv 2601.21508): responses are smoothed in
time, every unit keeps the spatial frequency it prefers, and every response map is normalised so
that what a unit prefers counts and how loud it is does not.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from napari_nfm.analysis.arguments import check_choice
from napari_nfm.analysis.errors import AnalysisError, ResponseTensorError
from napari_nfm.analysis.responses import as_responses
from napari_nfm.provenance import Provenance

__all__ = ["FLOW_CATEGORIES", "OPTIMAL_STIMULI", "EncodingTensor", "encoding_tensor"]

FLOW_CATEGORIES = (
    "grat_W12",
    "grat_W1",
    "grat_W2",
    "neg1dotflow_D1_bg",
    "neg3dotflow_D1_bg",
    "neg1dotflow_D2_bg",
    "neg3dotflow_D2_bg",
    "pos1dotflow_D1_bg",
    "pos3dotflow_D1_bg",
    "pos1dotflow_D2_bg",
    "pos3dotflow_D2_bg",
)
"""The categories of the study's flow ensemble, in its order."""

OPTIMAL_STIMULI = (
    "Low-frequency grating",
    "High-frequency grating",
    "Dark dots",
    "Dark triplets",
    "Bright dots",
    "Bright triplets",
)
"""Stimuli that remain where every unit keeps its spatial frequency; all but the first are the
better of the medium and the high one."""

MEDIUM = (0, 2, 5, 6, 9, 10)
HIGH = (0, 1, 3, 4, 7, 8)

SPATIAL_FREQUENCIES = ("auto", "optimal", "all")
NORMALISATIONS = ("relative-norm", "relative-response", "mean")

# Below this share of the loudest response map, or of the tensor's range, there is no response.
SILENCE = 1e-8

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class EncodingTensor:
    """Normalised responses of a population.

    Attributes
    ----------
    values
        ``(unit, stimulus, direction, time)``, at least 0. The coordinate ``unit`` is the position
        in the responses that were given; site, channel, y and x are kept where they are known.
    relative_response
        ``(unit, stimulus)``, the response to each stimulus in its best direction, averaged over
        time, as a share of the unit's largest; 0 to 1.
    spatial_frequency
        ``(unit,)``, "medium" or "high", what each unit keeps; None where all categories are kept.
    silent
        Positions, in the responses that were given, of the units that never respond and are left
        out of all the other arrays.
    provenance
        The call that made this result.
    """

    values: xr.DataArray
    relative_response: xr.DataArray
    spatial_frequency: npt.NDArray[np.str_] | None
    silent: npt.NDArray[np.int64]
    provenance: Provenance


def encoding_tensor(
    responses: Any,
    *,
    spatial_frequency: str = "optimal",
    smoothing: float = 3.0,
    normalisation: str = "relative-norm",
) -> EncodingTensor:
    """Smooth, select and normalise responses for the permuted tensor decomposition.

    Parameters
    ----------
    responses
        ``(unit, category, direction, time)``. The smallest value of the whole tensor is
        subtracted first, as in the study, so negative values are welcome.
    spatial_frequency
        "optimal" keeps, of the flow ensemble's 11 categories, the low-frequency grating and, per
        unit, either the medium or the high spatial frequency of the five other stimuli: medium
        where more of them drive the unit harder at medium than at high, else high. It needs the
        11 categories by name in any order, or unnamed in the study's order. "all" keeps every
        category as a stimulus: for retina, V1 and any other set. "auto" is "optimal" for the 11
        flow categories, else "all".
    smoothing
        Standard deviation of a Gaussian along time, in frames, cut at four of them and with the
        ends reflected; 0 for none.
    normalisation
        "relative-norm" gives every response map ``(direction, time)`` of a unit the 2-norm 1
        times its `relative_response`; "relative-response" divides a unit by its largest
        value; "mean" divides a unit by its mean.

    Returns
    -------
    EncodingTensor
        Values ``(unit, stimulus, direction, time)`` of the units that respond.

    Raises
    ------
    ResponseTensorError
        Wrong axes, NaN, no unit that responds, or not the 11 categories that "optimal" needs.
    AnalysisError
        An argument that is none of the choices, or a negative `smoothing`.

    Notes
    -----
    Equals the public code of Bertram et al. except that a unit without any response, or the same
    response throughout, is left out and named (there it becomes NaN, or a flat map); that all
    categories can be kept (there it fails); and that a response map counts as zero below 1e-8 of
    the loudest one, not below 1e-8 whatever the units of measurement.
    """
    check_choice("spatial_frequency", spatial_frequency, SPATIAL_FREQUENCIES)
    check_choice("normalisation", normalisation, NORMALISATIONS)
    if not 0 <= smoothing < np.inf:
        raise AnalysisError(f"The argument smoothing is {smoothing}", "give 0 or more frames")
    tensor = as_responses(responses)
    _check_no_nan(tensor)
    if spatial_frequency == "auto":
        spatial_frequency = "optimal" if _is_flow_ensemble(tensor) else "all"
    if spatial_frequency == "optimal":
        tensor = _in_order_of_study(tensor)
    values = tensor.values - tensor.values.min()
    responsive = _responsive(values)
    if not responsive.any():
        raise ResponseTensorError(
            f"None of the {len(values)} units responds: each has the same value throughout",
            "choose units that respond, or another site",
        )
    silent = np.flatnonzero(~responsive)
    values = _smoothed(values[responsive], smoothing)
    mean_responses = values.mean(axis=3).max(axis=2)
    kept = None
    stimuli = [str(name) for name in _category_names(tensor)]
    if spatial_frequency == "optimal":
        medium = _prefers_medium(mean_responses)
        chosen = np.where(medium[:, np.newaxis], MEDIUM, HIGH)
        values = np.take_along_axis(values, chosen[:, :, np.newaxis, np.newaxis], axis=1)
        mean_responses = np.take_along_axis(mean_responses, chosen, axis=1)
        kept = np.where(medium, "medium", "high")
        stimuli = list(OPTIMAL_STIMULI)
    relative = mean_responses / mean_responses.max(axis=1, keepdims=True)
    _normalise(values, relative, normalisation)
    unit_coords = _unit_coordinates(tensor, np.flatnonzero(responsive))
    coords = unit_coords | {"stimulus": stimuli, **_condition_coordinates(tensor)}
    return EncodingTensor(
        values=xr.DataArray(
            values,
            dims=("unit", "stimulus", "direction", "time"),
            coords=coords,
            attrs=dict(tensor.attrs),
        ),
        relative_response=xr.DataArray(
            relative, dims=("unit", "stimulus"), coords=unit_coords | {"stimulus": stimuli}
        ),
        spatial_frequency=kept,
        silent=silent,
        provenance=Provenance.of(
            "napari_nfm.analysis.encoding_tensor",
            responses,
            spatial_frequency=spatial_frequency,
            smoothing=smoothing,
            normalisation=normalisation,
        ),
    )


def _check_no_nan(tensor: xr.DataArray) -> None:
    missing = np.flatnonzero(np.isnan(tensor.values).any(axis=(1, 2, 3)))
    if len(missing):
        raise ResponseTensorError(
            f"Of {tensor.sizes['unit']} units, {len(missing)} hold NaN, the first at position "
            f"{missing[0]}",
            "leave these units out or fill the gaps",
        )


def _category_names(tensor: xr.DataArray) -> npt.NDArray:
    if "category" in tensor.coords:
        return tensor.coords["category"].values
    return np.arange(1, tensor.sizes["category"] + 1)


def _is_flow_ensemble(tensor: xr.DataArray) -> bool:
    if "category" not in tensor.coords:
        return tensor.sizes["category"] == len(FLOW_CATEGORIES)
    return sorted(map(str, _category_names(tensor))) == sorted(FLOW_CATEGORIES)


def _in_order_of_study(tensor: xr.DataArray) -> xr.DataArray:
    """Return `tensor` with the 11 flow categories in the study's order."""
    remedy = "give spatial_frequency='all' to keep all categories of another stimulus set"
    if tensor.sizes["category"] != len(FLOW_CATEGORIES):
        raise ResponseTensorError(
            f"The optimal spatial frequency needs the flow ensemble's {len(FLOW_CATEGORIES)} "
            f"categories, and the tensor has {tensor.sizes['category']}",
            remedy,
        )
    if "category" not in tensor.coords:
        return tensor
    names = [str(name) for name in _category_names(tensor)]
    strange = [name for name in names if name not in FLOW_CATEGORIES]
    if strange or len(set(names)) < len(names):
        raise ResponseTensorError(
            "The optimal spatial frequency needs the flow ensemble's categories, and the tensor "
            + (f"has {strange[0][:40]!r} among its own" if strange else "has one of them twice"),
            remedy,
        )
    return tensor.isel(category=[names.index(name) for name in FLOW_CATEGORIES])


def _responsive(values: FloatArray) -> npt.NDArray[np.bool_]:
    """Return which units change at all and are not zero against the loudest, ``(unit,)``."""
    highest, lowest = values.max(axis=(1, 2, 3)), values.min(axis=(1, 2, 3))
    loudest = highest.max()
    return (highest > SILENCE * loudest) & (highest - lowest > 1e-12 * loudest)


def _smoothed(values: FloatArray, smoothing: float) -> FloatArray:
    if smoothing == 0:
        return values
    from scipy.ndimage import gaussian_filter1d

    return gaussian_filter1d(values, smoothing, axis=-1, mode="reflect", truncate=4.0)


def _prefers_medium(mean_responses: FloatArray) -> npt.NDArray[np.bool_]:
    """Return which units respond more to more stimuli of medium than of high frequency."""
    medium, high = mean_responses[:, MEDIUM], mean_responses[:, HIGH]
    return (medium > high).sum(axis=1) > (high > medium).sum(axis=1)


def _normalise(values: FloatArray, relative: FloatArray, normalisation: str) -> None:
    """Scale `values` in place."""
    if normalisation == "relative-norm":
        norms = np.sqrt(np.einsum("usdt,usdt->us", values, values))
        norms[norms < SILENCE * norms.max()] = 1
        values *= (relative / norms)[:, :, np.newaxis, np.newaxis]
    elif normalisation == "relative-response":
        values /= values.max(axis=(1, 2, 3), keepdims=True)
    else:
        values /= values.mean(axis=(1, 2, 3), keepdims=True)


def _unit_coordinates(tensor: xr.DataArray, positions: npt.NDArray) -> dict[str, Any]:
    """Return the coordinates of the units at `positions`, ``unit`` being the position."""
    coords: dict[str, Any] = {"unit": positions}
    for name, coordinate in tensor.coords.items():
        if coordinate.dims == ("unit",) and name != "unit":
            coords[str(name)] = ("unit", coordinate.values[positions])
    return coords


def _condition_coordinates(tensor: xr.DataArray) -> dict[str, Any]:
    """Return direction in degrees, evenly spread where it is not given, and time as it is."""
    directions = tensor.sizes["direction"]
    coords: dict[str, Any] = {"direction": np.arange(directions) * 360 / directions}
    for axis in ("direction", "time"):
        if axis in tensor.coords:
            coords[axis] = (axis, tensor.coords[axis].values, tensor.coords[axis].attrs)
    return coords
