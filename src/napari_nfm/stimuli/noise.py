"""Binary white noise in blocks of pixels, for receptive fields by reverse correlation."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_nfm.stimuli.errors import StimulusArgumentError
from napari_nfm.stimuli.stimulus_set import FRAME_SHAPE

__all__ = ["BlockNoise"]


@dataclass(frozen=True)
class BlockNoise:
    """Movies in which every block of pixels is dark or bright by chance, anew in every frame.

    Parameters
    ----------
    n_movies
        Number of movies.
    n_frames
        Frames of each.
    block
        Height and width of a block, in pixels; the last row and column of blocks may be cut off.
    contrast
        (bright - dark) / (bright + dark), around the middle grey.
    seed
        The same seed gives the same movies.
    shape
        Height and width of the frames.

    Raises
    ------
    StimulusArgumentError
        A number is out of range.
    """

    n_movies: int = 8
    n_frames: int = 160
    block: int = 16
    contrast: float = 0.8
    seed: int = 0
    shape: tuple[int, int] = FRAME_SHAPE

    def __post_init__(self) -> None:
        if min(self.n_movies, self.n_frames, self.block) < 1 or not 0 < self.contrast <= 1:
            raise StimulusArgumentError(
                f"There is no noise of {self.n_movies} movies of {self.n_frames} frames in blocks "
                f"of {self.block} pixels with a contrast of {self.contrast}",
                "give numbers of at least 1, and a contrast above 0 and up to 1",
            )

    @property
    def n_blocks(self) -> tuple[int, int]:
        """Rows and columns of blocks."""
        height, width = self.shape
        return -(-height // self.block), -(-width // self.block)

    def signs(self) -> NDArray[np.int8]:
        """Return -1 for dark and 1 for bright, ``(movie, time, block row, block column)``."""
        drawn = np.random.default_rng(self.seed).integers(
            0, 2, (self.n_movies, self.n_frames, *self.n_blocks), dtype=np.int8
        )
        return 2 * drawn - 1

    def frames(self) -> NDArray[np.uint8]:
        """Return the movies as the network takes them, ``(time, movie, y, x)``."""
        dark, bright = (round(127.5 * (1 + sign * self.contrast)) for sign in (-1, 1))
        levels = np.where(self.signs() < 0, dark, bright).astype(np.uint8)
        pixels = levels.repeat(self.block, axis=2).repeat(self.block, axis=3)
        height, width = self.shape
        return np.ascontiguousarray(pixels[..., :height, :width].transpose(1, 0, 2, 3))
