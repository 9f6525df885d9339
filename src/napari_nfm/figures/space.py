"""Three dimensions on paper: panels with three axes, or the three planes between them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from napari_nfm.figures.errors import FigureError
from napari_nfm.figures.style import FigureStyle

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["PLANES", "Projection", "check_projection", "frame_cube", "projected_panels"]

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


def projected_panels(
    figure: Figure, projection: Projection, titles: Sequence[str]
) -> list[tuple[Any, tuple[int, ...]]]:
    """Return panels, and which components each shows: one in space, or three planes."""
    if projection == "3-D":
        return [(figure.add_subplot(projection="3d"), (0, 1, 2))]
    panels: list[tuple[Any, tuple[int, ...]]] = []
    for place, (across, up) in enumerate(PLANES):
        panel = figure.add_subplot(1, len(PLANES), place + 1)
        panel.set_xlabel(titles[across])
        panel.set_ylabel(titles[up])
        panel.set_aspect("equal", adjustable="datalim")
        panels.append((panel, (across, up)))
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
