"""What the window computes of one unit in the background; plain functions over the core, no Qt."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from napari_nfm.jobs import Progress, ShouldStop, check_stop, report
from napari_nfm.viewer.field_data import InstanceTraces, UnitField, unit_field

if TYPE_CHECKING:
    import pandas as pd

    from napari_nfm.fnn import Twin, UnitReadout
    from napari_nfm.recording.noise_average import NoiseResponses
    from napari_nfm.session import Session
    from napari_nfm.stimuli import StimulusSet

__all__ = [
    "ComputedField",
    "Place",
    "compute_field",
    "is_quick",
    "network_place",
    "places_of",
    "play_instances",
    "read_published",
    "readout_of",
]

Place = tuple[int, int, int]
"""Channel, row and column of a unit on the whole site."""


@dataclass(frozen=True)
class ComputedField:
    """A receptive field, and the noise responses of all units of the site where they were made."""

    site: str
    place: Place
    field: UnitField
    played: "NoiseResponses | None"


def is_quick(twin: "Twin") -> bool:
    """Whether a receptive field takes about a second, so that it need not be asked for."""
    from napari_nfm.fnn.cores import is_worth_threads

    return not is_worth_threads(twin.network.architecture)


def compute_field(
    twin: "Twin",
    site: str,
    place: Place,
    kind: str,
    *,
    all_places: npt.NDArray[np.integer],
    played: "NoiseResponses | None",
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> ComputedField:
    """Compute the receptive field of one unit.

    Parameters
    ----------
    twin, site, place
        The unit.
    kind
        One of `napari_nfm.viewer.field_data.FIELD_KINDS`.
    all_places
        ``(unit, 3)`` places of all units of the site, which are played noise together.
    played
        What they did, where it is known already.
    progress, should_stop
        As for any long job.
    """
    from napari_nfm.recording.noise_average import respond_to_noise, spike_triggered_average
    from napari_nfm.recording.receptive_fields import receptive_field_gradient

    report(progress, 0, 0, "Receptive field")
    if kind == "gradient":
        fields = receptive_field_gradient(
            twin, site, [place], progress=progress, should_stop=should_stop
        )
    else:
        if played is None:
            played = respond_to_noise(
                twin, site, all_places, progress=progress, should_stop=should_stop
            )
        (row,) = np.flatnonzero((played.places == np.array(place)).all(axis=1))[:1]
        fields = spike_triggered_average(played, [int(row)])
    check_stop(should_stop)
    return ComputedField(site, place, unit_field(fields, kind), played)


def play_instances(
    twin: "Twin",
    stimuli: "StimulusSet",
    site: str,
    place: Place,
    category: str,
    direction: float,
    *,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> InstanceTraces:
    """Play all instances of one stimulus and return what one unit does in each."""
    channel, row, column = place
    report(progress, 0, stimuli.n_frames, "Instances")
    frames = [stimuli.frames(category, direction, i) for i in range(stimuli.n_instances)]
    rates = np.empty((stimuli.n_instances, stimuli.n_frames), dtype=np.float32)
    for capture in twin.network.capture(np.stack(frames, axis=1), (site,)):
        check_stop(should_stop)
        seen = capture.activity[site][:, :, channel, row, column].clamp_min(0)
        stop = capture.start + len(seen)
        rates[:, capture.start : stop] = seen.T.cpu().numpy()
        report(progress, stop, stimuli.n_frames, "Instances")
    return InstanceTraces(place, (category, direction), rates)


def read_published(
    path: Path,
    units: "pd.DataFrame",
    *,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> "pd.DataFrame":
    """Return published properties of the twin's units, by ``readout_id``."""
    from napari_nfm.fnn.unit_properties import read_unit_properties

    report(progress, 0, 0, "Reading the table")
    check_stop(should_stop)
    return read_unit_properties(path, units)


def readout_of(twin: "Twin", readout_id: int) -> "UnitReadout":
    """Return how a unit of the output reads the core."""
    from napari_nfm.fnn.unit_reading import unit_readout

    return unit_readout(twin.network, readout_id)


def places_of(responses: Any) -> npt.NDArray[np.int64] | None:
    """Return channel, row and column ``(unit, 3)`` of all units, or None where it is not known."""
    names = ("channel", "y", "x")
    if responses is None or not all(name in responses.coords for name in names):
        return None
    return np.stack([responses.coords[name].values for name in names], axis=-1).astype(np.int64)


def network_place(session: "Session", unit: int) -> Place | None:
    """Return where in the loaded network a unit of the current site is.

    It is None where there is no network, or the unit is of another one or of a brain.
    """
    twin, site = session.twin, session.selection.site
    responses = session.responses.get(site or "")
    places = places_of(responses)
    if twin is None or responses is None or places is None or unit >= len(places):
        return None
    is_its = responses.attrs.get("twin_fingerprint") == twin.fingerprint
    if not is_its or site in session.populations:
        return None
    channel, row, column = places[unit].tolist()
    return channel, row, column
