"""Tuning to direction and orientation: what motion each unit prefers, and how strongly.

Two definitions are in use in the literature and in the study, and they differ by a factor of two
and more: the contrast of the preferred direction with the orthogonal (or opposite) ones, and the
length of the mean vector (one minus the circular variance). Both are given.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from napari_nfm.analysis.errors import AnalysisError, ResponseTensorError
from napari_nfm.analysis.fibres import to_fibres
from napari_nfm.analysis.responses import as_responses
from napari_nfm.provenance import Provenance

__all__ = ["is_tuned", "tuning"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def tuning(responses: Any, *, like_study: bool = False) -> xr.Dataset:
    """Return each unit's selectivity for orientation and direction, and what it prefers.

    Parameters
    ----------
    responses
        ``(unit, category, direction, time)``, non-negative; ``stimulus`` may stand for
        ``category``. Directions in degrees as coordinates, else equally spaced from 0. NaN time
        points are left out of the average.
    like_study
        Compute ``osi`` from eighths of the fibre in place of directions, as the study's code does
        by mistake (see Notes). Nothing else changes.

    Returns
    -------
    Dataset
        Over ``unit``: ``osi`` and ``dsi``, the contrast of the preferred with the orthogonal and
        with the opposite direction, the largest over categories; ``vector_osi`` and
        ``vector_dsi``, the length of the mean vector, the mean over categories;
        ``preferred_category``, the name of the one with the largest mean response;
        ``preferred_direction`` in degrees, the one with the largest response in that category.
        Over ``(unit, category)``: ``osi_by_category``, ``dsi_by_category``,
        ``vector_osi_by_category`` and ``vector_dsi_by_category``.
        All indices run from 0 (not selective) to 1.

        A unit is NaN, and its preferred category the empty name, where it never responds; a
        category where the unit does not respond to it. A unit that responds alike to all
        directions of its preferred category has an index of 0 there and a preferred direction
        of NaN. A category is NaN too where a direction of it lacks responses.
        ``attrs["remarks"]`` says in sentences how many units that concerns.

    Raises
    ------
    ResponseTensorError
        `responses` is not such a tensor, has negative values, or is NaN throughout.
    AnalysisError
        Some directions were shown without their orthogonal or opposite ones.

    Notes
    -----
    With the mean response r over time, ``osi = (r(p) - r_o) / (r(p) + r_o)`` at the preferred
    direction p, where r_o is the mean of the two orthogonal directions; ``dsi`` has the opposite
    direction for r_o. ``vector_osi = |sum r exp(2i theta)| / sum r`` and ``vector_dsi``
    likewise with ``exp(i theta)`` (Mazurek et al. 2014). Bertram et al. (arXiv 2601.21508)
    colour the manifold by the first and compare layers by the second, averaged over all eleven
    categories. They count categories without response as 0; here they are left out.

    Their code reads fibres, stored direction fastest, as if time were fastest, so that its
    "directions" are eighths of the fibre: time blocks that mix all directions.
    """
    if isinstance(responses, xr.DataArray) and "stimulus" in responses.dims:
        responses = responses.rename(stimulus="category")
    tensor = as_responses(responses)
    if (tensor < 0).any():
        unit = int(np.argmax((tensor < 0).any(("category", "direction", "time")).values))
        raise ResponseTensorError(
            f"The responses of unit {unit} have negative values, for which no tuning is defined",
            "give rates, or rectify the responses",
        )
    degrees = _directions(tensor)
    rates = tensor.mean("time", skipna=True).values
    missing = np.isnan(rates)
    if missing.all():
        raise ResponseTensorError("The responses are NaN throughout", "record this site again")
    silent = ~(np.nan_to_num(rates).sum(axis=2, keepdims=True) > 0)
    rates = np.where(silent, np.nan, rates)
    quarter, half, three_quarters = (_turned(degrees, by) for by in (90, 180, 270))
    compared = np.where(silent, np.nan, _eighths_of_fibres(tensor)) if like_study else rates
    orthogonal = (compared[..., quarter] + compared[..., three_quarters]) / 2
    indices = {
        "osi": _contrast(compared, orthogonal),
        "dsi": _contrast(rates, rates[..., half]),
        "vector_osi": _mean_vector(rates, 2 * degrees),
        "vector_dsi": _mean_vector(rates, degrees),
    }
    category, direction = _preferred(rates, degrees)
    units = {
        "osi": np.fmax.reduce(indices["osi"], axis=1),
        "dsi": np.fmax.reduce(indices["dsi"], axis=1),
        "vector_osi": _mean_of_known(indices["vector_osi"]),
        "vector_dsi": _mean_of_known(indices["vector_dsi"]),
        "preferred_category": np.array([*_category_names(tensor), ""])[category],
        "preferred_direction": direction,
    }
    made_by = Provenance.of("napari_nfm.analysis.tuning", responses)
    return xr.Dataset(
        {name: ("unit", values) for name, values in units.items()}
        | {f"{name}_by_category": (("unit", "category"), v) for name, v in indices.items()},
        coords={
            name: coordinate
            for name, coordinate in tensor.coords.items()
            if set(coordinate.dims) <= {"unit", "category"}
        },
        # plain values, so that the table can be saved as it is
        attrs=dict(made_by.inputs)
        | {
            "function": made_by.function,
            "version": made_by.version,
            "like_study": int(like_study),
            "remarks": " ".join(_remarks(missing, silent, direction)),
        },
    )


def is_tuned(curves: FloatArray) -> npt.NDArray[np.bool_]:
    """Tell of mean responses ``(..., direction)`` whether one direction is preferred.

    None is where there is no response, or one that is alike for all directions, up to rounding.
    """
    highest = curves.max(axis=-1)
    return (highest > 0) & (np.ptp(curves, axis=-1) > 1e-12 * highest)


def _remarks(
    missing: npt.NDArray[np.bool_], silent: npt.NDArray[np.bool_], direction: FloatArray
) -> list[str]:
    """Return a sentence for each reason of NaN: how many units it concerns."""
    lacking = missing.any(axis=(1, 2))
    never = silent.all(axis=(1, 2)) & ~lacking
    flat = np.isnan(direction) & ~never & ~lacking
    reasons = {
        "lack responses to some directions and are NaN in these categories": lacking,
        "never respond and are NaN": never,
        "do not respond to some categories and are NaN in these": silent.any(axis=(1, 2))
        & ~never
        & ~lacking,
        "respond alike to all directions of their preferred category and prefer none": flat,
    }
    return [
        f"Of {len(direction)} units, {concerned.sum()} {reason}."
        for reason, concerned in reasons.items()
        if concerned.any()
    ]


def _directions(tensor: xr.DataArray) -> FloatArray:
    """Return the directions in degrees."""
    if "direction" in tensor.coords:
        return tensor.coords["direction"].values.astype(np.float64)
    return np.arange(tensor.sizes["direction"]) * 360 / tensor.sizes["direction"]


def _turned(degrees: FloatArray, by: float) -> IntArray:
    """Return the position of each direction turned by some degrees."""
    difference = (degrees[:, np.newaxis] + by - degrees + 180) % 360 - 180
    found = np.abs(difference) < 1e-6
    if not found.any(axis=1).all():
        missing = degrees[~found.any(axis=1)][0]
        raise AnalysisError(
            f"Of {len(degrees)} directions, {missing:g} degrees has no partner turned by {by:g}",
            "show every direction with its orthogonal and opposite ones",
        )
    return found.argmax(axis=1)


def _category_names(tensor: xr.DataArray) -> list[str]:
    if "category" in tensor.coords:
        return [str(name) for name in tensor.coords["category"].values]
    return [str(number) for number in range(tensor.sizes["category"])]


def _contrast(rates: FloatArray, against: FloatArray) -> FloatArray:
    """Return the contrast of the largest of the last axis with its entry of `against`."""
    best = rates.argmax(axis=-1)[..., np.newaxis]
    large = np.take_along_axis(rates, best, axis=-1)[..., 0]
    small = np.take_along_axis(against, best, axis=-1)[..., 0]
    return (large - small) / (large + small)


def _mean_vector(rates: FloatArray, degrees: FloatArray) -> FloatArray:
    """Return the length of the mean of unit vectors at `degrees`, weighted by `rates`."""
    vectors = np.exp(1j * np.deg2rad(degrees))
    return np.abs(rates @ vectors) / rates.sum(axis=-1)


def _mean_of_known(values: FloatArray) -> FloatArray:
    """Return the mean over the last axis without NaN, NaN where there is nothing else."""
    known = ~np.isnan(values)
    count = known.sum(axis=-1)
    return np.where(count, np.where(known, values, 0).sum(axis=-1) / np.maximum(count, 1), np.nan)


def _preferred(rates: FloatArray, degrees: FloatArray) -> tuple[IntArray, FloatArray]:
    """Return each unit's preferred category, -1 without any response, and direction in it."""
    means = np.nan_to_num(rates.mean(axis=2), nan=-1.0)
    category = means.argmax(axis=1)
    silent = means.max(axis=1) < 0
    curve = np.take_along_axis(rates, category[:, np.newaxis, np.newaxis], axis=1)[:, 0]
    tuned = ~silent & is_tuned(curve)
    direction = np.where(tuned, degrees[curve.argmax(axis=1)], np.nan)
    return np.where(silent, -1, category), direction


def _eighths_of_fibres(tensor: xr.DataArray) -> FloatArray:
    """Return the means over as many time blocks of each fibre as there are directions."""
    fibres = to_fibres(tensor.values)
    return fibres.reshape(*fibres.shape[:-1], tensor.sizes["direction"], -1).mean(axis=-1)
