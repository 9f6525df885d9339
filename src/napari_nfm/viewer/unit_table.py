"""All that is known of one unit, as a table for people; pure, no Qt."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from napari_nfm.titles import category_title, site_title
from napari_nfm.unit_columns import unit_column
from napari_nfm.viewer.cells import Cell, Column, Sheet
from napari_nfm.viewer.unit_data import ResponsePage, TuningCurves

if TYPE_CHECKING:
    import xarray as xr

    from napari_nfm.analysis import EncodingManifold
    from napari_nfm.fnn import UnitReadout

__all__ = ["Property", "PropertyGroup", "as_sheet", "index_lines", "unit_table"]

PLACES = ("channel", "y", "x")
INDEX_TITLES = {
    "osi": ("OSI", "contrast of the preferred with the mean of the two orthogonal directions"),
    "dsi": ("DSI", "contrast of the preferred with the opposite direction"),
    "vector_osi": ("OSI (vector)", "length of the mean vector over twice the direction"),
    "vector_dsi": ("DSI (vector)", "length of the mean vector over the direction"),
}
STRONGEST = 5
"""Readout weights that are listed."""


@dataclass(frozen=True)
class Property:
    """One line: what it is called, its value, and what it means."""

    title: str
    value: str
    meaning: str = ""


@dataclass(frozen=True)
class PropertyGroup:
    """Lines that belong together, under a heading."""

    title: str
    properties: tuple[Property, ...]


def unit_table(
    responses: "xr.DataArray",
    site: str,
    page: ResponsePage,
    tuned: TuningCurves,
    *,
    manifold: "EncodingManifold | None" = None,
    field: Mapping[str, Any] | None = None,
    readout: "UnitReadout | None" = None,
    listed: pd.DataFrame | None = None,
    published: pd.DataFrame | None = None,
) -> tuple[PropertyGroup, ...]:
    """Describe one unit.

    Parameters
    ----------
    responses
        Of all units of the site.
    site
        Its name.
    page, tuned
        The unit's responses, and its tuning in the current category, first of several.
    manifold
        The site's encoding manifold.
    field
        A row of `napari_nfm.recording.ReceptiveFields.table`.
    readout
        How the unit reads the core, where it is a unit of the output.
    listed
        The twin's own table of units, ``Twin.units``.
    published
        Properties by ``readout_id``, as `napari_nfm.fnn.read_unit_properties` gives them.

    Returns
    -------
    tuple of PropertyGroup
        Those of which something is known.
    """
    (unit,) = page.units
    groups = {
        "Place": _place(responses, site, unit),
        "Responses": _responses(page, tuned),
        "Encoding manifold": [] if manifold is None else _on_manifold(manifold, unit),
        "Receptive field": [] if field is None else _field(field),
        "Readout": [] if readout is None else _readout(readout),
        "Units table": _listed(listed, _readout_id(responses, site, unit)),
        "Published": _published(published, _readout_id(responses, site, unit)),
    }
    return tuple(PropertyGroup(title, tuple(lines)) for title, lines in groups.items() if lines)


def index_lines(tuned: TuningCurves, *, is_mean: bool) -> list[str]:
    """Write selectivity and preference for people: of the first unit, or the mean of all."""
    if tuned.why_not:
        return [tuned.why_not]
    lines = []
    for name, (title, _) in INDEX_TITLES.items():
        values = tuned.indices[name]
        known = values[np.isfinite(values)] if is_mean else values[:1]
        value = known.mean() if len(known) else np.nan
        lines.append(f"{title} {'–' if np.isnan(value) else f'{value:.2f}'}")
    if is_mean:
        return [f"mean of {len(tuned.units):,} units", *lines]
    preferred = tuned.preferred[0]
    return [*lines, f"prefers {'none' if np.isnan(preferred) else f'{preferred:g}°'}"]


def as_sheet(groups: tuple[PropertyGroup, ...]) -> Sheet:
    """Return all lines as one table."""
    columns = (
        Column("Property", "what is told; the pointer says what it means"),
        Column("Value", "its value for the unit that is looked at"),
        Column("About", "what the line is about"),
    )
    rows = [
        tuple(Cell(text, text, line.meaning) for text in (line.title, line.value, group.title))
        for group in groups
        for line in group.properties
    ]
    return Sheet(columns, tuple(rows))


def _place(responses: "xr.DataArray", site: str, unit: int) -> list[Property]:
    known = [name for name in PLACES if name in responses.coords]
    lines = [Property("Unit", f"{unit:,}", unit_column("unit").meaning)]
    lines.append(Property("Site", site_title(site), unit_column("site").meaning))
    if site == "output" and "y" in known:
        number = str(int(responses.coords["y"].values[unit]))
        return [*lines, Property("Readout id", number, "place in the network's output, from 0")]
    for name in known:
        column = unit_column(name)
        value = str(int(responses.coords[name].values[unit]))
        lines.append(Property(column.title, value, column.meaning))
    return lines


def _responses(page: ResponsePage, tuned: TuningCurves) -> list[Property]:
    lines = [
        Property("Mean response", _number(page.rates.mean()), "over all stimuli and frames"),
        Property("Peak response", _number(page.highest), "largest over all stimuli and frames"),
    ]
    best = page.preferred_category
    if best < 0:
        return [*lines, Property("Preferred stimulus", "none", "the unit never responds")]
    row = page.preferred[best]
    direction = "none" if row < 0 else f"{page.directions[row]:g}°"
    column = unit_column("preferred_direction")
    lines += [
        Property(
            "Preferred stimulus", page.titles[best], unit_column("preferred_stimulus").meaning
        ),
        Property("Preferred direction", direction, f"{column.meaning}, in the preferred stimulus"),
    ]
    for name, (title, meaning) in INDEX_TITLES.items():
        if name in tuned.indices:
            lines.append(
                Property(
                    title,
                    _number(tuned.indices[name][0]),
                    f"{meaning}, 0 to 1, in the stimulus on screen",
                )
            )
    return lines


def _on_manifold(manifold: "EncodingManifold", unit: int) -> list[Property]:
    if unit not in manifold.units.index:
        reason = manifold.left_out["reason"].get(unit, "not computed")
        return [Property("Left out", str(reason), "why the unit is not on the manifold")]
    row = manifold.units.loc[unit]
    lines = []
    for name in map(str, manifold.units.columns):
        # Where the unit is has been said, and what it prefers as well.
        if name in ("site", *PLACES, "preferred_direction", "osi", "dsi", "mean_activity"):
            continue
        column, value = unit_column(name), row[name]
        text = category_title(value) if isinstance(value, str) else _number(value)
        lines.append(Property(column.title, text, column.meaning))
    return lines


def _field(field: Mapping[str, Any]) -> list[Property]:
    if field["remark"]:
        return [Property("Receptive field", "none", field["remark"])]
    return [
        Property(
            "Centre (x, y)",
            f"{field['centre_x']:.1f}, {field['centre_y']:.1f}",
            "pixels of the stimulus, from its top left",
        ),
        Property(
            "Width (pixels)",
            f"{field['width']:.1f}",
            "diameter of a circle as large as the area with at least half the peak's strength",
        ),
        Property(
            "Strongest lag",
            f"{int(field['peak_lag'])} frames",
            "time from the strongest pixel to the response",
        ),
    ]


def _readout(readout: "UnitReadout") -> list[Property]:
    lines = [
        Property(
            "Reads at (row, column)",
            f"{readout.row:.2f}, {readout.column:.2f}",
            "place on the maps of the core's output, in its pixels",
        ),
        Property("Bias", _number(readout.bias), "of the logarithm of the response"),
    ]
    order = np.argsort(-np.abs(readout.weights), kind="stable")[:STRONGEST]
    return lines + [
        Property(
            f"Weight of channel {channel}",
            _number(readout.weights[channel]),
            f"one of the {STRONGEST} largest of {len(readout.weights)} readout weights",
        )
        for channel in order
    ]


def _readout_id(responses: "xr.DataArray", site: str, unit: int) -> int | None:
    """Return the number in the network's output of a unit that has one."""
    if site not in ("output", "readout.position") or "y" not in responses.coords:
        return None
    return int(responses.coords["y"].values[unit])


def _listed(listed: pd.DataFrame | None, readout_id: int | None) -> list[Property]:
    if listed is None or readout_id is None or readout_id not in listed.index:
        return []
    row = listed.loc[readout_id]
    return [
        Property(str(name), _text(row[name]), "from the units.csv of the network")
        for name in listed.columns
    ]


def _published(published: pd.DataFrame | None, readout_id: int | None) -> list[Property]:
    if published is None or readout_id is None:
        return []
    if readout_id not in published.index:
        return [Property("Published", "not in the table", "the table has no row of this unit")]
    row = published.loc[readout_id]
    return [Property(str(name), _text(row[name]), "as published") for name in published.columns]


def _text(value: Any) -> str:
    return _number(value) if isinstance(value, float | np.floating) else str(value)


def _number(value: Any) -> str:
    return "none" if pd.isna(value) else f"{float(value):.4g}"
