"""Receptive fields: what in the stimulus drives a unit.

The gradient, here, says what would change a unit's response at once. The response-weighted average
on noise (the spike-triggered average of a rate; `napari_nfm.recording.noise_average`) is what an
experimenter measures, for whom the network is closed. For a unit that is linear around the noise
both are the same filter (Chichilnisky, "A simple white noise analysis of neuronal light responses",
Network 12, 2001).
"""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Literal

import numpy as np
import torch
import xarray as xr
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from napari_nfm.fnn.cores import is_worth_threads
from napari_nfm.fnn.network import FNN
from napari_nfm.fnn.state import State
from napari_nfm.fnn.twin import Twin
from napari_nfm.jobs import Progress, ShouldStop, check_stop, report
from napari_nfm.provenance import Provenance
from napari_nfm.recording.errors import RecordingArgumentError
from napari_nfm.recording.receptive_field_result import (
    ReceptiveFields,
    describe_fields,
    unit_names,
    unit_places,
)
from napari_nfm.recording.receptive_field_shape import energy
from napari_nfm.stimuli.noise import BlockNoise

__all__ = ["LAGS", "receptive_field_gradient", "runs_of", "smooth_gradient"]

LAGS = 12
"""Frames before and with the response that are looked at: 0.4 s at 30 frames per second."""

NOISE = BlockNoise(n_movies=4, n_frames=2 * LAGS)

SMOOTHING = 3.0
"""Pixels by which a gradient is smoothed before it is measured or drawn: the retina looks at every
third pixel or so, which leaves a grid, and the edge of the dark monitor a few steep pixels."""

ENVELOPE = 4.0
"""Pixels by which its squares are smoothed, so that lobes of either sign are one field."""


def receptive_field_gradient(
    twin: Twin,
    site: str,
    units: ArrayLike | xr.DataArray,
    *,
    around: Literal["noise", "grey"] = "noise",
    lags: int = LAGS,
    noise: BlockNoise = NOISE,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> ReceptiveFields:
    """Return the gradient of units' responses with respect to the stimulus.

    Parameters
    ----------
    twin
        The network.
    site
        Name of the units' recording site.
    units
        Channel, row and column of each unit ``(unit, 3)`` on the whole site; a number per unit
        where the site is ``output``; or a response tensor, whose coordinates say it.
    around
        ``"noise"`` averages over the last frames of all movies of `noise`, ``"grey"`` takes a grey
        screen; the network is not linear, so the gradient depends on what it sees.
    lags
        Frames up to the response that are followed back.
    noise
        The movies; the frames before the last `lags` only bring the network into its stride.
    progress, should_stop
        As for any long job (see `napari_nfm.jobs`).

    Returns
    -------
    ReceptiveFields
        In response per full range from black to white of one pixel.

    Raises
    ------
    UnknownSiteError, RecordingArgumentError
        There is no such site or unit, or the noise is shorter than `lags`.
    Cancelled
        When `should_stop` says so.
    """
    places = unit_places(twin, site, units)
    network, n_before = twin.network, noise.n_frames - lags
    if lags < 1 or n_before < 0:
        raise RecordingArgumentError(
            f"A noise of {noise.n_frames} frames cannot show {lags} lags",
            f"give from 1 to {noise.n_frames} lags, or longer noise",
        )
    if around == "grey":
        frames = np.full((noise.n_frames, 1, *noise.shape), 127, dtype=np.uint8)
    else:
        frames = noise.frames()
    total = np.zeros((len(places), lags, *noise.shape))
    runs = list(runs_of(network, frames.shape[1]))
    for number, movies in enumerate(runs):
        shown = frames[:, movies]
        state = _state_after(network, shown[:n_before], site, should_stop)
        stimuli = _as_stimuli(network, shown[n_before:]).requires_grad_()
        with torch.enable_grad():  # whatever the caller has switched off
            last = network.respond(stimuli, site, state=state)[-1]
        for unit, (channel, row, column) in enumerate(places):
            check_stop(should_stop)
            with torch.enable_grad():
                response = last[:, channel, row, column].sum()
            (gradient,) = torch.autograd.grad(response, stimuli, retain_graph=True)
            # Lag 0 is the last frame.
            total[unit] += gradient.sum(dim=1).flip(0).to("cpu", torch.float64).numpy()
            report(progress, number * len(places) + unit + 1, len(runs) * len(places), "Gradients")
    values = (total / frames.shape[1]).astype(np.float32)
    remarks = [
        ""
        if np.any(value)
        else f"{name} has no receptive field on the monitor: nothing that was shown up to "
        f"{lags - 1} frames before changes its response."
        for name, value in zip(unit_names(site, places), values, strict=True)
    ]
    return describe_fields(
        values,
        np.sqrt(energy(smooth_gradient(values), ENVELOPE)),
        places,
        site,
        remarks,
        1,
        Provenance(
            "napari_nfm.recording.receptive_field_gradient",
            {"around": around, "lags": lags, "noise": asdict(noise)},
            {"site": site, "twin_fingerprint": twin.fingerprint},
        ),
    )


def smooth_gradient(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return gradients ``(..., y, x)`` as they are measured and drawn: without the finest grain."""
    from scipy.ndimage import gaussian_filter

    return gaussian_filter(values, SMOOTHING, mode="constant", axes=(-2, -1))


def runs_of(network: FNN, n_movies: int) -> Iterator[slice]:
    """Return which movies play in lockstep: one by one where the network is large, for memory."""
    step = 1 if is_worth_threads(network.architecture) else n_movies
    for start in range(0, n_movies, step):
        yield slice(start, min(start + step, n_movies))


def _state_after(
    network: FNN, frames: NDArray[np.uint8], site: str, should_stop: ShouldStop | None
) -> State | None:
    state = None
    for capture in network.capture(frames, (site,)):
        check_stop(should_stop)
        state = capture.state
    return state


def _as_stimuli(network: FNN, frames: NDArray[np.uint8]) -> Tensor:
    like = next(network.parameters())
    return torch.from_numpy(frames).to(like) / 255
