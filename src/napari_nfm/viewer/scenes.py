"""What `World` is given to draw: frozen, and free of any window."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import xarray as xr

from napari_nfm.colouring import UnitColours
from napari_nfm.viewer.convert_maps import Montage

if TYPE_CHECKING:
    from napari_nfm.analysis import EncodingManifold, Tubularity

__all__ = ["ManifoldScene", "MapsShown", "Outline", "TrajectoryScene", "TubeScene"]


@dataclass(frozen=True)
class TrajectoryScene:
    """What is needed to draw decoding trajectories.

    Attributes
    ----------
    curves
        ``(category, direction, time, component)``.
    explained_variance_ratio
        ``(component,)``.
    titles
        Human title of each category.
    heading
        One line over the picture, as the site's title.
    source
        The recording's folder, or empty where there is none.
    """

    curves: xr.DataArray
    explained_variance_ratio: npt.NDArray[np.float64]
    titles: tuple[str, ...]
    heading: str
    source: str = ""


@dataclass(frozen=True)
class MapsShown:
    """Which feature maps are drawn.

    Attributes
    ----------
    site
        Their recording site.
    channels
        One per map.
    montage
        Where each of them is.
    is_difference
        Whether they are differences between two stimuli.
    """

    site: str
    channels: tuple[int, ...]
    montage: Montage
    is_difference: bool = False


@dataclass(frozen=True)
class ManifoldScene:
    """What is needed to draw an encoding manifold.

    Attributes
    ----------
    manifold
        The units.
    colours
        How each unit is drawn.
    coordinates, axes, edges
        As in `napari_nfm.session.ManifoldLook`.
    heading
        One line over the picture, as the site's title.
    source
        The recording's folder, or empty where there is none.
    """

    manifold: "EncodingManifold"
    colours: UnitColours
    coordinates: str
    axes: tuple[int, int, int]
    edges: bool
    heading: str
    source: str = ""


@dataclass(frozen=True)
class TubeScene:
    """What is needed to draw tubes with the curves that they are around.

    Attributes
    ----------
    found
        Tubes and curves, of responses.
    shown
        Numbers of the bundles that are drawn.
    heading
        What is drawn, and in which dimensions.
    source
        The recording's folder, or empty where there is none.
    """

    found: "Tubularity"
    shown: frozenset[int]
    heading: str
    source: str = ""


@dataclass(frozen=True)
class Outline:
    """A line on the movie that belongs to one unit.

    Attributes
    ----------
    unit
        Its position in the site's responses.
    points
        ``(point, 2)``: y and x in pixels of the movie; the last is the first where it is closed.
    colour
        As ``#rrggbb``.
    """

    unit: int
    points: npt.NDArray[np.float64]
    colour: str
