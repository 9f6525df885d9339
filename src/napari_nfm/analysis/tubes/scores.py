"""How tight bundles of curves are, and how much their curves cross."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from napari_nfm.analysis.errors import AnalysisError
from napari_nfm.analysis.tubes.centreline import centreline, lengths_of
from napari_nfm.analysis.tubes.crossing import crossing
from napari_nfm.analysis.tubes.curves import FloatArray
from napari_nfm.analysis.tubes.settings import TubularitySettings
from napari_nfm.side_by_side import Spread

__all__ = ["BundleScores", "score_bundles", "weighted_mean"]

LENGTH_POINTS = 400
"""Points of a centreline between which its length is measured. For the tightness the study takes
four per bin, and 200 at least."""

TINY = 1e-12
"""What the study adds to a length before it divides."""


@dataclass(frozen=True)
class BundleScores:
    """Scores of each bundle: the arrays of `Tubularity` that have an axis ``bundle``."""

    s_tight: FloatArray
    s_cross: FloatArray
    epsilon: FloatArray
    lengths: FloatArray
    radius_profile: FloatArray
    centrelines: FloatArray


def score_bundles(
    resampled: FloatArray,
    bundles: Sequence[npt.NDArray[np.int64]],
    settings: TubularitySettings,
    spread: Spread = map,
) -> BundleScores:
    """Measure bundles of curves.

    Parameters
    ----------
    resampled
        ``(curve, point, component)``, equally spaced along each curve.
    bundles
        For each bundle the numbers of its curves, two or more.
    settings
        What the scores consist of.
    spread
        `map`, or that of a pool of threads.

    Raises
    ------
    AnalysisError
        The centreline of a bundle has no length, or there is no other bundle to compare with.
    """
    curves = [resampled[members] for members in bundles]
    edges = np.linspace(0, 1, settings.n_bins + 1)
    centres = (edges[:-1] + edges[1:]) / 2
    fine = np.linspace(0, 1, LENGTH_POINTS)
    by_bins = np.linspace(0, 1, max(LENGTH_POINTS // 2, 4 * settings.n_bins))
    wanted = [fine, by_bins, centres, edges]
    at, places = np.unique(np.concatenate(wanted), return_inverse=True)
    # In turns, as splines leave Python free for a thread that is at a crossing.
    pieces = [
        piece
        for some in curves
        for piece in (
            partial(centreline, some.mean(axis=0), at, settings),
            partial(crossing, some),
        )
    ]
    measured = list(spread(lambda piece: piece(), pieces))
    lines, crossings = np.stack(measured[::2])[:, places], np.array(measured[1::2])
    ends = np.cumsum([len(some) for some in wanted])[:-1]
    fine_lines, by_bins_lines, centre_lines, edge_lines = np.split(lines, ends, axis=1)
    lengths = lengths_of(fine_lines)
    size = np.abs(resampled - resampled.mean(axis=(0, 1))).max()
    if (lengths <= TINY * size).any() or size == 0:
        raise AnalysisError(
            f"The curves of {(lengths <= TINY * size).sum()} of {len(bundles)} bundles have a "
            "centreline without length",
            "leave out stimuli to which no unit responds",
        )
    profile = radius_profiles(curves, centre_lines, edges, settings.quantile)
    return BundleScores(
        s_tight=_tightness(profile, by_bins_lines, centre_lines, edge_lines, settings),
        s_cross=crossings[:, 0] / (lengths + TINY if settings.crossing_unit == "length" else 1),
        epsilon=crossings[:, 1],
        lengths=lengths,
        radius_profile=profile,
        centrelines=fine_lines,
    )


def radius_profiles(
    curves: Sequence[FloatArray], centrelines: FloatArray, edges: FloatArray, quantile: float
) -> FloatArray:
    """Return the quantile of the distances to the centreline, ``(bundle, bin)``.

    Parameters
    ----------
    curves
        Of each bundle, ``(curve, point, component)``.
    centrelines
        ``(bundle, bin, component)``, where each centreline is in the middle of each bin.
    edges
        ``(bin + 1,)``, from 0 to 1. The last bin includes its end; an empty bin has radius 0.
    quantile
        Linear between the distances of all curves' points in the bin.
    """
    along = np.linspace(0, 1, curves[0].shape[1])
    bins = np.clip(np.searchsorted(edges, along, side="right") - 1, 0, len(edges) - 2)
    first = np.searchsorted(bins, np.arange(len(edges)))
    n_points = np.diff(first)
    sizes = np.array([len(some) for some in curves])
    radii = np.zeros((len(curves), len(n_points)))
    for size in np.unique(sizes):  # bundles and bins that hold as many points, all at once
        bundles = np.flatnonzero(sizes == size)
        stacked = np.stack([some for some in curves if len(some) == size])
        distances = np.linalg.norm(stacked - centrelines[bundles, np.newaxis][:, :, bins], axis=3)
        for count in np.unique(n_points[n_points > 0]):
            alike = np.flatnonzero(n_points == count)
            inside = distances[:, :, first[alike, np.newaxis] + np.arange(count)]
            radii[np.ix_(bundles, alike)] = np.quantile(inside, quantile, axis=(1, 3))
    return radii


def weighted_mean(scores: FloatArray, weights: npt.NDArray[np.int64]) -> FloatArray:
    """Return the mean over the last axis, ``bundle``, weighted by the bundles' curves."""
    return (scores * weights).sum(axis=-1) / weights.sum()


def _tightness(
    profile: FloatArray,
    by_bins_lines: FloatArray,
    centre_lines: FloatArray,
    edge_lines: FloatArray,
    settings: TubularitySettings,
) -> FloatArray:
    """Return the mean radius of each bundle in the unit of the settings, ``(bundle,)``."""
    lengths = lengths_of(by_bins_lines)
    if settings.tightness_unit == "length":
        return profile.mean(axis=1) / (lengths + TINY)
    if settings.tightness_unit == "bin-length":
        steps = np.linalg.norm(np.diff(edge_lines, axis=1), axis=2) * settings.n_bins
        # The median, as one bin in which a centreline turns back would outweigh all others.
        return np.median(profile / np.maximum(steps, TINY * lengths[:, np.newaxis]), axis=1)
    return profile.mean(axis=1) / _room(centre_lines)


def _room(lines: FloatArray) -> FloatArray:
    """Return the mean distance of each centreline to the nearest other one, ``(bundle,)``.

    At the same share of the length, as in a branch of the study's code that it does not use.
    """
    if len(lines) < 2:
        raise AnalysisError(
            "The contextual score needs a second bundle and there is one",
            "give curves of two or more bundles, or choose another preset",
        )
    apart = np.stack([np.linalg.norm(lines - line, axis=2).mean(axis=1) for line in lines])
    np.fill_diagonal(apart, np.inf)
    room = apart.min(axis=1)
    if not room.all():
        raise AnalysisError("Two bundles have the same centreline", "join them into one bundle")
    return room
