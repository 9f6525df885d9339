"""Parts that figures have in common: panel letters, legends, intervals, words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from napari_nfm.figures.style import FigureStyle
from napari_nfm.palette import CategoryLook

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "KEY_LETTERS",
    "MARKERS",
    "band",
    "legend_outside",
    "listed",
    "look_handles",
    "number_panels",
    "panel_grid",
]

MARKERS = {
    "disc": "o",
    "square": "s",
    "triangle_up": "^",
    "triangle_down": "v",
    "diamond": "D",
    "star": "*",
    "cross": "P",
}
"""Matplotlib's markers by napari's names."""

KEY_LETTERS = 21
"""Width of a legend's column of stimulus categories, in letters."""


def number_panels(panels: Sequence[Axes], style: FigureStyle) -> None:
    """Put a bold letter at the upper left of each panel, from a on."""
    for panel, letter in zip(panels, "abcdefghijklmnopqrstuvwxyz", strict=False):
        panel.annotate(
            letter,
            xy=(0, 1),
            xycoords="axes fraction",
            xytext=(-style.font_size * 1.5, style.font_size * 0.9),
            textcoords="offset points",
            fontsize=style.font_size * 1.3,
            fontweight="bold",
            va="bottom",
            ha="right",
            annotation_clip=False,
        )


def panel_grid(figure: Figure, count: int, columns: int) -> list[Axes]:
    """Return so many panels, row by row, in so many columns."""
    rows = -(-count // columns)
    return [figure.add_subplot(rows, columns, place + 1) for place in range(count)]


def legend_outside(
    figure: Figure,
    handles: Sequence[Any],
    titles: Sequence[str],
    *,
    beside: bool,
    columns: int = 1,
    heading: str | None = None,
) -> None:
    """Put a legend to the right of all panels, or below them."""
    place: Literal["outside right center", "outside lower left"] = (
        "outside right center" if beside else "outside lower left"
    )
    legend = figure.legend(handles, titles, loc=place, ncols=columns, title=heading)
    legend.set_alignment("left")


def look_handles(
    looks: Sequence[CategoryLook], titles: Sequence[str], *, line: bool = False
) -> list[Any]:
    """Return what a legend needs: the marker of each look, on a line where there is one."""
    from matplotlib.lines import Line2D

    return [
        Line2D(
            [],
            [],
            color=look.colour,
            marker=MARKERS[look.symbol],
            linestyle="-" if line else "none",
            label=title,
        )
        for look, title in zip(looks, titles, strict=True)
    ]


def band(
    panel: Axes, x: npt.ArrayLike, low: npt.ArrayLike, high: npt.ArrayLike, colour: str
) -> None:
    """Fill an interval around a curve."""
    panel.fill_between(
        np.asarray(x), np.asarray(low), np.asarray(high), color=colour, alpha=0.2, linewidth=0
    )


def listed(names: Sequence[str]) -> str:
    """Return words as one list to read: ``a, b and c``."""
    *rest, last = names
    return f"{', '.join(rest)} and {last}" if rest else last
