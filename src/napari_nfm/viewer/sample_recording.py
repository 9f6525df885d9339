"""A recording of the embedded twin to look at at once: made the first time, then kept."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from napari_nfm.jobs import Progress, ShouldStop
from napari_nfm.stimuli.source import StimulusSource
from napari_nfm.viewer.plans import LoadedNetwork, RecordingPlan, SampledRecording
from napari_nfm.viewer.tasks import load_network, make_stimuli, record_and_sample, sites_of

if TYPE_CHECKING:
    from napari_nfm.stimuli import StimulusSet

__all__ = ["SampleRecording", "make_sample_recording"]


@dataclass(frozen=True)
class SampleRecording:
    """A finished recording, with the network and the stimuli that it was made with."""

    network: LoadedNetwork
    stimuli: "StimulusSet"
    sampled: SampledRecording


def make_sample_recording(
    *, progress: Progress | None = None, should_stop: ShouldStop | None = None
) -> SampleRecording:
    """Record all sites of the embedded twin into the user's cache, or open what is there.

    A recording that was interrupted goes on where it stopped.
    """
    from napari_nfm.fnn.cache import cache_directory

    network = load_network(None, progress=progress, should_stop=should_stop)
    stimuli = make_stimuli(StimulusSource("drawn"), progress=progress, should_stop=should_stop)
    twin = network.twin
    name = f"{twin.fingerprint[:16]}-{stimuli.fingerprint[:16]}.zarr"
    plan = RecordingPlan(tuple(sites_of(twin)), cache_directory() / "samples" / name)
    sampled = record_and_sample(twin, stimuli, plan, progress=progress, should_stop=should_stop)
    return SampleRecording(network, stimuli, sampled)
