"""Decoding trajectories: paths of the population state, one per category and direction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from napari_nfm.figures.captioned import CaptionedFigure
from napari_nfm.figures.errors import FigureError
from napari_nfm.figures.parts import MARKERS, legend_outside, look_handles
from napari_nfm.figures.space import (
    Projection,
    check_projection,
    draw_projected,
    projected_layout,
)
from napari_nfm.figures.style import FigureStyle
from napari_nfm.palette import category_looks
from napari_nfm.titles import category_title, site_title

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

    from napari_nfm.analysis import DecodingTrajectories

__all__ = [
    "component_titles",
    "draw_trajectories",
    "trajectories_figure",
    "trajectory_names",
    "trajectory_table",
]


def trajectories_figure(
    trajectories: DecodingTrajectories,
    *,
    site: str = "",
    categories: Sequence[str] | None = None,
    projection: Projection = "3-D",
    style: FigureStyle | None = None,
) -> CaptionedFigure:
    """Draw decoding trajectories, in three dimensions or in three planes.

    Parameters
    ----------
    trajectories
        From `napari_nfm.analysis.decoding_trajectories`, of three components or more.
    site
        Whose they are, for title and caption.
    categories
        Which are drawn; all if None.
    projection
        "3-D" or "planes".
    style
        Size, letters and background.

    Raises
    ------
    FigureError
        There are fewer than three components, no such category, or no such projection.
    """
    check_projection(projection)
    style = style or FigureStyle()
    curves = _chosen(trajectories.curves, categories)
    names = trajectory_names(curves)
    titles = component_titles(trajectories.explained_variance_ratio)
    looks = category_looks(names)
    beside, columns, height = projected_layout(projection, style, len(names))
    points = curves.values[..., :3].reshape(-1, 3)

    def draw(panel: Axes, components: Sequence[int]) -> None:
        draw_trajectories(panel, curves, components, style)

    with style.drawn(height_mm=height) as figure:
        draw_projected(figure, projection, draw, points, titles, style)
        figure.suptitle(site_title(site), fontsize=style.font_size)
        shown = [category_title(name) for name in names]
        handles = look_handles(looks, shown, line=True)
        legend_outside(figure, handles, shown, beside=beside, columns=columns)
    return CaptionedFigure(
        figure,
        _caption(trajectories, curves, site),
        {"trajectories": trajectory_table(curves)},
    )


def draw_trajectories(
    panel: Any, curves: xr.DataArray, components: Sequence[int], style: FigureStyle
) -> None:
    """Draw curves ``(category, direction, time, component)``, with a marker where each ends."""
    looks = category_looks(trajectory_names(curves))
    for look, of_category in zip(looks, curves.values, strict=True):
        for curve in of_category:
            path = curve[~np.isnan(curve).any(axis=1)][:, list(components)]
            panel.plot(*path.T, color=look.colour, linewidth=style.font_size / 12, alpha=0.8)
            panel.plot(
                *path[-1:].T,
                color=look.colour,
                marker=MARKERS[look.symbol],
                markersize=style.font_size * 0.4,
            )


def component_titles(ratio: npt.NDArray[np.float64]) -> list[str]:
    """Return the names of the first three principal components, with their share."""
    return [f"PC{number} ({100 * share:.0f} %)" for number, share in enumerate(ratio[:3], start=1)]


def trajectory_names(curves: xr.DataArray) -> list[str]:
    """Return the names of the categories; their numbers where they have none."""
    if "category" in curves.coords:
        return [str(name) for name in curves["category"].values]
    return [str(number) for number in range(curves.sizes["category"])]


def _chosen(curves: xr.DataArray, categories: Sequence[str] | None) -> xr.DataArray:
    if curves.sizes["component"] < 3:
        raise FigureError(
            f"The trajectories have {curves.sizes['component']} components",
            "compute them with n_components=3",
        )
    if categories is None:
        return curves
    names = trajectory_names(curves)
    missing = [name for name in categories if name not in names]
    if missing or not categories:
        raise FigureError(
            f"The trajectories have no category {missing[0]!r}"
            if missing
            else "No category is to be drawn",
            f"choose from {', '.join(names)}",
        )
    return curves.isel(category=[names.index(name) for name in categories])


def trajectory_table(curves: xr.DataArray) -> pd.DataFrame:
    """Return one row per category, direction and moment."""
    axes = ["category", "direction", "time"]
    known = [
        list(curves[axis].values) if axis in curves.coords else list(range(curves.sizes[axis]))
        for axis in axes
    ]
    table = pd.MultiIndex.from_product(known, names=axes).to_frame(index=False)
    values = curves.values.reshape(len(table), -1)
    for number in range(values.shape[1]):
        table[f"pc_{number + 1}"] = values[:, number]
    return table


def _caption(trajectories: DecodingTrajectories, curves: xr.DataArray, site: str) -> str:
    count = curves.sizes["category"] * curves.sizes["direction"]
    total = 100 * float(trajectories.explained_variance_ratio[:3].sum())
    return (
        f"Decoding trajectories{f' of {site_title(site)}' if site else ''}: paths of the state "
        f"of a population of {trajectories.components.shape[1]:,} units through time, one for "
        f"each of {curves.sizes['category']} stimulus categories (colours) and "
        f"{curves.sizes['direction']} directions, {count} in all, in the first three principal "
        f"components of the responses at all moments ({total:.0f} % of the variance). Markers: "
        "last frame. Scales are equal on all axes."
    )
