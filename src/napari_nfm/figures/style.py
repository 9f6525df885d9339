"""How figures for print look, and how they are written to files.

A figure is made by matplotlib without pyplot, so that it needs no display and leaves no state
behind::

    with style.drawn(height_mm=60) as figure:
        axes = figure.subplots()
        axes.plot(...)
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from napari_nfm.figures.errors import FigureError
from napari_nfm.palette import MISSING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["FigureStyle", "matplotlib_settings"]

MM_PER_INCH = 25.4
POINTS_PER_INCH = 72
WIDTHS_MM = (20, 1000)
DPIS = (30, 2400)
FONT_SIZES = (3, 40)

_GROUNDS = {"light": ("#FFFFFF", "#000000"), "dark": ("#111111", "#EEEEEE")}


@dataclass(frozen=True)
class FigureStyle:
    """Size, letters and background of a figure.

    Attributes
    ----------
    width_mm
        Width in millimetres, 20 to 1000; 89 is one column of many journals, 180 two.
    dpi
        Dots per inch of PNG, and of what is drawn as dots in SVG and PDF; 30 to 2400.
    font_size
        Of the text in points, 3 to 40; panel letters are larger, tick labels smaller.
    background
        ``"light"`` for paper or ``"dark"`` for slides.

    Raises
    ------
    FigureError
        A number is out of range, or the background is neither light nor dark.
    """

    width_mm: float = 180
    dpi: int = 300
    font_size: float = 7
    background: Literal["light", "dark"] = "light"

    def __post_init__(self) -> None:
        for name, value, (low, high) in (
            ("width_mm", self.width_mm, WIDTHS_MM),
            ("dpi", self.dpi, DPIS),
            ("font_size", self.font_size, FONT_SIZES),
        ):
            if not low <= value <= high:
                raise FigureError(
                    f"The figure's {name} is {value}", f"give a number from {low} to {high}"
                )
        if self.background not in _GROUNDS:
            raise FigureError(
                f"The figure's background is {self.background!r}", "give 'light' or 'dark'"
            )

    @property
    def paper(self) -> str:
        """Colour of the background."""
        return _GROUNDS[self.background][0]

    @property
    def ink(self) -> str:
        """Colour of text and axes."""
        return _GROUNDS[self.background][1]

    @property
    def muted(self) -> str:
        """Colour of what stands back: chance levels, grids, what has no value."""
        return MISSING

    def em(self, letters: float) -> float:
        """Return the size of so many letters, as high as they are, in millimetres."""
        return letters * self.font_size / POINTS_PER_INCH * MM_PER_INCH

    def across(self, panels: int, letters: float) -> int:
        """Return how many of the panels, each at least `letters` wide, fit beside each other."""
        return max(1, min(panels, int(self.width_mm / self.em(letters))))

    @contextmanager
    def drawn(self, height_mm: float) -> Iterator[Figure]:
        """Give an empty figure; what is drawn on it within the block has this style."""
        from matplotlib.figure import Figure

        with matplotlib_settings(self._settings()):
            size = (self.width_mm / MM_PER_INCH, height_mm / MM_PER_INCH)
            yield Figure(figsize=size, dpi=self.dpi, layout="constrained")

    def _settings(self) -> dict[Any, Any]:
        """Return matplotlib's settings."""
        line = self.font_size / 10  # hairlines grow with the letters
        paper = ("figure.facecolor", "axes.facecolor", "savefig.facecolor", "legend.facecolor")
        ink = ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color")
        return {
            **dict.fromkeys(paper, self.paper),
            **dict.fromkeys(ink, self.ink),
            "legend.labelcolor": self.ink,
            "legend.frameon": False,
            "legend.handlelength": 1.5,
            "font.family": "DejaVu Sans",  # comes with matplotlib: the same letters everywhere
            "font.size": self.font_size,
            "axes.titlesize": self.font_size,
            "axes.labelsize": self.font_size,
            "legend.fontsize": self.font_size * 0.9,
            "xtick.labelsize": self.font_size * 0.9,
            "ytick.labelsize": self.font_size * 0.9,
            "axes.titleweight": "normal",
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.linewidth": line,
            "xtick.major.width": line,
            "ytick.major.width": line,
            "xtick.minor.width": line * 0.7,
            "ytick.minor.width": line * 0.7,
            "xtick.major.size": self.font_size * 0.35,
            "ytick.major.size": self.font_size * 0.35,
            "xtick.minor.size": self.font_size * 0.2,
            "ytick.minor.size": self.font_size * 0.2,
            "lines.linewidth": line * 1.6,
            "lines.markersize": self.font_size * 0.55,
            "patch.linewidth": line,
            "grid.color": self.muted,
            "grid.linewidth": line * 0.6,
            "grid.alpha": 0.3,
            "hatch.linewidth": line,
            "image.cmap": "viridis",
            "image.interpolation": "nearest",
        }


_DRAWING = threading.RLock()


@contextmanager
def matplotlib_settings(values: dict[Any, Any]) -> Iterator[None]:
    """Draw with these settings of matplotlib, which are one for all threads: one at a time."""
    from matplotlib import rc_context

    with _DRAWING, rc_context(values):
        yield
