"""One colour and one marker per stimulus category, safe for colour-blind eyes.

Colours are taken from Paul Tol's bright, muted, vibrant and light schemes (Tol, *Colour
Schemes*, SRON/EPS/TN/09-002, 2021) and from Okabe and Ito (*Color Universal Design*, 2008). They
say what the stimulus is: gratings are green, darker for lower spatial frequency; dark dots are
cool and bright dots warm, light where dots are small and dark where they are large. The eleven
were chosen together so that any two differ by at least 7 units of CIEDE2000 in normal vision and
under simulated protanopia, deuteranopia and tritanopia (Machado et al. 2009); markers tell
gratings, single dots and triplets apart without colour.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = [
    "DIFFERENCE",
    "MISSING",
    "CategoryLook",
    "angle_colours",
    "angle_name",
    "category_looks",
    "difference_colours",
    "many_looks",
    "scale_colours",
]

MISSING = "#888888"
"""Colour of what has no value."""


@dataclass(frozen=True)
class CategoryLook:
    """How one stimulus category is drawn everywhere.

    Attributes
    ----------
    colour
        As ``#rrggbb``.
    symbol
        Marker, by napari's name.
    """

    colour: str
    symbol: str


_ENSEMBLE = {
    "grat_W12": CategoryLook("#228833", "square"),
    "grat_W1": CategoryLook("#44BB99", "square"),
    "grat_W2": CategoryLook("#009988", "square"),
    "neg1dotflow_D1_bg": CategoryLook("#88CCEE", "disc"),
    "neg3dotflow_D1_bg": CategoryLook("#FFAABB", "triangle_up"),
    "neg1dotflow_D2_bg": CategoryLook("#4477AA", "disc"),
    "neg3dotflow_D2_bg": CategoryLook("#CC79A7", "triangle_up"),
    "pos1dotflow_D1_bg": CategoryLook("#EE8866", "disc"),
    "pos3dotflow_D1_bg": CategoryLook("#EEDD88", "triangle_up"),
    "pos1dotflow_D2_bg": CategoryLook("#CC3311", "disc"),
    "pos3dotflow_D2_bg": CategoryLook("#AAAA00", "triangle_up"),
}

# Where each unit keeps its spatial frequency, the stimuli look as the ensemble's do at the medium
# one, and the high-frequency grating as the finer two.
_OPTIMAL = {
    "Low-frequency grating": _ENSEMBLE["grat_W12"],
    "High-frequency grating": _ENSEMBLE["grat_W1"],
    "Dark dots": _ENSEMBLE["neg1dotflow_D2_bg"],
    "Dark triplets": _ENSEMBLE["neg3dotflow_D2_bg"],
    "Bright dots": _ENSEMBLE["pos1dotflow_D2_bg"],
    "Bright triplets": _ENSEMBLE["pos3dotflow_D2_bg"],
}

_KNOWN = {**_ENSEMBLE, **_OPTIMAL}

# Tol's bright scheme: what categories of any other set get, in this order.
_OTHERS = ("#66CCEE", "#EE6677", "#CCBB44", "#4477AA", "#228833", "#AA3377", "#BBBBBB")


def category_looks(categories: Sequence[str]) -> tuple[CategoryLook, ...]:
    """Return one look per category: the study's own for its names, others in turn.

    Looks repeat beyond seven categories that are not the study's.
    """
    others = [name for name in categories if name not in _KNOWN]
    return tuple(
        _KNOWN[name]
        if name in _KNOWN
        else CategoryLook(_OTHERS[others.index(name) % len(_OTHERS)], "disc")
        for name in categories
    )


_SYMBOLS = ("disc", "triangle_up", "square", "diamond", "triangle_down", "star", "cross")


def many_looks(names: Sequence[str]) -> tuple[CategoryLook, ...]:
    """Return one look per name, told apart by colour and marker.

    The study's stimuli have their own. Up to seven others differ in both, up to 42 in one of
    them; looks repeat beyond.
    """
    if all(name in _KNOWN for name in names):
        return category_looks(names)
    if len(names) <= len(_SYMBOLS):
        return tuple(map(CategoryLook, _OTHERS, _SYMBOLS[: len(names)]))
    colours = _OTHERS[:-1]  # grey is for what has no value
    return tuple(
        CategoryLook(colours[i % len(colours)], _SYMBOLS[(i // len(colours)) % len(_SYMBOLS)])
        for i in range(len(names))
    )


# An ellipse in CIELAB, every 45°, whose lightness and hue were searched for so that any two of
# the eight differ by at least 9 units of CIEDE2000 in normal and in simulated colour-blind vision.
_CIRCLE = (
    "#A3325F", "#CA6949", "#D5B65A", "#ACEB95", "#34ECD1", "#00BCE7", "#0079C9", "#714290",
)  # fmt: skip
_ARROWS = ("→", "↗", "↑", "↖", "←", "↙", "↓", "↘")


def angle_colours(degrees: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return colours ``(..., 3)``, 0 to 1, of a circle on which near angles look alike."""
    corners = np.array([[int(c[i : i + 2], 16) / 255 for i in (1, 3, 5)] for c in _CIRCLE])
    around = np.linspace(0, 360, len(corners) + 1)
    closed = np.concatenate([corners, corners[:1]])
    angles = np.asarray(degrees, dtype=float) % 360
    return np.stack([np.interp(angles, around, closed[:, i]) for i in range(3)], axis=-1)


def angle_name(degrees: float) -> str:
    """Return a direction for people, as ``↗ 45°``."""
    arrow = f"{_ARROWS[round(degrees / 45) % 8]} " if degrees % 45 == 0 else ""
    return f"{arrow}{degrees:g}°"


def scale_colours(shares: npt.ArrayLike) -> npt.NDArray[Any]:
    """Return colours ``(..., 3)``, 0 to 1, of a perceptually uniform scale from 0 to 1.

    Viridis, without the darkest tenth, which cannot be told from a dark canvas.
    """
    from matplotlib import colormaps

    return colormaps["viridis"](0.1 + 0.9 * np.asarray(shares, dtype=float))[..., :3]


# Paul Tol's BuRd scheme, from blue through white to red.
DIFFERENCE = (
    "#2166AC", "#4393C3", "#92C5DE", "#D1E5F0", "#F7F7F7", "#FDDBC7", "#F4A582", "#D6604D",
    "#B2182B",
)  # fmt: skip
"""Colours of a scale from below to above zero, evenly spaced."""


def difference_colours(shares: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return colours ``(..., 3)``, 0 to 1, of a scale from -1 (blue) over 0 (white) to 1 (red)."""
    corners = np.array([[int(c[i : i + 2], 16) / 255 for i in (1, 3, 5)] for c in DIFFERENCE])
    steps = np.linspace(-1, 1, len(corners))
    values = np.asarray(shares, dtype=float)
    return np.stack([np.interp(values, steps, corners[:, i]) for i in range(3)], axis=-1)
