"""Which units of a site are kept: activity-weighted, as in the study, or uniform."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from napari_nfm.recording.errors import SamplingError

__all__ = ["DEFAULT_SAMPLING", "Sampling", "draw_units"]


@dataclass(frozen=True)
class Sampling:
    """How units are sampled from a site.

    Feature maps are drawn first, without replacement and with probability in proportion to their
    mean peak response; then, in each map, positions in proportion to their own peak response
    (Bertram et al., arXiv 2601.21508). Maps and positions that never respond are never drawn.

    Parameters
    ----------
    maps
        Feature maps per site.
    units_per_map
        Positions per map. A site without maps (the output) gives ``maps * units_per_map`` units.
    by
        ``"activity"`` as above, or ``"uniform"``: every map and position that responds is equally
        likely.
    seed
        Seed of NumPy's legacy generator, as in the study; the global generator is left alone.
    like_study
        Handle everything as the study's code does: in a recording, its crop and channels; in
        sampling, the output's units uniformly whatever `by` says, and under ``"uniform"`` silent
        maps and positions too.

    Raises
    ------
    SamplingError
        Where a number is not positive, the seed is negative, or `by` is unknown.
    """

    maps: int = 40
    units_per_map: int = 50
    by: Literal["activity", "uniform"] = "activity"
    seed: int = 1
    like_study: bool = False

    def __post_init__(self) -> None:
        for name in ("maps", "units_per_map"):
            if getattr(self, name) < 1:
                raise SamplingError(
                    f"Sampling got {name}={getattr(self, name)!r}", "give a number of at least 1"
                )
        if not 0 <= self.seed < 2**32:
            raise SamplingError(
                f"Sampling got seed={self.seed!r}", "give an integer from 0 to 4294967295"
            )
        if self.by not in ("activity", "uniform"):
            raise SamplingError(
                f"Sampling got by={self.by!r}", "choose by='activity' or by='uniform'"
            )


DEFAULT_SAMPLING = Sampling()
"""The study's numbers: 50 units of each of 40 maps."""


def draw_units(
    peaks: NDArray[np.floating], sampling: Sampling, *, single: bool = False
) -> NDArray[np.int64]:
    """Draw units from the peak responses of a site.

    Parameters
    ----------
    peaks
        Peak response ``(channel, position)``: for every unit the maximum over sequences of its
        mean normalised response (see `normalised_mean`).
    sampling
        How to draw.
    single
        True for a site without maps, whose channels and positions are one list of units.

    Returns
    -------
    ndarray
        ``(unit, 2)``: channel and position, in the order drawn. No rows where nothing responds.
    """
    random = np.random.RandomState(sampling.seed)
    weights: NDArray[np.float64] = np.asarray(peaks, dtype=np.float64)
    if single:
        return _draw_single(random, weights, sampling)
    means = weights.mean(axis=1)
    n_maps = min(sampling.maps, _responding(means).size)
    channels = _draw(random, means, n_maps, sampling)
    drawn = [
        (
            channel,
            _draw(random, weights[channel], _positions(weights[channel], sampling), sampling),
        )
        for channel in channels
    ]
    pairs = [np.column_stack([np.full_like(chosen, channel), chosen]) for channel, chosen in drawn]
    return np.concatenate(pairs) if pairs else np.empty((0, 2), dtype=np.int64)


def _draw_single(
    random: np.random.RandomState, peaks: NDArray[np.float64], sampling: Sampling
) -> NDArray[np.int64]:
    wanted = sampling.maps * sampling.units_per_map
    if sampling.like_study:
        random.choice(1, 1, replace=False)  # the study draws the only map first
        units = random.choice(peaks.size, min(wanted, peaks.size), replace=False)
    else:
        flat = peaks.ravel()
        units = _draw(random, flat, min(wanted, _responding(flat).size), sampling)
    return np.column_stack(np.unravel_index(units, peaks.shape)).astype(np.int64)


def _positions(peaks: NDArray[np.float64], sampling: Sampling) -> int:
    available = peaks.size if _study_uniform(sampling) else _responding(peaks).size
    return min(sampling.units_per_map, available)


def _draw(
    random: np.random.RandomState, weights: NDArray[np.float64], size: int, sampling: Sampling
) -> NDArray[np.int64]:
    if _study_uniform(sampling):
        return random.choice(weights.size, size, replace=False)
    if sampling.by == "uniform":
        return random.choice(_responding(weights), size, replace=False)
    if size == 0:
        return np.empty(0, dtype=np.int64)
    return random.choice(weights.size, size, replace=False, p=weights / weights.sum())


def _study_uniform(sampling: Sampling) -> bool:
    return sampling.like_study and sampling.by == "uniform"


def _responding(weights: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return where `weights` are not zero within the study's tolerance."""
    return np.flatnonzero(~np.isclose(weights, 0))
