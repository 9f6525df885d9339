"""What a twin knows of its units, put on the responses recorded from them."""

import pandas as pd
import xarray as xr
from numpy.typing import NDArray
from pandas.api.types import is_numeric_dtype

__all__ = ["label_units"]

UNIT_SITES = ("readout.position", "output")
"""Sites at which the place y of a unit is its number in the twin's readout."""

KEYS = ("session", "scan_idx")  # the same for all units of a scan


def label_units(responses: xr.DataArray, units: pd.DataFrame) -> xr.DataArray:
    """Add the columns of a twin's table of units to responses, as coordinates of each unit.

    Parameters
    ----------
    responses
        ``(unit, category, direction, time)`` of one site, as `sample_units` returns them.
    units
        A twin's units, indexed by ``readout_id``; see `napari_nfm.fnn.Twin`.

    Returns
    -------
    DataArray
        With a coordinate ``readout_id`` and one for each further column, such as ``unit_id``,
        and of the demo twin ``cell_kind``. Responses of a site of maps, where units are not the
        twin's, and columns whose name is taken are left as they are.
    """
    if str(responses.name) not in UNIT_SITES or "y" not in responses.coords:
        return responses
    readout_ids = responses.coords["y"].values
    rows = units.reindex(readout_ids).drop(columns=[key for key in KEYS if key in units])
    labels = {
        str(name): ("unit", _values(column))
        for name, column in rows.items()
        if name not in responses.coords
    }
    return responses.assign_coords({"readout_id": ("unit", readout_ids), **labels})


def _values(column: pd.Series) -> NDArray:
    """Return numbers as they are and everything else as text, which files can hold."""
    return column.to_numpy() if is_numeric_dtype(column) else column.to_numpy(dtype=str)
