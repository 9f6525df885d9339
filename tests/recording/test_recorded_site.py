import json

import pytest

from napari_nfm.fnn import Site
from napari_nfm.fnn.errors import UnknownSiteError
from napari_nfm.recording.errors import RecordingArgumentError
from napari_nfm.recording.recorded_site import RecordedSite, choose_sites

FULL_SIZE = {
    name: Site(name, name, shape)
    for name, shape in {
        "encoder.L1": (128, 64, 96),
        "encoder.L5": (256, 32, 48),
        "recurrent.hidden": (1024, 16, 24),
        "recurrent.out": (512, 16, 24),
        "readout.position": (512, 9941, 1),
        "output": (1, 9941, 1),
    }.items()
}


def test_the_default_crop_is_symmetric_and_as_large_as_the_studys():
    ours = {site.name: site for site in choose_sites(FULL_SIZE, list(FULL_SIZE))}
    study = {s.name: s for s in choose_sites(FULL_SIZE, list(FULL_SIZE), like_study=True)}
    assert ours["encoder.L1"].shape == study["encoder.L1"].shape == (128, 48, 80)
    assert ours["encoder.L5"].shape == study["encoder.L5"].shape == (256, 24, 40)
    assert ours["recurrent.hidden"].shape == study["recurrent.hidden"].shape == (1024, 12, 20)
    assert (ours["encoder.L1"].rows, ours["encoder.L1"].columns) == ((8, 56), (8, 88))
    assert (study["encoder.L1"].rows, study["encoder.L1"].columns) == ((16, 64), (16, 96))
    assert ours["recurrent.out"].shape == (512, 12, 20)
    assert study["recurrent.out"].shape == (40, 16, 24)
    assert ours["readout.position"].shape == (512, 9941, 1)
    assert study["readout.position"].shape == (40, 9941, 1)
    assert ours["output"].shape == study["output"].shape == (1, 9941, 1)


def test_attributes_go_through_json():
    for site in choose_sites(FULL_SIZE, list(FULL_SIZE), channels={"output": [0]}):
        text = json.dumps(site.as_attributes())
        assert RecordedSite.from_attributes(json.loads(text)) == site


def test_sites_are_recorded_once_and_a_single_name_will_do():
    assert len(choose_sites(FULL_SIZE, ["output", "output"])) == 1
    assert [site.name for site in choose_sites(FULL_SIZE, "output")] == ["output"]


def test_unknown_sites(assert_one_clear_sentence):
    with pytest.raises(UnknownSiteError) as caught:
        choose_sites(FULL_SIZE, ["encoder.L3", "output"])
    assert_one_clear_sentence(caught.value, "encoder.L3", "encoder.L1")
    with pytest.raises(RecordingArgumentError) as caught:
        choose_sites(FULL_SIZE, [])
    assert_one_clear_sentence(caught.value, "encoder.L1")


def test_a_crop_that_leaves_nothing(assert_one_clear_sentence):
    tall = {**FULL_SIZE, "encoder.L1": Site("encoder.L1", "L1", (8, 16, 3))}
    with pytest.raises(RecordingArgumentError) as caught:
        choose_sites(tall, ["encoder.L1"])
    assert_one_clear_sentence(caught.value, "16 x 3", "crop=0")
