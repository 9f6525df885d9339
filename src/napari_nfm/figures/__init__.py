"""Figures for print, of results that are already there: matplotlib, without a window."""

from napari_nfm.figures.accuracy import accuracy_figure, confusion_figure
from napari_nfm.figures.captioned import FORMATS, CaptionedFigure, save_figure
from napari_nfm.figures.errors import FigureError
from napari_nfm.figures.removal import removal_figure
from napari_nfm.figures.scores import scores_figure
from napari_nfm.figures.style import FigureStyle
from napari_nfm.figures.tubes import radius_profile_figure

__all__ = [
    "FORMATS",
    "CaptionedFigure",
    "FigureError",
    "FigureStyle",
    "accuracy_figure",
    "confusion_figure",
    "radius_profile_figure",
    "removal_figure",
    "save_figure",
    "scores_figure",
]
