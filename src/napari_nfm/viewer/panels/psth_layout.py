"""Where heat maps of a unit's responses stand on a widget."""

from dataclasses import dataclass

from qtpy.QtCore import QPointF, QRectF

__all__ = ["AXIS", "BAR", "GAP", "LEFT", "RIGHT", "TITLE", "PsthLayout"]

LEAST_WIDTH = 104
"""Narrowest heat map with its margins, in pixels."""
MAP_HEIGHT = 62
TITLE, AXIS, LEFT, RIGHT, GAP, BAR = 17.0, 17.0, 36.0, 9.0, 7.0, 24.0
"""Heights of a title, of the axis of time and of the scale, and the margins of a heat map."""


@dataclass(frozen=True)
class PsthLayout:
    """Heat maps in rows, as many beside each other as fit.

    Attributes
    ----------
    n_maps
        How many heat maps there are.
    width
        Of the widget, in pixels.
    """

    n_maps: int
    width: int

    @staticmethod
    def least_width(columns: int) -> int:
        """Return the least width of so many heat maps in a row."""
        return int(LEFT + columns * LEAST_WIDTH)

    @property
    def columns(self) -> int:
        """How many heat maps are in a row."""
        fit = int((self.width - LEFT) // LEAST_WIDTH)
        return min(max(fit, 1), max(self.n_maps, 1))

    @property
    def height(self) -> int:
        """Height of all rows, of the axes and of the scale."""
        rows = -(-self.n_maps // self.columns)
        return int(rows * (TITLE + MAP_HEIGHT + GAP) - GAP + AXIS + BAR)

    def box(self, number: int) -> QRectF:
        """Return where a heat map is drawn."""
        row, column = divmod(number, self.columns)
        width = (self.width - LEFT - self.columns * (RIGHT + GAP)) / self.columns
        top = row * (TITLE + MAP_HEIGHT + GAP) + TITLE
        return QRectF(LEFT + column * (width + RIGHT + GAP), top, width, MAP_HEIGHT)

    def place_of(self, at: QPointF) -> tuple[int, float, float] | None:
        """Return which heat map is at a place, and how far across and up in it, 0 to 1."""
        for number in range(self.n_maps):
            box = self.box(number)
            if box.contains(at):
                across = (at.x() - box.left()) / box.width()
                return number, across, (box.bottom() - at.y()) / box.height()
        return None
