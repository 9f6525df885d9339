"""How the current unit and the pinned ones are told apart, in all plots and on the movie alike."""

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["MOST_PINNED", "UnitLook", "unit_looks"]


@dataclass(frozen=True)
class UnitLook:
    """How one unit is drawn: a colour, and dashes in pixels (none for a whole line)."""

    colour: str
    dashes: tuple[int, ...]


_CURRENT = UnitLook("#D55E00", ())
_PINNED = (
    UnitLook("#4477AA", (6, 3)),
    UnitLook("#009E73", (2, 3)),
    UnitLook("#AA3377", (8, 3, 2, 3)),
)
"""Okabe and Ito's vermilion and green, Tol's blue and purple: dark enough for a light background,
light enough for a dark one, and told apart by colour-blind eyes, by their dashes as well."""

MOST_PINNED = len(_PINNED)


def unit_looks(unit: int | None, pinned: Sequence[int]) -> dict[int, UnitLook]:
    """Return the look of the current unit, first where there is one, and of those pinned."""
    current = {} if unit is None else {unit: _CURRENT}
    others = dict(zip(pinned, _PINNED, strict=False))
    return current | {other: look for other, look in others.items() if other != unit}
