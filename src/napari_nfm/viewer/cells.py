"""What tables in docks are made of; pure, no Qt."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from napari_nfm.palette import CategoryLook
    from napari_nfm.viewer.score_marks import Mark

__all__ = ["Cell", "Column", "Sheet"]

MISSING = "–"


@dataclass(frozen=True)
class Column:
    """A column's title, and what it means in one phrase."""

    title: str
    meaning: str


@dataclass(frozen=True)
class Cell:
    """One entry of a table.

    Attributes
    ----------
    text
        What is written.
    value
        What it is sorted by; NaN is last, whichever way.
    meaning
        What the pointer tells.
    look
        Colour and marker before the text, or None.
    """

    text: str
    value: float | str
    meaning: str = ""
    look: "CategoryLook | None" = None

    @classmethod
    def number(cls, value: float, form: str = ".3g", why_missing: str = "") -> "Cell":
        """Return a number, or a dash where it is NaN."""
        if math.isnan(value):
            return cls(MISSING, value, why_missing)
        return cls(_written(value, form), float(value))

    @classmethod
    def brief(cls, mark: "Mark", scale: float = 1.0) -> "Cell":
        """Return a score, whose interval the pointer tells."""
        return cls(_written(scale * mark.value, ".3g"), mark.value, mark.meaning)

    @classmethod
    def mark(
        cls,
        mark: "Mark | None",
        form: str = ".3g",
        why_missing: str = "",
        *,
        scale: float = 1.0,
        stacked: bool = False,
    ) -> "Cell":
        """Return a score with its interval beside or below it, or a dash where there is none."""
        if mark is None:
            return cls(MISSING, math.nan, why_missing)
        if mark.interval is None:
            return cls(_written(scale * mark.value, form), mark.value, mark.meaning)
        low, high = (_written(scale * bound, form) for bound in mark.interval)
        value, bounds = _written(scale * mark.value, form), f"{low} – {high}"
        text = f"{value}\n{bounds}" if stacked else f"{value} ({bounds})"
        return cls(text, mark.value, mark.meaning)


def _written(value: float, form: str) -> str:
    """Return a number as people write it: thousands in full, not by powers of ten."""
    text = f"{value:{form}}"
    return f"{value:,.0f}" if "e+" in text else text


@dataclass(frozen=True)
class Sheet:
    """A table: its columns, and rows of as many cells."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
