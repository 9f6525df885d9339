"""Reading a response tensor safely: named axes, numbers only, no stray NaN."""

from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from napari_nfm.analysis.errors import ResponseTensorError

__all__ = [
    "RESPONSE_AXES",
    "STIMULUS_AXES",
    "as_responses",
    "as_stimulus_tensor",
    "check_complete",
    "labelled",
    "with_axes",
]

RESPONSE_AXES = ("unit", "category", "direction", "time")
STIMULUS_AXES = ("unit", "stimulus", "direction", "time")


def as_responses(responses: Any) -> xr.DataArray:
    """Return `responses` as float64 with axes ``(unit, category, direction, time)``, not copied.

    A `DataArray` is put in order by its axis names; a plain array must have these four axes in
    this order and gets numbered coordinates.

    Raises
    ------
    ResponseTensorError
        Wrong axes, no numbers, an empty axis, or infinite values.
    """
    tensor = with_axes(responses, RESPONSE_AXES).astype(np.float64, copy=False)
    if not _all_finite(tensor.values) and np.isinf(tensor.values).any():
        raise ResponseTensorError(
            "The response tensor holds infinite values", "remove the units that have them"
        )
    return tensor


def as_stimulus_tensor(tensor: Any) -> xr.DataArray:
    """Return `tensor` as float64 with axes ``(unit, stimulus, direction, time)``, without a copy.

    An `EncodingTensor` gives its values; a `DataArray` is put in order by its axis names; a plain
    array must have these four axes in this order.

    Raises
    ------
    ResponseTensorError
        Wrong axes, no numbers, an empty axis, NaN or infinite values.
    """
    ordered = with_axes(labelled(tensor), STIMULUS_AXES).astype(np.float64, copy=False)
    if not _all_finite(ordered.values):
        raise ResponseTensorError(
            "The tensor holds NaN or infinite values", "make it with encoding_tensor"
        )
    return ordered


def labelled(tensor: Any) -> Any:
    """Return the DataArray of an `EncodingTensor`, and anything else as it is."""
    held = getattr(tensor, "values", None)
    return held if isinstance(held, xr.DataArray) else tensor


def _all_finite(values: npt.NDArray) -> bool:
    """Return whether there is neither NaN nor infinity."""
    with np.errstate(over="ignore", invalid="ignore"):
        total = values.sum()  # a quicker look than at every value
    return bool(np.isfinite(total) or np.isfinite(values).all())


def check_complete(tensor: xr.DataArray) -> None:
    """Raise where a response tensor ``(unit, category, direction, time)`` holds NaN.

    Raises
    ------
    ResponseTensorError
        It says how many units do.
    """
    missing = int(tensor.isnull().any(("category", "direction", "time")).sum())
    if missing:
        raise ResponseTensorError(
            f"Of {tensor.sizes['unit']} units, {missing} have NaN responses",
            "leave these units out, or cut the responses to the frames that all stimuli have",
        )


def with_axes(responses: Any, axes: tuple[str, ...]) -> xr.DataArray:
    """Return `responses` as numbers with `axes`, none of them empty.

    Raises
    ------
    ResponseTensorError
        Wrong axes, no numbers, or an empty axis.
    """
    if isinstance(responses, xr.DataArray):
        if set(responses.dims) != set(axes):
            raise ResponseTensorError(
                f"The response tensor has the axes ({', '.join(map(str, responses.dims))})",
                f"name them {', '.join(axes)}",
            )
        tensor = responses.transpose(*axes)
    else:
        values = np.asarray(responses)
        if values.ndim != len(axes):
            raise ResponseTensorError(
                f"The response tensor has {values.ndim} axes with shape {values.shape}",
                f"give four: {', '.join(axes)}",
            )
        tensor = xr.DataArray(values, dims=axes)
    if not (np.issubdtype(tensor.dtype, np.floating) or np.issubdtype(tensor.dtype, np.integer)):
        raise ResponseTensorError(
            f"The response tensor holds {tensor.dtype} values", "give real numbers"
        )
    empty = [str(axis) for axis, size in tensor.sizes.items() if size == 0]
    if empty:
        raise ResponseTensorError(
            f"The response tensor of shape {tensor.shape} has nothing along {' and '.join(empty)}",
            "give at least one entry on every axis",
        )
    return tensor
