"""Whether two populations differ.

Bootstraps of one population are no independent samples: their number can be raised at will, and
with it the significance of any test that takes them for samples. So here units are exchanged
between the populations.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from napari_nfm.analysis.arguments import check_count
from napari_nfm.analysis.errors import AnalysisError
from napari_nfm.analysis.tubes.bootstrap import scores_of_versions
from napari_nfm.analysis.tubes.bundles import bundles_of
from napari_nfm.analysis.tubes.curves import FloatArray
from napari_nfm.analysis.tubes.outcome import TubularityTest, outcome_of
from napari_nfm.analysis.tubes.scores import weighted_mean
from napari_nfm.analysis.tubes.settings import TubularitySettings, settings_of
from napari_nfm.analysis.tubes.space import Population, population_of, z_scored
from napari_nfm.analysis.tubes.spread import quiet_and_single
from napari_nfm.jobs import Progress, ShouldStop
from napari_nfm.provenance import Provenance, name_or_given

__all__ = ["tubularity_difference"]


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
    check_count(n_permutations, "n_permutations")
    with quiet_and_single():
        pooled, n_first = _pooled(
            population_of(first, settings.categories), population_of(second, settings.categories)
        )
        _, bundles, _ = bundles_of(pooled.categories)
        members = np.zeros((n_permutations + 1, len(pooled.scores)), dtype=np.int64)
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
    return outcome_of(
        (tight, cross),
        lambda observed, null: np.abs(null) >= np.abs(observed) * (1 - 1e-12),
        Provenance.of(
            "napari_nfm.analysis.tubularity_difference",
            first,
            preset=name_or_given(preset),
            n_permutations=n_permutations,
            seed=seed,
            **changes,
        ),
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
    shape = first.present.shape
    present = np.arange(shape[2]) < frames.reshape(*shape[:2], 1)
    pooled = Population(np.concatenate(parts), first.present.copy(data=present))
    return pooled, len(first.scores)


def _with_frames(population: Population, frames: npt.NDArray[np.int64]) -> FloatArray:
    """Return z-scored rows with as many moments per curve, linear between those there are."""
    if (population.frames == frames).all():
        return population.scores
    curves = np.split(population.scores, np.cumsum(population.frames)[:-1], axis=1)
    parts = []
    for curve, count in zip(curves, frames, strict=True):
        places = np.linspace(0, curve.shape[1] - 1, count)
        before = np.minimum(places.astype(np.int64), curve.shape[1] - 2)
        share = places - before
        parts.append(curve[:, before] * (1 - share) + curve[:, before + 1] * share)
    return z_scored(np.concatenate(parts, axis=1))
