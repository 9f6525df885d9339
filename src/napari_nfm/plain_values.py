"""Checks of values from files that anybody may have written: of the right kind, and in range."""

import math
from collections.abc import Collection
from typing import Any

__all__ = [
    "check_integer",
    "check_list",
    "check_mapping",
    "check_number",
    "check_switch",
    "check_text",
]

LARGEST = 1e9
"""Numbers beyond are no coordinates, sizes or positions that anybody has seen."""
LONGEST = 10_000_000
"""Items of a list, such as units that are selected."""


def check_number(value: Any, lowest: float = -LARGEST, highest: float = LARGEST) -> float:
    """Return a finite number in a range.

    Raises
    ------
    ValueError
        It is none.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"not a number: {value!r:.80}")
    if not lowest <= value <= highest or not math.isfinite(value):
        raise ValueError(f"out of range: {value!r:.80}")
    return float(value)


def check_integer(value: Any, lowest: int = 0, highest: int = int(LARGEST)) -> int:
    """Return a whole number in a range.

    Raises
    ------
    ValueError
        It is none.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"not a whole number: {value!r:.80}")
    return int(check_number(value, lowest, highest))


def check_switch(value: Any) -> bool:
    """Return true or false.

    Raises
    ------
    ValueError
        It is neither.
    """
    if not isinstance(value, bool):
        raise ValueError(f"neither true nor false: {value!r:.80}")
    return value


def check_text(value: Any, known: Collection[str] | None = None) -> str:
    """Return a text of one line, one of those `known` where these are given.

    Raises
    ------
    ValueError
        It is none.
    """
    if not isinstance(value, str) or len(value) > 1000 or not value.isprintable():
        raise ValueError(f"not a line of text: {value!r:.80}")
    if known is not None and value not in known:
        raise ValueError(f"unknown: {value!r:.80}")
    return value


def check_list(value: Any, length: int | None = None) -> list[Any]:
    """Return a list, of some length where this is given.

    Raises
    ------
    ValueError
        It is none.
    """
    if not isinstance(value, list | tuple) or len(value) > LONGEST:
        raise ValueError(f"not a list: {value!r:.80}")
    if length is not None and len(value) != length:
        raise ValueError(f"not {length} items: {value!r:.80}")
    return list(value)


def check_mapping(value: Any, names: Collection[str] = ()) -> dict[str, Any]:
    """Return a mapping from text, in which all `names` are.

    Raises
    ------
    ValueError
        It is none.
    """
    if not isinstance(value, dict):
        raise ValueError(f"not a mapping: {value!r:.80}")
    if missing := set(names) - set(value):
        raise ValueError(f"without {', '.join(sorted(missing))}")
    return {check_text(name): part for name, part in value.items()}
