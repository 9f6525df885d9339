"""Responses of one unit: time courses by category and direction, and tuning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from napari_nfm.figures.captioned import CaptionedFigure
from napari_nfm.figures.errors import FigureError
from napari_nfm.figures.parts import MARKERS, number_panels
from napari_nfm.figures.style import FigureStyle
from napari_nfm.figures.trajectories import trajectory_names
from napari_nfm.palette import category_looks
from napari_nfm.titles import category_title, site_title
from napari_nfm.unit_columns import SELECTIVITY

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["unit_figure"]

PANEL_LETTERS = 17


def unit_figure(
    responses: Any, unit: int, *, site: str = "", style: FigureStyle | None = None
) -> CaptionedFigure:
    """Draw a unit's responses to every category and direction, and its direction tuning.

    Parameters
    ----------
    responses
        ``(unit, category, direction, time)``.
    unit
        Position of the unit.
    site
        Whose it is, for title and caption.
    style
        Size, letters and background.

    Raises
    ------
    FigureError
        There is no such unit.
    ResponseTensorError
        `responses` is not such a tensor.
    """
    from napari_nfm.analysis.responses import as_responses

    style = style or FigureStyle()
    tensor = as_responses(responses)
    if not 0 <= unit < tensor.sizes["unit"]:
        raise FigureError(
            f"There is no unit {unit}", f"choose one from 0 to {tensor.sizes['unit'] - 1}"
        )
    rates = tensor.isel(unit=unit)
    names = trajectory_names(rates)
    directions = _directions(rates)
    indices, why_not = _indices(tensor.isel(unit=[unit]))
    columns = style.across(len(names) + 1, PANEL_LETTERS)
    rows = -(-(len(names) + 1) // columns)
    with style.drawn(height_mm=rows * style.em(PANEL_LETTERS - 3) + style.em(2)) as figure:
        panels = [figure.add_subplot(rows, columns, place + 1) for place in range(len(names))]
        polar = figure.add_subplot(rows, columns, len(names) + 1, projection="polar")
        _draw_courses(figure, panels, rates, names, directions, columns)
        _draw_tuning(polar, rates, names, directions, style)
        number_panels([panels[0], polar], style)
        where = f"{site_title(site)}, unit {unit}" if site else f"Unit {unit}"
        figure.suptitle(
            "   ".join([where, *(f"{name} {value:.2f}" for name, value in indices.items())]),
            fontsize=style.font_size,
        )
    table = pd.MultiIndex.from_product(
        [names, list(directions), list(_times(rates)[0])], names=["category", "direction", "time"]
    ).to_frame(index=False)
    table.insert(0, "unit", unit)
    table["response"] = rates.values.ravel()
    return CaptionedFigure(
        figure, _caption(rates, unit, site, indices, why_not), {"responses": table}
    )


def _draw_courses(
    figure: Figure,
    panels: list[Axes],
    rates: xr.DataArray,
    names: list[str],
    directions: np.ndarray,
    columns: int,
) -> None:
    """Draw direction × time of each category, all on one scale."""
    from napari_nfm.analysis.direction_tuning import is_tuned

    times, unit = _times(rates)
    half = (times[1] - times[0]) / 2 if len(times) > 1 else 0.5
    extent = (times[0] - half, times[-1] + half, len(directions) - 0.5, -0.5)
    low, high = float(np.nanmin(rates)), float(np.nanmax(rates))
    for place, (panel, name) in enumerate(zip(panels, names, strict=True)):
        image = panel.imshow(
            rates.values[place], aspect="auto", extent=extent, vmin=min(low, 0.0), vmax=high
        )
        panel.set_title(category_title(name).replace(", ", ",\n"))
        panel.set_yticks(range(len(directions))[::2], [f"{angle:g}" for angle in directions[::2]])
        mean = np.nanmean(rates.values[place], axis=1)
        if is_tuned(mean):
            panel.plot(
                [1.04],
                [int(mean.argmax())],
                marker="<",
                transform=panel.get_yaxis_transform(),
                clip_on=False,
                color="#CC3311",
            )
        if place % columns == 0:
            panel.set_ylabel("Direction (°)")
        if place + columns >= len(names):
            panel.set_xlabel(f"Time ({unit})")
    figure.colorbar(image, ax=panels, label="Response", aspect=30, shrink=0.8, pad=0.02)


def _draw_tuning(
    polar: Any, rates: xr.DataArray, names: list[str], directions: np.ndarray, style: FigureStyle
) -> None:
    """Draw the mean response to each direction, one closed curve per category."""
    angles = np.deg2rad(np.r_[directions, directions[:1]])
    for name, look, mean in zip(
        names, category_looks(names), np.nanmean(rates.values, axis=2), strict=True
    ):
        polar.plot(
            angles,
            np.r_[mean, mean[:1]],
            color=look.colour,
            marker=MARKERS[look.symbol],
            markersize=style.font_size * 0.3,
            linewidth=style.font_size / 10,
            label=category_title(name),
        )
    polar.set_xticks(np.deg2rad([0, 90, 180, 270]))
    polar.set_title("Mean response (°)")
    polar.tick_params(labelsize=style.font_size * 0.8)
    polar.set_rgrids(np.linspace(0, polar.get_rmax(), 4)[1:3], fmt="%.2g")


def _indices(tensor: xr.DataArray) -> tuple[dict[str, float], str]:
    """Return the unit's selectivity, or why there is none."""
    from napari_nfm.analysis import AnalysisError, tuning

    try:
        found = tuning(tensor)
    except AnalysisError as error:
        return {}, str(error)
    return {name.replace("_", " ").upper(): float(found[name][0]) for name in SELECTIVITY}, ""


def _directions(rates: xr.DataArray) -> np.ndarray:
    if "direction" in rates.coords:
        return rates["direction"].values
    return np.arange(rates.sizes["direction"]) * 360 / rates.sizes["direction"]


def _times(rates: xr.DataArray) -> tuple[np.ndarray, str]:
    if "time" in rates.coords:
        return rates["time"].values, rates["time"].attrs.get("units", "frames")
    return np.arange(rates.sizes["time"]), "frames"


def _caption(
    rates: xr.DataArray, unit: int, site: str, indices: dict[str, float], why_not: str
) -> str:
    selectivity = (
        "OSI and DSI: contrast of the preferred with the orthogonal and the opposite direction, "
        "the largest over categories; VECTOR: length of the mean vector, mean over categories."
        if indices
        else f"No selectivity is given: {why_not}"
    )
    return (
        f"Responses of unit {unit}{f' of {site_title(site)}' if site else ''} to "
        f"{rates.sizes['category']} categories and {rates.sizes['direction']} directions of motion "
        "(0° rightward, 90° upward), all on one colour scale; red: preferred direction. Polar: "
        f"mean over time by direction, in the categories' colours. {selectivity}"
    )
