"""Small encoding manifolds, one per site, arranged for drawing; pure, no Qt."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from napari_nfm.colouring import CategoricalLegend, ScaleLegend, colour_units
from napari_nfm.palette import CategoryLook
from napari_nfm.session import ManifoldLook
from napari_nfm.titles import site_title
from napari_nfm.unit_columns import unit_column
from napari_nfm.viewer.convert_manifold import chosen_coordinates

if TYPE_CHECKING:
    from napari_nfm.analysis import EncodingManifold

__all__ = ["RowLegend", "SmallManifold", "row_legend", "rows_of_units", "small_manifold"]

PLACE = ["site", "channel", "y", "x"]
"""Columns that say which unit of a network it is, in whatever population."""
MOST_ENTRIES = 12
"""More categories than that do not fit in a line."""


@dataclass(frozen=True)
class SmallManifold:
    """One of the small manifolds.

    Attributes
    ----------
    site, title
        Whose it is.
    units
        Positions in the site's responses.
    places
        Which units of the network they are, or None where it is not known.
    points
        ``(unit, 3)``, coordinates in one scale, so that the longest side of their box reaches from
        -1 to 1 and its middle is the origin.
    colours
        ``(unit, 4)`` RGBA, 0 to 1.
    symbols
        ``(unit,)`` markers, by napari's names.
    legend
        What colours and markers mean.
    """

    site: str
    title: str
    units: pd.Index
    places: pd.MultiIndex | None
    points: npt.NDArray[np.float32]
    colours: npt.NDArray[np.float32]
    symbols: npt.NDArray[np.str_]
    legend: CategoricalLegend | ScaleLegend


@dataclass(frozen=True)
class RowLegend:
    """What the colours of all small manifolds mean, in a line.

    Attributes
    ----------
    title
        What is shown.
    entries
        Categories that look alike at all sites, by their label.
    scale
        Colours from low to high, where numbers are shown.
    remark
        What a line cannot say.
    """

    title: str
    entries: Mapping[str, CategoryLook] = field(default_factory=dict)
    scale: tuple[str, ...] = ()
    remark: str = ""


def small_manifold(site: str, manifold: "EncodingManifold", look: ManifoldLook) -> SmallManifold:
    """Return a manifold for a small picture, in the coordinates and colours of the large one.

    Where its units lack the column that `look` colours by, they have the colours of the stimulus
    they prefer.
    """
    chosen = chosen_coordinates(manifold, look.coordinates, look.axes)
    low, high = chosen.min(axis=0), chosen.max(axis=0)
    half = float((high - low).max()) / 2
    colours = colour_units(manifold, look.colouring_of(manifold.units.columns))
    return SmallManifold(
        site,
        site_title(site),
        manifold.units.index,
        _places(manifold.units),
        ((chosen - (low + high) / 2) / (half if half > 0 else 1.0)).astype(np.float32),
        colours.colours,
        colours.symbols,
        colours.legend,
    )


def rows_of_units(
    manifolds: Sequence[SmallManifold], site: str, units: Iterable[int]
) -> dict[str, npt.NDArray[np.intp]]:
    """Find units of `site` on every manifold that they are on.

    At another site, as in a population of several layers, the same unit is the one at the same
    place of the network.

    Parameters
    ----------
    manifolds
        All of them.
    site
        Whose units they are.
    units
        Positions in the responses of `site`.

    Returns
    -------
    dict
        Row numbers in each manifold's table of units, by site; sites without any are left out.
    """
    own = next((each for each in manifolds if each.site == site), None)
    if own is None:
        return {}
    rows = _known(own.units.get_indexer(pd.Index(list(units), dtype=np.int64)))
    found = {site: rows}
    if own.places is not None and len(rows):
        places = own.places[rows]
        layers = own.places.levels[0]
        for other in manifolds:
            if other is own or other.places is None:
                continue
            if len(layers.intersection(other.places.levels[0])):
                found[other.site] = _known(other.places.get_indexer_for(places))
    return {name: there for name, there in found.items() if len(there)}


def row_legend(
    legends: Sequence[CategoricalLegend | ScaleLegend], colour_by: str
) -> RowLegend | None:
    """Return one legend for several manifolds, or None for none.

    It is that of the manifolds that have the column `colour_by`; one that lacks it has a legend of
    its own, which is shown only where all lack it.
    """
    if not legends:
        return None
    wanted = unit_column(colour_by).title
    chosen = next((each for each in legends if each.title == wanted), legends[0])
    if isinstance(chosen, ScaleLegend):
        ends = "once around" if chosen.cyclic else "1st to 99th percentile of each site"
        return RowLegend(chosen.title, scale=chosen.colours, remark=ends)
    merged: dict[str, CategoryLook] = {}
    for legend in legends:
        if legend.title != chosen.title or not isinstance(legend, CategoricalLegend):
            continue
        for entry in legend.entries:
            look = CategoryLook(entry.colour, entry.symbol)
            if merged.setdefault(entry.label, look) != look:
                return RowLegend(chosen.title, remark="each site has colours of its own")
    if len(merged) > MOST_ENTRIES:
        return RowLegend(chosen.title, remark=f"{len(merged)} colours and markers")
    return RowLegend(chosen.title, entries=merged)


def _known(rows: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    return rows[rows >= 0]


def _places(units: pd.DataFrame) -> pd.MultiIndex | None:
    return pd.MultiIndex.from_frame(units[PLACE]) if set(PLACE) <= set(units.columns) else None
