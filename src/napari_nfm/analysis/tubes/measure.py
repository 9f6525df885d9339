"""Tubularity of a population: from responses or curves to scores with intervals."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from napari_nfm.analysis.errors import AnalysisError
from napari_nfm.analysis.tubes.bootstrap import bootstrap_weights, scores_of_versions
from napari_nfm.analysis.tubes.bundles import bundles_of, labels_of
from napari_nfm.analysis.tubes.curves import as_curves, resample
from napari_nfm.analysis.tubes.result import Tubularity
from napari_nfm.analysis.tubes.scores import score_bundles
from napari_nfm.analysis.tubes.settings import TubularitySettings, settings_of
from napari_nfm.analysis.tubes.space import Population, in_time, population_of, project
from napari_nfm.analysis.tubes.spread import on_all_cores
from napari_nfm.jobs import Progress, ShouldStop
from napari_nfm.provenance import Provenance, name_or_given
from napari_nfm.side_by_side import Spread

__all__ = ["resampled_curves", "tubularity"]


def tubularity(
    responses: Any = None,
    *,
    curves: Any = None,
    labels: Any = None,
    preset: str | TubularitySettings = "study",
    n_bootstrap: int = 0,
    seed: int = 0,
    level: float = 0.95,
    interval: str = "centred",
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
    **changes: Any,
) -> Tubularity:
    """Measure how tightly the trajectories of each stimulus form a tube, and how they cross.

    Lower is tighter, and lower is less crossing.

    Parameters
    ----------
    responses
        ``(unit, category, direction, time)``. Units are z-scored and the population states put
        in principal components; there is one curve per category and direction. Moments at which
        all units are NaN (padding) are left out.
    curves
        Instead of responses, ``(..., time, component)`` or a sequence of arrays
        ``(time, component)`` of any lengths.
    labels
        Which bundle each curve belongs to: None for its stimulus category (of curves: all but
        the second axis before time, or one bundle), "hdbscan" to cluster curves by their
        distance, or one label per curve. Single curves and label -1 are left out.
    preset
        "study", "scale-free", "bin-wise", "contextual", or a `TubularitySettings`.
    n_bootstrap
        How often units are drawn with replacement; bundles stay as they are.
    seed
        Of the bootstrap.
    level
        Share of the bootstraps that the intervals hold.
    interval
        "percentile": percentiles of the bootstraps. "centred": the same, scaled so that the
        bootstraps' mean is the score. Units that are drawn twice bring no new noise, so that
        bootstraps score higher than what they are drawn from, and percentiles miss the truth.
    progress, should_stop
        See `napari_nfm.jobs`.
    changes
        Settings that differ from the preset, by the names of `TubularitySettings`.

    Returns
    -------
    Tubularity
        Scores of each bundle, their mean, and what the picture of the tubes needs.

    Raises
    ------
    AnalysisError
        Both or neither of `responses` and `curves` are given, they cannot be used, no bundle has
        two curves, a centreline has no length, or a setting is out of range.

    Notes
    -----
    With ``preset="study"`` as in Bertram et al. (arXiv 2601.21508) and their public code, but for
    an exact decomposition, a seed, and HDBSCAN's noise, which is no bundle here. Fewer units than
    components make a space of as many dimensions as units.
    """
    settings = settings_of(preset, **changes)
    if n_bootstrap < 0 or not 0 < level < 1:
        raise AnalysisError(
            f"The arguments n_bootstrap and level are {n_bootstrap} and {level}",
            "give a count from 0 on and a share between 0 and 1",
        )
    if interval not in ("centred", "percentile"):
        raise AnalysisError(
            f"The argument interval is {interval!r}", "choose 'centred' or 'percentile'"
        )
    with on_all_cores() as spread:
        population, resampled, categories, ratio, trajectories = resampled_curves(
            responses, curves, settings, spread
        )
        if population is None and n_bootstrap:
            raise AnalysisError(
                "Curves have no units to draw a bootstrap from", "give responses instead"
            )
        curve_labels = labels_of(labels, resampled, categories)
        names, bundles, left_out = bundles_of(curve_labels)
        scores = score_bundles(resampled, bundles, settings, spread)
        tight = cross = None
        if population is not None and n_bootstrap:
            weights = bootstrap_weights(len(population.scores), n_bootstrap, seed)
            tight, cross = scores_of_versions(
                population, weights, bundles, settings, progress=progress, should_stop=should_stop
            )
    return Tubularity(
        labels=names,
        n_curves=np.array([len(members) for members in bundles]),
        s_tight=scores.s_tight,
        s_cross=scores.s_cross,
        epsilon=scores.epsilon,
        lengths=scores.lengths,
        radius_profile=scores.radius_profile,
        centrelines=scores.centrelines,
        curves=resampled,
        curve_labels=curve_labels,
        trajectories=trajectories,
        left_out=left_out,
        explained_variance_ratio=ratio,
        bootstrap_s_tight=tight,
        bootstrap_s_cross=cross,
        level=level,
        interval=interval,
        settings=settings,
        provenance=Provenance.of(
            "napari_nfm.analysis.tubularity",
            responses if curves is None else curves,
            labels=name_or_given(labels),
            preset=name_or_given(preset),
            n_bootstrap=n_bootstrap,
            seed=seed,
            level=level,
            interval=interval,
            **changes,
        ),
    )


def resampled_curves(
    responses: Any, curves: Any, settings: TubularitySettings, spread: Spread = map
) -> tuple[Population | None, np.ndarray, np.ndarray, np.ndarray | None, xr.DataArray | None]:
    """Return population, curves equally spaced, their categories, variance ratios, and in time."""
    if (responses is None) == (curves is None):
        raise AnalysisError(
            "Tubularity needs either responses or curves, and both or neither were given",
            "give one of them",
        )
    if curves is not None:
        given = as_curves(curves)
        categories = _categories_of_curves(curves, len(given))
        return None, resample(given, settings.n_points), categories, None, None
    population = population_of(responses, settings.categories, spread)
    projected, ratio = project(population, settings.n_components, spread=spread)
    resampled = resample(projected, settings.n_points)
    in_order = in_time(population, projected)
    return population, resampled, population.categories, ratio, in_order


def _categories_of_curves(curves: Any, n_curves: int) -> np.ndarray:
    """Return the category of each curve ``(curve,)``; all the same where they have none."""
    shape: tuple[int, ...] = getattr(curves, "shape", ())
    if len(shape) != 4:
        return np.zeros(n_curves, dtype=np.int64)
    coordinates = getattr(curves, "coords", {})
    named = "category" in coordinates and curves.dims[0] == "category"
    names = coordinates["category"].values if named else np.arange(shape[0])
    return np.repeat(names, shape[1])
