import numpy as np

from napari_nfm.fnn import sites
from napari_nfm.viewer import map_tasks


def test_channels_rank_by_their_variation():
    maps = np.random.default_rng(0).normal(size=(6, 3, 4, 5)) * np.reshape([1, 9, 4], (3, 1, 1))
    maps[:, 0] += 100  # a constant offset is no variation
    assert map_tasks.rank_channels(maps).tolist() == [1, 2, 0]


def test_maps_of_a_site_are_all_channels(twin, stimuli):
    frames = stimuli.frames("grat_W2", 0.0)
    computed = map_tasks.maps_of(twin, frames, "encoder.L1")
    assert computed.maps.shape == (8, *sites(twin)["encoder.L1"].shape)
    assert sorted(computed.ranked) == list(range(computed.maps.shape[1]))
