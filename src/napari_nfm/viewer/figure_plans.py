"""Which figure is wanted, and what has come of it: what crosses threads; no Qt."""

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Literal

from napari_nfm.figures.style import FigureStyle

if TYPE_CHECKING:
    from napari_nfm.figures import CaptionedFigure

__all__ = ["FigureKind", "FigurePlan", "FigurePreview"]


class FigureKind(Enum):
    """What a figure shows; the value is its title."""

    STUDY = "All readouts, side by side"
    TRAJECTORIES = "Decoding trajectories"
    MANIFOLD = "Encoding manifold"
    MAPS = "Feature maps"
    UNIT = "Responses of a unit"
    RADIUS = "Radius along the tubes"
    ACCURACY = "Decoding accuracy"
    CONFUSION = "Confusions"
    REMOVAL = "Removal of units"
    CANVAS = "What the canvas shows"


@dataclass(frozen=True)
class FigurePlan:
    """Which figure is wanted.

    Attributes
    ----------
    kind
        What it shows.
    all_sites
        Whether it shows all sites or the current one, where it can show several.
    projection
        Of what lies in space.
    style
        Size, letters and background.
    """

    kind: FigureKind = FigureKind.STUDY
    all_sites: bool = False
    projection: Literal["3-D", "planes"] = "3-D"
    style: FigureStyle = field(default_factory=FigureStyle)


@dataclass(frozen=True)
class FigurePreview:
    """A figure, and how it looks.

    Attributes
    ----------
    figure
        With caption and tables.
    png
        The figure as a file of few dots.
    """

    figure: "CaptionedFigure"
    png: bytes
