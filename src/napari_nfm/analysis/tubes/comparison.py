"""Whether two populations differ, and whether stimuli make bundles at all.

Bootstraps of one population are no independent samples: their number can be raised at will, and
with it the significance of any test that takes them for samples. So here labels are exchanged:
those of units between two populations, or those of curves between stimuli.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from napari_nfm.analysis.errors import AnalysisError
from napari_nfm.analysis.tubes.bootstrap import scores_of_versions
from napari_nfm.analysis.tubes.bundles import bundles_of, labels_of
from napari_nfm.analysis.tubes.curves import FloatArray
from napari_nfm.analysis.tubes.measure import quiet_and_single, resampled_curves
from napari_nfm.analysis.tubes.scores import score_bundles, weighted_mean
from napari_nfm.analysis.tubes.settings import TubularitySettings, settings_of
from napari_nfm.analysis.tubes.space import Population, population_of, z_scored
from napari_nfm.jobs import Progress, ShouldStop, check_stop, report
from napari_nfm.provenance import Provenance
from napari_nfm.side_by_side import side_by_side

__all__ = ["TubularityTest", "tubularity_difference", "tubularity_null"]


@dataclass(frozen=True)
class TubularityTest:
    """Observed scores beside those that chance gives.

    Attributes
    ----------
    s_tight, s_cross
        What was observed: a mean score, or the first population's minus the second's.
    null_s_tight, null_s_cross
        ``(permutation,)``, the same after labels were exchanged.
    p_s_tight, p_s_cross
        How often chance gives what was observed or more extreme; never below one in the number
        of permutations plus one.
    provenance
        The call that made this result.
    """

    s_tight: float
    s_cross: float
    null_s_tight: FloatArray
    null_s_cross: FloatArray
    p_s_tight: float
    p_s_cross: float
    provenance: Provenance


def tubularity_difference(
    first: Any,
    second: Any,
    *,
    preset: str | TubularitySettings = "study",
    n_permutations: int = 499,
    seed: int = 0,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
    **changes: Any,
) -> TubularityTest:
    """Test whether two populations differ in tubularity, by exchanging units between them.

    Two-sided. Bundles are the stimulus categories.

    Parameters
    ----------
    first, second
        ``(unit, category, direction, time)``, responses of two sites, or of a site and a
        reference population, to the same stimuli. If one has more frames, it is interpolated to
        those of the other, from first to last.
    preset, changes
        As in `tubularity`.
    n_permutations
        How often all units are dealt out anew, as many to each population as it has.
    seed
        Of the permutations.
    progress, should_stop
        See `napari_nfm.jobs`.

    Returns
    -------
    TubularityTest
        The first population's mean scores minus the second's.

    Raises
    ------
    AnalysisError
        The populations have not the same stimuli, or cannot be scored.

    Notes
    -----
    The hypothesis tested is that the units of both are drawn from one pool. Bertram et al.
    (arXiv 2601.21508) compare bootstrap values by a rank test as if they were samples.
    """
    settings = settings_of(preset, **changes)
    _check_count("n_permutations", n_permutations)
    with quiet_and_single():
        pooled, n_first = _pooled(
            population_of(first, settings.categories), population_of(second, settings.categories)
        )
        _, bundles, _ = bundles_of(pooled.categories)
        members = np.zeros((n_permutations + 1, pooled.scores.shape[1]), dtype=np.int64)
        members[:, :n_first] = 1
        members[1:] = np.random.default_rng(seed).permuted(members[1:], axis=1)
        tight, cross = scores_of_versions(
            pooled,
            np.concatenate([members, 1 - members]),
            bundles,
            settings,
            message="Permuting",
            progress=progress,
            should_stop=should_stop,
        )
    sizes = np.array([len(curves) for curves in bundles])
    tight, cross = (
        np.subtract(*np.split(weighted_mean(scores, sizes), 2)) for scores in (tight, cross)
    )
    return _test_of(
        (tight, cross),
        lambda observed, null: np.abs(null) >= np.abs(observed) * (1 - 1e-12),
        Provenance.of(
            "napari_nfm.analysis.tubularity_difference",
            first,
            preset=preset if isinstance(preset, str) else "given",
            n_permutations=n_permutations,
            seed=seed,
            **changes,
        ),
    )


def tubularity_null(
    responses: Any = None,
    *,
    curves: Any = None,
    labels: Any = None,
    preset: str | TubularitySettings = "study",
    n_shuffles: int = 499,
    seed: int = 0,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
    **changes: Any,
) -> TubularityTest:
    """Test whether bundles are tighter than any of the same curves, by shuffling the labels.

    One-sided: how often shuffled labels give scores as low or lower.

    Parameters
    ----------
    responses, curves, labels, preset, changes
        As in `tubularity`.
    n_shuffles
        How often labels are dealt out anew to the curves; bundles keep their sizes.
    seed
        Of the shuffles.
    progress, should_stop
        See `napari_nfm.jobs`.

    Returns
    -------
    TubularityTest
        The mean scores over bundles.

    Raises
    ------
    AnalysisError
        As `tubularity`, or there is only one bundle, in which no label can be exchanged.
    """
    settings = settings_of(preset, **changes)
    _check_count("n_shuffles", n_shuffles)
    with quiet_and_single():
        _, resampled, categories, _ = resampled_curves(responses, curves, settings)
        _, bundles, _ = bundles_of(labels_of(labels, resampled, categories))
        if len(bundles) < 2:
            raise AnalysisError(
                "There is one bundle, and shuffling its labels changes nothing",
                "give curves of two or more stimuli",
            )
        sizes = np.array([len(members) for members in bundles])
        together, ends = np.concatenate(bundles), np.cumsum(sizes)[:-1]
        orders = np.tile(together, (n_shuffles + 1, 1))
        orders[1:] = np.random.default_rng(seed).permuted(orders[1:], axis=1)
        finished: list[int] = []

        def score(number: int, order: npt.NDArray[np.int64], stop: ShouldStop) -> list[float]:
            check_stop(stop)
            scores = score_bundles(resampled, np.split(order, ends), settings)
            finished.append(number)
            report(progress, len(finished), len(orders), "Shuffling")
            means = weighted_mean(np.stack([scores.s_tight, scores.s_cross]), sizes)
            return means.tolist()

        results = side_by_side(score, list(orders), os.cpu_count() or 1, should_stop)
    tight, cross = np.array(results).T
    return _test_of(
        (tight, cross),
        lambda observed, null: null <= observed * (1 + 1e-12),
        Provenance.of(
            "napari_nfm.analysis.tubularity_null",
            responses if curves is None else curves,
            labels=labels if labels is None or isinstance(labels, str) else "given",
            preset=preset if isinstance(preset, str) else "given",
            n_shuffles=n_shuffles,
            seed=seed,
            **changes,
        ),
    )


def _test_of(
    scores: tuple[FloatArray, FloatArray],
    extreme: Callable[[float, FloatArray], npt.NDArray[np.bool_]],
    made: Provenance,
) -> TubularityTest:
    """Put together a test from scores of which the first is the observed one."""
    tight, cross = scores

    def share(values: FloatArray) -> float:
        return float((1 + extreme(values[0], values[1:]).sum()) / len(values))

    return TubularityTest(
        s_tight=float(tight[0]),
        s_cross=float(cross[0]),
        null_s_tight=tight[1:],
        null_s_cross=cross[1:],
        p_s_tight=share(tight),
        p_s_cross=share(cross),
        provenance=made,
    )


def _pooled(first: Population, second: Population) -> tuple[Population, int]:
    """Return both populations as one, and how many units are the first's."""
    if len(first.frames) != len(second.frames):
        raise AnalysisError(
            f"The populations have {len(first.frames)} and {len(second.frames)} curves",
            "give responses to the same categories and directions",
        )
    names = [set(map(str, population.categories)) for population in (first, second)]
    if names[0] == names[1] and (first.categories != second.categories).any():
        raise AnalysisError(
            "The populations have the same categories in another order",
            "put the categories of both in the same order",
        )
    frames = np.minimum(first.frames, second.frames)
    parts = [_with_frames(population, frames) for population in (first, second)]
    pooled = Population(np.concatenate(parts, axis=1), frames, first.categories)
    return pooled, first.scores.shape[1]


def _with_frames(population: Population, frames: npt.NDArray[np.int64]) -> FloatArray:
    """Return z-scored rows with as many moments per curve, linear between those there are."""
    if (population.frames == frames).all():
        return population.scores
    curves = np.split(population.scores, np.cumsum(population.frames)[:-1])
    parts = []
    for curve, count in zip(curves, frames, strict=True):
        places = np.linspace(0, len(curve) - 1, count)
        before = np.minimum(places.astype(np.int64), len(curve) - 2)
        share = (places - before)[:, np.newaxis]
        parts.append(curve[before] * (1 - share) + curve[before + 1] * share)
    return z_scored(np.concatenate(parts))


def _check_count(name: str, count: int) -> None:
    if count < 1:
        raise AnalysisError(f"The argument {name} is {count}", "give at least one")
