"""The responses of units, arranged for drawing; pure, no Qt."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from napari_nfm.titles import category_title
from napari_nfm.unit_columns import SELECTIVITY
from napari_nfm.viewer.factor_data import frame_times

if TYPE_CHECKING:
    import xarray as xr

__all__ = [
    "MOST_OVERLAID",
    "ResponsePage",
    "Traces",
    "TuningCurves",
    "overlaid",
    "response_page",
    "traces",
    "tuning_curves",
]

FloatArray = npt.NDArray[np.float64]

MOST_OVERLAID = 40
"""Single units that are drawn beside their mean."""


@dataclass(frozen=True)
class ResponsePage:
    """Responses of one unit, or the mean of several, to all stimuli.

    Attributes
    ----------
    units
        Positions in the responses; the page shows their mean.
    categories, titles
        Names of the categories, and what people call them.
    directions
        In degrees, as they were shown.
    times
        ``(time,)``, in `time_unit`.
    time_unit
        ``"s"`` or ``"frame"``.
    rates
        ``(category, direction, time)``.
    highest
        The largest rate; all categories share the scale from 0 to it.
    preferred
        Row of the preferred direction of each category, -1 where there is none: no response, or
        one that is alike for all directions.
    preferred_category
        Row of the category with the largest mean response, -1 where there is no response.
    """

    units: tuple[int, ...]
    categories: tuple[str, ...]
    titles: tuple[str, ...]
    directions: FloatArray
    times: FloatArray
    time_unit: str
    rates: FloatArray
    highest: float
    preferred: tuple[int, ...]
    preferred_category: int

    @property
    def short_titles(self) -> tuple[str, ...]:
        """Titles that fit above a small picture."""
        return tuple(
            title.replace(" spatial frequency", "").replace("medium", "mid")
            for title in self.titles
        )


@dataclass(frozen=True)
class TuningCurves:
    """Mean rates of some units by direction, in one category.

    Attributes
    ----------
    units
        Positions in the responses.
    directions
        In degrees.
    rates
        ``(unit, direction)``, means over time.
    indices
        By ``osi, dsi, vector_osi`` and ``vector_dsi``, see `napari_nfm.analysis.tuning`:
        ``(unit,)``, NaN where a unit does not respond; empty where they are not defined.
    preferred
        ``(unit,)`` degrees, NaN where there is none.
    why_not
        Why there are no indices, or an empty string.
    """

    units: tuple[int, ...]
    directions: FloatArray
    rates: FloatArray
    indices: Mapping[str, FloatArray]
    preferred: FloatArray
    why_not: str


@dataclass(frozen=True)
class Traces:
    """Time courses of some units while one sequence plays.

    Attributes
    ----------
    units
        Positions in the responses.
    times
        ``(time,)``, in `time_unit`.
    time_unit
        ``"s"`` or ``"frame"``.
    rates
        ``(unit, time)``.
    """

    units: tuple[int, ...]
    times: FloatArray
    time_unit: str
    rates: FloatArray


def response_page(responses: "xr.DataArray", units: Sequence[int]) -> ResponsePage:
    """Return the mean responses of `units`, of a tensor ``(unit, category, direction, time)``."""
    from napari_nfm.analysis.direction_tuning import is_tuned

    times, time_unit = frame_times(responses)
    rates = responses.values[list(units)].mean(axis=0, dtype=np.float64)
    curves = _over_time(rates)
    means = curves.mean(axis=1)
    categories = _categories(responses)
    return ResponsePage(
        units=tuple(units),
        categories=categories,
        titles=tuple(category_title(name) for name in categories),
        directions=_directions(responses),
        times=times,
        time_unit=time_unit,
        rates=rates,
        highest=float(np.nanmax(rates, initial=0.0)),
        preferred=tuple(np.where(is_tuned(curves), curves.argmax(axis=1), -1).tolist()),
        preferred_category=int(means.argmax()) if means.max(initial=0.0) > 0 else -1,
    )


def tuning_curves(
    responses: "xr.DataArray", units: Sequence[int], category: str | None
) -> TuningCurves:
    """Return the tuning of `units` in `category`; in the first where it is not among them."""
    from napari_nfm.analysis.direction_tuning import is_tuned, tuning
    from napari_nfm.errors import NeuralFoundationModelError

    chosen = responses[list(units), [_row(_categories(responses), category)]]
    indices: dict[str, FloatArray] = {}
    why_not = ""
    try:
        tuned = tuning(chosen)
        indices = {name: tuned[f"{name}_by_category"].values[:, 0] for name in SELECTIVITY}
    except NeuralFoundationModelError as error:
        why_not = str(error)
    rates = _over_time(chosen.values[:, 0].astype(np.float64))
    directions = _directions(responses)
    preferred = np.where(is_tuned(rates), directions[rates.argmax(axis=1)], np.nan)
    return TuningCurves(tuple(units), directions, rates, indices, preferred, why_not)


def traces(
    responses: "xr.DataArray",
    units: Sequence[int],
    category: str | None,
    direction: float | None,
) -> Traces:
    """Return the responses of `units` to one stimulus; the first where it is not among them."""
    times, time_unit = frame_times(responses)
    row = _row(_categories(responses), category)
    column = _row(_directions(responses).tolist(), direction)
    rates = responses.values[list(units), row, column].astype(np.float64)
    return Traces(tuple(units), times, time_unit, rates)


def overlaid(units: Sequence[int]) -> tuple[int, ...]:
    """Return the units that are drawn one by one: all, or evenly chosen ones where they are many.

    The choice depends on nothing but the selection, so it stays while other things change.
    """
    if len(units) <= MOST_OVERLAID:
        return tuple(units)
    rows = np.linspace(0, len(units) - 1, MOST_OVERLAID).round().astype(int)
    return tuple(units[row] for row in rows)


def _over_time(rates: FloatArray) -> FloatArray:
    """Return the mean over the last axis, without frames that are NaN; 0 where all are."""
    known = np.isfinite(rates)
    return np.where(known, rates, 0.0).sum(axis=-1) / np.maximum(known.sum(axis=-1), 1)


def _categories(responses: "xr.DataArray") -> tuple[str, ...]:
    if "category" in responses.coords:
        return tuple(str(name) for name in responses.coords["category"].values)
    return tuple(str(number + 1) for number in range(responses.sizes["category"]))


def _directions(responses: "xr.DataArray") -> FloatArray:
    if "direction" in responses.coords:
        return responses.coords["direction"].values.astype(np.float64)
    n_directions = responses.sizes["direction"]
    return np.arange(n_directions) * 360 / n_directions


def _row(known: Sequence[Any], wanted: Any) -> int:
    return known.index(wanted) if wanted in known else 0
