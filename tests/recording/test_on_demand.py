import numpy as np
import pytest

from napari_nfm.fnn import SITES, sites
from napari_nfm.fnn.errors import StimulusInputError, UnknownSiteError
from napari_nfm.jobs import Cancelled
from napari_nfm.recording import feature_maps
from napari_nfm.recording.errors import RecordingArgumentError


@pytest.mark.parametrize("site", SITES)
def test_maps_are_what_the_network_does(twin, stimuli, site):
    frames = stimuli.frames("flow", 0.0, 1)
    told = []
    maps = feature_maps(twin, frames, site, progress=lambda *now: told.append(now[:2]))
    captures = [c.activity[site][:, 0].numpy() for c in twin.network.capture(frames, (site,))]
    np.testing.assert_array_equal(maps, np.concatenate(captures))
    assert maps.dtype == np.float32
    assert maps.shape == (5, *sites(twin)[site].shape)
    assert told == [(4, 5), (5, 5)]


def test_chosen_channels(twin, stimuli):
    frames = stimuli.frames("flow", 0.0, 1)
    whole = feature_maps(twin, frames, "encoder.L8")
    np.testing.assert_array_equal(
        feature_maps(twin, frames, "encoder.L8", channels=[7, 3]), whole[:, [7, 3]]
    )


def test_cancel_and_wrong_arguments(twin, stimuli):
    frames = stimuli.frames("flow", 0.0, 1)
    with pytest.raises(Cancelled):
        feature_maps(twin, frames, "encoder.L1", should_stop=lambda: True)
    with pytest.raises(UnknownSiteError):
        feature_maps(twin, frames, "encoder.L3")
    with pytest.raises(RecordingArgumentError):
        feature_maps(twin, frames, "encoder.L1", channels=[999])
    with pytest.raises(StimulusInputError):
        feature_maps(twin, frames.astype(float), "encoder.L1")
