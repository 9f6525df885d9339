"""A population without some of its units, arranged for drawing beside the whole; pure, no Qt."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from napari_nfm.viewer.cells import Cell, Column, Sheet
from napari_nfm.viewer.score_marks import Mark

if TYPE_CHECKING:
    from napari_nfm.analysis.accuracy import DecodingAccuracy
    from napari_nfm.analysis.removal import RemovalSweep
    from napari_nfm.analysis.subpopulations import PopulationScore, SubpopulationComparison

__all__ = ["READOUTS", "Part", "Readout", "RemovalCurve", "parts", "parts_sheet", "removal_curves"]

FloatArray = npt.NDArray[np.float64]
Readout = Literal["s_tight", "s_cross", "accuracy"]
READOUTS: dict[Readout, str] = {
    "s_tight": "S_tight (lower is tighter)",
    "s_cross": "S_cross (lower is less crossing)",
    "accuracy": "Decoding accuracy (%)",
}


@dataclass(frozen=True)
class Part:
    """All units, the selected ones, or the rest.

    Attributes
    ----------
    title
        Which of them.
    n_units
        How many units it has.
    tight, cross
        Its scores, None where it cannot be scored.
    accuracy
        In percent, with its interval; None where it cannot be decoded.
    why_not
        Why a readout is missing; empty where none is.
    """

    title: str
    n_units: int
    tight: Mark | None
    cross: Mark | None
    accuracy: Mark | None
    why_not: str


@dataclass(frozen=True)
class RemovalCurve:
    """One readout of what is left as units are removed.

    Attributes
    ----------
    title
        The readout.
    removed
        ``(share,)``, units removed, in percent of the population.
    ordered
        ``(share,)``, the readout where units are removed in their order.
    random, low, high
        ``(share,)``, mean of as many random removals, and the bounds that hold 95 percent of them.
    p
        ``(share,)``, how often chance is at least as far from its mean as `ordered` is.
    chance
        What guessing gives, for accuracies; None for the others.
    logarithmic
        Whether the readout spans orders of magnitude.
    """

    title: str
    removed: FloatArray
    ordered: FloatArray
    random: FloatArray
    low: FloatArray
    high: FloatArray
    p: FloatArray
    chance: float | None
    logarithmic: bool


def parts(comparison: "SubpopulationComparison") -> tuple[Part, Part, Part]:
    """Return the whole, the selected units, and the population without them."""
    return (
        _part("All", comparison.whole),
        _part("Selected", comparison.selected),
        _part("Without", comparison.removed),
    )


def parts_sheet(compared: Sequence[Part]) -> Sheet:
    """Return the parts as a table, a row each."""
    return Sheet(
        (
            Column("Population", "All units, those that are selected, and the rest"),
            Column("S_tight", "Lower is tighter"),
            Column("S_cross 10⁻⁶", "In millionths; lower is less crossing"),
            Column("Right (%)", "Stimuli decoded rightly from the whole recording, and 95 %"),
        ),
        tuple(
            (
                Cell(f"{part.title}\n{part.n_units:,} units", part.title, part.why_not),
                Cell.mark(part.tight, ".2g", part.why_not, stacked=True),
                Cell.mark(part.cross, ".3g", part.why_not, scale=1e6, stacked=True),
                Cell.mark(part.accuracy, ".0f", part.why_not, stacked=True),
            )
            for part in compared
        ),
    )


def removal_curves(sweep: "RemovalSweep") -> dict[Readout, RemovalCurve]:
    """Return the curve of every readout over the share of units that were removed."""
    table = sweep.table
    removed = 100 * table["n_removed"].to_numpy(dtype=np.float64) / sweep.n_units
    curves = {}
    for name, title in READOUTS.items():
        scale = 100.0 if name == "accuracy" else 1.0
        columns = (name, f"random_{name}", f"random_{name}_low", f"random_{name}_high")
        ordered, random, low, high = (scale * table[c].to_numpy(dtype=np.float64) for c in columns)
        curves[name] = RemovalCurve(
            title=title,
            removed=removed,
            ordered=ordered,
            random=random,
            low=low,
            high=high,
            p=table[f"p_{name}"].to_numpy(dtype=np.float64),
            chance=100 * sweep.chance if name == "accuracy" else None,
            logarithmic=name == "s_cross",
        )
    return curves


def _part(title: str, score: "PopulationScore") -> Part:
    found, decoded = score.tubularity, score.accuracy
    return Part(
        title=title,
        n_units=score.n_units,
        tight=None if found is None else Mark.of_mean(title, "s_tight", found),
        cross=None if found is None else Mark.of_mean(title, "s_cross", found),
        accuracy=None if decoded is None else _accuracy(title, decoded),
        why_not=score.why_not or "",
    )


def _accuracy(title: str, accuracy: "DecodingAccuracy") -> Mark:
    low, high = (100 * float(bound) for bound in accuracy.growing.interval.values[-1])
    share = 100 * float(accuracy.growing.mean[-1])
    meaning = f"{title}: {share:.0f} % decoded rightly, 95 % {low:.0f} to {high:.0f} %"
    return Mark(share, (low, high), meaning)
