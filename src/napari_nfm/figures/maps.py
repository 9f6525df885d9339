"""Feature maps side by side on one scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from napari_nfm.figures.captioned import CaptionedFigure
from napari_nfm.figures.errors import FigureError
from napari_nfm.figures.parts import panel_grid
from napari_nfm.figures.style import FigureStyle
from napari_nfm.titles import site_title

__all__ = ["feature_maps_figure"]

MAP_LETTERS = 12
"""Least width of a map, in letters."""


def feature_maps_figure(
    maps: Any,
    channels: Sequence[int],
    *,
    site: str = "",
    stimulus: str = "",
    is_difference: bool = False,
    style: FigureStyle | None = None,
) -> CaptionedFigure:
    """Draw feature maps at one moment, all on one colour scale.

    Parameters
    ----------
    maps
        ``(map, y, x)``, activity.
    channels
        The channel of each map.
    site
        Whose they are, for title and caption.
    stimulus
        What is shown at this moment, for title and caption.
    is_difference
        Whether they are differences between two stimuli; colours then reach as far below zero as
        above.
    style
        Size, letters and background.

    Raises
    ------
    FigureError
        There are no maps, they have other axes, or there is not one channel for each.
    """
    style = style or FigureStyle()
    values = np.asarray(maps, dtype=np.float64)
    if values.ndim != 3 or values.size == 0 or len(channels) != len(values):
        raise FigureError(
            f"The maps have shape {values.shape}, with {len(channels)} channels",
            "give maps as (map, y, x), and the channel of each",
        )
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    if is_difference:
        high = max(abs(low), abs(high))
        low = -high
    columns = style.across(len(values), MAP_LETTERS)
    rows = -(-len(values) // columns)
    n_rows, n_columns = values.shape[1:]
    width = (style.width_mm - style.em(7)) / columns
    with style.drawn(
        height_mm=rows * (width * n_rows / n_columns + style.em(2.2)) + style.em(4)
    ) as figure:
        panels = panel_grid(figure, len(values), columns)
        for panel, channel, shown in zip(panels, channels, values, strict=True):
            image = panel.imshow(
                shown, vmin=low, vmax=high, cmap="RdBu_r" if is_difference else None
            )
            panel.set_title(f"channel {channel}")
            panel.set_xticks([])
            panel.set_yticks([])
            panel.spines[:].set_visible(False)
        _scale_bar(panels[0], n_columns, style)
        what = "Difference of activity" if is_difference else "Activity"
        figure.colorbar(image, ax=panels, label=what, aspect=25, shrink=0.8)
        heading = ", ".join(part for part in (site_title(site), stimulus) if part)
        figure.suptitle(heading, fontsize=style.font_size)
    table = pd.MultiIndex.from_product(
        [list(channels), range(n_rows), range(n_columns)], names=["channel", "y", "x"]
    ).to_frame(index=False)
    table["activity"] = values.ravel()
    caption = (
        f"Feature maps{f' of {site_title(site)}' if site else ''}"
        f"{f' during {stimulus}' if stimulus else ''}: channels "
        f"{', '.join(map(str, channels))}, each {n_columns} × {n_rows} positions, all on "
        f"one scale of {'differences' if is_difference else 'activity'} from {low:.3g} to "
        f"{high:.3g}. Bar: {_bar_length(n_columns)} positions."
    )
    return CaptionedFigure(figure, caption, {"maps": table})


def _bar_length(n_columns: int) -> int:
    """Return a round number of positions, about a quarter of the map."""
    for length in (100, 50, 20, 10, 5, 2):
        if length <= 0.3 * n_columns:
            return length
    return 1


def _scale_bar(panel: Any, n_columns: int, style: FigureStyle) -> None:
    """Draw a bar below the first map that says how long its positions are."""
    length = _bar_length(n_columns)
    panel.annotate(
        "",
        xy=(length - 0.5, -0.06),
        xytext=(-0.5, -0.06),
        xycoords=("data", "axes fraction"),
        textcoords=("data", "axes fraction"),
        arrowprops={"arrowstyle": "-", "color": style.ink, "linewidth": style.font_size / 5},
        annotation_clip=False,
    )
    panel.annotate(
        str(length),
        xy=(length / 2 - 0.5, -0.09),
        xycoords=("data", "axes fraction"),
        ha="center",
        va="top",
        annotation_clip=False,
    )
