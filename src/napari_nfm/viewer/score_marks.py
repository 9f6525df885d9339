"""One score with its interval and its words; what plots and tables of scores are made of."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from napari_nfm.analysis import Tubularity

__all__ = ["BETTER", "LOWEST", "NAMES", "Mark", "Quantity"]

Quantity = Literal["s_tight", "s_cross"]
NAMES: dict[Quantity, str] = {"s_tight": "S_tight", "s_cross": "S_cross"}
"""The study's names of the scores."""
BETTER: dict[Quantity, str] = {"s_tight": "tighter", "s_cross": "less crossing"}
"""What lower scores are."""
LOWEST: dict[Quantity, float] = {"s_tight": 1e-3, "s_cross": 1e-9}
"""Smaller scores stand at the edge of a plot; there is no zero on a logarithmic axis."""


@dataclass(frozen=True)
class Mark:
    """One score with its interval.

    Attributes
    ----------
    value
        The score.
    interval
        Its lower and upper bound, or None where units were not resampled.
    meaning
        What it is, for a person, with its numbers.
    """

    value: float
    interval: tuple[float, float] | None
    meaning: str

    @classmethod
    def of(
        cls,
        title: str,
        quantity: Quantity,
        value: float,
        interval: "npt.ArrayLike | None",
        level: float,
    ) -> "Mark":
        """Return the mark of what is called `title`; the interval holds `level`, a share."""
        name = NAMES[quantity]
        if interval is None:
            return cls(float(value), None, f"{title}: {name} {value:.3g}")
        low, high = (float(bound) for bound in np.asarray(interval))
        meaning = f"{title}: {name} {value:.3g}, {100 * level:g} % {low:.3g} to {high:.3g}"
        return cls(float(value), (low, high), meaning)

    @classmethod
    def of_mean(cls, title: str, quantity: Quantity, score: "Tubularity") -> "Mark":
        """Return the mark of the mean over the bundles of `score`, with its interval."""
        value, interval = (getattr(score, f"{kind}mean_{quantity}") for kind in ("", "interval_"))
        return cls.of(title, quantity, value, interval, score.level)
