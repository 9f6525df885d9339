"""The study's ensemble: 11 categories of gratings and dot flow in 8 directions.

One still image per category, direction and instance is resized, moved by one pixel per frame
along each axis of its motion, and cropped to the network's field of view.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from os import PathLike
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from napari_nfm.stimuli.drawn_images import DrawnImages
from napari_nfm.stimuli.errors import StimulusArgumentError
from napari_nfm.stimuli.flowstims import FlowstimsFolder
from napari_nfm.stimuli.motion import MOTION, move_and_crop
from napari_nfm.stimuli.stimulus_set import FRAME_SHAPE, StimulusSet, digest

__all__ = ["CATEGORIES", "DIRECTIONS", "flow_ensemble"]

CATEGORIES = {
    "grat_W12": "Grating, low spatial frequency",
    "grat_W1": "Grating, high spatial frequency",
    "grat_W2": "Grating, medium spatial frequency",
    "neg1dotflow_D1_bg": "Dark dots, high spatial frequency",
    "neg3dotflow_D1_bg": "Dark triplets, high spatial frequency",
    "neg1dotflow_D2_bg": "Dark dots, medium spatial frequency",
    "neg3dotflow_D2_bg": "Dark triplets, medium spatial frequency",
    "pos1dotflow_D1_bg": "Bright dots, high spatial frequency",
    "pos3dotflow_D1_bg": "Bright triplets, high spatial frequency",
    "pos1dotflow_D2_bg": "Bright dots, medium spatial frequency",
    "pos3dotflow_D2_bg": "Bright triplets, medium spatial frequency",
}
"""Names of the categories, in the study's order, and our titles for them."""

DIRECTIONS = tuple(MOTION)
"""Directions of motion in degrees, in the study's order; 90 is upward."""


class StillImages(Protocol):
    """Where the still images come from; hashable, because their resized copies are cached."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences on the images."""

    def __hash__(self) -> int: ...

    def size(self) -> tuple[int, int]:
        """Return height and width of every image in pixels."""

    def image(self, category: str, direction: int, instance: int) -> NDArray[np.uint8]:
        """Return one grey image ``(y, x)``."""

    def image_digest(self, category: str, direction: int, instance: int) -> str:
        """Return a string that is equal for equal images only."""

    def canonical_instance(self, category: str, instance: int) -> int:
        """Return the first instance whose image is the same by construction."""


def flow_ensemble(
    source: str | PathLike[str] | None = None,
    *,
    instances: int = 3,
    n_frames: int = 37,
    scale: float = 0.7,
) -> StimulusSet:
    """Return the study's stimuli: 11 categories, 8 directions, by default 3 instances.

    Gratings and dot flow move by one pixel per frame in the cardinal directions and by one
    pixel along both axes in the diagonal ones. Sequences are made as the study makes them
    (resize with Lanczos, cyclic shift, centred crop), so that from its own images they are
    equal to the last bit.

    Parameters
    ----------
    source
        A ``flowstims`` folder as the study publishes it, with images at
        ``{category}_inst{instance}/{direction}/0.png``. Without it the images are drawn by us,
        with the same statistics.
    instances
        Instances of each category and direction. Those of a grating are identical.
    n_frames
        Frames of each sequence; the study shows 37.
    scale
        Size of the shown image relative to the still image; 0.7 in the study, 0.5 in its
        earlier version.

    Returns
    -------
    StimulusSet
        With `directions` 0, 45, … 315 degrees. Images are read or drawn when asked for.

    Raises
    ------
    StimulusArgumentError
        Where an argument is out of range.
    MissingStimulusError
        Where the folder or one of its images is missing; it names the path.
    UnreadableStimulusError
        Where an image is damaged or its size is not that of the others.
    """
    for name, number in (("instances", instances), ("n_frames", n_frames)):
        if number < 1:
            raise StimulusArgumentError(
                f"The argument {name} is {number}", f"give {name} of 1 or more"
            )
    images: StillImages = (
        DrawnImages() if source is None else FlowstimsFolder.open(source, CATEGORIES, instances)
    )
    height, width = _scaled_size(images.size(), scale)
    ensemble = _Ensemble(images, scale, n_frames)
    return StimulusSet(
        name="flow ensemble (drawn)" if source is None else f"flow ensemble ({source})",
        categories=tuple(CATEGORIES),
        titles=tuple(CATEGORIES.values()),
        directions=tuple(map(float, DIRECTIONS)),
        n_instances=instances,
        n_frames=n_frames,
        draw=ensemble.draw,
        key=ensemble.key,
        notes=(*images.notes, *_seam_note(height, width, n_frames)),
    )


@dataclass(frozen=True)
class _Ensemble:
    """Draws and names the sequences of one ensemble."""

    images: StillImages
    scale: float
    n_frames: int

    def draw(self, category: int, direction: int, instance: int) -> NDArray[np.uint8]:
        image = _scaled_image(self.images, *self._still(category, direction, instance), self.scale)
        return move_and_crop(image, MOTION[DIRECTIONS[direction]], self.n_frames, FRAME_SHAPE)

    def key(self, category: int, direction: int, instance: int) -> str:
        image = _image_digest(self.images, *self._still(category, direction, instance))
        return digest(image, MOTION[DIRECTIONS[direction]], self.scale, self.n_frames)

    def _still(self, category: int, direction: int, instance: int) -> tuple[str, int, int]:
        name = tuple(CATEGORIES)[category]
        return name, DIRECTIONS[direction], self.images.canonical_instance(name, instance)


@lru_cache(maxsize=16)
def _scaled_image(
    images: StillImages, category: str, direction: int, instance: int, scale: float
) -> NDArray[np.uint8]:
    still = images.image(category, direction, instance)
    height, width = _scaled_size(still.shape, scale)
    return np.asarray(
        Image.fromarray(still).resize((width, height), resample=Image.Resampling.LANCZOS)
    )


@lru_cache(maxsize=2048)
def _image_digest(images: StillImages, category: str, direction: int, instance: int) -> str:
    return images.image_digest(category, direction, instance)


def _scaled_size(size: tuple[int, ...], scale: float) -> tuple[int, int]:
    height, width = (int(pixels * scale) for pixels in size)
    if height < FRAME_SHAPE[0] or width < FRAME_SHAPE[1]:
        least = max(FRAME_SHAPE[0] / size[0], FRAME_SHAPE[1] / size[1])
        raise StimulusArgumentError(
            f"At scale {scale:g} the images have {width} x {height} pixels, "
            f"fewer than the network's {FRAME_SHAPE[1]} x {FRAME_SHAPE[0]}",
            f"give a scale of at least {least:.2f}",
        )
    return height, width


def _seam_note(height: int, width: int, n_frames: int) -> Iterator[str]:
    margin = min(height // 2 - FRAME_SHAPE[0] // 2, width // 2 - FRAME_SHAPE[1] // 2)
    if n_frames - 1 > margin:
        yield (
            f"From frame {margin + 1} on, the border of the still image, which moves "
            "cyclically, crosses the frame."
        )
