"""What the columns of an encoding manifold's table of units mean, for people."""

import re
from dataclasses import dataclass

import pandas as pd

__all__ = ["SELECTIVITY", "UnitColumn", "colour_columns", "unit_column"]

SELECTIVITY = ("osi", "dsi", "vector_osi", "vector_dsi")
"""Indices of orientation and direction selectivity."""


@dataclass(frozen=True)
class UnitColumn:
    """One column of the table of units.

    Attributes
    ----------
    title
        Its name for people, with the unit of measurement.
    meaning
        One phrase that explains it.
    """

    title: str
    meaning: str


_COLUMNS = {
    "preferred_stimulus": UnitColumn(
        "Preferred stimulus", "stimulus to which the unit responds most"
    ),
    "preferred_direction": UnitColumn(
        "Preferred direction (°)",
        "direction of motion to which the unit responds most, in degrees counter-clockwise from "
        "rightward",
    ),
    "osi": UnitColumn("Orientation selectivity (OSI)", "orientation selectivity index, 0 to 1"),
    "dsi": UnitColumn("Direction selectivity (DSI)", "direction selectivity index, 0 to 1"),
    "cluster": UnitColumn("Cluster", "number of the density cluster, -1 for none"),
    "channel": UnitColumn("Channel", "feature map of the unit, from 0"),
    "mean_activity": UnitColumn("Mean activity", "mean of the unit's responses"),
    "temporal_variance": UnitColumn(
        "Temporal variance", "variance of the unit's responses over time"
    ),
    "speed": UnitColumn("Speed", "mean change of the response per frame, early in the recording"),
    "stability": UnitColumn(
        "Stability",
        "mean change of the response per frame, late in the recording: lower is stabler",
    ),
    "curvature": UnitColumn(
        "Curvature", "how far the unit's mean response is from a straight line over time"
    ),
    "classifiability": UnitColumn(
        "Classifiability", "variance over stimuli of the mean response in the last frames"
    ),
    "pc_contribution": UnitColumn(
        "Weight in PC1", "magnitude of the unit's loading on the first principal component"
    ),
    "local_dimension": UnitColumn(
        "Local dimension", "dimension of the manifold around the unit, estimated from the graph"
    ),
    "degree": UnitColumn("Neighbours", "number of neighbours in the graph"),
    "site": UnitColumn("Site", "recording site"),
    "y": UnitColumn("Row on the map (pixels)", "row on the feature map, from 0 at the top"),
    "x": UnitColumn("Column on the map (pixels)", "column on the feature map, from 0 at the left"),
    "unit": UnitColumn("Unit", "position of the unit in the site's responses, from 0"),
    "unit_id": UnitColumn("Unit in the scan", "the scan's own number of the unit"),
    "readout_id": UnitColumn("Unit of the readout", "number in the network's output, from 0"),
    # What is known of the demo twin's units.
    "cell_kind": UnitColumn("True kind of cell", "kind of the synthetic cell"),
    "true_direction": UnitColumn(
        "True direction (°)",
        "direction of motion that the synthetic cell is built for, in degrees counter-clockwise "
        "from rightward",
    ),
    "true_osi": UnitColumn("True OSI", "orientation selectivity of the synthetic cell, 0 to 1"),
    "true_dsi": UnitColumn("True DSI", "direction selectivity of the synthetic cell, 0 to 1"),
    "rf_x": UnitColumn("True column (pixels)", "column of the stimulus where the cell looks"),
    "rf_y": UnitColumn("True row (pixels)", "row of the stimulus where the cell looks"),
    "rf_azimuth": UnitColumn("True azimuth (°)", "angle right of straight ahead"),
    "rf_elevation": UnitColumn("True elevation (°)", "angle above straight ahead"),
    "rf_size": UnitColumn("True field size (°)", "standard deviation of the receptive field"),
    "spatial_frequency": UnitColumn(
        "True spatial frequency (cycles/°)", "that the synthetic cell is built for"
    ),
    "temporal_frequency": UnitColumn(
        "True temporal frequency (Hz)", "that the synthetic cell is built for"
    ),
    "held_out_correlation": UnitColumn(
        "Held-out correlation", "with the noiseless rate of the synthetic cell"
    ),
}
_LAST = ("site", "y", "x")
_NAMES = ("unit_id", "readout_id")  # a colour each would say nothing
_COORDINATE = re.compile(r"(diffusion|principal)_component_(\d+)")
_FACTOR = re.compile(r"factor_(\d+)")


def unit_column(name: str) -> UnitColumn:
    """Return what column `name` means; one that is not ours speaks for itself."""
    if name in _COLUMNS:
        return _COLUMNS[name]
    factor = _FACTOR.fullmatch(name)
    if factor:
        number = factor.group(1)
        return UnitColumn(
            f"Factor {number} (loading)", f"loading of the unit on factor {number} of the tensor"
        )
    coordinate = _COORDINATE.fullmatch(name)
    if coordinate:
        return UnitColumn(
            name.replace("_", " ").capitalize(),
            f"{coordinate.group(1)} component {coordinate.group(2)} of the encoding manifold",
        )
    return UnitColumn(name, "feature of the layer")


def colour_columns(units: pd.DataFrame) -> dict[str, str]:
    """Return the columns by which units can be coloured, each with its title, in a good order."""
    names = [str(name) for name in units.columns if name not in _NAMES]
    known = [name for name in _COLUMNS if name in names and name not in _LAST]
    factors = [name for name in names if _FACTOR.fullmatch(name)]
    others = [name for name in names if name not in (*known, *factors)]
    return {name: unit_column(name).title for name in (*known, *factors, *others)}
