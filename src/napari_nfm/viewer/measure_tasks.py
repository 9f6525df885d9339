"""What units can be chosen by: measures of their responses, and what a manifold knows of them."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from napari_nfm.jobs import Progress, ShouldStop, check_stop, report

if TYPE_CHECKING:
    from xarray import DataArray

    from napari_nfm.analysis import EncodingManifold
    from napari_nfm.viewer.plans import UnitChoice

__all__ = ["MEASURES", "choose_units", "measures_of"]

MEASURES = (
    *("mean_activity", "temporal_variance", "osi", "dsi"),
    *("speed", "stability", "curvature", "classifiability", "pc_contribution"),
)
"""Measures of every population."""
NO_MEASURES = {"cluster", "channel", "y", "x", "preferred_direction"}
"""Numbers in a manifold's table of which there is no top or bottom."""


def measures_of(manifold: "EncodingManifold | None") -> tuple[str, ...]:
    """Return the measures by which units can be chosen, with those of the manifold if there is."""
    if manifold is None:
        return MEASURES
    numbers = manifold.units.select_dtypes("number").columns
    more = [str(name) for name in numbers if name not in {*MEASURES, *NO_MEASURES}]
    return (*MEASURES, *more)


def choose_units(
    responses: "DataArray",
    manifold: "EncodingManifold | None",
    choice: "UnitChoice",
    *,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> npt.NDArray[np.int64]:
    """Return the units at the end of a measure, the most extreme first."""
    from napari_nfm.analysis import select_units

    report(progress, 0, 0, "Measuring units")
    values = _values(responses, manifold, choice.measure)
    check_stop(should_stop)
    return select_units(values, share=choice.share, end=choice.end)


def _values(
    responses: "DataArray", manifold: "EncodingManifold | None", measure: str
) -> npt.NDArray[np.float64]:
    """Return a measure of every unit of the responses; NaN for those that have none."""
    from napari_nfm.analysis import tuning, unit_metrics

    values: DataArray | pd.Series
    if measure == "mean_activity":
        values = responses.mean(("category", "direction", "time"))
    elif measure == "temporal_variance":
        values = responses.var("time").mean(("category", "direction"))
    elif measure in ("osi", "dsi"):
        values = tuning(responses)[measure]
    elif measure in MEASURES or manifold is None:
        values = unit_metrics(responses)[measure]
    else:
        values = manifold.units[measure].reindex(range(responses.sizes["unit"]))
    return np.asarray(values, dtype=np.float64)
