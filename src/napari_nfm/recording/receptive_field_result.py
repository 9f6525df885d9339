"""Receptive fields of some units, with what describes each of them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from napari_nfm.fnn.errors import UnknownSiteError
from napari_nfm.fnn.site import sites
from napari_nfm.fnn.twin import Twin
from napari_nfm.provenance import Provenance
from napari_nfm.recording.errors import RecordingArgumentError
from napari_nfm.recording.receptive_field_shape import FieldShape, shape_of
from napari_nfm.stimuli import FRAME_RATE

__all__ = ["PLACE", "IntArray", "ReceptiveFields", "describe_fields", "unit_names", "unit_places"]

IntArray = NDArray[np.int64]
PLACE = ("channel", "row", "column")


@dataclass(frozen=True)
class ReceptiveFields:
    """Receptive fields of some units.

    Attributes
    ----------
    values
        ``(unit, lag, y, x)`` float32: change of the response (`receptive_field_gradient`), or mean
        stimulus relative to grey weighted by the response (`receptive_field_sta`), both in units
        where black is 0 and white 1. Lag 0 is the frame of the response, ``seconds`` says how long
        before it a lag is; y and x are in pixels of the stimulus.
    table
        One row per unit, in the same order: ``channel, row, column`` of the unit at its site,
        ``centre_y, centre_x, width, peak_lag, peak`` as in `FieldShape`, and ``remark``, a
        sentence where the unit has no receptive field and these are NaN, else empty.
    profiles
        ``(unit, y, x)``: strength at each place, the root of the sum of squares over lags,
        smoothed; without what chance gives where they are averages on noise.
    provenance
        The call that made them.
    """

    values: xr.DataArray
    table: pd.DataFrame
    profiles: xr.DataArray
    provenance: Provenance


def describe_fields(
    values: NDArray[np.float32],
    profiles: NDArray[np.float64],
    places: IntArray,
    site: str,
    remarks: Sequence[str],
    block: int,
    provenance: Provenance,
) -> ReceptiveFields:
    """Label receptive fields and describe those that are there."""
    rows = []
    for value, profile, place, remark in zip(values, profiles, places, remarks, strict=True):
        described = {} if remark else asdict(shape_of(value, profile, block))
        rows.append(dict(zip(PLACE, place.tolist(), strict=True)) | described | {"remark": remark})
    shape = [field.name for field in fields(FieldShape)]
    coords: dict[str, Any] = {
        "lag": np.arange(values.shape[1]),
        "seconds": ("lag", np.arange(values.shape[1]) / FRAME_RATE),
        **{
            axis: (np.arange(length) + 0.5) * block - 0.5
            for axis, length in zip("yx", values.shape[2:], strict=True)
        },
        "site": site,
        **{name: ("unit", column) for name, column in zip(PLACE, places.T, strict=True)},
    }
    along_space = {name: value for name, value in coords.items() if name not in ("lag", "seconds")}
    return ReceptiveFields(
        values=xr.DataArray(values, dims=("unit", "lag", "y", "x"), coords=coords),
        table=pd.DataFrame(rows, columns=[*PLACE, *shape, "remark"]).rename_axis("unit"),
        profiles=xr.DataArray(
            profiles.astype(np.float32), dims=("unit", "y", "x"), coords=along_space
        ),
        provenance=provenance,
    )


def unit_places(twin: Twin, site: str, units: ArrayLike | xr.DataArray) -> IntArray:
    """Return channel, row and column ``(unit, 3)`` of units that exist at `site`."""
    available = sites(twin)
    if site not in available:
        raise UnknownSiteError(
            f"The network has no site {site!r}", f"choose from {', '.join(available)}"
        )
    shape = available[site].shape
    if isinstance(units, xr.DataArray):
        missing = [name for name in ("channel", "y", "x") if name not in units.coords]
        if missing:
            raise RecordingArgumentError(
                f"The responses do not say the {' and '.join(missing)} of their units",
                "give channel, row and column of each unit",
            )
        units = np.stack([units.coords[name].values for name in ("channel", "y", "x")], axis=-1)
    places = np.asarray(units)
    if places.ndim == 1 and site == "output":
        places = np.stack([np.zeros_like(places), places, np.zeros_like(places)], axis=-1)
    if places.ndim != 2 or places.shape[1] != 3 or places.dtype.kind not in "iu":
        raise RecordingArgumentError(
            f"The units have shape {places.shape} and type {places.dtype}",
            "give channel, row and column of each unit as whole numbers, (unit, 3)",
        )
    strangers = ((places < 0) | (places >= shape)).any(axis=1)
    if strangers.any():
        channel, row, column = places[strangers][0].tolist()
        raise RecordingArgumentError(
            f"The site {site} has no unit at channel {channel}, row {row}, column {column}",
            f"choose channels, rows and columns below {', '.join(map(str, shape))}",
        )
    return places.astype(np.int64)


def unit_names(site: str, places: IntArray) -> list[str]:
    """Name each unit for people, as the beginning of a sentence."""
    if site == "output":
        return [f"Unit {row} of the output" for _, row, _ in places]
    return [f"The unit at channel {c}, row {y}, column {x} of {site}" for c, y, x in places]
