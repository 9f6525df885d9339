"""Figures for print, of results that are already there: matplotlib, without a window."""

from napari_nfm.figures.captioned import FORMATS, CaptionedFigure, save_figure
from napari_nfm.figures.errors import FigureError
from napari_nfm.figures.style import FigureStyle

__all__ = ["FORMATS", "CaptionedFigure", "FigureError", "FigureStyle", "save_figure"]
