"""How each layer looks: one frozen dataclass per kind, given to napari as keyword arguments."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from napari.utils import Colormap

from napari_nfm.palette import DIFFERENCE, CategoryLook

__all__ = [
    "AxisStyle",
    "CaptionStyle",
    "CentrelineStyle",
    "EdgeStyle",
    "FieldStyle",
    "HeadStyle",
    "HoveredUnitStyle",
    "MapsStyle",
    "MovieStyle",
    "PathStyle",
    "RecordedPartStyle",
    "SampledUnitStyle",
    "SelectedUnitStyle",
    "TrackStyle",
    "TubeGlass",
    "TubeStyle",
    "UnitMarkerStyle",
    "UnitStyle",
]


@dataclass(frozen=True)
class _Style:
    """Fields are keyword arguments of the layer's ``viewer.add_*`` method."""

    name: str
    opacity: float = 1.0
    blending: str = "translucent"

    def as_kwargs(self) -> dict[str, Any]:
        """Return the keyword arguments, only of what is set."""
        return {key: value for key, value in asdict(self).items() if value is not None}


@dataclass(frozen=True)
class MovieStyle(_Style):
    """The stimulus, in the grey levels of the screen."""

    name: str = "Stimulus movie"
    colormap: str = "gray"
    contrast_limits: tuple[float, float] = (0.0, 255.0)
    interpolation2d: str = "nearest"


@dataclass(frozen=True)
class MapsStyle(_Style):
    """Feature maps: a perceptually uniform scale that is fixed over time."""

    name: str = "Feature maps"
    colormap: str = "viridis"
    interpolation2d: str = "nearest"

    @classmethod
    def colours(cls, *, is_difference: bool) -> str | Colormap:
        """Return the scale of activity, or of differences: blue below zero, red above."""
        if is_difference:
            return Colormap(list(DIFFERENCE), name="difference")
        return cls.colormap


@dataclass(frozen=True)
class TrackStyle(_Style):
    """Trajectories up to the current frame."""

    name: str = "Trajectories"
    blending: str = "translucent"
    tail_width: float = 4.0
    tail_length: int = 12
    head_length: int = 0
    hide_completed_tracks: bool = False
    color_by: str = "category_colour"


@dataclass(frozen=True)
class PathStyle(_Style):
    """The whole of every trajectory, faint."""

    name: str = "Whole paths"
    opacity: float = 0.35
    # Without depth, so that the bright tails on the same lines are not broken up by them.
    blending: str = "translucent_no_depth"
    edge_width: float = 0.8
    vector_style: str = "line"


@dataclass(frozen=True)
class HeadStyle(_Style):
    """Where each trajectory is at the current frame."""

    name: str = "Current states"
    size: float = 9.0
    shading: str = "spherical"
    border_width: float = 0.0


@dataclass(frozen=True)
class TubeStyle(_Style):
    """Tubes of glass: their own colours say how much of them is seen from where."""

    name: str = "Tubes"
    shading: str = "none"


@dataclass(frozen=True)
class TubeGlass:
    """Opacity of a tube where it is seen face on, and at its outline."""

    middle: float = 0.04
    rim: float = 0.4

    @classmethod
    def of(cls, *, is_current: bool | None) -> "TubeGlass":
        """Return that of the current stimulus' tube, of another, or of any where none is."""
        if is_current is None:
            return cls()
        return cls(0.08, 0.7) if is_current else cls(0.02, 0.2)


@dataclass(frozen=True)
class CentrelineStyle(_Style):
    """The middle of each tube."""

    name: str = "Centrelines of tubes"
    edge_width: float = 2.4
    vector_style: str = "line"


@dataclass(frozen=True)
class UnitStyle(_Style):
    """Units of an encoding manifold."""

    name: str = "Encoding manifold"
    size: float = 5.0
    shading: str = "spherical"
    border_width: float = 0.0

    @classmethod
    def for_units(cls, n_units: int) -> "UnitStyle":
        """Return the style for so many units: more of them are smaller, and drawn more simply."""
        size = float(np.clip(60 / max(n_units, 1) ** (1 / 3), 2.5, 8.0))
        # Shaded, ten thousand points turn at 6 frames per second in software; plain, at 15.
        return cls(size=size, shading="spherical" if n_units <= 3000 else "none")


@dataclass(frozen=True)
class SelectedUnitStyle(_Style):
    """Selected units, drawn over all others."""

    name: str = "Selected units"
    blending: str = "translucent_no_depth"
    size: float = 8.0
    border_width: float = 0.2
    border_color: str = "white"

    @classmethod
    def for_units(cls, n_units: int, *, of: int, border_color: str) -> "SelectedUnitStyle":
        """Return the style for `n_units` chosen among `of`: a few are large, many are outlined."""
        usual = UnitStyle.for_units(of).size
        if n_units > 30:
            return cls(size=1.2 * usual, border_width=0.12, border_color=border_color)
        return cls(size=1.8 * usual, border_color=border_color)


@dataclass(frozen=True)
class UnitMarkerStyle(_Style):
    """Frames around the pixels of selected units; a red that no colour of viridis is like."""

    name: str = "Selected units on maps"
    blending: str = "translucent_no_depth"
    size: float = 8.0
    symbol: str = "square"
    face_color: str = "transparent"
    border_color: str = "#FF5533"
    border_width: float = 0.15

    @classmethod
    def for_pixels(cls, pixel: float) -> "UnitMarkerStyle":
        """Return the style for maps whose pixels are so large in the world."""
        return cls(size=max(1.4 * pixel, 5.0))


@dataclass(frozen=True)
class SampledUnitStyle(_Style):
    """Dots on the pixels of all recorded units, white with a dark rim: seen on all of viridis."""

    name: str = "All units on maps"
    blending: str = "translucent_no_depth"
    size: float = 3.0
    face_color: str = "white"
    border_color: str = "black"
    border_width: float = 0.25

    @classmethod
    def for_pixels(cls, pixel: float) -> "SampledUnitStyle":
        """Return the style for maps whose pixels are so large in the world."""
        return cls(size=max(0.5 * pixel, 1.5))


@dataclass(frozen=True)
class RecordedPartStyle(_Style):
    """Lines around the part of each map that was recorded."""

    name: str = "Recorded part of maps"
    blending: str = "translucent_no_depth"
    edge_width: float = 1.6
    edge_color: str = "#E69F00"
    vector_style: str = "line"


@dataclass(frozen=True)
class FieldStyle(_Style):
    """Outlines of receptive fields on the movie."""

    name: str = "Receptive fields"
    blending: str = "translucent_no_depth"
    edge_width: float = 2.2
    vector_style: str = "line"


@dataclass(frozen=True)
class HoveredUnitStyle(_Style):
    """A ring around the unit under the mouse."""

    name: str = "Unit under the mouse"
    blending: str = "translucent_no_depth"
    size: float = 12.0
    symbol: str = "ring"
    face_color: str = "#D55E00"
    border_color: str = "#D55E00"


@dataclass(frozen=True)
class EdgeStyle(_Style):
    """Edges of the neighbourhood graph, faint."""

    name: str = "Neighbour edges"
    opacity: float = 0.3
    edge_width: float = 0.4
    edge_color: str = "#999999"
    vector_style: str = "line"


@dataclass(frozen=True)
class AxisStyle(_Style):
    """Lines of the component axes."""

    name: str = "Component axes"
    edge_width: float = 1.2
    edge_color: str = "#999999"
    vector_style: str = "line"


@dataclass(frozen=True)
class ReferenceStyle(_Style):
    """Published values: hollow, so that nobody takes them for measured ones."""

    name: str = "Published tubularity"
    symbol: str = "diamond"
    size: float = 8.0
    face_color: str = "transparent"
    border_color: str = "orange"
    border_width: float = 0.15


@dataclass(frozen=True)
class CaptionStyle(_Style):
    """Text that stands in the world; its points themselves are not seen."""

    name: str = "Captions"
    blending: str = "translucent_no_depth"
    size: float = 0.01
    face_color: str = "transparent"
    border_color: str = "transparent"


def category_colormap(looks: Sequence[CategoryLook]) -> Colormap:
    """Return a step colormap that gives category ``i`` of ``n`` its colour at ``(i + 0.5) / n``."""
    return Colormap(
        [look.colour for look in looks],
        name="stimulus category",
        interpolation="zero",
        controls=np.linspace(0, 1, len(looks) + 1),
    )
