"""Checks of arguments that several analyses take: choices, counts and seeds."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from napari_nfm.analysis.errors import AnalysisError

__all__ = ["check_choice", "check_count", "check_seed"]


def check_choice(name: str, value: Any, choices: Sequence[str]) -> None:
    """Raise where `value` is none of the choices.

    Raises
    ------
    AnalysisError
        It names the argument, its value and the choices.
    """
    if value not in choices:
        raise AnalysisError(
            f"The argument {name} is {value!r}", f"choose one of {', '.join(map(repr, choices))}"
        )


def check_count(value: Any, name: str) -> int:
    """Return `value` as a whole number of at least one.

    Raises
    ------
    AnalysisError
        It is none.
    """
    if not _is_whole(value) or value < 1:
        raise AnalysisError(f"The argument {name} is {value!r}", "give a whole number from 1")
    return int(value)


def check_seed(value: Any) -> int:
    """Return `value` as a seed, a whole number from zero.

    Raises
    ------
    AnalysisError
        It is none.
    """
    if not _is_whole(value) or value < 0:
        raise AnalysisError(f"The argument seed is {value!r}", "give a whole number from 0")
    return int(value)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)
