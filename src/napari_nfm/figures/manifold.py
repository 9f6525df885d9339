"""The encoding manifold: units as points, coloured by any column of their table."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from napari_nfm.colouring import CategoricalLegend, ScaleLegend, UnitColours, colour_units
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
from napari_nfm.palette import CategoryLook
from napari_nfm.titles import site_title
from napari_nfm.unit_columns import unit_column

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from napari_nfm.analysis import EncodingManifold

__all__ = ["draw_units", "manifold_figure"]

Coordinates = Literal["diffusion map", "principal components"]
AXIS_NAMES = {"diffusion map": "DM", "principal components": "PC"}
PARAMETERS = {
    "rank": "rank",
    "n_starts": "random starts",
    "seed": "seed",
    "objective": "graph objective",
    "spatial_frequency": "spatial frequency",
}
"""What the caption states, and what people call it."""


def manifold_figure(
    manifold: EncodingManifold,
    *,
    colour_by: str = "preferred_stimulus",
    coordinates: Coordinates = "diffusion map",
    axes: Sequence[int] = (0, 1, 2),
    selected: Collection[int] = (),
    site: str = "",
    projection: Projection = "3-D",
    style: FigureStyle | None = None,
) -> CaptionedFigure:
    """Draw the units of an encoding manifold as the window does.

    Parameters
    ----------
    manifold
        From `napari_nfm.analysis.encoding_manifold`.
    colour_by
        Column of the manifold's table of units.
    coordinates
        "diffusion map", or "principal components" of it.
    axes
        Which three of the coordinates, from 0.
    selected
        Units that are ringed, by their position in the responses.
    site
        Whose it is, for title and caption.
    projection
        "3-D" or "planes".
    style
        Size, letters and background.

    Raises
    ------
    FigureError
        There is no such column, coordinate or projection.
    """
    check_projection(projection)
    style = style or FigureStyle()
    points = _points(manifold, coordinates, axes)
    if colour_by not in manifold.units:
        raise FigureError(
            f"The manifold's units have no column {colour_by!r}",
            f"choose from {', '.join(map(str, manifold.units.columns[:12]))}",
        )
    colours = colour_units(manifold, colour_by)
    ringed = manifold.units.index.isin(list(selected))
    titles = [f"{AXIS_NAMES[coordinates]}{axis + 1}" for axis in axes]
    entries = len(getattr(colours.legend, "entries", ()))
    beside, columns, height = projected_layout(projection, style, entries, has_heading=True)

    def draw(panel: Axes, components: Sequence[int]) -> None:
        draw_units(panel, points[:, list(components)], colours, ringed, style)

    with style.drawn(height_mm=height) as figure:
        panels = draw_projected(figure, projection, draw, points, titles, style)
        figure.suptitle(site_title(site), fontsize=style.font_size)
        _explain(figure, panels, colours, beside, columns)
    table = manifold.units[[colour_by]].reset_index()
    table[[title.lower() for title in titles]] = points
    table["selected"] = ringed
    return CaptionedFigure(
        figure, _caption(manifold, colour_by, coordinates, axes, ringed, site), {"units": table}
    )


def draw_units(
    panel: Any,
    points: np.ndarray,
    colours: UnitColours,
    ringed: np.ndarray,
    style: FigureStyle,
) -> None:
    """Draw units as points; those that are `ringed` have an edge in the colour of the text."""
    size = style.font_size**2 * 0.12
    in_space = {"depthshade": False} if points.shape[1] == 3 else {}
    for symbol in np.unique(colours.symbols):
        chosen = colours.symbols == symbol
        panel.scatter(
            *points[chosen].T,
            s=size,
            c=colours.colours[chosen],
            marker=MARKERS[str(symbol)],
            linewidths=0,
            **in_space,
        )
    if ringed.any():
        panel.scatter(
            *points[ringed].T,
            s=4 * size,
            facecolors="none",
            edgecolors=style.ink,
            linewidths=style.font_size / 12,
            label="selected",
            **in_space,
        )


def _points(
    manifold: EncodingManifold, coordinates: Coordinates, axes: Sequence[int]
) -> np.ndarray:
    """Return what is drawn, ``(unit, 3)``."""
    if coordinates not in AXIS_NAMES:
        raise FigureError(
            f"There are no coordinates {coordinates!r}", f"choose from {', '.join(AXIS_NAMES)}"
        )
    known = (
        manifold.coordinates if coordinates == "diffusion map" else manifold.principal_coordinates
    )
    if len(axes) != 3 or min(axes) < 0 or max(axes) >= known.shape[1]:
        raise FigureError(
            f"The axes are {', '.join(map(str, axes))}",
            f"give three from 0 to {known.shape[1] - 1}",
        )
    return known[:, list(axes)]


def _explain(
    figure: Figure, panels: Sequence[Any], colours: UnitColours, beside: bool, columns: int
) -> None:
    """Add the legend of categories, or the scale of numbers."""
    legend = colours.legend
    if isinstance(legend, CategoricalLegend):
        looks = [CategoryLook(entry.colour, entry.symbol) for entry in legend.entries]
        titles = [f"{entry.label} ({entry.n_units:,})" for entry in legend.entries]
        handles = look_handles(looks, titles)
        legend_outside(
            figure, handles, titles, beside=beside, columns=columns, heading=legend.title
        )
        return
    _add_scale(figure, panels, legend)


def _add_scale(figure: Figure, panels: Sequence[Any], legend: ScaleLegend) -> None:
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import LinearSegmentedColormap, Normalize

    scale = LinearSegmentedColormap.from_list("units", legend.colours)
    mappable = ScalarMappable(Normalize(legend.low, legend.high), scale)
    bar = figure.colorbar(mappable, ax=list(panels), shrink=0.6, aspect=25, extend="both")
    missing = f"\n({legend.n_missing:,} without a value, grey)" if legend.n_missing else ""
    bar.set_label(f"{legend.title}{missing}")


def _caption(
    manifold: EncodingManifold,
    colour_by: str,
    coordinates: str,
    axes: Sequence[int],
    ringed: np.ndarray,
    site: str,
) -> str:
    made = manifold.provenance.parameters
    parameters = ", ".join(
        f"{words} {made[name]}" for name, words in PARAMETERS.items() if name in made
    )
    column = unit_column(colour_by)
    chosen = f" Rings: {int(ringed.sum()):,} selected units." if ringed.any() else ""
    numbers = ", ".join(str(axis + 1) for axis in axes)
    return (
        f"Encoding manifold{f' of {site_title(site)}' if site else ''}: {len(manifold.units):,} "
        f"units, near to each other where they respond alike ({coordinates}, components {numbers}; "
        f"{parameters}); {len(manifold.left_out):,} units are left out. Colour: {column.meaning}."
        f"{chosen} Scales are equal on all axes."
    )
