"""How the synthetic mouse sees: monitor, gaze and retina, as weights of the perspective.

They are set and not learned, as if the experimenter had calibrated the eye tracker: mouse and
twin share them.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from napari_nfm.fnn.layers import GELU_GAIN
from napari_nfm.fnn.perspective import Perspective, retinal_image
from napari_nfm.stimuli import FRAME_SHAPE

__all__ = [
    "DEGREES_PER_STIMULUS_PIXEL",
    "REACH_DEGREES",
    "RETINA",
    "perspective_weights",
    "retinal_positions",
    "see",
    "stimulus_pixels",
]

RETINA = (48, 72)
"""Height and width of the retinal image, in pixels."""

REACH_DEGREES = 48.0
"""Angle from the middle of the retina to its left and right ends."""

DEGREES_PER_EYE_UNIT = 4.0
MONITOR_DISTANCE = 1.0
"""In half-widths of the monitor, which thus spans 45 degrees to either side."""

DEGREES_PER_STIMULUS_PIXEL = np.degrees(2 / FRAME_SHAPE[1] / MONITOR_DISTANCE)
"""In the middle of the screen."""


def perspective_weights() -> dict[str, Tensor]:
    """Return the tensors of the perspective by key, without their prefix ``perspective.``.

    Gaze turns in proportion to eye position. A perceptron can do this exactly enough: each
    coordinate drives two hidden units with opposite signs in the straight part of the GELU, and
    their difference is the angle.
    """
    operating_point = 6.0
    slope = np.radians(DEGREES_PER_EYE_UNIT) / (2 * GELU_GAIN)
    hidden = torch.tensor([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    # Angles about x (upward), y (rightward) and z; standardised rows have a norm of 1.
    out = torch.tensor([[0.0, 0.0, 1.0, -1.0], [1.0, -1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]])
    return {
        "monitor.center": torch.tensor([0.0, 0.0, MONITOR_DISTANCE]),
        "monitor.angle": torch.zeros(3),
        # logistic(0.357) = 1 / 1.7 undoes the monitor's power, so that grey lies half-way.
        "retina_pixel.logit": torch.tensor([0.357]),
        "retina_pixel.scale": torch.tensor([4.0]),
        "retina_pixel.offset": torch.tensor([-2.0]),
        "retina.grid": torch.from_numpy(_rays().astype(np.float32)),
        "mlp.linears.0.weights.0": hidden[:, :, None, None, None],
        "mlp.linears.0.biases.0": torch.full((1, 4), operating_point),
        "mlp.linears.1.weights.0": out[:, :, None, None, None],
        "mlp.linears.1.gains.0": torch.tensor([[1.0, 1.0, 0.0]]) * np.sqrt(2) * slope,
        "mlp.linears.1.biases.0": torch.zeros(1, 3),
    }


@torch.no_grad()
def see(
    perspective: Perspective, movie: NDArray[np.uint8], eye: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return the retinal images ``(time, 48, 72)`` of a movie, about -2 (black) to 2 (white)."""
    frames = torch.from_numpy(movie).float()[None] / 255
    grid = perspective.sampling_grid(torch.from_numpy(eye), FRAME_SHAPE)
    return retinal_image(perspective, frames, grid[None], "dark")[0].numpy()


def retinal_positions() -> NDArray[np.float64]:
    """Return the angles (rightward, upward) of every retinal pixel in degrees, ``(y, x, 2)``."""
    height, width = RETINA
    x = np.linspace(-1, 1, width) * (width - 1) / width * REACH_DEGREES
    y = np.linspace(-1, 1, height) * (height - 1) / width * REACH_DEGREES
    return np.stack(np.broadcast_arrays(x[None, :], -y[:, None]), axis=-1)


def stimulus_pixels(degrees: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return where on the 144 x 256 stimulus gaze straight ahead meets retinal angles.

    Parameters
    ----------
    degrees
        ``(..., 2)``: rightward and upward.

    Returns
    -------
    ndarray
        ``(..., 2)``: column and row, in pixels.
    """
    right, up = degrees[..., 0], degrees[..., 1]
    eccentricity = np.hypot(right, up)
    stretch = np.divide(
        np.tan(np.radians(eccentricity)),
        eccentricity,
        out=np.full_like(eccentricity, np.radians(1)),
        where=eccentricity > 0,
    )
    scale = MONITOR_DISTANCE * stretch * FRAME_SHAPE[1] / 2
    column = (FRAME_SHAPE[1] - 1) / 2 + right * scale
    row = (FRAME_SHAPE[0] - 1) / 2 - up * scale
    return np.stack([column, row], axis=-1)


def _rays() -> NDArray[np.float64]:
    """Return the unit vector (right, down, forward) of every retinal pixel, ``(y, x, 3)``."""
    degrees = retinal_positions()
    eccentricity = np.radians(np.hypot(degrees[..., 0], degrees[..., 1]))
    around = np.arctan2(-degrees[..., 1], degrees[..., 0])
    return np.stack(
        [
            np.sin(eccentricity) * np.cos(around),
            np.sin(eccentricity) * np.sin(around),
            np.cos(eccentricity),
        ],
        axis=-1,
    )
