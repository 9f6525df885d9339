"""Receptive fields by reverse correlation: the average of noise, weighted by the response."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import torch
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from napari_nfm.fnn.twin import Twin
from napari_nfm.jobs import Progress, ShouldStop, check_stop, report
from napari_nfm.provenance import Provenance
from napari_nfm.recording.errors import RecordingArgumentError
from napari_nfm.recording.receptive_field_result import (
    IntArray,
    ReceptiveFields,
    describe_fields,
    unit_names,
    unit_places,
)
from napari_nfm.recording.receptive_field_shape import energy
from napari_nfm.recording.receptive_fields import LAGS, runs_of
from napari_nfm.stimuli.noise import BlockNoise

__all__ = ["NoiseResponses", "receptive_field_sta", "respond_to_noise", "spike_triggered_average"]

NOISE = BlockNoise()

SMOOTHING = 0.45
"""Blocks by which the squares of an average are smoothed where its shape is measured."""

POOLING = 0.7
"""Blocks by which they are smoothed where it is compared with chance."""

CHANCE = 8.0
"""Standard deviations by which the squares at the strongest place must exceed those that chance
gives. The strongest of 144 places lies at 3 to 5 by chance."""

FLAT = 1e-6
"""A response that varies by less than this share of its mean is rounding."""


@dataclass(frozen=True)
class NoiseResponses:
    """What units of one site do while noise plays.

    Attributes
    ----------
    values
        ``(unit, movie, time)`` float32, rectified.
    places
        ``(unit, 3)``: channel, row and column of each unit.
    site
        Name of the site.
    noise
        What was played.
    twin
        Fingerprint of the network.
    """

    values: NDArray[np.float32]
    places: IntArray
    site: str
    noise: BlockNoise
    twin: str


def receptive_field_sta(
    twin: Twin,
    site: str,
    units: ArrayLike | xr.DataArray,
    *,
    lags: int = LAGS,
    noise: BlockNoise = NOISE,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> ReceptiveFields:
    """Return units' response-weighted (spike-triggered) averages of noise.

    The same as `spike_triggered_average` of what `respond_to_noise` returns; see there.
    """
    played = respond_to_noise(
        twin, site, units, noise=noise, progress=progress, should_stop=should_stop
    )
    return spike_triggered_average(played, lags=lags)


def respond_to_noise(
    twin: Twin,
    site: str,
    units: ArrayLike | xr.DataArray,
    *,
    noise: BlockNoise = NOISE,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> NoiseResponses:
    """Play noise and return what units do; it costs the same for one unit and for thousands.

    Parameters are those of `receptive_field_gradient`.
    """
    places = unit_places(twin, site, units)
    channels, rows, columns = torch.from_numpy(places.T).to(twin.device)
    values = np.empty((len(places), noise.n_movies, noise.n_frames), dtype=np.float32)
    done, total = 0, noise.n_movies * noise.n_frames
    frames = noise.frames()
    for movies in runs_of(twin.network, noise.n_movies):
        for capture in twin.network.capture(frames[:, movies], (site,)):
            check_stop(should_stop)
            read = capture.activity[site][:, :, channels, rows, columns].clamp_min(0)
            stop = capture.start + len(read)
            values[:, movies, capture.start : stop] = read.permute(2, 1, 0).cpu().numpy()
            done += read.shape[0] * read.shape[1]
            report(progress, done, total, "Noise")
    return NoiseResponses(values, places, site, noise, twin.fingerprint)


def spike_triggered_average(
    played: NoiseResponses, units: Sequence[int] | None = None, *, lags: int = LAGS
) -> ReceptiveFields:
    """Return the averages of noise weighted by responses.

    With the response r, its mean m and the stimulus s relative to grey, it is
    ``mean of (r(t) - m) s(t - lag) / m`` over movies and frames. What chance gives is measured on
    frames that follow the response, which cannot have caused it.

    Parameters
    ----------
    played
        What the units did.
    units
        Positions of the wanted units in `played`; all where none are given.
    lags
        Frames up to the response that are looked at.

    Returns
    -------
    ReceptiveFields
        On the grid of the noise: y and x are the centres of its blocks.

    Raises
    ------
    RecordingArgumentError
        There is no such unit, or the noise is too short for so many lags.
    """
    noise = played.noise
    chosen = list(range(len(played.values)) if units is None else units)
    if not all(0 <= unit < len(played.values) for unit in chosen):
        raise RecordingArgumentError(
            f"The units {chosen!r} were not played noise",
            f"choose from 0 to {len(played.values) - 1}",
        )
    if not 1 <= lags < noise.n_frames / 2:
        raise RecordingArgumentError(
            f"A noise of {noise.n_frames} frames cannot be averaged over {lags} lags",
            "give fewer lags, at least 1, or longer noise",
        )
    responses, places = played.values[chosen].astype(np.float64), played.places[chosen]
    seen = slice(lags, noise.n_frames - lags)
    means = responses[..., seen].mean(axis=(1, 2))
    away = (responses[..., seen] - means[:, np.newaxis, np.newaxis]).reshape(len(chosen), -1)
    # Of a unit that never responds no quotient is taken.
    away *= noise.contrast / 2 / away.shape[1] / np.where(means > 0, means, 1.0)[:, np.newaxis]
    signs = noise.signs()

    def averaged(lag: int) -> NDArray[np.float64]:
        shown = signs[:, seen.start - lag : seen.stop - lag]
        return away @ shown.reshape(away.shape[1], -1).astype(np.float64)

    grid = (len(chosen), lags, *noise.n_blocks)
    values = np.stack([averaged(lag) for lag in range(lags)], axis=1).reshape(grid)
    after = np.stack([averaged(-1 - lag) for lag in range(lags)], axis=1)
    by_chance, found = (energy(part.reshape(grid), POOLING) for part in (after, values))
    expected, spread = by_chance.mean(axis=(1, 2)), by_chance.std(axis=(1, 2))
    strength = energy(values, SMOOTHING) - expected[:, np.newaxis, np.newaxis]
    remarks = []
    for unit, name in enumerate(unit_names(played.site, places)):
        if means[unit] <= 0:
            remarks.append(f"{name} never responds to the noise, so it has no average of it.")
        elif np.ptp(responses[unit, :, seen]) <= FLAT * means[unit]:
            remarks.append(f"{name} responds alike to all noise, so it has no average of it.")
        elif found[unit].max() < expected[unit] + CHANCE * spread[unit]:
            remarks.append(
                f"{name} has an average on noise that is not above chance; play more than "
                f"{noise.n_movies} movies of {noise.n_frames} frames."
            )
        else:
            remarks.append("")
    return describe_fields(
        values.astype(np.float32),
        np.sqrt(np.maximum(strength, 0)),
        places,
        played.site,
        remarks,
        noise.block,
        Provenance(
            "napari_nfm.recording.receptive_field_sta",
            {"lags": lags, "noise": asdict(noise)},
            {"site": played.site, "twin_fingerprint": played.twin},
        ),
    )
