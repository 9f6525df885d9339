"""All sites at once: tubularity, decoding accuracy and alignment, in tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from napari_nfm.analysis.accuracy import DecodingAccuracy, decoding_accuracy
from napari_nfm.analysis.arguments import check_choice, check_seed
from napari_nfm.analysis.classifiers import CLASSIFIERS, Classifier
from napari_nfm.analysis.comparing import alignment_matrix
from napari_nfm.analysis.errors import AnalysisError
from napari_nfm.analysis.responses import as_responses
from napari_nfm.analysis.score_columns import score_columns
from napari_nfm.analysis.tubes import Tubularity, TubularitySettings, tubularity
from napari_nfm.analysis.tubes.settings import settings_of
from napari_nfm.analysis.window_accuracy import full_window
from napari_nfm.jobs import Progress, ShouldStop, check_stop, part_of, report
from napari_nfm.provenance import Provenance, name_or_given
from napari_nfm.titles import site_title

__all__ = ["Scorecard", "score_sites"]


@dataclass(frozen=True)
class Scorecard:
    """The readouts of all sites.

    Attributes
    ----------
    table
        One row per site: units, space, scores with intervals, accuracies of the full window with
        intervals, chance level, and in ``why_not`` why something is missing.
    bundles
        One row per site and bundle.
    windows
        One row per site, classifier and window.
    columns
        What the columns of these three mean: ``table``, ``column``, ``unit``, ``meaning``.
    tubularity
        By site, of those that could be scored.
    accuracy
        By site and classifier, of those that could be decoded.
    alignment
        ``(first, second)``, Spearman correlation of the dissimilarities of stimuli between sites
        (`alignment` with "rsa"); None where there are not two sites with the same stimuli.
    remarks
        What must be known to read the scores, in sentences.
    provenance
        The call that made this result.
    """

    table: pd.DataFrame
    bundles: pd.DataFrame
    windows: pd.DataFrame
    columns: pd.DataFrame
    tubularity: Mapping[str, Tubularity]
    accuracy: Mapping[tuple[str, str], DecodingAccuracy]
    alignment: xr.DataArray | None
    remarks: tuple[str, ...]
    provenance: Provenance


def score_sites(
    responses_by_site: Mapping[str, Any],
    *,
    labels: str | None = None,
    preset: str | TubularitySettings = "study",
    classifiers: Sequence[Classifier] = CLASSIFIERS,
    n_bootstrap: int = 100,
    seed: int = 0,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
    **changes: Any,
) -> Scorecard:
    """Score tubularity, decoding accuracy and alignment of many sites or populations.

    Parameters
    ----------
    responses_by_site
        ``(unit, category, direction, time)`` by the name of the site or population.
    labels
        What makes a bundle: None for the stimulus category, or "hdbscan".
    preset, n_bootstrap, seed, changes
        As in `tubularity`; every site has the same.
    classifiers
        Of `decoding_accuracy`, in windows that grow and shrink.
    progress, should_stop
        See `napari_nfm.jobs`.

    Returns
    -------
    Scorecard
        A site that cannot be scored has a row that says why.

    Raises
    ------
    AnalysisError
        There is no site, or a setting is out of range.
    """
    if not responses_by_site:
        raise AnalysisError("There are no sites to score", "give responses of at least one")
    settings_of(preset, **changes)  # raises before the work begins
    check_seed(seed)
    if n_bootstrap < 0:
        raise AnalysisError(f"The argument n_bootstrap is {n_bootstrap}", "give 0 or more")
    for classifier in classifiers:
        check_choice("classifier", classifier, CLASSIFIERS)
    check_choice("labels", "stimulus" if labels is None else labels, ("stimulus", "hdbscan"))
    scored = [
        _score_site(
            site,
            responses,
            classifiers,
            {"labels": labels, "preset": preset, "seed": seed, **changes},
            n_bootstrap=n_bootstrap,
            progress=part_of(progress, place, len(responses_by_site)),
            should_stop=should_stop,
        )
        for place, (site, responses) in enumerate(responses_by_site.items())
    ]
    aligned, remarks = _alignment(scored)
    if len({each.n_units for each in scored if each.tubularity is not None}) > 1:
        remarks += (
            "Sites have unlike numbers of units, on which scores depend: compare those of as many "
            "units only.",
        )
    return Scorecard(
        table=pd.DataFrame([_row(each, classifiers) for each in scored]),
        bundles=_bundles(scored),
        windows=_windows(scored),
        columns=score_columns(tuple(classifiers)),
        tubularity={each.site: each.tubularity for each in scored if each.tubularity is not None},
        accuracy={
            (each.site, name): found for each in scored for name, found in each.accuracy.items()
        },
        alignment=aligned,
        remarks=remarks,
        provenance=Provenance.of(
            "napari_nfm.analysis.score_sites",
            next(iter(responses_by_site.values())),
            sites=list(responses_by_site),
            labels=labels,
            preset=name_or_given(preset),
            classifiers=list(classifiers),
            n_bootstrap=n_bootstrap,
            seed=seed,
            **changes,
        ),
    )


@dataclass(frozen=True)
class _SiteScores:
    """What could be had of one site, and why the rest could not."""

    site: str
    averaged: xr.DataArray | None
    tubularity: Tubularity | None
    accuracy: Mapping[str, DecodingAccuracy]
    reasons: Sequence[str]

    @property
    def n_units(self) -> int:
        return 0 if self.averaged is None else self.averaged.sizes["unit"]


def _score_site(
    site: str,
    responses: Any,
    classifiers: Sequence[Classifier],
    arguments: Mapping[str, Any],
    *,
    n_bootstrap: int,
    progress: Progress | None,
    should_stop: ShouldStop | None,
) -> _SiteScores:
    """Score one site, tubularity with `arguments`; what cannot be had becomes a reason."""
    check_stop(should_stop)
    try:
        averaged = full_window(as_responses(responses))
    except AnalysisError as error:
        return _SiteScores(site, None, None, {}, [str(error)])
    parts, title = 1 + len(classifiers), site_title(site)
    reasons: list[str] = []
    found: Tubularity | None = None
    accuracy: dict[str, DecodingAccuracy] = {}
    report(part_of(progress, 0, parts), 0, 1, title)
    try:
        found = tubularity(
            responses,
            n_bootstrap=n_bootstrap,
            progress=_of_site(title, part_of(progress, 0, parts)),
            should_stop=should_stop,
            **arguments,
        )
    except AnalysisError as error:
        reasons.append(str(error))
    for number, classifier in enumerate(classifiers, start=1):
        try:
            accuracy[classifier] = decoding_accuracy(
                responses,
                classifier=classifier,
                progress=_of_site(title, part_of(progress, number, parts)),
                should_stop=should_stop,
            )
        except AnalysisError as error:
            reasons.append(str(error))
    report(progress, 1, 1, title)
    return _SiteScores(site, averaged, found, accuracy, list(dict.fromkeys(reasons)))


def _of_site(title: str, progress: Progress | None) -> Progress | None:
    """Return a progress whose messages begin with the site."""
    if progress is None:
        return None
    return lambda done, total, message="": progress(done, total, f"{title}: {message.lower()}")


def _row(scored: _SiteScores, classifiers: Sequence[str]) -> dict[str, Any]:
    """Return a row of the table of sites."""
    found = scored.tubularity
    row: dict[str, Any] = {"site": scored.site, "n_units": scored.n_units}
    row["n_bundles"] = 0 if found is None else len(found.labels)
    row["n_curves"] = 0 if found is None else int(found.n_curves.sum())
    row["n_components"] = 0 if found is None else found.n_components
    ratio = None if found is None else found.explained_variance_ratio
    row["variance_explained"] = np.nan if ratio is None else float(ratio.sum())
    for name in ("s_tight", "s_cross"):
        row[name] = np.nan if found is None else getattr(found, f"mean_{name}")
        bounds = None if found is None else getattr(found, f"interval_mean_{name}")
        row[f"{name}_low"], row[f"{name}_high"] = (np.nan, np.nan) if bounds is None else bounds
    bootstraps = None if found is None else found.bootstrap_s_tight
    row["level"] = np.nan if found is None or bootstraps is None else found.level
    row["n_bootstrap"] = 0 if bootstraps is None else len(bootstraps)
    chance = (np.nan, np.nan, np.nan)
    for name in classifiers:
        accuracy = scored.accuracy.get(name)
        values = (np.nan, np.nan, np.nan)
        if accuracy is not None:
            window = accuracy.growing
            low, high = window.interval.values[-1].tolist()
            values = (float(window.mean[-1]), low, high)
            chance = (accuracy.chance, *accuracy.chance_interval)
        for bound, value in zip(("", "_low", "_high"), values, strict=True):
            row[f"accuracy_{name}{bound}"] = value
    row |= dict(zip(("chance", "chance_low", "chance_high"), chance, strict=True))
    return row | {"why_not": " ".join(scored.reasons)}


def _bundles(scored: Sequence[_SiteScores]) -> pd.DataFrame:
    """Return one row per site and bundle."""
    tables = [
        each.tubularity.table().reset_index().assign(site=each.site)
        for each in scored
        if each.tubularity is not None
    ]
    return _joined(tables, "site", "bundle")


def _joined(tables: Sequence[pd.DataFrame], *first: str) -> pd.DataFrame:
    """Return the rows of all tables, these columns first; without rows where there are none."""
    if not tables:
        return pd.DataFrame({name: [] for name in first})
    table = pd.concat(tables, ignore_index=True)
    return table[[*first, *(name for name in table if name not in first)]]


def _windows(scored: Sequence[_SiteScores]) -> pd.DataFrame:
    """Return one row per site, classifier and window."""
    tables = [
        accuracy.table().assign(site=each.site)
        for each in scored
        for accuracy in each.accuracy.values()
    ]
    return _joined(tables, "site")


def _alignment(scored: Sequence[_SiteScores]) -> tuple[xr.DataArray | None, tuple[str, ...]]:
    """Return the alignment between sites, of their mean responses, and what is to be said of it."""
    averaged = {
        each.site: each.averaged for each in scored if each.tubularity is not None or each.accuracy
    }
    if len(averaged) < 2:
        return None, ()
    try:
        return alignment_matrix(averaged), ()
    except AnalysisError as error:
        return None, (f"Sites are not aligned with each other. {error}",)
