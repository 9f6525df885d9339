"""A picture of the canvas with its legend."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from napari_nfm.figures.captioned import CaptionedFigure
from napari_nfm.figures.parts import KEY_LETTERS, legend_outside, look_handles
from napari_nfm.figures.style import FigureStyle
from napari_nfm.palette import category_looks
from napari_nfm.titles import category_title

__all__ = ["canvas_figure"]


def canvas_figure(
    picture: npt.NDArray[np.uint8],
    categories: Sequence[str],
    *,
    caption: str,
    style: FigureStyle | None = None,
) -> CaptionedFigure:
    """Put a picture on a figure, with the legend of stimulus categories below.

    Parameters
    ----------
    picture
        ``(y, x, RGBA)``.
    categories
        Names of the categories that are seen; no legend where there are none.
    caption
        What is seen.
    style
        Width, letters and background; the picture keeps its own background.
    """
    style = style or FigureStyle()
    height = style.width_mm * picture.shape[0] / picture.shape[1]
    columns = style.across(max(len(categories), 1), KEY_LETTERS)
    lines = -(-len(categories) // columns)
    with style.drawn(height_mm=height + style.em(1.5) * (lines + 1)) as figure:
        panel = figure.add_subplot()
        panel.imshow(picture, interpolation="antialiased")
        panel.set_axis_off()
        titles = [category_title(name) for name in categories]
        handles = look_handles(category_looks(categories), titles)
        if titles:
            legend_outside(figure, handles, titles, beside=False, columns=columns)
    return CaptionedFigure(figure, caption)
