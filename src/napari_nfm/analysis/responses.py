"""Reading a response tensor safely: named axes, numbers only, no stray NaN."""

from typing import Any

import numpy as np
import xarray as xr

from napari_nfm.analysis.errors import ResponseTensorError

__all__ = ["RESPONSE_AXES", "as_responses"]

RESPONSE_AXES = ("unit", "category", "direction", "time")


def as_responses(responses: Any) -> xr.DataArray:
    """Return `responses` as a float64 tensor with axes ``(unit, category, direction, time)``.

    A `DataArray` is put in order by its axis names; a plain array must have these four axes in
    this order and gets numbered coordinates.

    Raises
    ------
    ResponseTensorError
        Wrong axes, no numbers, an empty axis, or infinite values.
    """
    if isinstance(responses, xr.DataArray):
        if set(responses.dims) != set(RESPONSE_AXES):
            raise ResponseTensorError(
                f"The response tensor has the axes ({', '.join(map(str, responses.dims))})",
                f"name them {', '.join(RESPONSE_AXES)}",
            )
        tensor = responses.transpose(*RESPONSE_AXES)
    else:
        values = np.asarray(responses)
        if values.ndim != len(RESPONSE_AXES):
            raise ResponseTensorError(
                f"The response tensor has {values.ndim} axes with shape {values.shape}",
                f"give four: {', '.join(RESPONSE_AXES)}",
            )
        tensor = xr.DataArray(values, dims=RESPONSE_AXES)
    if not (np.issubdtype(tensor.dtype, np.floating) or np.issubdtype(tensor.dtype, np.integer)):
        raise ResponseTensorError(
            f"The response tensor holds {tensor.dtype} values", "give real numbers"
        )
    empty = [str(axis) for axis, size in tensor.sizes.items() if size == 0]
    if empty:
        raise ResponseTensorError(
            f"The response tensor has nothing along {' and '.join(empty)}",
            "give at least one entry on every axis",
        )
    tensor = tensor.astype(np.float64)
    if np.isinf(tensor.values).any():
        raise ResponseTensorError(
            "The response tensor holds infinite values", "remove the units that have them"
        )
    return tensor
