"""What `World` is given to draw: frozen, and free of any window."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import xarray as xr

from napari_nfm.viewer.colouring import UnitColours
from napari_nfm.viewer.convert import Montage

if TYPE_CHECKING:
    from napari_nfm.analysis import EncodingManifold

__all__ = ["ManifoldScene", "MapsShown", "TrajectoryScene"]


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
    """

    site: str
    channels: tuple[int, ...]
    montage: Montage


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
