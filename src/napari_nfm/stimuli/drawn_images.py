"""The ensemble's still images, drawn by us after the statistics of the study's."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from napari_nfm.stimuli.dots import element_positions, paint_dots
from napari_nfm.stimuli.gratings import draw_grating
from napari_nfm.stimuli.stimulus_set import digest

__all__ = ["DrawnImages"]

HEIGHT, WIDTH = 600, 800
BACKGROUND = np.uint8(128)
DOT_CONTRAST = 120


@dataclass(frozen=True)
class DrawnImages:
    """Draws the still image of any category, direction and instance; the same one every time."""

    notes: tuple[str, ...] = (
        "The images are drawn by napari-nfm with the statistics of the study's; they are not "
        "the study's own.",
    )

    def size(self) -> tuple[int, int]:
        """Return height and width of every image in pixels."""
        return HEIGHT, WIDTH

    def canonical_instance(self, category: str, instance: int) -> int:
        """Return 0 for gratings, whose instances are identical, as in the study."""
        return 0 if category.startswith("grat_") else instance

    def image(self, category: str, direction: int, instance: int) -> NDArray[np.uint8]:
        """Draw one image.

        Parameters
        ----------
        category
            Name of the category.
        direction
            Direction of motion in degrees.
        instance
            Index of the instance; 0 or more.

        Returns
        -------
        ndarray
            Grey image ``(600, 800)``, uint8. Dark and bright dots of the same kind, direction
            and instance lie at the same places: their images add up to 256.
        """
        if category.startswith("grat_"):
            return draw_grating(category.removeprefix("grat_"), direction, HEIGHT, WIDTH)
        polarity, kind = _polarity_and_kind(category)
        contrast = _dot_contrast(kind, direction, instance)
        return BACKGROUND + contrast if polarity == "pos" else BACKGROUND - contrast

    def image_digest(self, category: str, direction: int, instance: int) -> str:
        """Hash one image; dots are painted once for both polarities.

        Parameters
        ----------
        category, direction, instance
            As for `image`.

        Returns
        -------
        str
            Hexadecimal hash that depends on all pixels.
        """
        if category.startswith("grat_"):
            return digest(self.image(category, direction, instance))
        polarity, kind = _polarity_and_kind(category)
        return digest(BACKGROUND, polarity, _contrast_digest(kind, direction, instance))


def _polarity_and_kind(category: str) -> tuple[str, str]:
    return category[:3], category[3:].removesuffix("_bg")


def _dot_contrast(kind: str, direction: int, instance: int) -> NDArray[np.uint8]:
    """Return how far each pixel is from the background, for dots of either polarity."""
    centres, rows = element_positions(kind, direction, instance, HEIGHT, WIDTH)
    covered = paint_dots(kind, centres, rows, HEIGHT, WIDTH)
    return np.round(DOT_CONTRAST * covered).astype(np.uint8)


@lru_cache(maxsize=1024)
def _contrast_digest(kind: str, direction: int, instance: int) -> str:
    return digest(_dot_contrast(kind, direction, instance))
