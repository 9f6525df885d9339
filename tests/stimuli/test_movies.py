import numpy as np
import pytest
from movie_writers import ramp, write_array, write_folder, write_pages, write_video
from PIL import Image

from napari_nfm.stimuli import (
    StimulusArgumentError,
    UnreadableStimulusError,
    read_movie,
)


def middle(stimuli):
    return stimuli.frames(0, 0)[:, 72, 128].astype(int)


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("ramp.mp4", write_video),
        ("ramp.avi", lambda path, pictures: write_video(path, pictures, codec="mpeg4")),
        ("ramp.mkv", write_video),
        ("ramp.gif", lambda path, pictures: write_pages(path, pictures, duration=100)),
        ("ramp.tif", write_pages),
        ("ramp.TIFF", lambda path, pictures: write_pages(path, pictures, compression="tiff_lzw")),
        ("ramp.npy", write_array),
        ("ramp", write_folder),
    ],
)
def test_every_kind_of_movie_becomes_grey_frames(tmp_path, name, write):
    pictures = ramp(12)
    stimuli = read_movie(write(tmp_path / name, pictures))
    assert stimuli.categories == ("ramp",)
    assert (stimuli.directions, stimuli.n_instances) == ((0.0,), 1)
    frames = stimuli.frames("ramp", 0)
    assert frames.shape == (stimuli.n_frames, 144, 256)
    assert frames.dtype == np.uint8
    assert frames.flags.c_contiguous
    repeats = 3 if name.endswith("gif") else 1
    np.testing.assert_allclose(middle(stimuli), np.repeat(pictures[:, 0, 0], repeats), atol=6)
    assert "320 x 240" in stimuli.notes[0]
    assert "30 rows" in stimuli.notes[0]
    assert all(note.endswith(".") for note in stimuli.notes)


@pytest.mark.parametrize(
    ("rate", "expected"),
    [
        (15, [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7]),
        (60, [0, 2, 4, 6]),
        (24, [0, 1, 1, 2, 3, 4, 5, 5, 6, 7]),
        (30, [0, 1, 2, 3, 4, 5, 6, 7]),
    ],
)
@pytest.mark.parametrize("given", [False, True])
def test_other_frame_rates_are_brought_to_30(tmp_path, rate, expected, given):
    pictures = ramp(8, 144, 256)
    if given:
        stimuli = read_movie(write_array(tmp_path / "m.npy", pictures), frame_rate=rate)
    else:
        stimuli = read_movie(write_video(tmp_path / "m.mp4", pictures, rate))
    levels = pictures[:, 0, 0].astype(int)
    np.testing.assert_allclose(middle(stimuli), levels[expected], atol=4)
    assert f"8 pictures at {rate} per second" in stimuli.notes[-1]
    assert f"became {len(expected)} frames" in stimuli.notes[-1]
    assert ("as given" if given else "as the file says") in stimuli.notes[-1]


def test_gif_pictures_keep_their_own_durations(tmp_path):
    pictures = ramp(3, 144, 256)
    path = write_pages(tmp_path / "m.gif", pictures, duration=[100, 300, 200])
    levels = pictures[:, 0, 0]
    np.testing.assert_allclose(middle(read_movie(path)), np.repeat(levels, [3, 9, 6]), atol=1)


def test_frames_of_the_right_size_and_type_stay_as_they_are(tmp_path):
    pictures = np.random.default_rng(0).integers(0, 256, (4, 144, 256), dtype=np.uint8)
    stimuli = read_movie(write_array(tmp_path / "m.npy", pictures))
    np.testing.assert_array_equal(stimuli.frames(0, 0), pictures)
    assert stimuli.notes == (
        "The pictures had 256 x 144 pixels already.",
        "The file does not say its frame rate; its pictures are shown at 30 per second.",
    )
    stimuli.frames(0, 0)[:] = 0
    np.testing.assert_array_equal(stimuli.frames(0, 0), pictures)


def test_crop_keeps_the_aspect_and_resize_does_not(tmp_path):
    picture = np.zeros((1, 144, 512), np.uint8)
    picture[:, :, 128:384] = 200  # the centre, as large as a frame
    path = write_array(tmp_path / "m.npy", picture)
    assert (read_movie(path).frames(0, 0)[0, :, 4:-4] == 200).all()
    assert "128 columns" in read_movie(path).notes[0]
    stretched = read_movie(path, fit="resize")
    assert (stretched.frames(0, 0)[0, :, 70:-70] == 200).all()
    assert (stretched.frames(0, 0)[0, :, :58] == 0).all()
    assert "stretched from 512 x 144" in stretched.notes[0]


def test_small_patterns_are_antialiased(tmp_path):
    checks = np.indices((720, 1280)).sum(axis=0) % 2 * 255
    stimuli = read_movie(write_array(tmp_path / "m.npy", checks[None].astype(np.uint8)))
    assert np.abs(stimuli.frames(0, 0)[0, 5:-5, 5:-5].astype(int) - 127).max() <= 3


@pytest.mark.parametrize(
    ("values", "expected", "note"),
    [
        (np.array([0, 257, 65535], np.uint16), [0, 1, 255], "divided by 257"),
        (np.array([0, 100, 255], np.uint16), [0, 100, 255], "taken as grey levels"),
        (np.array([0, 100, 255], np.int64), [0, 100, 255], "taken as grey levels"),
        (np.array([0, 0.2, 1], np.float32), [0, 51, 255], "multiplied by 255"),
        (np.array([0, 0.4, 200.6]), [0, 0, 201], "taken as grey levels"),
        (np.array([False, True, True]), [0, 255, 255], "black and white"),
    ],
)
def test_numbers_become_grey_by_the_stated_rule(tmp_path, values, expected, note):
    pictures = np.broadcast_to(values[:, None, None], (3, 144, 256))
    stimuli = read_movie(write_array(tmp_path / "m.npy", pictures))
    assert middle(stimuli).tolist() == expected
    assert any(note in sentence for sentence in stimuli.notes)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_colours_become_grey_by_their_luma(tmp_path, channels):
    colours = np.array([[200, 0, 0, 9], [0, 200, 0, 9], [0, 0, 200, 9]], np.uint8)[:, :channels]
    pictures = np.broadcast_to(colours[:, None, None], (3, 144, 256, channels))
    stimuli = read_movie(write_array(tmp_path / "m.npy", pictures))
    # Rec. 601: 0.299 R + 0.587 G + 0.114 B
    assert middle(stimuli).tolist() == ([200, 0, 0] if channels == 1 else [60, 117, 23])
    assert any("luma" in note for note in stimuli.notes) == (channels > 1)


def test_16_bit_tiffs_and_mixed_grey_and_colour_folders_are_read(tmp_path):
    deep = ramp(3, 144, 256).astype(np.uint16) * 257
    stimuli = read_movie(write_pages(tmp_path / "m.tif", deep))
    assert middle(stimuli).tolist() == [0, 125, 250]

    folder = write_folder(tmp_path / "folder", ramp(3, 144, 256))
    Image.new("RGB", (256, 144), (7, 7, 7)).save(folder / "frame2.png")
    assert middle(read_movie(folder)).tolist() == [0, 7, 250]


def test_the_fingerprint_is_that_of_the_frames(tmp_path):
    pictures = ramp(3, 144, 256)
    first = read_movie(write_array(tmp_path / "m.npy", pictures))
    (tmp_path / "elsewhere").mkdir()
    same = read_movie(write_array(tmp_path / "elsewhere" / "m.npy", pictures))
    changed = pictures.copy()
    changed[1, 0, 0] += 1
    other = read_movie(write_array(tmp_path / "m2.npy", changed))
    assert first.fingerprint == same.fingerprint != other.fingerprint


def test_a_movie_beyond_five_minutes_is_read_only_when_asked_for(
    tmp_path, assert_one_clear_sentence
):
    path = write_array(tmp_path / "m.npy", ramp(2, 144, 256))
    rate = 1 / 151  # each picture is shown for 151 s
    with pytest.raises(UnreadableStimulusError) as caught:
        read_movie(path, frame_rate=rate)
    assert_one_clear_sentence(caught.value, path, "9000 frames", "max_frames")
    assert read_movie(path, frame_rate=rate, max_frames=10_000).n_frames == 2 * 151 * 30


@pytest.mark.parametrize(
    ("arguments", "mention"), [({"fit": "pad"}, "crop"), ({"frame_rate": 0.0}, "frame_rate")]
)
def test_wrong_arguments_are_refused(tmp_path, arguments, mention, assert_one_clear_sentence):
    with pytest.raises(StimulusArgumentError) as caught:
        read_movie(tmp_path / "m.npy", **arguments)
    assert_one_clear_sentence(caught.value, mention)
