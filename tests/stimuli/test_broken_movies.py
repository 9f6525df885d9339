"""Broken files: each maker returns the path and what the message has to mention."""

import av
import numpy as np
import pytest
from movie_writers import ramp, write_array, write_folder, write_pages, write_video
from PIL import Image

from napari_nfm.stimuli import (
    MissingStimulusError,
    UnreadableStimulusError,
    read_movie,
)


def nothing(folder):
    return folder / "gone.mp4", ["gone.mp4", "no movie"]


def unknown_suffix(folder):
    (folder / "m.doc").write_text("a movie")
    return folder / "m.doc", ["m.doc", ".mp4"]


def text_in_a_video(folder):
    (folder / "m.mp4").write_text("a movie" * 100)
    return folder / "m.mp4", ["m.mp4", "damaged"]


def empty_video(folder):
    (folder / "m.avi").touch()
    return folder / "m.avi", ["m.avi"]


def video_without_its_end(folder):
    path = write_video(folder / "m.mp4", ramp(60))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return path, ["m.mp4"]


def video_with_index_cut_short(folder):
    path = write_video(folder / "m.mp4", ramp(60), movflags="faststart")
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * 0.8)])
    return path, ["m.mp4", "cut short", "of the 60"]


def avi_cut_short(folder):
    path = write_video(folder / "m.avi", ramp(60), codec="mpeg4")
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * 0.7)])
    return path, ["m.avi", "cut short", "of the 60"]


def sound_only(folder):
    path = folder / "m.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path, ["m.mp4", "no video"]


def empty_folder(folder):
    (folder / "readme.txt").touch()
    return folder, [folder, "no images"]


def mixed_sizes(folder):
    path = write_folder(folder / "images", ramp(3, 20, 30))
    Image.new("L", (31, 20)).save(path / "frame2.png")
    return path, ["frame2.png", "31 x 20", "30 x 20"]


def mixed_depths(folder):
    path = write_folder(folder / "images", ramp(3, 20, 30))
    Image.fromarray(np.full((20, 30), 60000, np.uint16)).save(path / "frame3.png")
    return path, ["images", "uint8", "uint16"]


def broken_image_in_a_folder(folder):
    path = write_folder(folder / "images", ramp(3, 20, 30))
    (path / "frame2.png").write_bytes(b"\x89PNG and then nothing")
    return path, ["frame2.png"]


def tiff_cut_short(folder):
    path = write_pages(folder / "m.tif", ramp(4, 40, 40))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return path, ["m.tif", "damaged"]


def gif_of_text(folder):
    (folder / "m.gif").write_text("GIF")
    return folder / "m.gif", ["m.gif", "damaged"]


def tiff_of_changing_size(folder):
    path = folder / "m.tif"
    Image.new("L", (30, 20)).save(path, save_all=True, append_images=[Image.new("L", (40, 20))])
    return path, ["Picture 2", "m.tif", "40 x 20"]


def array_of_objects(folder):
    np.save(folder / "m.npy", np.array([{"code": 1}], dtype=object), allow_pickle=True)
    return folder / "m.npy", ["m.npy", "Python objects"]


def array_of_two_axes(folder):
    return write_array(folder / "m.npy", np.zeros((144, 256))), ["(144, 256)", "(time, y, x)"]


def array_of_five_colours(folder):
    return write_array(folder / "m.npy", np.zeros((3, 9, 9, 5))), ["(3, 9, 9, 5)"]


def array_of_no_frames(folder):
    return write_array(folder / "m.npy", np.zeros((0, 144, 256))), ["m.npy", "no pictures"]


def array_cut_short(folder):
    path = write_array(folder / "m.npy", ramp(5, 144, 256))
    path.write_bytes(path.read_bytes()[:5000])
    return path, ["m.npy", "damaged"]


def archive_named_npy(folder):
    np.savez(folder / "m.npz", a=np.zeros(3))
    return (folder / "m.npz").rename(folder / "m.npy"), ["m.npy", "damaged"]


def negative_values(folder):
    return write_array(folder / "m.npy", np.full((2, 9, 9), -1.0)), ["float64", "-1"]


def not_a_number(folder):
    pictures = np.zeros((2, 9, 9))
    pictures[1, 2, 3] = np.nan
    return write_array(folder / "m.npy", pictures), ["float64", "nan"]


def complex_values(folder):
    return write_array(folder / "m.npy", np.zeros((2, 9, 9), complex)), ["complex128"]


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
@pytest.mark.parametrize(
    "break_it",
    [
        nothing,
        unknown_suffix,
        text_in_a_video,
        empty_video,
        video_without_its_end,
        video_with_index_cut_short,
        avi_cut_short,
        sound_only,
        empty_folder,
        mixed_sizes,
        mixed_depths,
        broken_image_in_a_folder,
        tiff_cut_short,
        gif_of_text,
        tiff_of_changing_size,
        array_of_objects,
        array_of_two_axes,
        array_of_five_colours,
        array_of_no_frames,
        array_cut_short,
        archive_named_npy,
        negative_values,
        not_a_number,
        complex_values,
    ],
)
def test_broken_movies_give_one_clear_sentence(tmp_path, break_it, assert_one_clear_sentence):
    path, mentions = break_it(tmp_path)
    with pytest.raises((MissingStimulusError, UnreadableStimulusError)) as caught:
        read_movie(path)
    assert_one_clear_sentence(caught.value, *mentions)
