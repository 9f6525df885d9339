"""Units coloured by a column of their table, and the legend that says how: pure data."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from napari_nfm.palette import (
    MISSING,
    CategoryLook,
    angle_colours,
    angle_name,
    many_looks,
    scale_colours,
)
from napari_nfm.titles import category_title
from napari_nfm.unit_columns import unit_column

if TYPE_CHECKING:
    from napari_nfm.analysis import EncodingManifold

__all__ = [
    "CategoricalLegend",
    "LegendEntry",
    "ScaleLegend",
    "UnitColours",
    "colour_units",
    "legend_of",
]

CATEGORICAL = ("preferred_stimulus", "cluster", "site", "channel")
CYCLIC = ("preferred_direction", "true_direction")
MOST_DIRECTIONS = 16
"""More directions than that have a scale, not an entry each."""
SCALE_STEPS = 33
NO_CLUSTER = -1
FEW = 20
"""Up to so many units, the scale ends at the smallest and largest value, else at percentiles."""


@dataclass(frozen=True)
class LegendEntry:
    """One category.

    Attributes
    ----------
    label
        For people.
    colour
        As ``#rrggbb``.
    symbol
        Marker, by napari's name.
    n_units
        Units of this category.
    """

    label: str
    colour: str
    symbol: str
    n_units: int


@dataclass(frozen=True)
class CategoricalLegend:
    """One line per category; a `cyclic` one goes around, as directions do."""

    title: str
    entries: tuple[LegendEntry, ...]
    cyclic: bool = False


@dataclass(frozen=True)
class ScaleLegend:
    """A bar of colours.

    Attributes
    ----------
    title
        What is shown, with its unit of measurement.
    low, high
        Values of the first and the last colour; what is beyond them is drawn like them.
    colours
        As ``#rrggbb``, evenly spaced from `low` to `high`.
    n_missing
        Units without a value, which are drawn grey.
    cyclic
        Whether the end joins the beginning.
    """

    title: str
    low: float
    high: float
    colours: tuple[str, ...]
    n_missing: int = 0
    cyclic: bool = False


@dataclass(frozen=True)
class UnitColours:
    """How each unit is drawn.

    Attributes
    ----------
    colours
        ``(unit, 4)`` RGBA, 0 to 1.
    symbols
        ``(unit,)`` markers, by napari's names.
    legend
        What they mean.
    """

    colours: npt.NDArray[np.float32]
    symbols: npt.NDArray[np.str_]
    legend: CategoricalLegend | ScaleLegend


def legend_of(manifold: "EncodingManifold", column: str) -> CategoricalLegend | ScaleLegend:
    """Return the legend of units coloured by `column`."""
    return colour_units(manifold, column).legend


def colour_units(manifold: "EncodingManifold", column: str) -> UnitColours:
    """Colour the units of a manifold by a column of their table.

    Stimuli, clusters, sites and channels get a colour and a marker each; directions a colour of
    the circle; numbers a colour of a perceptually uniform scale between the 1st and the 99th
    percentile.
    """
    values, title = manifold.units[column], unit_column(column).title
    if column in CYCLIC:
        return _by_direction(values, title)
    if column in CATEGORICAL or not pd.api.types.is_numeric_dtype(values):
        order = manifold.stimuli if column == "preferred_stimulus" else ()
        return _by_category(values, title, order)
    return _by_number(values.to_numpy(dtype=float), title)


def _by_category(values: pd.Series, title: str, order: tuple[str, ...]) -> UnitColours:
    found = set(values.unique())
    rest = sorted(found - set(order) - {NO_CLUSTER})
    names = [*(name for name in order if name in found), *rest]
    # Looks are those of all stimuli, also of ones that no unit prefers.
    known = [*order, *rest]
    looks = dict(zip(known, many_looks([str(name) for name in known]), strict=True))
    if NO_CLUSTER in found:
        names.append(NO_CLUSTER)
        looks[NO_CLUSTER] = CategoryLook(MISSING, "disc")
    number = pd.Index(names).get_indexer(pd.Index(values))
    chosen = [looks[name] for name in names]
    entries = tuple(
        LegendEntry(
            "none" if name == NO_CLUSTER else category_title(str(name)),
            look.colour,
            look.symbol,
            int(count),
        )
        for name, look, count in zip(
            names, chosen, np.bincount(number, minlength=len(names)), strict=True
        )
    )
    return UnitColours(
        _rgba([look.colour for look in chosen])[number],
        np.array([look.symbol for look in chosen])[number],
        CategoricalLegend(title, entries),
    )


def _by_direction(values: pd.Series, title: str) -> UnitColours:
    degrees = values.to_numpy(dtype=float) % 360
    colours = np.full((len(degrees), 4), _rgba([MISSING])[0])
    finite = np.isfinite(degrees)
    colours[finite, :3] = angle_colours(degrees[finite])
    discs = np.full(len(degrees), "disc")
    directions, counts = np.unique(degrees[finite], return_counts=True)
    if len(directions) > MOST_DIRECTIONS:
        around = _hexes(angle_colours(np.linspace(0, 360, SCALE_STEPS)))
        legend = ScaleLegend(title, 0.0, 360.0, around, int((~finite).sum()), cyclic=True)
        return UnitColours(colours, discs, legend)
    entries = tuple(
        LegendEntry(angle_name(float(direction)), colour, "disc", int(count))
        for direction, colour, count in zip(
            directions, _hexes(angle_colours(directions)), counts, strict=True
        )
    )
    if not finite.all():
        entries += (LegendEntry("none", MISSING, "disc", int((~finite).sum())),)
    return UnitColours(colours, discs, CategoricalLegend(title, entries, cyclic=True))


def _by_number(values: npt.NDArray[np.float64], title: str) -> UnitColours:
    finite = np.isfinite(values)
    low, high = 0.0, 1.0
    if finite.any():
        ends = (0, 100) if finite.sum() <= FEW else (1, 99)
        low, high = (float(end) for end in np.percentile(values[finite], ends))
    share = np.clip((values - low) / (high - low if high > low else 1.0), 0, 1)
    colours = np.full((len(values), 4), _rgba([MISSING])[0])
    colours[finite, :3] = scale_colours(share[finite])
    legend = ScaleLegend(
        title,
        low,
        high,
        _hexes(scale_colours(np.linspace(0, 1, SCALE_STEPS))),
        int((~finite).sum()),
    )
    return UnitColours(colours, np.full(len(values), "disc"), legend)


def _rgba(colours: list[str]) -> npt.NDArray[np.float32]:
    channels = [[int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)] for colour in colours]
    return np.column_stack([np.reshape(channels, (-1, 3)), np.ones(len(colours))]).astype(
        np.float32
    )


def _hexes(colours: npt.NDArray[np.float64]) -> tuple[str, ...]:
    return tuple(
        "#" + "".join(f"{round(255 * float(value)):02X}" for value in colour) for colour in colours
    )
