"""Whether stimuli make bundles at all: the same curves with shuffled labels."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import numpy.typing as npt

from napari_nfm.analysis.arguments import check_count
from napari_nfm.analysis.errors import AnalysisError
from napari_nfm.analysis.tubes.bundles import bundles_of, labels_of
from napari_nfm.analysis.tubes.measure import resampled_curves
from napari_nfm.analysis.tubes.outcome import TubularityTest, outcome_of
from napari_nfm.analysis.tubes.scores import score_bundles, weighted_mean
from napari_nfm.analysis.tubes.settings import TubularitySettings, settings_of
from napari_nfm.analysis.tubes.spread import quiet_and_single
from napari_nfm.jobs import Progress, ShouldStop, check_stop, report
from napari_nfm.provenance import Provenance, name_or_given
from napari_nfm.side_by_side import side_by_side

__all__ = ["tubularity_null"]


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
    check_count(n_shuffles, "n_shuffles")
    with quiet_and_single():
        _, resampled, categories, *_ = resampled_curves(responses, curves, settings)
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
    return outcome_of(
        (tight, cross),
        lambda observed, null: null <= observed * (1 + 1e-12),
        Provenance.of(
            "napari_nfm.analysis.tubularity_null",
            responses if curves is None else curves,
            labels=name_or_given(labels),
            preset=name_or_given(preset),
            n_shuffles=n_shuffles,
            seed=seed,
            **changes,
        ),
    )
