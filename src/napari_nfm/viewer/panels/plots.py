"""What the plots on screen share: the theme's colours, quiet axes, and no zoom by accident."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pyqtgraph as pg
from napari.utils.theme import get_theme
from qtpy.QtCore import QSize, Qt
from qtpy.QtGui import QColor, QFont, QWheelEvent

__all__ = [
    "CURVE",
    "GLYPHS",
    "MARK",
    "SELECTED",
    "SYMBOLS",
    "Plot",
    "PlotColours",
    "faint_colour",
    "logarithmic_ticks",
]

CURVE = "#4477AA"
"""Tol's blue: it stands out from a dark and from a light background."""
SELECTED = "#D55E00"
"""Okabe and Ito's vermilion."""
MARK = "#009E73"
"""Okabe and Ito's green."""
SYMBOLS = {
    "disc": "o",
    "square": "s",
    "triangle_up": "t1",
    "triangle_down": "t",
    "diamond": "d",
    "star": "star",
    "cross": "+",
}
"""Markers of categories, by napari's names, as pyqtgraph calls them."""
GLYPHS = dict(zip(SYMBOLS, "●■▲▼◆★✚", strict=True))
"""The same in running text."""
FONT_POINTS = 8
LEAST_SIZE = QSize(120, 80)


@dataclass(frozen=True)
class PlotColours:
    """Colours of one napari theme.

    Attributes
    ----------
    background, text, faint
        Behind the plot, of writing, and of lines that only divide.
    """

    background: str
    text: str
    faint: str

    @classmethod
    def of(cls, theme: str) -> "PlotColours":
        """Return the colours of the theme of this name."""
        colours = get_theme(theme)
        return cls(
            *(getattr(colours, name).as_hex() for name in ("background", "text", "secondary"))
        )


class Plot(pg.PlotWidget):
    """A plot that is looked at and clicked, not zoomed: the wheel scrolls what it is in.

    Parameters
    ----------
    name
        Object name.
    title, x_title, y_title
        What is drawn, and its axes with their units.
    """

    def __init__(self, name: str, title: str = "", x_title: str = "", y_title: str = "") -> None:
        super().__init__()
        self.setObjectName(name)
        self.setMouseEnabled(x=False, y=False)
        self.hideButtons()
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._titles = (title, x_title, y_title)
        font = QFont()
        font.setPointSize(FONT_POINTS)
        for side in ("bottom", "left"):
            axis = self.getAxis(side)
            axis.setStyle(tickFont=font, tickLength=-4)
            axis.enableAutoSIPrefix(False)

    def set_axis_titles(self, x_title: str, y_title: str) -> None:
        """Name the axes like this from the next `set_colours` on."""
        self._titles = (self._titles[0], x_title, y_title)

    def set_colours(self, colours: PlotColours) -> None:
        """Use the colours of a theme."""
        self.setBackground(colours.background)
        title, *of_axes = self._titles
        if title:
            self.setTitle(title, color=colours.text, size=f"{FONT_POINTS + 1}pt")
        for side, text in zip(("bottom", "left"), of_axes, strict=True):
            axis = self.getAxis(side)
            axis.setPen(colours.faint)
            axis.setTextPen(colours.text)
            axis.setLabel(text or None, color=colours.text, **{"font-size": f"{FONT_POINTS}pt"})

    def set_ticks(self, side: str, ticks: Sequence[tuple[float, str]]) -> None:
        """Write these texts along an axis, and no others."""
        self.getAxis(side).setTicks([list(ticks)])

    def sizeHint(self) -> QSize:
        """Ask for little: a plot takes what room there is, rather than make a dock scroll."""
        return self.minimumSize().expandedTo(LEAST_SIZE)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the scroll area around."""
        event.ignore()


def logarithmic_ticks(low: float, high: float) -> list[tuple[float, str]]:
    """Return ticks between two logarithms to base 10: decades, or more digits where those are few.

    Where not even two digits lie between them, the ticks divide the axis in three.
    """
    for digits, enough in (((1,), 3), ((1, 2, 5), 2), (range(1, 10), 2)):
        places = [
            (decade + math.log10(digit), digit, decade)
            for decade in range(math.floor(low), math.ceil(high) + 1)
            for digit in digits
        ]
        ticks = [(place, _number(*of)) for place, *of in places if low <= place <= high]
        if len(ticks) >= enough:
            return ticks
    thirds = (low + (high - low) * part / 3 for part in (1, 2))
    return [(place, f"{10**place:.3g}") for place in thirds]


def faint_colour(colour: str, opacity: int) -> QColor:
    """Return a colour with this opacity, 0 to 255."""
    faint = QColor(colour)
    faint.setAlpha(opacity)
    return faint


def _number(digit: int, decade: int) -> str:
    if decade >= -3:
        return f"{digit * 10.0**decade:g}"
    power = "10" + str(decade).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return power if digit == 1 else f"{digit}·{power}"
