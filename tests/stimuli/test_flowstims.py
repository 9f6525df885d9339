import csv
import hashlib
import shutil

import numpy as np
import pytest
from PIL import Image

from napari_nfm.stimuli import (
    MissingStimulusError,
    StimulusArgumentError,
    UnreadableStimulusError,
    flow_ensemble,
)
from napari_nfm.stimuli.ensemble import CATEGORIES, DIRECTIONS
from napari_nfm.stimuli.motion import MOTION, move_and_crop


@pytest.fixture(scope="module")
def published(shared):
    return shared("data/flowstims")


@pytest.mark.parametrize("scale", ["0.7", "0.5"])
def test_all_sequences_equal_the_reference_hashes(shared, published, scale):
    with open(shared("golden/analysis/01_stimuli_hashes.csv"), newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["scale"] == scale]
    stimuli = flow_ensemble(published, instances=2, scale=float(scale))
    assert len(rows) == 176
    for row in rows:
        frames = stimuli.frames(row["category"], float(row["direction_deg"]), int(row["instance"]))
        assert frames.shape == (37, 144, 256)
        assert frames.flags.c_contiguous
        expected = row["sha256_of_37x144x256_uint8_C_order"]
        assert hashlib.sha256(frames).hexdigest() == expected, row


@pytest.mark.parametrize("scale", [0.7, 0.5])
def test_frames_equal_the_reference_frames(shared, published, scale):
    golden = np.load(shared("golden/analysis/01_stimuli_frames.npz"), allow_pickle=False)
    stimuli = flow_ensemble(published, instances=2, scale=scale)
    names = [name for name in golden.files if name.startswith(f"scl{scale}_")]
    assert names
    for name in names:
        instance, category, direction, frame = (
            int("".join(filter(str.isdigit, part))) for part in name.split("_")[1:]
        )
        frames = stimuli.frames(category, DIRECTIONS[direction], instance)
        np.testing.assert_array_equal(frames[frame], golden[name])


def test_instance_0_stands_for_missing_instances_of_gratings(published):
    stimuli = flow_ensemble(published, instances=2)
    assert stimuli.sequence_key("grat_W2", 90, 0) == stimuli.sequence_key("grat_W2", 90, 1)
    assert stimuli.sequence_key("grat_W2", 90) != stimuli.sequence_key("grat_W2", 270)
    assert any("grat_W2" in note and "identical" in note for note in stimuli.notes)


def test_a_complete_folder_has_the_fingerprint_of_one_with_stand_ins(small_folder):
    before = flow_ensemble(small_folder, instances=2)
    for width in ("W12", "W1", "W2"):
        shutil.copytree(small_folder / f"grat_{width}_inst0", small_folder / f"grat_{width}_inst1")
    after = flow_ensemble(small_folder, instances=2)
    assert any("grat_W1" in note for note in before.notes)
    assert not any("grat_W1" in note for note in after.notes)
    assert before.fingerprint == after.fingerprint


def test_missing_dot_instance_names_path_and_way_out(published, assert_one_clear_sentence):
    with pytest.raises(MissingStimulusError) as caught:
        flow_ensemble(published, instances=3)
    missing = published / "neg1dotflow_D1_bg_inst2" / "0" / "0.png"
    assert_one_clear_sentence(caught.value, missing, "instances=2", "flowstims folder")


@pytest.fixture
def small_folder(tmp_path):
    """A flowstims folder of small images, one grey level each."""
    level = 0
    for category in CATEGORIES:
        for instance in range(1 if category.startswith("grat_") else 2):
            for direction in DIRECTIONS:
                path = tmp_path / f"{category}_inst{instance}" / str(direction) / "0.png"
                path.parent.mkdir(parents=True)
                Image.new("RGB", (400, 300), (level, 0, 0)).save(path)
                level = (level + 1) % 256
    return tmp_path


def test_a_changed_image_changes_frames_and_fingerprint(small_folder):
    before = flow_ensemble(small_folder, instances=2)
    fingerprint, frames = before.fingerprint, before.frames(4, 45, 1)
    Image.new("RGB", (400, 300), (201, 0, 0)).save(
        small_folder / "neg3dotflow_D1_bg_inst1" / "45" / "0.png"
    )
    after = flow_ensemble(small_folder, instances=2)
    assert after.fingerprint != fingerprint
    assert (after.frames(4, 45, 1) != frames).all()
    assert (after.frames(4, 45, 1) == 201).all()


def test_broken_folders_give_one_clear_sentence(small_folder, assert_one_clear_sentence):
    path = small_folder / "pos1dotflow_D2_bg_inst0" / "180" / "0.png"

    with pytest.raises(MissingStimulusError) as caught:
        flow_ensemble(small_folder / "nowhere")
    assert_one_clear_sentence(caught.value, small_folder / "nowhere")

    Image.new("RGB", (300, 300)).save(path)
    with pytest.raises(UnreadableStimulusError) as caught:
        flow_ensemble(small_folder, instances=1)
    assert_one_clear_sentence(caught.value, path, "400 x 300")

    path.write_bytes(b"no image")
    with pytest.raises(UnreadableStimulusError) as caught:
        flow_ensemble(small_folder, instances=1)
    assert_one_clear_sentence(caught.value, path)


def test_an_image_cut_short_gives_one_clear_sentence(small_folder, assert_one_clear_sentence):
    path = small_folder / "pos1dotflow_D2_bg_inst0" / "180" / "0.png"
    noise = np.random.default_rng(0).integers(0, 255, (300, 400, 3), dtype=np.uint8)
    Image.fromarray(noise).save(path)
    path.write_bytes(path.read_bytes()[:10_000])
    stimuli = flow_ensemble(small_folder, instances=1)
    with pytest.raises(UnreadableStimulusError) as caught:
        stimuli.frames("pos1dotflow_D2_bg", 180)
    assert_one_clear_sentence(caught.value, path)


@pytest.mark.parametrize(
    ("arguments", "mention"),
    [({"scale": 0.2}, "0.32"), ({"instances": 0}, "instances"), ({"n_frames": 0}, "n_frames")],
)
def test_arguments_out_of_range_are_refused(arguments, mention, assert_one_clear_sentence):
    with pytest.raises(StimulusArgumentError) as caught:
        flow_ensemble(**arguments)
    assert_one_clear_sentence(caught.value, mention)


@pytest.mark.parametrize("direction", MOTION)
def test_frames_equal_those_of_rolling_the_whole_image_even_beyond_its_border(direction):
    image = np.random.default_rng(direction).integers(0, 256, (21, 34), dtype=np.uint8)
    motion, shape = MOTION[direction], (9, 16)
    frames = move_and_crop(image, motion, 50, shape)
    top, left = 21 // 2 - 9 // 2, 34 // 2 - 16 // 2
    for t, frame in enumerate(frames):
        rolled = np.roll(image, (motion[0] * t, motion[1] * t), axis=(0, 1))
        np.testing.assert_array_equal(frame, rolled[top : top + 9, left : left + 16])


def test_the_seam_of_the_image_is_announced_where_it_is_seen():
    assert not any("border" in note for note in flow_ensemble(scale=0.5).notes)
    assert any("From frame 73" in note for note in flow_ensemble(scale=0.5, n_frames=80).notes)
