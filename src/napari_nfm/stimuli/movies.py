"""Any movie as a stimulus: grey, 144 x 256 pixels, 30 frames per second."""

from collections.abc import Iterator
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from napari_nfm.stimuli.errors import StimulusArgumentError, UnreadableStimulusError
from napari_nfm.stimuli.movie_files import MovieFile, Picture, open_movie
from napari_nfm.stimuli.number_rule import NumberRule, number_rule
from napari_nfm.stimuli.stimulus_set import FRAME_RATE, FRAME_SHAPE, StimulusSet

__all__ = ["read_movie"]

FRAME_BYTES = FRAME_SHAPE[0] * FRAME_SHAPE[1]


def read_movie(
    path: str | PathLike[str],
    *,
    fit: Literal["crop", "resize"] = "crop",
    frame_rate: float | None = None,
    max_frames: int = 9000,
) -> StimulusSet:
    """Read a movie and bring it to the frames that the network sees.

    What was done is said in the set's ``notes``. Numbers become grey levels by fixed rules: 8-bit
    values stay; truth values become 0 and 255; other integers stay where none exceeds 255,
    else count as 16-bit and are divided by 257; floats from 0 to 1 are multiplied by 255, those
    from 0 to 255 are rounded. Colours become grey by the luma of Rec. 601 (Pillow's mode "L").
    Pictures are resized with Lanczos (antialiased). The movie is shown at 30 frames per second:
    each frame has the picture that is to be seen at the middle of that frame.

    Parameters
    ----------
    path
        A video (mp4, avi, mov, mkv, webm), a GIF, a multi-page TIFF, a ``.npy`` array with axes
        (time, y, x) or (time, y, x, colour), or a folder of images.
    fit
        "crop" fills the frame, keeps the aspect ratio, and crops what is over on both sides;
        "resize" stretches the picture to the frame.
    frame_rate
        Pictures per second of the file, where it does not say or is wrong. Arrays, TIFFs and
        folders do not say; without this they are taken to have 30.
    max_frames
        The longest movie to accept, in frames at 30 per second; five minutes by default, which
        takes 330 MB.

    Returns
    -------
    StimulusSet
        One category, named after the file, one direction (0), one instance.

    Raises
    ------
    MissingStimulusError
        Where there is no such file, or no image in the folder.
    UnreadableStimulusError
        Where the file is damaged, cut short, empty, too long, or of an unknown kind.
    StimulusArgumentError
        Where an argument is out of range.
    """
    if fit not in ("crop", "resize"):
        raise StimulusArgumentError(f"The argument fit is {fit!r}", "give 'crop' or 'resize'")
    if frame_rate is not None and not 0 < frame_rate < np.inf:
        raise StimulusArgumentError(
            f"The argument frame_rate is {frame_rate}", "give a number above 0"
        )
    path = Path(path)
    movie = open_movie(path)
    rule = number_rule(path, movie)
    frames, size, n_pictures, coloured = _shown_frames(
        path, movie, rule, fit, frame_rate, max_frames
    )
    name = path.stem if path.is_file() else path.name
    return StimulusSet(
        name=path.name,
        categories=(name,),
        titles=(name,),
        directions=(0.0,),
        n_instances=1,
        n_frames=len(frames),
        draw=_Movie(frames),
        notes=(
            _size_note(size, fit),
            *(["Colours became grey by the luma of Rec. 601."] if coloured else []),
            *([rule.note] if rule.note else []),
            _rate_note(n_pictures, len(frames), frame_rate, movie.frame_rate),
        ),
    )


@dataclass(frozen=True, eq=False)
class _Movie:
    """Draws the one sequence of a movie."""

    movie: NDArray[np.uint8]

    def __call__(self, _category: int, _direction: int, _instance: int) -> NDArray[np.uint8]:
        return self.movie.copy()


def _shown_frames(
    path: Path,
    movie: MovieFile,
    rule: NumberRule,
    fit: str,
    frame_rate: float | None,
    max_frames: int,
) -> tuple[NDArray[np.uint8], tuple[int, ...], int, bool]:
    """Read, reduce and repeat pictures; hold no more than one at its full size.

    Returns the frames, the size (y, x) and number of the pictures, and whether any has colours.
    """
    buffer = bytearray()  # grows in place: a list of frames would be copied in the end
    size: tuple[int, ...] = ()
    n_pictures, coloured = 0, False
    for picture, repeats in _showings(movie, frame_rate):
        n_pictures += 1
        size = size or picture.shape[:2]
        if picture.shape[:2] != size:
            raise UnreadableStimulusError(
                f"Picture {n_pictures} of {path} has {picture.shape[1]} x {picture.shape[0]} "
                f"pixels, the first one has {size[1]} x {size[0]}",
                "make all pictures the same size",
            )
        if picture.dtype != rule.kind:
            raise UnreadableStimulusError(
                f"{path} mixes pictures of {rule.kind} and {picture.dtype} values",
                "save all pictures with the same depth",
            )
        coloured |= picture.ndim == 3 and picture.shape[2] > 1
        if len(buffer) // FRAME_BYTES + repeats > max_frames:
            raise UnreadableStimulusError(
                f"{path} is longer than {max_frames} frames "
                f"({max_frames / FRAME_RATE:g} s at {FRAME_RATE:g} frames per second)",
                "cut it, or give a larger max_frames (1,000 frames take 37 MB of memory)",
            )
        if repeats:
            buffer += _reduce(rule.to_bytes(picture), fit).tobytes() * repeats
    if not buffer:
        raise UnreadableStimulusError(f"{path} has no pictures in it", "give a movie with some")
    return np.frombuffer(buffer, np.uint8).reshape(-1, *FRAME_SHAPE), size, n_pictures, coloured


def _showings(movie: MovieFile, frame_rate: float | None) -> Iterator[tuple[Picture, int]]:
    """Yield each picture, and how many frames have their middle while it is shown."""
    rate = frame_rate or movie.frame_rate or FRAME_RATE
    timed = movie.frame_rate is not None and frame_rate is None
    done, start = 0, 0.0
    waiting: Picture | None = None
    for index, (said, picture) in enumerate(movie.pictures()):
        start = said if timed else index / rate
        if waiting is not None:
            until = _frames_until(start)
            yield waiting, max(until - done, 0)
            done = max(until, done)
        waiting = picture
    if waiting is not None:
        last = movie.last_seconds if timed and movie.last_seconds else 1 / rate
        yield waiting, max(_frames_until(start + last) - done, 1 - done, 0)


def _frames_until(end: float) -> int:
    """Return how many frames have their middle before a time in seconds (or at it)."""
    return int(end * FRAME_RATE + 0.5 + 1e-6)


def _reduce(picture: NDArray[np.uint8], fit: str) -> NDArray[np.uint8]:
    """Turn a picture to grey and to the size of a frame."""
    if picture.ndim == 3:
        picture = picture[:, :, 0] if picture.shape[2] == 1 else picture[:, :, :3]
    image = Image.fromarray(np.ascontiguousarray(picture)).convert("L")
    height, width = FRAME_SHAPE
    if image.size == (width, height):
        return np.asarray(image)
    box = (0.0, 0.0, float(image.width), float(image.height))
    if fit == "crop":
        columns, rows = _cropped_border(image.height, image.width)
        box = (columns, rows, image.width - columns, image.height - rows)
    return np.asarray(image.resize((width, height), Image.Resampling.LANCZOS, box=box))


def _cropped_border(height: int, width: int) -> tuple[float, float]:
    """Return how many columns and rows of a picture are cropped on either side."""
    scale = max(FRAME_SHAPE[0] / height, FRAME_SHAPE[1] / width)
    return (width - FRAME_SHAPE[1] / scale) / 2, (height - FRAME_SHAPE[0] / scale) / 2


def _size_note(size: tuple[int, ...], fit: str) -> str:
    height, width = FRAME_SHAPE
    before, after = f"{size[1]} x {size[0]}", f"{width} x {height}"
    if size == FRAME_SHAPE:
        return f"The pictures had {after} pixels already."
    if fit == "resize":
        return f"The pictures were stretched from {before} to {after} pixels."
    columns, rows = _cropped_border(*size)
    lost = f"{columns:.3g} columns" if columns > rows else f"{rows:.3g} rows"
    cropped = f", after cropping {lost} on either side" if max(columns, rows) > 0 else ""
    return f"The pictures were resized from {before} to {after} pixels{cropped}."


def _rate_note(n_pictures: int, n_frames: int, frame_rate: float | None, said: float | None) -> str:
    if frame_rate is None and said is None:
        return (
            "The file does not say its frame rate; its pictures are shown at "
            f"{FRAME_RATE:g} per second."
        )
    rate = frame_rate or said
    origin = "as given" if frame_rate else "as the file says"
    return (
        f"{n_pictures} pictures at {rate:.4g} per second, {origin}, became {n_frames} frames at "
        f"{FRAME_RATE:g} per second, each with the picture of its moment."
    )
