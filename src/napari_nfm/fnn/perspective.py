"""From the monitor to the retina: the stimulus as the eye sees it (Wang et al., 2025, Methods).

A ray leaves the eye through every retinal pixel, is turned with the eye, and hits the monitor's
plane; the luminance there is what the pixel receives.
"""

from typing import Literal, get_args

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from napari_nfm.fnn.architecture import Architecture
from napari_nfm.fnn.layers import EPSILON, Projection, Projections, gelu

__all__ = ["Periphery", "Perspective", "retinal_image", "rotation"]

Periphery = Literal["dark", "extend"]
PERIPHERIES: tuple[Periphery, ...] = get_args(Periphery)
"""What surrounds the monitor: nothing (luminance 0), or its border pixels carried on."""


class Monitor(nn.Module):
    """Where the monitor stands: centre and Euler angles (the spreads serve training only)."""

    def __init__(self) -> None:
        super().__init__()
        self.center = nn.Parameter(torch.zeros(3))
        self.angle = nn.Parameter(torch.zeros(3))
        self.center_std = nn.Parameter(torch.zeros(3))
        self.angle_std = nn.Parameter(torch.zeros(3))


class MonitorPixel(nn.Module):
    """How pixel values become luminance: ``value ** power * scale + offset``."""

    power: Tensor
    scale: Tensor
    offset: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("power", torch.tensor(1.7))
        self.register_buffer("scale", torch.tensor(1.0))
        self.register_buffer("offset", torch.tensor(0.0))


class Retina(nn.Module):
    """The viewing direction of every retinal pixel, unit vectors (y, x, 3), z forward."""

    grid: Tensor

    def __init__(self, height: int, width: int) -> None:
        super().__init__()
        self.register_buffer("grid", torch.zeros(height, width, 3))


class RetinaPixel(nn.Module):
    """How luminance becomes retinal input: ``(L + ε) ** σ(logit) * scale + offset``."""

    def __init__(self) -> None:
        super().__init__()
        self.logit = nn.Parameter(torch.zeros(1))
        self.scale = nn.Parameter(torch.zeros(1))
        self.offset = nn.Parameter(torch.zeros(1))


class EyeRotation(nn.Module):
    """A perceptron from eye position (x, y) to the eye's three Euler angles."""

    def __init__(self, features: int, layers: int) -> None:
        super().__init__()
        hidden = [Projection(1, features, features) for _ in range(layers - 1)]
        self.linears = Projections(
            [Projection(1, features, 2, gain=False), *hidden, Projection(1, 3, features)]
        )

    def forward(self, positions: Tensor) -> Tensor:
        """Map eye positions (..., 2) to angles about x, y and z (..., 3), in radians."""
        *hidden, last = self.linears
        for layer in hidden:
            positions = gelu(F.linear(positions, layer.matrix([0])[0], layer.bias([0])))
        return F.linear(positions, last.matrix([0])[0], last.bias([0]))


class Perspective(nn.Module):
    """The parameters of the way from monitor to retina, and where each ray meets the monitor."""

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        self.monitor = Monitor()
        self.monitor_pixel = MonitorPixel()
        self.retina = Retina(*architecture.retina)
        self.retina_pixel = RetinaPixel()
        self.mlp = EyeRotation(architecture.eye_features, architecture.eye_layers)

    def sampling_grid(self, eye_positions: Tensor, size: tuple[int, int]) -> Tensor:
        """Return where on the stimulus each retinal pixel looks.

        With the monitor's centre C and axes X, Y, Z, a ray v meets its plane at
        P = v (Z·C) / max(Z·v, ε) - C, whose coordinates are (P·X, P·Y). Rays that point away from
        the plane end up far outside the monitor.

        Parameters
        ----------
        eye_positions
            (batch, 2), horizontal and vertical.
        size
            Height and width of the stimulus, in pixels.

        Returns
        -------
        Tensor
            (batch, y, x, 2): coordinates (x, y) as `torch.nn.functional.grid_sample` takes them.
        """
        grid = self.retina.grid
        centre = self.monitor.center
        axes = rotation(self.monitor.angle[None])[0]
        rays = torch.einsum("nij,yxj->nyxi", rotation(self.mlp(eye_positions)), grid)
        depth = (rays @ axes[:, 2]).clamp_min(EPSILON)
        reach = (axes[:, 2] @ centre) / depth
        hits = (reach[..., None] * rays - centre) @ axes[:, :2]
        height, width = size
        retina_height, retina_width = grid.shape[:2]
        # The last factors use the retina's size, not the stimulus': so was the network trained.
        # One rounding per factor, in the published order: hard edges show the difference.
        widen = width / (width - 1)
        x = hits[..., 0] * widen * (retina_width - 1) / retina_width
        y = hits[..., 1] * width / height * widen * (retina_height - 1) / retina_height
        return torch.stack([x, y], dim=-1)


def retinal_image(
    perspective: Perspective, frames: Tensor, grid: Tensor, periphery: Periphery
) -> Tensor:
    """Show frames to the retina.

    Parameters
    ----------
    perspective
        The way from monitor to retina.
    frames
        (sequence, frame, y, x), pixel values in [0, 1].
    grid
        (sequence or 1, frame or 1, y, x, 2), from `Perspective.sampling_grid`; an axis of
        length 1 stands for all sequences or all frames.
    periphery
        What surrounds the monitor: ``"dark"`` or ``"extend"``.

    Returns
    -------
    Tensor
        (sequence, frame, y, x) on the retina.
    """
    pixel = perspective.monitor_pixel
    luminance = frames**pixel.power * pixel.scale + pixel.offset
    padding = "zeros" if periphery == "dark" else "border"
    n_sequences, n_frames = frames.shape[:2]
    # Frames that share a grid go through as channels, so that coordinates are used many times.
    if grid.shape[:2] == (1, 1):
        channels, coordinates = luminance.flatten(0, 1)[None], grid[0]
    elif grid.shape[1] == 1:
        channels, coordinates = luminance, grid[:, 0]
    else:
        channels = luminance.flatten(0, 1)[:, None]
        coordinates = grid.expand(n_sequences, -1, -1, -1, -1).flatten(0, 1)
    seen = F.grid_sample(
        channels, coordinates, mode="bilinear", padding_mode=padding, align_corners=False
    )
    seen = seen.view(n_sequences, n_frames, *seen.shape[-2:])
    retina = perspective.retina_pixel
    return (seen + EPSILON) ** torch.sigmoid(retina.logit) * retina.scale + retina.offset


def rotation(angles: Tensor) -> Tensor:
    """Return Rz(θz)·Ry(θy)·Rx(θx) for Euler angles (batch, 3) in radians, as (batch, 3, 3)."""
    (cx, cy, cz), (sx, sy, sz) = angles.cos().unbind(-1), angles.sin().unbind(-1)
    rows = [
        *(cz * cy, cz * sy * sx - sz * cx, cz * sy * cx + sz * sx),
        *(sz * cy, sz * sy * sx + cz * cx, sz * sy * cx - cz * sx),
        *(-sy, cy * sx, cy * cx),
    ]
    return torch.stack(rows, dim=-1).unflatten(-1, (3, 3))
