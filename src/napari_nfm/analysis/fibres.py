"""The order of a response fibre: direction fastest, then time.

The study stores the response of one unit to one stimulus as one fibre, the column-major ravel of
its ``(direction, time)`` map, so entry ``time * n_directions + direction``. This is the one place
that knows it.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nfm.analysis.errors import ResponseTensorError

__all__ = ["from_fibres", "to_fibres"]


def to_fibres(values: Any) -> NDArray:
    """Flatten the last two axes, ``(..., direction, time)`` to ``(..., fibre)``.

    Entry ``time * n_directions + direction`` of a fibre is the response at that direction and
    time. The result is contiguous and keeps the type of the numbers.

    Raises
    ------
    ResponseTensorError
        There are fewer than two axes.
    """
    values = np.asarray(values)
    if values.ndim < 2:
        raise ResponseTensorError(
            f"The response map has {values.ndim} axes with shape {values.shape}",
            "give at least two, the last being direction and time",
        )
    *leading, directions, frames = values.shape
    swapped = np.ascontiguousarray(np.swapaxes(values, -1, -2))
    return swapped.reshape(*leading, directions * frames)


def from_fibres(fibres: Any, n_directions: int) -> NDArray:
    """Unfold the last axis, ``(..., fibre)`` to ``(..., direction, time)``; undoes `to_fibres`.

    Raises
    ------
    ResponseTensorError
        The length of the fibres is no multiple of `n_directions`.
    """
    fibres = np.asarray(fibres)
    length = fibres.shape[-1] if fibres.ndim else 0
    if n_directions < 1 or fibres.ndim < 1 or length % n_directions:
        raise ResponseTensorError(
            f"Fibres of shape {fibres.shape} do not divide into {n_directions} directions",
            "give the number of directions that the tensor had",
        )
    maps = fibres.reshape(*fibres.shape[:-1], length // n_directions, n_directions)
    return np.ascontiguousarray(np.swapaxes(maps, -1, -2))
