"""The factors of a decomposition, arranged for drawing; pure, no Qt."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import xarray as xr

    from napari_nfm.analysis import EncodingManifold

__all__ = ["Factor", "FactorPage", "UnitGroup", "factor_page", "frame_times"]

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Factor:
    """One factor: who takes part, to which stimuli, and with which response.

    Attributes
    ----------
    column
        Its column in the manifold's table of units, as ``factor_1``.
    weight, share
        Its weight, and that as a share of the sum of all.
    neural
        ``(unit,)``, in the drawing order of the page.
    stimulus
        ``(stimulus,)``.
    response
        ``(direction, time)``.
    """

    column: str
    weight: float
    share: float
    neural: FloatArray
    stimulus: FloatArray
    response: FloatArray


@dataclass(frozen=True)
class UnitGroup:
    """Units that are drawn side by side: one feature map, or one site where there are several."""

    title: str
    start: int
    stop: int


@dataclass(frozen=True)
class FactorPage:
    """All factors of one decomposition with what their axes mean.

    Attributes
    ----------
    factors
        By descending weight.
    units
        ``(unit,)``, position in the given responses, in drawing order: by site, channel, y, x.
    groups
        The feature maps, or sites, along `units`.
    grouped_by
        ``"map"``, ``"site"``, or empty where units are in their given order.
    stimuli
        Their names.
    directions
        In degrees.
    times
        ``(time,)``, in `time_unit`.
    time_unit
        ``"s"`` or ``"frame"``.
    aligned
        Whether directions are counted from each unit's own shift rather than as they were shown.
    highest
        Largest value of any factor: neural, stimulus, response. All factors share these scales.
    """

    factors: tuple[Factor, ...]
    units: npt.NDArray[np.int64]
    groups: tuple[UnitGroup, ...]
    grouped_by: str
    stimuli: tuple[str, ...]
    directions: tuple[float, ...]
    times: FloatArray
    time_unit: str
    aligned: bool
    highest: tuple[float, float, float]

    def places_of(self, units: Iterable[int]) -> npt.NDArray[np.intp]:
        """Return where `units`, positions in the given responses, are drawn; ascending."""
        return np.flatnonzero(np.isin(self.units, list(units)))


def factor_page(manifold: "EncodingManifold") -> FactorPage:
    """Arrange the factors of `manifold` as the study draws them: units by site and feature map."""
    from napari_nfm.analysis.fibres import from_fibres

    decomposition, tensor = manifold.decomposition, manifold.tensor.values
    neural, stimulus, fibres = (np.asarray(f, dtype=np.float64) for f in decomposition.factors)
    order, groups, grouped_by = _arrange(tensor)
    responses = from_fibres(fibres.T, decomposition.n_directions)
    weights = np.asarray(decomposition.weights, dtype=np.float64)
    shares = weights / max(weights.sum(), np.finfo(float).tiny)
    times, time_unit = frame_times(tensor)
    return FactorPage(
        factors=tuple(
            Factor(
                column=f"factor_{r + 1}",
                weight=float(weights[r]),
                share=float(shares[r]),
                neural=neural[order, r],
                stimulus=stimulus[:, r],
                response=responses[r],
            )
            for r in range(len(weights))
        ),
        units=_positions(manifold)[order],
        groups=groups,
        grouped_by=grouped_by,
        stimuli=manifold.stimuli,
        directions=manifold.directions,
        times=times,
        time_unit=time_unit,
        aligned=bool(np.any(decomposition.shifts)),
        highest=(_highest(neural), _highest(stimulus), _highest(fibres)),
    )


def _highest(factor: FloatArray) -> float:
    return max(float(factor.max(initial=0.0)), 1e-12)


def _positions(manifold: "EncodingManifold") -> npt.NDArray[np.int64]:
    """Return the position in the given responses of each unit of the tensor."""
    silent = np.asarray(manifold.tensor.silent, dtype=np.int64)
    n_given = manifold.tensor.values.sizes["unit"] + len(silent)
    return np.setdiff1d(np.arange(n_given), silent)


def _arrange(
    tensor: "xr.DataArray",
) -> tuple[npt.NDArray[np.intp], tuple[UnitGroup, ...], str]:
    """Return the drawing order of units, and the runs of one feature map or site along it."""
    n_units = tensor.sizes["unit"]
    known = [name for name in ("x", "y", "channel", "site") if name in tensor.coords]
    if not known:
        return np.arange(n_units), (), ""
    columns = [np.broadcast_to(tensor[name].values, (n_units,)) for name in known]
    order = np.lexsort([np.unique(column, return_inverse=True)[1] for column in columns])
    by = dict(zip(known, columns, strict=True))
    for name, title in (("site", "site"), ("channel", "map")):
        if name in by and len(np.unique(by[name])) > 1:
            return order, _runs(by[name][order]), title
    return order, (), ""


def _runs(labels: npt.NDArray) -> tuple[UnitGroup, ...]:
    starts = [0, *(np.flatnonzero(labels[1:] != labels[:-1]) + 1)]
    stops = [*starts[1:], len(labels)]
    return tuple(
        UnitGroup(str(labels[start]), int(start), int(stop))
        for start, stop in zip(starts, stops, strict=True)
    )


def frame_times(tensor: "xr.DataArray") -> tuple[FloatArray, str]:
    """Return the times of frames in seconds where the responses know them, else frame numbers."""
    n_frames = tensor.sizes["time"]
    if "time" in tensor.coords and tensor["time"].attrs.get("units") == "s":
        return tensor["time"].values.astype(np.float64), "s"
    return np.arange(n_frames, dtype=np.float64), "frame"
