"""Hold the twin against the truth: rates of held-out movies, places, and tuning."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch
import xarray as xr
from numpy.typing import NDArray

from demo_twin.experiment import Experiment, Shown, show
from demo_twin.network import responses
from demo_twin.optics import REACH_DEGREES, RETINA
from demo_twin.tuning_stimuli import drifting_gratings
from napari_nfm.analysis import tuning
from napari_nfm.fnn.network import FNN
from napari_nfm.stimuli import StimulusSet, flow_ensemble

__all__ = ["FIRST_FRAME", "Report", "apart", "evaluate", "grating_tuning"]

FIRST_FRAME = 5
"""Frames before are not compared: both mouse and twin start from grey."""

SEQUENCES_AT_ONCE = 8


@dataclass(frozen=True)
class Report:
    """How far the twin is the mouse.

    Parameters
    ----------
    cells
        The truth of `neurons.draw_cells` with further columns: ``correlation`` with the noiseless
        rates of held-out movies, ``flow_correlation`` with those of the study's flow ensemble,
        of which no movie was used in training; ``readout_azimuth``, ``readout_elevation``
        and ``position_error`` in degrees; and for mouse (``true_``) and twin (``twin_``)
        alike ``osi``, ``dsi`` and ``preferred_direction`` for drifting gratings.
    by_movie_kind
        Median correlation over cells ``(cell kind, movie kind)``.
    predicted
        Responses of the twin to the held-out movies ``(movie, time, cell)``.
    """

    cells: pd.DataFrame
    by_movie_kind: pd.DataFrame
    predicted: NDArray[np.float32]

    def summary(self) -> dict[str, Any]:
        """Return the report in numbers, for a file."""
        cells = self.cells
        moving = cells[cells["true_direction"].notna()]
        selective = moving[moving["cell_kind"].str.endswith("direction selective")]
        return {
            "median correlation": _median(cells["correlation"]),
            "median correlation by cell kind": _by_kind(cells, "correlation"),
            "median correlation by movie kind": {
                str(kind): _median(values) for kind, values in self.by_movie_kind.items()
            },
            "median correlation, flow ensemble": _median(cells["flow_correlation"]),
            "median correlation, flow ensemble, by cell kind": _by_kind(cells, "flow_correlation"),
            "median position error (degrees)": _median(cells["position_error"]),
            "median direction error, selective cells (degrees)": _median(
                apart(selective["twin_preferred_direction"], selective["true_direction"], 360)
            ),
            "median orientation error, Gabor cells (degrees)": _median(
                apart(moving["twin_preferred_direction"], moving["true_direction"], 180)
            ),
            "median |OSI error|": _median((moving["twin_osi"] - moving["true_osi"]).abs()),
            "median |DSI error|": _median((moving["twin_dsi"] - moving["true_dsi"]).abs()),
            "correlation of DSI": round(float(moving["twin_dsi"].corr(moving["true_dsi"])), 3),
        }


def evaluate(network: FNN, experiment: Experiment) -> Report:
    """Compare the network with the mouse on held-out movies, the flow ensemble and gratings."""
    held_out = experiment.held_out
    predicted = _predict(network, held_out)
    cells = experiment.cells.assign(correlation=_correlations(predicted, held_out.rates))
    kinds = np.array(held_out.kinds)
    by_kind = {
        kind: pd.Series(_correlations(predicted[kinds == kind], held_out.rates[kinds == kind]))
        .groupby(cells["cell_kind"])
        .median()
        for kind in dict.fromkeys(held_out.kinds)
    }
    flow = _all_sequences(flow_ensemble(instances=1))
    shown = show(cells, flow, "flow ensemble")
    cells["flow_correlation"] = _correlations(_predict(network, shown), shown.rates)

    x, y = np.tanh(network.readout.position.mu.detach().double().numpy()).T
    cells["readout_azimuth"] = x * REACH_DEGREES
    cells["readout_elevation"] = -y * REACH_DEGREES * RETINA[0] / RETINA[1]
    cells["position_error"] = np.hypot(
        cells["readout_azimuth"] - cells["rf_azimuth"],
        cells["readout_elevation"] - cells["rf_elevation"],
    )
    gratings = drifting_gratings()
    shown = show(cells, _all_sequences(gratings), "gratings")
    for whose, rates in (("true", shown.rates), ("twin", _predict(network, shown))):
        for name, values in grating_tuning(gratings, rates).items():
            cells[f"{whose}_{name}"] = values
    return Report(cells, pd.DataFrame(by_kind), predicted)


def apart(one: pd.Series, other: pd.Series, period: float) -> pd.Series:
    """Return the distance of angles in degrees that repeat after `period`."""
    difference = (one - other) % period
    return difference.where(difference <= period / 2, period - difference)


@torch.no_grad()
def _predict(network: FNN, shown: Shown) -> NDArray[np.float32]:
    images, body = torch.from_numpy(shown.images), torch.from_numpy(shown.body)
    parts = zip(images.split(SEQUENCES_AT_ONCE), body.split(SEQUENCES_AT_ONCE), strict=True)
    return torch.cat([responses(network, *part) for part in parts]).numpy()


def _correlations(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return each cell's Pearson correlation over frames of all movies."""
    n_cells = one.shape[-1]
    first, second = (
        rates[:, FIRST_FRAME:].reshape(-1, n_cells).astype(float) for rates in (one, other)
    )
    first, second = first - first.mean(axis=0), second - second.mean(axis=0)
    norms = np.sqrt((first**2).sum(axis=0) * (second**2).sum(axis=0))
    # A cell that is silent throughout has no correlation.
    return np.divide(
        (first * second).sum(axis=0), norms, out=np.full(n_cells, np.nan), where=norms > 0
    )


def _all_sequences(stimuli: StimulusSet) -> NDArray[np.uint8]:
    """Return all sequences, directions fastest, ``(sequence, time, y, x)``."""
    return np.stack(
        [
            stimuli.frames(category, direction)
            for category in stimuli.categories
            for direction in stimuli.directions
        ]
    )


def grating_tuning(
    gratings: StimulusSet, rates: NDArray[np.float32]
) -> dict[str, NDArray[np.float64]]:
    """Measure tuning as the tool does, at each cell's own preferred frequencies.

    Parameters
    ----------
    gratings
        What was shown.
    rates
        ``(category, direction, time, cell)``, or the first two in one, directions fastest.

    Returns
    -------
    dict
        ``osi``, ``dsi`` and ``preferred_direction`` of each cell.
    """
    categories, directions = gratings.categories, gratings.directions
    tensor = np.reshape(rates, (len(categories), len(directions), *rates.shape[-2:]))
    tuned = tuning(
        xr.DataArray(
            tensor[:, :, FIRST_FRAME:].transpose(3, 0, 1, 2).astype(float),
            dims=("unit", "category", "direction", "time"),
            coords={"category": list(categories), "direction": list(directions)},
        )
    )
    best = np.array([categories.index(name) for name in tuned["preferred_category"].values])
    cell = np.arange(len(best))
    return {
        "osi": tuned["osi_by_category"].values[cell, best],
        "dsi": tuned["dsi_by_category"].values[cell, best],
        "preferred_direction": tuned["preferred_direction"].values,
    }


def _median(values: pd.Series) -> float:
    return round(float(values.median()), 3)


def _by_kind(cells: pd.DataFrame, column: str) -> dict[str, float]:
    medians = cells.groupby("cell_kind")[column].median()
    return {str(kind): round(float(value), 3) for kind, value in medians.items()}
