"""The study's scores beside their variants and simpler measures, in one table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from napari_nfm.analysis.tubes import simpler
from napari_nfm.analysis.tubes.bundles import bundles_of, labels_of
from napari_nfm.analysis.tubes.centreline import centreline
from napari_nfm.analysis.tubes.measure import resampled_curves
from napari_nfm.analysis.tubes.scores import score_bundles, weighted_mean
from napari_nfm.analysis.tubes.settings import PRESETS, settings_of
from napari_nfm.analysis.tubes.spread import on_all_cores
from napari_nfm.provenance import Provenance, name_or_given

__all__ = ["TubeVariants", "tubularity_variants"]


@dataclass(frozen=True)
class TubeVariants:
    """Every measure of every bundle.

    Attributes
    ----------
    bundles
        One row per bundle, index ``bundle``. Columns: ``n_curves``; ``s_tight`` and ``s_cross``
        as in the study; ``s_tight_scale_free``, ``s_cross_scale_free``, ``s_tight_bin_wise``,
        ``s_tight_contextual`` (not where there is one bundle); ``straightness``, ``smoothness``,
        ``variance_explained``, ``warping_spread``, ``dimension``.
    means
        Of each column but the first, the mean over bundles, weighted by their curves.
    n_components
        Dimension of the space of the curves.
    provenance
        The call that made this result.
    """

    bundles: pd.DataFrame
    means: pd.Series
    n_components: int
    provenance: Provenance


def tubularity_variants(
    responses: Any = None, *, curves: Any = None, labels: Any = None, **changes: Any
) -> TubeVariants:
    """Measure bundles in all ways: the study's, its variants', and simpler ones.

    Parameters
    ----------
    responses, curves, labels
        As in `tubularity`.
    changes
        Settings that differ from the presets, in all of them alike, as ``n_components``.

    Returns
    -------
    TubeVariants
        A table by bundle, and the means.

    Raises
    ------
    AnalysisError
        As `tubularity`.
    """
    presets = {name: settings_of(name, **changes) for name in PRESETS}
    with on_all_cores() as spread:
        _, resampled, categories, *_ = resampled_curves(responses, curves, presets["study"], spread)
        names, bundles, _ = bundles_of(labels_of(labels, resampled, categories))
        if len(bundles) == 1:
            del presets["contextual"]
        scores = {
            name: score_bundles(resampled, bundles, settings, spread)
            for name, settings in presets.items()
        }
        along = np.linspace(0, 1, resampled.shape[1])
        lines = [
            centreline(resampled[members].mean(axis=0), along, presets["scale-free"])
            for members in bundles
        ]
    columns: dict[str, Any] = {"n_curves": [len(members) for members in bundles]}
    for name, found in scores.items():
        ending = "" if name == "study" else "_" + name.replace("-", "_")
        columns[f"s_tight{ending}"] = found.s_tight
        if name in ("study", "scale-free"):  # the others differ in tightness only
            columns[f"s_cross{ending}"] = found.s_cross
    each = [resampled[members] for members in bundles]
    columns["straightness"] = [simpler.straightness(curves) for curves in each]
    columns["smoothness"] = [simpler.smoothness(curves) for curves in each]
    columns["variance_explained"] = [
        simpler.variance_explained(curves, line) for curves, line in zip(each, lines, strict=True)
    ]
    columns["warping_spread"] = [simpler.warping_spread(curves) for curves in each]
    columns["dimension"] = [simpler.dimension(curves) for curves in each]
    table = pd.DataFrame(columns, index=pd.Index(names, name="bundle"))
    measures = table.drop(columns="n_curves")
    weighted = weighted_mean(measures.to_numpy().T, table["n_curves"].to_numpy())
    return TubeVariants(
        bundles=table,
        means=pd.Series(weighted, index=measures.columns),
        n_components=resampled.shape[2],
        provenance=Provenance.of(
            "napari_nfm.analysis.tubularity_variants",
            responses if curves is None else curves,
            labels=name_or_given(labels),
            **changes,
        ),
    )
