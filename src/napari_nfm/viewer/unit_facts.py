"""What the dock *Unit* says of the units that are looked at, from the session; no Qt."""

from typing import TYPE_CHECKING

from napari_nfm.session import Session
from napari_nfm.titles import site_title
from napari_nfm.viewer import unit_tasks
from napari_nfm.viewer.cells import Sheet
from napari_nfm.viewer.field_data import UnitField
from napari_nfm.viewer.unit_data import response_page, tuning_curves
from napari_nfm.viewer.unit_table import as_sheet, unit_table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["about_units", "describe_units", "unit_sheet"]


def about_units(session: Session, shown: tuple[int, ...]) -> str:
    """Say in one line which units these are."""
    site = session.selection.site or ""
    responses = session.responses.get(site)
    if responses is None:
        return ""
    n_units = responses.sizes["unit"]
    if not shown:
        return f"{site_title(site)} · {n_units:,} units"
    if len(shown) > 1:
        return f"Mean of {len(shown):,} selected units · {site_title(site)}, {n_units:,} units"
    places = unit_tasks.places_of(responses)
    where = ""
    if places is not None:
        channel, row, column = places[shown[0]].tolist()
        where = f" · channel {channel}, row {row}, column {column}"
        if site == "output":
            where = f" · readout id {row}"
    chosen = session.selection.units
    among = (
        f"{chosen.index(shown[0]) + 1} of {len(chosen):,} selected"
        if len(chosen) > 1 and shown[0] in chosen
        else f"one of {n_units:,}"
    )
    return f"{site_title(site)}{where} · {among}"


def describe_units(session: Session, units: tuple[int, ...]) -> str:
    """Say for the status bar which units of the current site these are."""
    if len(units) != 1:
        return f"{len(units):,} units selected."
    (unit,), site = units, session.selection.site or ""
    places = unit_tasks.places_of(session.responses.get(site))
    where = ""
    if places is not None:
        channel, row, column = places[unit].tolist()
        where = f", channel {channel}, row {row}, column {column}"
    manifold, fate = session.manifolds.get(site), ""
    if manifold is not None and unit not in manifold.units.index:
        fate = "; not on the manifold"
        if unit in manifold.left_out.index:
            fate += f": {manifold.left_out['reason'][unit]}"
    return f"Unit {unit}{where}{fate}."


def unit_sheet(
    session: Session, unit: int, field: UnitField | None, published: "pd.DataFrame | None"
) -> Sheet:
    """Return all that is known of one unit of the current site."""
    site = session.selection.site or ""
    responses = session.responses[site]
    place = unit_tasks.network_place(session, unit)
    readout = listed = None
    if session.twin is not None and place is not None:
        listed = session.twin.units
        if site == "output":
            readout = unit_tasks.readout_of(session.twin, place[1])
    groups = unit_table(
        responses,
        site,
        response_page(responses, (unit,)),
        tuning_curves(responses, (unit,), session.selection.category),
        manifold=session.manifolds.get(site),
        field=None if field is None else field.facts,
        readout=readout,
        listed=listed,
        published=published,
    )
    return as_sheet(groups)
