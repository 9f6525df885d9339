"""The steps of *Explore* in the background: plain functions over the core, no Qt.

Each takes ``progress`` and ``should_stop`` as in `napari_nfm.jobs` and returns what the window
shows next. They run in the thread of `napari_nfm.viewer.worker.Job`.
"""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from napari_nfm.errors import NeuralFoundationModelError
from napari_nfm.jobs import Progress, ShouldStop, check_stop, report
from napari_nfm.viewer.plans import (
    LoadedNetwork,
    Prospect,
    RecordingPlan,
    SampledRecording,
    StoreState,
)

if TYPE_CHECKING:
    from xarray import DataArray

    from napari_nfm.analysis import DecodingTrajectories
    from napari_nfm.fnn import Site, Twin
    from napari_nfm.recording import Recording, Sampling
    from napari_nfm.stimuli import StimulusSet, StimulusSource

__all__ = [
    "decode",
    "download",
    "load_network",
    "look_ahead",
    "make_stimuli",
    "open_and_sample",
    "record_and_sample",
    "sites_of",
]


def load_network(
    source: str | Path | None,
    session: int | None = None,
    scan_idx: int | None = None,
    *,
    device: str = "auto",
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> LoadedNetwork:
    """Load a twin from a checkpoint, or the embedded one where `source` is None."""
    from napari_nfm.fnn import list_scans, load_twin
    from napari_nfm.fnn.embedded import embedded_checkpoint

    report(progress, 0, 0, "Reading the checkpoint")
    source = embedded_checkpoint() if source is None else source
    scans = list_scans(source)
    check_stop(should_stop)
    return LoadedNetwork(load_twin(source, session, scan_idx, device=device), scans)


def sites_of(twin: "Twin") -> "dict[str, Site]":
    """Return the recording sites of `twin` by name."""
    from napari_nfm.fnn import sites

    return sites(twin)


def download(*, progress: Progress | None = None, should_stop: ShouldStop | None = None) -> Path:
    """Download the published checkpoint and return its folder."""
    from napari_nfm.fnn import download_microns

    return download_microns(progress=progress, should_stop=should_stop)


def make_stimuli(
    source: "StimulusSource",
    *,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> "StimulusSet":
    """Make the stimulus set that `source` describes."""
    from napari_nfm.stimuli import open_stimuli

    report(progress, 0, 0, "Preparing the stimuli")
    check_stop(should_stop)
    return open_stimuli(source.kind, source.path, instances=source.instances)


def look_ahead(
    twin: "Twin",
    stimuli: "StimulusSet",
    plan: RecordingPlan,
    *,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> Prospect:
    """Say what pressing *Record* would do and cost; an error a person can mend is the sentence."""
    from napari_nfm.recording import estimate, open_recording

    report(progress, 0, 0, "Estimating")
    check_stop(should_stop)
    if not plan.sites:
        return Prospect(StoreState.ABSENT, "Choose at least one site.", possible=False)
    try:
        if plan.store.exists():
            recording = open_recording(plan.store)
            if recording.is_complete:
                return Prospect(StoreState.COMPLETE, "This folder holds a finished recording.")
            return Prospect(
                StoreState.UNFINISHED,
                f"This recording was interrupted: {len(recording.missing)} of "
                f"{len(stimuli.categories) * len(stimuli.directions)} stimuli are missing.",
            )
        cost = estimate(
            twin, stimuli, plan.sites, store=plan.store, keep=plan.keep, sampling=plan.sampling
        )
    except NeuralFoundationModelError as error:
        return Prospect(StoreState.ABSENT, str(error), possible=False)
    return Prospect(StoreState.ABSENT, str(cost))


def record_and_sample(
    twin: "Twin",
    stimuli: "StimulusSet",
    plan: RecordingPlan,
    *,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> SampledRecording:
    """Record the sites of `plan` and read the sampled units of each."""
    from napari_nfm.recording import label_units, record

    plan.store.parent.mkdir(parents=True, exist_ok=True)
    recording = record(
        twin,
        stimuli,
        plan.sites,
        plan.store,
        keep=plan.keep,
        sampling=plan.sampling,
        progress=progress,
        should_stop=should_stop,
    )
    sampled = _sample(recording, plan.sampling, progress, should_stop)
    labelled = {
        site: label_units(responses, twin.units) for site, responses in sampled.responses.items()
    }
    return replace(sampled, responses=labelled)


def open_and_sample(
    store: Path,
    *,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> SampledRecording:
    """Open a recording and read the sampled units of each site."""
    from napari_nfm.recording import open_recording

    recording = open_recording(store)
    return _sample(recording, recording.sampling, progress, should_stop)


def _sample(
    recording: "Recording",
    sampling: "Sampling",
    progress: Progress | None,
    should_stop: ShouldStop | None,
) -> SampledRecording:
    from napari_nfm.recording import sample_units

    responses = {}
    for index, site in enumerate(recording.sites):
        check_stop(should_stop)
        report(progress, index, len(recording.sites), "Reading the sampled units")
        responses[site] = sample_units(
            recording,
            site,
            maps=sampling.maps,
            units_per_map=sampling.units_per_map,
            by=sampling.by,
            seed=sampling.seed,
        )
    return SampledRecording(recording, responses)


def decode(
    responses: "DataArray",
    *,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> "DecodingTrajectories":
    """Return the decoding trajectories of the responses of a site."""
    from napari_nfm.analysis import decoding_trajectories

    report(progress, 0, 0, "Principal components of the population")
    check_stop(should_stop)
    return decoding_trajectories(responses)
