"""Pictures out of movie files of any kind, one at a time."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageSequence, UnidentifiedImageError

from napari_nfm.stimuli.errors import MissingStimulusError, UnreadableStimulusError

__all__ = ["MovieFile", "Picture", "is_movie", "open_movie"]

Picture = NDArray[Any]
"""One picture ``(y, x)`` or ``(y, x, colour)`` of any number type."""

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp")
GIF_DEFAULT_MS = 100
"""How long browsers show a GIF frame that says 0."""


@dataclass(frozen=True)
class MovieFile:
    """A movie that can be read from its start any number of times.

    Parameters
    ----------
    pictures
        Starts reading; yields the time in seconds at which a picture appears, and the picture.
        Without a frame rate, times are the pictures' indices.
    frame_rate
        Pictures per second, on average; None where the file does not say.
    last_seconds
        How long the last picture is shown, where that is known.
    """

    pictures: Callable[[], Iterator[tuple[float, Picture]]]
    frame_rate: float | None
    last_seconds: float | None = None


def open_movie(path: Path) -> MovieFile:
    """Find out what kind of movie a path is, and open it.

    Parameters
    ----------
    path
        A video (mp4, avi, mov, mkv, webm), a GIF, a multi-page TIFF, a NumPy array
        ``(time, y, x)`` or ``(time, y, x, colour)``, or a folder of images in the order of the
        numbers in their names.

    Returns
    -------
    MovieFile
        The opened movie.

    Raises
    ------
    MissingStimulusError
        Where there is nothing at the path, or the folder has no images.
    UnreadableStimulusError
        Where the kind is not known or the file is damaged.
    """
    if path.is_dir():
        return _image_folder(path)
    if not path.exists():
        raise MissingStimulusError(f"There is no movie at {path}", "check the path")
    opener = _OPENERS.get(path.suffix.lower())
    if opener is None:
        raise UnreadableStimulusError(
            f"{path} has the unknown suffix {path.suffix!r}",
            f"give a folder of images or a file that ends in {', '.join(_OPENERS)}",
        )
    return opener(path)


def _video(path: Path) -> MovieFile:
    import av

    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                raise UnreadableStimulusError(
                    f"{path} has no video in it", "give a file with a video stream"
                )
            stream = container.streams.video[0]
            rate = stream.average_rate or stream.guessed_rate
    except (av.error.FFmpegError, OSError) as error:
        raise _damaged(path, error) from error

    def pictures() -> Iterator[tuple[float, Picture]]:
        shown, end, start = 0, 0.0, None  # the first picture may not be at 0
        try:
            with av.open(str(path)) as container:
                stream = container.streams.video[0]
                stream.thread_type = "AUTO"
                expected = _expected_pictures(container)
                trimmed = "mov" in container.format.name  # edit lists may hide pictures
                seconds = (container.duration or 0) / av.time_base
                for frame in container.decode(stream):
                    time = shown / (rate or 1) if frame.time is None or not rate else frame.time
                    start = float(time) if start is None else start
                    shown, end = shown + 1, float(time) - start
                    yield end, frame.to_ndarray(format="rgb24")
        except (av.error.FFmpegError, OSError) as error:
            raise _damaged(path, error) from error
        # A file cut short may still decode up to the cut, without any error.
        complete = trimmed and end + 1 / (rate or 1) >= 0.98 * seconds
        if shown < 0.98 * expected and not complete:
            raise UnreadableStimulusError(
                f"{path} is cut short: it has {shown} of the {expected} pictures that it announces",
                "copy or download it again",
            )

    return MovieFile(pictures, float(rate) if rate else None)


def _expected_pictures(container: Any) -> int:
    """Return how many pictures a video announces; 0 where that is not known."""
    import av

    stream = container.streams.video[0]
    if stream.frames or len(container.streams) > 1:
        return stream.frames
    return int((container.duration or 0) / av.time_base * float(stream.average_rate or 0))


def _gif(path: Path) -> MovieFile:
    seconds = [(milliseconds or GIF_DEFAULT_MS) / 1000 for _, milliseconds in _pages(path)]
    starts = np.concatenate([[0.0], np.cumsum(seconds)[:-1]])

    def pictures() -> Iterator[tuple[float, Picture]]:
        for start, (picture, _) in zip(starts, _pages(path), strict=True):
            yield float(start), picture

    return MovieFile(pictures, len(seconds) / sum(seconds), seconds[-1])


def _tiff(path: Path) -> MovieFile:
    def pictures() -> Iterator[tuple[float, Picture]]:
        for index, (picture, _) in enumerate(_pages(path)):
            yield float(index), picture

    return MovieFile(pictures, None)


def is_movie(path: Path) -> bool:
    """Whether `path` is a movie by its suffix, or a folder with images in it."""
    if path.is_dir():
        return bool(_images_in(path))
    return path.suffix.lower() in _OPENERS


def _images_in(folder: Path) -> list[Path]:
    return [
        path
        for path in folder.iterdir()
        if path.suffix.lower() in IMAGE_SUFFIXES and not path.name.startswith(".")
    ]


def _image_folder(folder: Path) -> MovieFile:
    paths = _images_in(folder)
    if not paths:
        raise MissingStimulusError(
            f"The folder {folder} has no images in it",
            f"give a folder with files that end in {', '.join(IMAGE_SUFFIXES)}",
        )
    paths.sort(key=_natural_order)

    def pictures() -> Iterator[tuple[float, Picture]]:
        first: Picture | None = None
        for index, path in enumerate(paths):
            picture, _ = next(_pages(path))
            first = picture if first is None else first
            if picture.shape[:2] != first.shape[:2]:
                raise UnreadableStimulusError(
                    f"{path} has {picture.shape[1]} x {picture.shape[0]} pixels, "
                    f"{paths[0].name} has {first.shape[1]} x {first.shape[0]}",
                    "give a folder whose images are all of one size",
                )
            yield float(index), picture

    return MovieFile(pictures, None)


def _array(path: Path) -> MovieFile:
    try:
        # Maps the file, so that a long movie is not held in memory; never unpickles.
        movie = np.lib.format.open_memmap(path, mode="r")
    except (OSError, ValueError, EOFError) as error:
        if "Python objects" in str(error):
            raise UnreadableStimulusError(
                f"{path} holds Python objects, which are not read because they may run code",
                "save an array of numbers with numpy.save",
            ) from error
        raise _damaged(path, error) from error
    colours = movie.shape[3] if movie.ndim == 4 else 1
    if movie.ndim not in (3, 4) or colours not in (1, 3, 4):
        raise UnreadableStimulusError(
            f"The array in {path} has the shape {movie.shape}",
            "save it with the axes (time, y, x) or (time, y, x, 3)",
        )

    if 0 in movie.shape:
        raise UnreadableStimulusError(f"{path} has no pictures in it", "give a movie with some")

    def pictures() -> Iterator[tuple[float, Picture]]:
        for index, picture in enumerate(movie):
            yield float(index), np.asarray(picture)

    return MovieFile(pictures, None)


def _pages(path: Path) -> Iterator[tuple[Picture, int | None]]:
    """Yield the pages of an image file, and for how many milliseconds each is to be shown."""
    try:
        with Image.open(path) as image:
            for page in ImageSequence.Iterator(image):
                yield _pixels(page), page.info.get("duration")
    except MemoryError:
        raise
    except Exception as error:  # of damaged files, Pillow raises any kind, from KeyError on
        raise _damaged(path, error) from error


def _pixels(image: Image.Image) -> Picture:
    if image.mode == "LA":
        image = image.convert("L")
    elif image.mode not in ("1", "L", "RGB", "F", "I") and not image.mode.startswith("I;16"):
        image = image.convert("RGB")
    return np.array(image)


def _natural_order(path: Path) -> list[tuple[int, str]]:
    """Sort by the numbers in a name as numbers: frame 2 comes before frame 10."""
    parts = re.findall(r"(\d+)|(\D+)", path.name)
    return [(int(number) if number else -1, text) for number, text in parts]


def _damaged(path: Path, error: Exception) -> UnreadableStimulusError:
    if isinstance(error, UnidentifiedImageError):
        error = ValueError("no known image format")
    reason = " ".join((getattr(error, "strerror", None) or str(error)).split()).rstrip(".")
    return UnreadableStimulusError(
        f"{path} is damaged or of a kind that cannot be read ({reason})",
        "copy or download it again, or convert it to mp4",
    )


_OPENERS: dict[str, Callable[[Path], MovieFile]] = {
    **dict.fromkeys((".mp4", ".avi", ".mov", ".mkv", ".webm"), _video),
    ".gif": _gif,
    **dict.fromkeys((".tif", ".tiff"), _tiff),
    ".npy": _array,
}
