"""The one description of stimuli that recordings and views work with."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from napari_nfm.stimuli.errors import StimulusArgumentError
from napari_nfm.stimuli.source import StimulusSource

__all__ = ["FRAME_RATE", "FRAME_SHAPE", "StimulusSet", "digest"]

FRAME_SHAPE = (144, 256)
"""Height and width in pixels of the frames that the published network sees."""

FRAME_RATE = 30.0
"""Frames per second at which the published network steps."""

DrawSequence = Callable[[int, int, int], NDArray[np.uint8]]
KeySequence = Callable[[int, int, int], str]


@dataclass(frozen=True, eq=False)
class StimulusSet:
    """Stimuli by category, direction and instance, drawn when they are asked for.

    A set is a description; it holds no frames of its own. `frames` returns one sequence.

    Parameters
    ----------
    name
        Short name of the set, for people.
    categories
        Name of each stimulus category; the coordinate of recordings.
    titles
        Human title of each category, in the same order.
    directions
        Directions of motion in degrees, counter-clockwise from rightward; ``(0.0,)`` for a set
        without directions.
    n_instances
        How many instances (repetitions with another layout) each category and direction has.
    n_frames
        Frames of each sequence.
    draw
        Called with the indices of category, direction and instance; returns frames,
        ``(time, 144, 256)`` uint8, C-contiguous, which the caller may change.
    key
        Called with the same indices; returns a string that is equal for identical sequences
        only, more cheaply than by drawing them. Without it the drawn frames are hashed.
    frame_rate
        Frames per second.
    notes
        Sentences on what was done to the frames (resized, cropped, stood in for).
    source
        How `open_stimuli` made the set; None where it was made in another way.
    """

    name: str
    categories: tuple[str, ...]
    titles: tuple[str, ...]
    directions: tuple[float, ...]
    n_instances: int
    n_frames: int
    draw: DrawSequence = field(repr=False)
    key: KeySequence | None = field(default=None, repr=False)
    frame_rate: float = FRAME_RATE
    notes: tuple[str, ...] = ()
    source: StimulusSource | None = None
    _digests: dict[tuple[int, int, int], str] = field(default_factory=dict, init=False, repr=False)

    def frames(self, category: str | int, direction: float, instance: int = 0) -> NDArray[np.uint8]:
        """Draw one sequence.

        Parameters
        ----------
        category
            Name or index of the category.
        direction
            One of `directions`, in degrees.
        instance
            Index of the instance.

        Returns
        -------
        ndarray
            Frames ``(time, 144, 256)``, uint8, C-contiguous; a fresh array.

        Raises
        ------
        StimulusArgumentError
            Where the set has no such category, direction or instance.
        """
        return self.draw(*self._indices(category, direction, instance))

    def sequence_key(self, category: str | int, direction: float, instance: int = 0) -> str:
        """Return a string that is equal for two sequences where their frames are identical.

        Parameters
        ----------
        category
            Name or index of the category.
        direction
            One of `directions`, in degrees.
        instance
            Index of the instance.

        Returns
        -------
        str
            A key, comparable within this set.

        Raises
        ------
        StimulusArgumentError
            Where the set has no such category, direction or instance.
        """
        return self._key(*self._indices(category, direction, instance))

    @cached_property
    def fingerprint(self) -> str:
        """Hexadecimal hash of all frames and their labels; computed at the first use.

        It changes with any pixel, the order of categories and directions, and the frame rate.
        """
        keys = (
            self._key(category, direction, instance)
            for category in range(len(self.categories))
            for direction in range(len(self.directions))
            for instance in range(self.n_instances)
        )
        return digest(*self.categories, *map(float, self.directions), self.frame_rate, *keys)

    def _key(self, category: int, direction: int, instance: int) -> str:
        if self.key is not None:
            return self.key(category, direction, instance)
        indices = category, direction, instance
        if indices not in self._digests:
            self._digests[indices] = digest(self.draw(*indices))
        return self._digests[indices]

    def _indices(
        self, category: str | int, direction: float, instance: int
    ) -> tuple[int, int, int]:
        names = [self.categories.index(category)] if category in self.categories else []
        if not isinstance(category, str) and 0 <= category < len(self.categories):
            names = [int(category)]
        angles = [i for i, angle in enumerate(self.directions) if angle == direction]
        if not names:
            raise StimulusArgumentError(
                f"The stimulus set {self.name!r} has no category {category!r}",
                f"choose one of {', '.join(self.categories)}",
            )
        if not angles:
            raise StimulusArgumentError(
                f"The stimulus set {self.name!r} has no direction {direction!r}",
                f"choose one of {', '.join(f'{angle:g}' for angle in self.directions)}",
            )
        if not 0 <= instance < self.n_instances:
            raise StimulusArgumentError(
                f"The stimulus set {self.name!r} has no instance {instance!r}",
                f"choose one of 0 to {self.n_instances - 1}",
            )
        return names[0], angles[0], int(instance)


def digest(*parts: object) -> str:
    """Hash strings, numbers and arrays (with shape and type) to a hexadecimal SHA-256.

    Parameters
    ----------
    *parts
        What to hash, in order.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    result = hashlib.sha256()
    for part in parts:
        if isinstance(part, np.ndarray):
            result.update(f"{part.dtype.str}{part.shape}".encode())
            result.update(np.ascontiguousarray(part).data)
        else:
            result.update(f"{part!r};".encode())
    return result.hexdigest()
