"""From the numbers of any picture to 8-bit grey levels, by a fixed and stated rule."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_nfm.stimuli.errors import UnreadableStimulusError
from napari_nfm.stimuli.movie_files import MovieFile, Picture

__all__ = ["NumberRule", "number_rule"]


@dataclass(frozen=True)
class NumberRule:
    """What 8-bit values are made of.

    Parameters
    ----------
    kind
        Type of the values.
    factor
        What values are multiplied by, before they are rounded.
    note
        The rule as a sentence; empty where values stay.
    """

    kind: np.dtype
    factor: float
    note: str = ""

    def to_bytes(self, picture: Picture) -> NDArray[np.uint8]:
        """Apply the rule to a picture of any shape."""
        if self.kind == np.uint8:
            return picture
        return np.round(picture.astype(float) * self.factor).astype(np.uint8)


def number_rule(path: Path, movie: MovieFile) -> NumberRule:
    """Choose the rule that fits the type and the range of a movie's values.

    A movie of anything but 8-bit or truth values is read once to know its range.

    Parameters
    ----------
    path
        Where the movie comes from, for messages.
    movie
        The movie.

    Returns
    -------
    NumberRule
        The rule for all its pictures.

    Raises
    ------
    UnreadableStimulusError
        Where there is no picture, or the values are of no known type or range.
    """
    lowest, highest = np.inf, -np.inf
    kind: np.dtype | None = None
    for _, picture in movie.pictures():
        kind = picture.dtype
        if kind == np.uint8:
            return NumberRule(kind, 1.0)
        if kind.kind == "b":
            return NumberRule(kind, 255.0, "The truth values became black and white.")
        if kind.kind not in "iuf":
            raise UnreadableStimulusError(
                f"{path} has {kind} values", "save grey levels as 8-bit or 16-bit integers"
            )
        # Unlike Python's own, these two keep a NaN.
        lowest, highest = np.minimum(lowest, picture.min()), np.maximum(highest, picture.max())
    if kind is None:
        raise UnreadableStimulusError(f"{path} has no pictures in it", "give a movie with some")
    if kind.kind == "f" and lowest >= 0 and highest <= 1:
        return NumberRule(kind, 255.0, "The values, from 0 to 1, were multiplied by 255.")
    if lowest >= 0 and highest <= 255:
        return NumberRule(kind, 1.0, f"The {kind} values were taken as grey levels, 0 to 255.")
    if kind.kind in "iu" and lowest >= 0 and highest <= 65535:
        return NumberRule(kind, 1 / 257, "The 16-bit values were divided by 257.")
    raise UnreadableStimulusError(
        f"{path} has {kind} values from {lowest:g} to {highest:g}",
        "save grey levels as 8-bit or 16-bit integers, or as floats from 0 to 1 or 0 to 255",
    )
