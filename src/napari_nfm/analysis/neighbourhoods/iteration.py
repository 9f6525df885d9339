"""Iterated adaptive neighbourhoods: scales, volume ratios, pruning, until nothing sticks out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from napari_nfm.analysis.neighbourhoods.adjacency import Adjacency
from napari_nfm.analysis.neighbourhoods.kernel import dense_kernel_sums
from napari_nfm.analysis.neighbourhoods.result import FloatArray, IntArray
from napari_nfm.analysis.neighbourhoods.volume import (
    KernelSums,
    Threshold,
    prune_threshold,
    quartiles,
    volume_ratios,
)
from napari_nfm.jobs import Progress, ShouldStop, check_stop, report

__all__ = ["Fit", "Objective", "Pruning", "first_factor", "fit_weighted", "prune", "tune"]

MEDIAN_TOLERANCE = 0.1
FACTOR_BOUNDS = (0.5, 1.0)
FIRST_FACTOR_BOUNDS = (0.55, 0.95)
MOST_BISECTIONS = 20
SHARE_PRUNED_AT_ONCE = 0.1


class Objective(Protocol):
    """A rule that gives every unit a scale such that the graph's edges are covered."""

    def scales(self, factor: float) -> FloatArray:
        """Return the scales ``(unit,)`` at a factor C; 0 for units without edges."""


@dataclass(frozen=True)
class Fit:
    """Scales at one factor C, and the volume ratios that they give.

    Attributes
    ----------
    factor
        The factor C.
    scales
        ``(unit,)``.
    ratios
        ``(unit,)``; 0 for disconnected units.
    median
        Median over the connected units.
    """

    factor: float
    scales: FloatArray
    ratios: FloatArray
    median: float


@dataclass(frozen=True)
class Pruning:
    """What the iteration did, and the scales at its end; see `GraphHistory`."""

    fits: list[Fit]
    thresholds: list[Threshold]
    pruned: list[IntArray]


def prune(
    adjacency: Adjacency,
    objective: Objective,
    squared_distances: FloatArray,
    *,
    progress: Progress | None,
    should_stop: ShouldStop | None,
) -> Pruning:
    """Prune edges from `adjacency` until no unit's volume ratio sticks out.

    Parameters
    ----------
    adjacency
        Gabriel graph; changed in place.
    objective
        Gives the scales of `adjacency` as it is.
    squared_distances
        ``(unit, unit)``, in units of the smallest.
    progress, should_stop
        See `napari_nfm.jobs`; both are asked once per iteration.
    """
    kernel_sums = KernelSums(squared_distances)

    def fit(factor: float) -> Fit:
        check_stop(should_stop)
        scales = objective.scales(factor)
        return _fit(factor, scales, kernel_sums.of(scales), adjacency.degree)

    pruning = Pruning([], [], [])
    factor = first_factor(adjacency)
    n_pruned = 0
    while True:
        current = tune(factor, fit)
        factor = current.factor
        threshold = prune_threshold(current.ratios)
        candidates = _candidates(current, threshold.value)
        pruned = _prune_candidates(adjacency, candidates)
        pruning.fits.append(current)
        pruning.thresholds.append(threshold)
        pruning.pruned.append(pruned)
        n_pruned += len(pruned)
        # How many are to come shows only as they go; those that stick out now are a lower bound.
        report(
            progress,
            n_pruned,
            n_pruned + len(candidates),
            f"Iteration {len(pruning.fits)}: {n_pruned} edges pruned, "
            f"median volume ratio {current.median:.2f}",
        )
        if not len(candidates):
            return pruning


def fit_weighted(
    adjacency: Adjacency, objective: Objective, squared_distances: FloatArray, factor: float
) -> Fit:
    """Return scales for which the rows of the weighted kernel have the right volume."""

    def fit(factor: float) -> Fit:
        scales = objective.scales(factor)
        sums = dense_kernel_sums(squared_distances, scales)
        return _fit(factor, scales, sums, adjacency.degree)

    return tune(factor, fit)


def first_factor(adjacency: Adjacency) -> float:
    """Return the factor C to begin with: how far the middle neighbour is beside the farthest."""
    return float(np.clip(np.median(adjacency.middle_to_farthest()), *FIRST_FACTOR_BOUNDS))


def tune(factor: float, fit: Callable[[float], Fit]) -> Fit:
    """Return the fit at a factor C, by bisection, at which the median volume ratio is near 1.

    Parameters
    ----------
    factor
        Factor to try first; it is kept if it will do.
    fit
        Gives the fit at a factor.
    """
    low, high = min(factor, FACTOR_BOUNDS[0]), max(factor, FACTOR_BOUNDS[1])
    current = fit(factor)
    for _ in range(MOST_BISECTIONS):
        if _acceptable(current, low, high):
            break
        if current.median > 1:
            high = current.factor
        else:
            low = current.factor
        current = fit((low + high) / 2)
    return current


def _acceptable(fit: Fit, low: float, high: float) -> bool:
    if abs(fit.median - 1) <= MEDIAN_TOLERANCE:
        return True
    return bool(np.isclose(fit.factor, low if fit.median > 1 else high))


def _fit(factor: float, scales: FloatArray, kernel_sums: FloatArray, degree: IntArray) -> Fit:
    ratios = volume_ratios(kernel_sums, degree)
    return Fit(factor, scales, ratios, float(quartiles(ratios)[1]))


def _candidates(fit: Fit, threshold: float) -> IntArray:
    """Return the units whose farthest edge may go, those with the largest volume ratio first.

    Where the median is too high, as many units as it takes to bring it down, if these are more.
    """
    count = int((fit.ratios > threshold).sum())
    highest_median = 1 + MEDIAN_TOLERANCE
    if fit.median > highest_median:
        connected = fit.ratios[fit.ratios > 0]
        count = max(count, len(connected) - 2 * int((connected < highest_median).sum()))
    return np.argsort(-fit.ratios, kind="stable")[:count]


def _prune_candidates(adjacency: Adjacency, candidates: IntArray) -> IntArray:
    """Prune the farthest edge of the first tenth of `candidates`; return the edges ``(edge, 2)``.

    A unit takes part in one edge at most.
    """
    if not len(candidates):
        return np.zeros((0, 2), dtype=np.int64)
    used: set[int] = set()
    pruned = []
    for unit in candidates[: max(1, int(SHARE_PRUNED_AT_ONCE * len(candidates)))].tolist():
        partner = adjacency.farthest(unit)
        if partner is None or unit in used or partner in used:
            continue
        adjacency.remove_farthest(unit)
        used.update((unit, partner))
        pruned.append(sorted((unit, partner)))
    return np.array(pruned, dtype=np.int64)
