"""Receptive fields arranged for drawing: one unit's field, and its outline; pure, no Qt."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from napari_nfm.recording import ReceptiveFields

__all__ = ["FIELD_KINDS", "InstanceTraces", "UnitField", "outline", "unit_field"]

FloatArray = npt.NDArray[np.float64]

FIELD_KINDS = {
    "gradient": (
        "Gradient",
        "how the unit's response changes with each pixel, averaged over noise movies",
    ),
    "average": (
        "Average on noise (STA)",
        "mean of white noise before the response, weighted by the response",
    ),
}
"""Kinds of receptive field: title, and what it is."""

HALF = 0.5


@dataclass(frozen=True)
class UnitField:
    """The receptive field of one unit.

    Attributes
    ----------
    kind
        One of `FIELD_KINDS`.
    values
        ``(lag, y, x)``, lag 0 with the response; gradients without their finest grain.
    seconds
        ``(lag,)``: time before the response.
    block
        Pixels of the stimulus per step of y and x.
    facts
        Centre, width, strongest lag and remark, as in `napari_nfm.recording.ReceptiveFields.table`.
    outlines
        Closed lines ``(point, 2)`` of y and x in pixels of the stimulus, around all places with at
        least half of the strength of the strongest; none where there is no receptive field.
    """

    kind: str
    values: npt.NDArray[np.float32]
    seconds: FloatArray
    block: int
    facts: Mapping[str, Any]
    outlines: tuple[FloatArray, ...]

    @property
    def remark(self) -> str:
        """Why there is no receptive field, or an empty string."""
        return str(self.facts["remark"])

    @property
    def time_course(self) -> FloatArray:
        """``(lag,)``: values at the place of the strongest, over time."""
        place = np.unravel_index(np.abs(self.values).max(axis=0).argmax(), self.values.shape[1:])
        return self.values[:, *place].astype(np.float64)

    @property
    def highest(self) -> float:
        """Largest magnitude; colours run from minus to plus this value."""
        return max(float(np.abs(self.values).max()), 1e-12)


@dataclass(frozen=True)
class InstanceTraces:
    """What one unit does in each instance of a stimulus.

    Attributes
    ----------
    place
        Channel, row and column of the unit at its site.
    sequence
        Category and direction of the stimulus.
    rates
        ``(instance, time)``, rectified.
    """

    place: tuple[int, int, int]
    sequence: tuple[str, float]
    rates: npt.NDArray[np.float32]


def unit_field(fields: "ReceptiveFields", kind: str) -> UnitField:
    """Return the first of `fields` for drawing."""
    from napari_nfm.recording.receptive_fields import smooth_gradient

    values, facts = fields.values[0], dict(fields.table.iloc[0])
    steps = np.diff(values["y"].values)
    block = round(float(steps[0])) if len(steps) else 1
    return UnitField(
        kind=kind,
        values=smooth_gradient(values.values) if kind == "gradient" else values.values,
        seconds=values["seconds"].values.astype(np.float64),
        block=block,
        facts=facts,
        outlines=()
        if facts["remark"]
        else outline(fields.profiles[0].values.astype(np.float64), block),
    )


def outline(profile: FloatArray, block: int) -> tuple[FloatArray, ...]:
    """Return closed lines of y and x around the places of at least half the profile's peak.

    Parameters
    ----------
    profile
        ``(y, x)``, not zero everywhere; what is not joined to the peak is left out.
    block
        Pixels of the stimulus per step of y and x.
    """
    from contourpy import contour_generator  # matplotlib brings it

    from napari_nfm.recording.receptive_field_shape import outlined

    level = HALF * float(profile.max())
    # Other places as strong are kept just below the line.
    shown = np.where(outlined(profile), profile, np.minimum(profile, 0.999 * level))
    generator = contour_generator(z=np.pad(shown, 1), line_type="Separate")
    lines = cast("list[FloatArray]", generator.lines(level))
    return tuple((line[:, ::-1] - 1 + 0.5) * block - 0.5 for line in lines)
