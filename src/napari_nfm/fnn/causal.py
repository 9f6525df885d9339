"""Convolutions over space and the most recent frames.

A causal convolution sees the present frame and the ones before it. Each call gets some frames
together with the last ones of the previous call; before the first frame all is zero.

Runs of four frames are convolved in time by the method of Winograd (Lavin & Gray, "Fast
algorithms for convolutional neural networks", 2016, F(4, 3)): six combinations of the six frames
that a kernel of three reaches are each convolved in space with a combination of the kernel's
slices, and combined to four outputs. That takes 6 spatial convolutions in place of 12; the sums
are the same but for rounding.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

__all__ = ["RUN", "CausalConvolution", "pooled_kernel"]

RUN = 4
"""Frames that are convolved together."""

# F(4, 3) for the points 0, 1, -1, 2, -2 and infinity: outputs = MIX_OUT @ ((MIX_KERNEL @ kernel)
# * (MIX_IN @ inputs)).
MIX_IN = (
    (4.0, 0.0, -5.0, 0.0, 1.0, 0.0),
    (0.0, -4.0, -4.0, 1.0, 1.0, 0.0),
    (0.0, 4.0, -4.0, -1.0, 1.0, 0.0),
    (0.0, -2.0, -1.0, 2.0, 1.0, 0.0),
    (0.0, 2.0, -1.0, -2.0, 1.0, 0.0),
    (0.0, 4.0, 0.0, -5.0, 0.0, 1.0),
)
MIX_KERNEL = (
    (1 / 4, 0.0, 0.0),
    (-1 / 6, -1 / 6, -1 / 6),
    (-1 / 6, 1 / 6, -1 / 6),
    (1 / 24, 1 / 12, 1 / 6),
    (1 / 24, -1 / 12, 1 / 6),
    (0.0, 0.0, 1.0),
)
MIX_OUT = (
    (1.0, 1.0, 1.0, 1.0, 1.0, 0.0),
    (0.0, 1.0, -1.0, 2.0, -2.0, 0.0),
    (0.0, 1.0, 1.0, 4.0, 4.0, 0.0),
    (0.0, 1.0, -1.0, 8.0, -8.0, 1.0),
)
CONSTANT_POINT = 1
"""The combination that enters every output with weight 1, so that a bias can be added there."""


@dataclass(frozen=True)
class CausalConvolution:
    """A grouped convolution over time, height and width, with zero padding in space.

    Parameters
    ----------
    weight
        (output channel, input channel of the group, time, y, x); the last slice in time acts on
        the present frame.
    bias
        (output channel,).
    groups
        Number of groups, of all streams together.
    padding
        Zeros on every side of the maps.
    stride
        Step of the kernel in y and x.
    mixed_weight, mixed_bias
        The same for runs of four frames, from `prepare`: the combinations of the kernel's
        slices one below the other. None where the kernel does not span three frames.
    """

    weight: Tensor
    bias: Tensor
    groups: int
    padding: int
    stride: int
    mixed_weight: Tensor | None
    mixed_bias: Tensor | None

    @classmethod
    def prepare(
        cls, weight: Tensor, bias: Tensor, *, groups: int, padding: int, stride: int
    ) -> CausalConvolution:
        """Combine the kernel's slices for runs of frames; see the class for the parameters."""
        mixed_weight = mixed_bias = None
        if weight.shape[2] == len(MIX_KERNEL[0]):
            mix = weight.new_tensor(MIX_KERNEL)
            mixed_weight = torch.einsum("pt,oityx->poiyx", mix, weight).flatten(0, 1)
            mixed_bias = bias.new_zeros(len(mix), len(bias))
            mixed_bias[CONSTANT_POINT] = bias
            mixed_bias = mixed_bias.flatten()
        return cls(weight, bias, groups, padding, stride, mixed_weight, mixed_bias)

    @property
    def n_history(self) -> int:
        """Frames before the present one that the kernel sees."""
        return self.weight.shape[2] - 1

    def __call__(self, history: Tensor, frames: Tensor) -> Tensor:
        """Convolve.

        Parameters
        ----------
        history
            (sequence, `n_history` frames, input channel, y, x): what came before.
        frames
            (sequence, frame, input channel, y, x).

        Returns
        -------
        Tensor
            (sequence, frame, output channel, y, x).
        """
        n_frames = frames.shape[1]
        n_in_runs = 0 if self.mixed_weight is None else n_frames - n_frames % RUN
        parts = []
        for start in range(0, n_in_runs, RUN):
            run = frames[:, start : start + RUN]
            parts.append(self._run(history, run))
            history = run[:, RUN - self.n_history :]
        if n_in_runs < n_frames:
            parts.append(self._directly(torch.cat([history, frames[:, n_in_runs:]], dim=1)))
        return parts[0] if len(parts) == 1 else torch.cat(parts, dim=1)

    def _directly(self, frames: Tensor) -> Tensor:
        # One convolution in space over all frames that a kernel sees, side by side in each
        # group; a convolution in three dimensions takes several times as long.
        span = self.weight.shape[2]
        windows = frames.unfold(1, span, 1).unflatten(2, (self.groups, -1))
        stacked = windows.permute(0, 1, 2, 6, 3, 4, 5).flatten(2, 4)
        out = F.conv2d(
            stacked.flatten(0, 1),
            self.weight.transpose(1, 2).flatten(1, 2),
            self.bias,
            stride=self.stride,
            padding=self.padding,
            groups=self.groups,
        )
        return out.unflatten(0, stacked.shape[:2])

    def _run(self, history: Tensor, frames: Tensor) -> Tensor:
        assert self.mixed_weight is not None
        n_points, (channels, height, width) = len(MIX_IN), frames.shape[2:]
        # In two products, so that history and frames need not be copied into one tensor.
        before, now = frames.new_tensor(MIX_IN).split((self.n_history, RUN), dim=1)
        mixed = torch.matmul(now, frames.flatten(2))
        mixed = mixed.baddbmm_(before.expand(len(frames), -1, -1), history.flatten(2))
        products = F.conv2d(
            mixed.view(-1, n_points * channels, height, width),
            self.mixed_weight,
            self.mixed_bias,
            stride=self.stride,
            padding=self.padding,
            groups=n_points * self.groups,
        )
        size = products.shape[2:]
        out = torch.matmul(
            frames.new_tensor(MIX_OUT), products.unflatten(1, (n_points, -1)).flatten(2)
        )
        return out.unflatten(2, (-1, *size))


def pooled_kernel(weight: Tensor, pool: int) -> Tensor:
    """Return the kernel that convolves and average-pools at once, to be used with stride `pool`.

    Pooling is linear, so the mean over pool × pool neighbouring outputs is one output of the mean
    of the kernels shifted to them. For a 3 × 3 kernel and a pool of 2 this takes 16 products for
    a pooled value in place of 36.

    Parameters
    ----------
    weight
        (..., y, x).
    pool
        Size and stride of the pool.

    Returns
    -------
    Tensor
        (..., y + pool - 1, x + pool - 1).
    """
    kernel = torch.zeros_like(F.pad(weight, (0, pool - 1, 0, pool - 1)))
    height, width = weight.shape[-2:]
    for y in range(pool):
        for x in range(pool):
            kernel[..., y : y + height, x : x + width] += weight
    return kernel / pool**2
