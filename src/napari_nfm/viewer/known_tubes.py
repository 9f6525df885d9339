"""Synthetic tubes that stand beside measured scores, so that a reader sees what a number means."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from napari_nfm.viewer.score_marks import Quantity

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["KnownTube", "known_tubes"]

KNOWN_TUBES: dict[Quantity, tuple[tuple[str, dict[str, float]], ...]] = {
    "s_tight": (
        ("one tube", {"radius": 0.01}),
        ("one tube", {"radius": 0.04}),
        ("side by side", {"radius": 0.02, "separation": 0.2}),
        ("crossing", {"radius": 0.03, "angle": 90}),
        ("crossing", {"radius": 0.03, "angle": 150}),
    ),
    "s_cross": (
        ("one tube", {"radius": 0.08}),
        ("crossing", {"radius": 0.01, "angle": 30}),
        ("crossing", {"radius": 0.03, "angle": 60}),
        ("crossing", {"radius": 0.06, "angle": 90}),
    ),
}
"""Which of the synthetic tubes are shown beside which score, so that they do not overlap."""


@dataclass(frozen=True)
class KnownTube:
    """The score of a synthetic tube, or of two.

    Attributes
    ----------
    case
        "one tube", "side by side" or "crossing".
    radius, separation, angle
        As shares of the tube's length, and in degrees; 0 where there is none.
    value
        Its score.
    meaning
        What it is, for a person.
    """

    case: str
    radius: float
    separation: float
    angle: float
    value: float
    meaning: str


def known_tubes(calibration: "pd.DataFrame", quantity: Quantity) -> tuple[KnownTube, ...]:
    """Return those of the synthetic tubes that are shown along the axis of `quantity`."""
    tubes: list[KnownTube] = []
    for case, shape in KNOWN_TUBES[quantity]:
        rows = calibration[calibration["case"] == case]
        for name, value in shape.items():
            rows = rows[np.isclose(rows[name], value)]
        values = {"radius": 0.0, "separation": 0.0, "angle": 0.0, **shape}
        tubes.extend(
            KnownTube(case, **values, value=float(score), meaning=_shape_in_words(case, shape))
            for score in rows[quantity]
        )
    return tuple(sorted(tubes, key=lambda tube: tube.value))


def _shape_in_words(case: str, shape: Mapping[str, float]) -> str:
    radius = f"{shape['radius']:g} of {'its' if case == 'one tube' else 'their'} length"
    if case == "one tube":
        return f"One tube of radius {radius}"
    if case == "side by side":
        return f"Two tubes of radius {radius}, side by side, {shape['separation']:g} apart"
    return f"Two tubes of radius {radius}, crossing at {shape['angle']:g}°"
