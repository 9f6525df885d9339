"""What is known of each unit on an encoding manifold, as one table."""

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from napari_nfm.analysis.direction_tuning import tuning
from napari_nfm.analysis.errors import AnalysisError

__all__ = ["units_table"]

PLACE = ("site", "channel", "y", "x")


def units_table(
    responses: xr.DataArray,
    stimuli: xr.DataArray,
    *,
    clusters: npt.NDArray[np.int64],
    local_dimension: npt.NDArray[np.float64],
    degrees: npt.NDArray[np.int64],
    loadings: npt.NDArray[np.float64],
    like_study: bool = False,
) -> pd.DataFrame:
    """Return one row per unit of a manifold, as in `EncodingManifold.units`.

    Parameters
    ----------
    responses
        ``(unit, category, direction, time)``, as given to the path: what is said of activity is
        said in its units.
    stimuli
        ``(unit, stimulus, direction, time)``, the units' part of the encoding tensor: what is said
        of tuning is said of the stimuli on the manifold. Its coordinate ``unit`` is the position
        in `responses`.
    clusters, local_dimension, degrees
        ``(unit,)``.
    loadings
        ``(unit, factor)``, the neural matrix.
    like_study
        As in `tuning`.

    Notes
    -----
    Further coordinates of units, such as labels of a twin's units, become columns of their name
    where there is no other of that name. Where directions lack an orthogonal or opposite one, as
    in a set of movies, ``osi`` and ``dsi`` are NaN.
    """
    positions = stimuli.coords["unit"].values
    given = responses.isel(unit=positions)
    tuned = _tuning(stimuli.rename(stimulus="category"), like_study)
    columns: dict[str, npt.NDArray] = {
        name: given.coords[name].values for name in PLACE if name in given.coords
    }
    columns |= {
        "cluster": clusters,
        "preferred_stimulus": tuned["preferred_category"],
        "preferred_direction": tuned["preferred_direction"],
        "osi": tuned["osi"],
        "dsi": tuned["dsi"],
        "mean_activity": given.mean(("category", "direction", "time")).values,
        "temporal_variance": given.var("time").mean(("category", "direction")).values,
        "local_dimension": local_dimension,
        "degree": degrees,
    }
    columns |= {
        str(name): values.values
        for name, values in given.coords.items()
        if values.dims == ("unit",) and name not in columns and name != "unit"
    }
    columns |= {f"factor_{number + 1}": column for number, column in enumerate(loadings.T)}
    return pd.DataFrame(columns, index=pd.Index(positions, name="unit"))


def _tuning(tensor: xr.DataArray, like_study: bool) -> dict[str, npt.NDArray]:
    """Return what each unit prefers, and how selective it is for motion."""
    try:
        tuned = tuning(tensor, like_study=like_study)
    except AnalysisError:  # of a valid tensor: its directions have no partners
        rates = tensor.mean("time")
        stimulus = rates.mean("direction").argmax("category")
        direction = rates.isel(category=stimulus).argmax("direction")
        undefined = np.full(tensor.sizes["unit"], np.nan)
        return {
            "preferred_category": tensor.coords["category"].values[stimulus.values],
            "preferred_direction": tensor.coords["direction"].values[direction.values],
            "osi": undefined,
            "dsi": undefined,
        }
    names = ("preferred_category", "preferred_direction", "osi", "dsi")
    return {name: tuned[name].values for name in names}
