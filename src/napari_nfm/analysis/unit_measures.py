"""Simple measures of each unit's time course, to choose subpopulations by.

Those by which Bertram et al. (arXiv 2601.21508) filter units: how fast a response changes early and
late, how far it is from a straight line, how it differs between stimuli, and what the unit adds to
the first principal component.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from napari_nfm.analysis.decoding import decoding_trajectories
from napari_nfm.analysis.errors import AnalysisError
from napari_nfm.analysis.responses import as_responses, check_complete
from napari_nfm.provenance import Provenance

__all__ = ["unit_metrics"]

FloatArray = npt.NDArray[np.float64]

TRANSIENT_STEPS = 40
"""Steps from frame to frame that count as early, and as late."""

SMOOTHING = 2.0
"""Standard deviation in frames of the Gaussian before the curvature."""

STEADY_FRAMES = 10
"""Last frames, whose mean tells stimuli apart."""


def unit_metrics(responses: Any) -> xr.Dataset:
    """Return measures of each unit's time courses.

    Parameters
    ----------
    responses
        ``(unit, category, direction, time)``; ``stimulus`` may stand for ``category``.

    Returns
    -------
    Dataset
        Over ``unit``, in the units of the responses (per frame for the first two):

        ``speed``
            Mean absolute difference of successive frames over the first 40 steps, all categories
            and directions.
        ``stability``
            The same over the last 40 steps; *lower* is more stable.
        ``curvature``
            Root mean squared distance, over the first 40 frames, of the mean response over
            directions, smoothed by 2 frames, from its straight-line fit; the mean over categories.
        ``classifiability``
            Variance over categories of the mean response in the last 10 frames and all
            directions (squared units of the responses).
        ``pc_contribution``
            Magnitude of the loading on the first principal component of the responses at all
            moments, 0 to 1; squares sum to 1 over units.

        The attribute ``remarks`` says in sentences where a measure is degenerate: short recordings,
        in which early and late are the same; a single category; units that never change, which
        have 0 throughout.

    Raises
    ------
    ResponseTensorError
        `responses` is not such a tensor, or has NaN.
    AnalysisError
        There is only one frame, or no unit ever changes.

    Notes
    -----
    As the study's code computes them: with T frames there are T - 1 steps, and with T up to 41
    both windows are all of them, so that ``speed`` equals ``stability`` for the study's own 37
    frames. None is divided by the unit's response, so all but the last grow with it.
    """
    if isinstance(responses, xr.DataArray) and "stimulus" in responses.dims:
        responses = responses.rename(stimulus="category")
    tensor = _checked(as_responses(responses))
    values = tensor.values
    steps = np.abs(np.diff(values, axis=3)).mean(axis=(1, 2))
    steady = values[..., -STEADY_FRAMES:].mean(axis=(2, 3))
    loadings = decoding_trajectories(tensor, n_components=1).components[0]
    measures = {
        "speed": steps[:, :TRANSIENT_STEPS].mean(axis=1),
        "stability": steps[:, -TRANSIENT_STEPS:].mean(axis=1),
        "curvature": _curvature(values[..., :TRANSIENT_STEPS].mean(axis=2)),
        "classifiability": steady.var(axis=1),
        "pc_contribution": np.abs(loadings),
    }
    constant = np.ptp(values, axis=(1, 2, 3)) == 0
    made_by = Provenance.of("napari_nfm.analysis.unit_metrics", responses)
    return xr.Dataset(
        # what is left on a unit that never changes is rounding
        {name: ("unit", np.where(constant, 0, measure)) for name, measure in measures.items()},
        coords={
            name: coordinate
            for name, coordinate in tensor.coords.items()
            if set(coordinate.dims) <= {"unit"}
        },
        # plain values, so that the table can be saved as it is
        attrs=dict(made_by.inputs)
        | {
            "function": made_by.function,
            "version": made_by.version,
            "remarks": " ".join(_remarks(tensor, int(constant.sum()))),
        },
    )


def _checked(tensor: xr.DataArray) -> xr.DataArray:
    """Return `tensor` with at least two frames and without NaN."""
    check_complete(tensor)
    if tensor.sizes["time"] < 2:
        raise AnalysisError(
            "The responses have one frame only, in which nothing changes",
            "give time courses of at least two frames",
        )
    return tensor


def _curvature(traces: FloatArray) -> FloatArray:
    """Return the distance of smoothed ``(unit, category, time)`` from its line."""
    from scipy.ndimage import gaussian_filter1d

    smooth = gaussian_filter1d(traces, SMOOTHING, axis=-1)
    times = np.arange(smooth.shape[-1]) - (smooth.shape[-1] - 1) / 2
    centred = smooth - smooth.mean(axis=-1, keepdims=True)
    slopes = centred @ times / (times @ times)
    residuals = centred - slopes[..., np.newaxis] * times
    return np.sqrt((residuals**2).mean(axis=-1)).mean(axis=-1)


def _remarks(tensor: xr.DataArray, n_constant: int) -> list[str]:
    """Return a sentence for each measure that says less than its name."""
    n_frames = tensor.sizes["time"]
    remarks = []
    if n_frames - 1 <= TRANSIENT_STEPS:
        remarks.append(
            f"Speed equals stability, because {n_frames} frames have {n_frames - 1} steps and the "
            f"windows {TRANSIENT_STEPS}."
        )
    if n_frames <= STEADY_FRAMES:
        remarks.append(
            f"Classifiability is that of all {n_frames} frames, because its window is "
            f"{STEADY_FRAMES}."
        )
    if n_frames == 2:
        remarks.append("Curvature is 0, because two frames always lie on a line.")
    if tensor.sizes["category"] == 1:
        remarks.append("Classifiability is 0, because there is one category only.")
    if n_constant:
        remarks.append(f"Of {tensor.sizes['unit']} units, {n_constant} never change and have 0.")
    return remarks
