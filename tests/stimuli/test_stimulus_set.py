import dataclasses
import pickle

import numpy as np
import pytest

from napari_nfm.stimuli import (
    FRAME_RATE,
    FRAME_SHAPE,
    StimulusArgumentError,
    StimulusSet,
    flow_ensemble,
    full_field_steps,
    pink_noise,
)


@pytest.fixture
def drawn():
    """The indices that were asked to be drawn."""
    return []


@pytest.fixture
def levels(drawn):
    """A set whose sequences are uniform, at a level that tells category and direction."""

    def draw(category, direction, instance):
        drawn.append((category, direction, instance))
        return np.full((5, *FRAME_SHAPE), 10 * category + direction, np.uint8)

    return StimulusSet("levels", ("low", "high"), ("Low", "High"), (0.0, 22.5, 90.0), 2, 5, draw)


def test_nothing_is_drawn_before_it_is_asked_for(levels, drawn):
    assert drawn == []
    assert levels.frame_rate == FRAME_RATE == 30.0
    levels.frames("high", 90, 1)
    assert drawn == [(1, 2, 1)]


@pytest.mark.parametrize("category", ["high", 1, np.int64(1)])
@pytest.mark.parametrize("direction", [22.5, np.float32(22.5)])
def test_categories_go_by_name_or_index(levels, category, direction):
    frames = levels.frames(category, direction)
    assert frames.shape == (5, 144, 256)
    assert frames.dtype == np.uint8
    assert (frames == 11).all()


@pytest.mark.parametrize(
    ("wanted", "mentions"),
    [
        (("medium", 0), ("medium", "low, high")),
        ((2, 0), ("2", "low, high")),
        ((-1, 0), ("-1", "low, high")),
        (("low", 45), ("45", "0, 22.5, 90")),
        (("low", 0, 2), ("2", "0 to 1")),
    ],
)
@pytest.mark.parametrize("method", ["frames", "sequence_key"])
def test_what_is_not_there_is_refused_by_naming_what_is(
    levels, wanted, mentions, method, assert_one_clear_sentence
):
    with pytest.raises(StimulusArgumentError) as caught:
        getattr(levels, method)(*wanted)
    assert_one_clear_sentence(caught.value, "levels", *mentions)


def test_keys_are_equal_where_frames_are(levels):
    assert levels.sequence_key("low", 0, 0) == levels.sequence_key("low", 0, 1)
    assert levels.sequence_key("low", 0) != levels.sequence_key("low", 90)


def test_the_fingerprint_depends_on_pixels_labels_and_rate(levels):
    def brighter(*indices):
        return levels.draw(*indices) + np.uint8(1)

    variants = [
        levels,
        dataclasses.replace(levels, draw=brighter),
        dataclasses.replace(levels, frame_rate=60.0),
        dataclasses.replace(levels, categories=("low", "top")),
        dataclasses.replace(levels, directions=(0.0, 22.5, 45.0)),
        dataclasses.replace(levels, n_instances=1),
    ]
    assert len({variant.fingerprint for variant in variants}) == len(variants)
    renamed = dataclasses.replace(levels, name="other", notes=("A note.",))
    assert renamed.fingerprint == levels.fingerprint


def test_a_set_cannot_be_changed_and_what_it_returns_is_the_callers_own():
    stimuli = flow_ensemble()
    with pytest.raises(dataclasses.FrozenInstanceError):
        stimuli.name = "mine"
    for category in ("grat_W1", "pos1dotflow_D2_bg"):
        first = stimuli.frames(category, 0)
        expected = first.copy()
        first[:] = 0
        np.testing.assert_array_equal(stimuli.frames(category, 0), expected)


@pytest.mark.parametrize("make", [flow_ensemble, pink_noise, full_field_steps])
def test_sets_travel_to_other_processes(make):
    stimuli = make()
    twin = pickle.loads(pickle.dumps(stimuli))
    category, direction = stimuli.categories[-1], stimuli.directions[-1]
    np.testing.assert_array_equal(
        twin.frames(category, direction), stimuli.frames(category, direction)
    )
