import pytest

from napari_nfm.stimuli import STIMULUS_KINDS, StimulusArgumentError, kind_of, open_stimuli
from napari_nfm.stimuli.ensemble import CATEGORIES


def test_every_kind_without_a_path_opens():
    for kind in set(STIMULUS_KINDS) - {"flowstims", "movie"}:
        stimuli = open_stimuli(kind, instances=1)
        assert stimuli.frames(stimuli.categories[0], stimuli.directions[0]).dtype == "uint8"


def test_a_folder_of_categories_is_told_from_a_movie(tmp_path):
    (tmp_path / "grat_W1_inst0").mkdir()
    assert kind_of(tmp_path) == "flowstims"
    assert kind_of(tmp_path / "movie.mp4") == "movie"


def test_the_published_folder_opens_by_its_path(shared):
    folder = shared("data/flowstims")
    stimuli = open_stimuli(kind_of(folder), folder, instances=2)
    assert stimuli.categories == tuple(CATEGORIES)


@pytest.mark.parametrize(("kind", "words"), [("films", "no kind"), ("movie", "needs a path")])
def test_wrong_kinds_get_one_sentence(kind, words, assert_one_clear_sentence):
    with pytest.raises(StimulusArgumentError) as caught:
        open_stimuli(kind)
    assert_one_clear_sentence(caught.value, words)
