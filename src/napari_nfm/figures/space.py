"""Three dimensions on paper: panels with three axes, or the three planes between them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from napari_nfm.figures.errors import FigureError
from napari_nfm.figures.parts import KEY_LETTERS, number_panels, panel_grid
from napari_nfm.figures.style import FigureStyle

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Projection", "check_projection", "draw_projected", "frame_cube", "projected_layout"]

Projection = Literal["3-D", "planes"]
PLANES = ((0, 1), (0, 2), (1, 2))
"""The components on the horizontal and the vertical axis of each plane."""

VIEW = (22.0, -58.0)
"""Elevation and azimuth of the eye, in degrees."""


def check_projection(projection: str) -> None:
    """Raise where there is no such projection.

    Raises
    ------
    FigureError
        It names the two.
    """
    if projection not in ("3-D", "planes"):
        raise FigureError(f"There is no projection {projection!r}", "choose '3-D' or 'planes'")


def projected_layout(
    projection: Projection, style: FigureStyle, n_entries: int, *, has_heading: bool = False
) -> tuple[bool, int, float]:
    """Return whether the key stands beside the panel, its columns, and the figure's height in mm.

    Parameters
    ----------
    projection
        "3-D" or "planes"; below planes there is always room for the key, and beside them never.
    style
        Of the figure.
    n_entries
        How many entries the key has.
    has_heading
        Whether there is a line above them.
    """
    beside = projection == "3-D" and style.across(2, KEY_LETTERS) == 2
    columns = 1 if beside else style.across(max(n_entries, 1), KEY_LETTERS)
    lines = 0 if beside else -(-n_entries // columns) + has_heading
    height = style.em(30 if projection == "3-D" else 20) + style.em(1.5) * (lines + 1)
    return beside, columns, height


def draw_projected(
    figure: Figure,
    projection: Projection,
    draw: Callable[[Axes, Sequence[int]], None],
    points: npt.NDArray[np.float64],
    titles: Sequence[str],
    style: FigureStyle,
) -> list[Axes]:
    """Draw in space, or in each of the three planes, and return the panels.

    Parameters
    ----------
    figure
        Where there is no panel yet.
    projection
        "3-D" or "planes".
    draw
        Draws the components that it is given on a panel.
    points
        ``(point, 3)``, all that is drawn.
    titles
        Of the three axes.
    style
        Of the figure.
    """
    if projection == "3-D":
        space = figure.add_subplot(projection="3d")
        draw(space, (0, 1, 2))
        frame_cube(space, points, titles, style)
        return [space]
    panels = panel_grid(figure, len(PLANES), len(PLANES))
    for panel, (across, up) in zip(panels, PLANES, strict=True):
        panel.set_xlabel(titles[across])
        panel.set_ylabel(titles[up])
        panel.set_aspect("equal", adjustable="datalim")
        draw(panel, (across, up))
    number_panels(panels, style)
    return panels


def frame_cube(
    panel: Any, points: npt.NDArray[np.float64], titles: Sequence[str], style: FigureStyle
) -> None:
    """Frame a panel in space: equal scales, and three axes from a corner in place of walls.

    Parameters
    ----------
    panel
        Of matplotlib, with ``projection="3d"``.
    points
        ``(point, 3)``, all that is drawn.
    titles
        Of the axes.
    style
        Of the figure.
    """
    low, high = np.nanmin(points, axis=0), np.nanmax(points, axis=0)
    longest = float((high - low).max()) or 1.0
    sides = np.maximum(high - low, 0.25 * longest)  # a flat cloud still has room for its axes
    corner = (low + high - sides) / 2
    panel.set_axis_off()
    panel.view_init(*VIEW)
    panel.set_box_aspect(tuple(sides))
    for axis, name in enumerate("xyz"):
        panel.set(**{f"{name}lim": (corner[axis], corner[axis] + sides[axis])})
    for axis, title in enumerate(titles):
        end = corner.copy()
        end[axis] += 0.2 * longest
        panel.plot(*np.stack([corner, end]).T, color=style.ink, linewidth=style.font_size / 10)
        end[axis] += 0.08 * longest
        panel.text(*end, title, fontsize=style.font_size * 0.9, ha="center", va="center")
