"""Convolutions over space and the most recent frames.

A causal convolution sees the present frame and the ones before it. Each call gets some frames
together with the last ones of the previous call; before the first frame all is zero.
"""

from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor

__all__ = ["CausalConvolution", "pooled_kernel"]


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
    """

    weight: Tensor
    bias: Tensor
    groups: int
    padding: int
    stride: int = 1

    @property
    def n_history(self) -> int:
        """Frames before the present one that the kernel sees."""
        return self.weight.shape[2] - 1

    def __call__(self, frames: Tensor) -> Tensor:
        """Convolve; the first `n_history` of the frames are only looked back at.

        Parameters
        ----------
        frames
            (sequence, history + frame, input channel, y, x).

        Returns
        -------
        Tensor
            (sequence, frame, output channel, y, x).
        """
        out = F.conv3d(
            frames.transpose(1, 2),
            self.weight,
            self.bias,
            stride=(1, self.stride, self.stride),
            padding=(0, self.padding, self.padding),
            groups=self.groups,
        )
        return out.transpose(1, 2)


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
    shifted = [
        F.pad(weight, (x, pool - 1 - x, y, pool - 1 - y)) for y in range(pool) for x in range(pool)
    ]
    total = shifted[0]
    for kernel in shifted[1:]:
        total = total + kernel
    return total / pool**2
