"""Scores of many versions of one population: units drawn again, or dealt out anew."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from napari_nfm.analysis.tubes.curves import FloatArray, resample
from napari_nfm.analysis.tubes.scores import score_bundles
from napari_nfm.analysis.tubes.settings import TubularitySettings
from napari_nfm.analysis.tubes.space import Population, project
from napari_nfm.jobs import Progress, ShouldStop, check_stop, report
from napari_nfm.side_by_side import side_by_side

__all__ = ["bootstrap_weights", "scores_of_versions"]


def bootstrap_weights(n_units: int, n_bootstrap: int, seed: int) -> npt.NDArray[np.int64]:
    """Return how often each unit is drawn, ``(bootstrap, unit)``, as many as there are in all."""
    drawn = np.random.default_rng(seed).integers(n_units, size=(n_bootstrap, n_units))
    return np.stack([np.bincount(units, minlength=n_units) for units in drawn])


def scores_of_versions(
    population: Population,
    weights: npt.NDArray,
    bundles: Sequence[npt.NDArray[np.int64]],
    settings: TubularitySettings,
    *,
    message: str = "Bootstrapping",
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Return tightness and crossing ``(version, bundle)`` of a population with unit weights.

    Parameters
    ----------
    population
        Z-scored responses.
    weights
        ``(version, unit)``, how often each unit is in each version.
    bundles
        For each bundle the numbers of its curves.
    settings
        What the scores consist of.
    message
        What to tell `progress`.
    progress, should_stop
        See `napari_nfm.jobs`.
    """
    finished: list[int] = []

    def score(number: int, version: npt.NDArray, stop: ShouldStop) -> tuple[FloatArray, FloatArray]:
        check_stop(stop)
        curves, _ = project(population, settings.n_components, version)
        scores = score_bundles(resample(curves, settings.n_points), bundles, settings)
        finished.append(number)
        report(progress, len(finished), len(weights), message)
        return scores.s_tight, scores.s_cross

    report(progress, 0, len(weights), message)
    results = side_by_side(score, list(weights), os.cpu_count() or 1, should_stop)
    tight, cross = zip(*results, strict=True)
    return np.stack(tight), np.stack(cross)
