"""How much the tubularity of sites, and their order, hangs on the constants of the scores."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from napari_nfm.analysis.arguments import check_choice
from napari_nfm.analysis.errors import AnalysisError
from napari_nfm.analysis.tubes.measure import tubularity
from napari_nfm.analysis.tubes.orders import agreement, in_order
from napari_nfm.analysis.tubes.settings import TubularitySettings, settings_of
from napari_nfm.jobs import Progress, ShouldStop, check_stop, report
from napari_nfm.provenance import Provenance, name_or_given

__all__ = ["Sensitivity", "tubularity_sensitivity"]

SCORES = ("s_tight", "s_cross")
LABELS = ("stimulus", "hdbscan")


@dataclass(frozen=True)
class Sensitivity:
    """Scores of sites with one setting varied at a time.

    Attributes
    ----------
    table
        One row per setting, value and site. ``setting``: "quantile", "n_bins", "smoothing",
        "n_components" or "labels"; ``value``: what it was set to, as text; ``is_preset``: whether
        the preset has this value; ``site``; ``s_tight`` and ``s_cross``: means over bundles, NaN
        where ``why_not`` says why.
    ordering
        One row per setting, value and score: the sites from the lowest score, tied ones joined by
        "=".
    kendall
        One row per setting, value and score: Kendall's tau-b between the order of sites and that
        of the preset, from -1 (reversed) to 1 (the same), over the ``n_sites`` that both score;
        NaN where ``why_not`` says why.
    provenance
        The call that made this result.
    """

    table: pd.DataFrame
    provenance: Provenance

    @cached_property
    def ordering(self) -> pd.DataFrame:
        """One row per setting, value and score: the sites from the lowest score."""
        return pd.DataFrame(
            {**named, "order": in_order(scores)} for named, scores, _ in self._compared()
        )

    @cached_property
    def kendall(self) -> pd.DataFrame:
        """One row per setting, value and score: agreement with the preset's order of sites."""
        return pd.DataFrame(
            {**named, **agreement(scores, preset)} for named, scores, preset in self._compared()
        )

    def _compared(self) -> Iterator[tuple[dict[str, Any], pd.Series, pd.Series]]:
        """Yield setting, value and score, with the scores of sites and those of the preset."""
        for setting, rows in self.table.groupby("setting", sort=False):
            preset = rows[rows["is_preset"]].set_index("site")
            for value, some in rows.groupby("value", sort=False):
                about = {"setting": setting, "value": value, "is_preset": some["is_preset"].all()}
                for score in SCORES:
                    named = about | {"score": score}
                    yield named, some.set_index("site")[score], preset[score]


def tubularity_sensitivity(
    responses_by_site: Mapping[str, Any],
    *,
    quantiles: Sequence[float] = (0.5, 0.75, 0.9, 0.95),
    n_bins: Sequence[int] = (10, 25, 50, 100),
    smoothing: Sequence[float] = (0.001, 0.01, 0.1, 1.0),
    n_components: Sequence[int] = (3, 5, 10, 20),
    labels: Sequence[str] = LABELS,
    preset: str | TubularitySettings = "study",
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> Sensitivity:
    """Score sites with the constants of tubularity varied, one at a time.

    Parameters
    ----------
    responses_by_site
        ``(unit, category, direction, time)`` by the name of the site or population.
    quantiles
        Of the distances in a bin, the radius.
    n_bins
        Bins along the curves.
    smoothing
        Of the centreline, in the unit of the preset.
    n_components
        Dimensions of the space; a site of fewer units has as many as units.
    labels
        What makes a bundle: "stimulus", or "hdbscan" for clusters of curves.
    preset
        As in `tubularity`: the values of all settings but the one that is varied. Its own value
        of each is always among those tried; its bundles are those of the stimulus.
    progress, should_stop
        See `napari_nfm.jobs`; a step is one score of one site.

    Returns
    -------
    Sensitivity
        Scores, orders and their agreement. A site that a setting cannot score says why.

    Raises
    ------
    AnalysisError
        There is no site, none can be scored, or a setting is out of range.

    Notes
    -----
    Components are computed once per site: the first of many are those of a smaller space.
    """
    settings = settings_of(preset)
    varied: dict[str, Sequence[Any]] = {
        "quantile": quantiles,
        "n_bins": n_bins,
        "smoothing": smoothing,
        "n_components": n_components,
    }
    tried = [
        (name, value, each, LABELS[0])
        for name, values in varied.items()
        for value, each in sorted(_with_each(settings, name, values).items())
    ]
    for label in labels:
        check_choice("labels", label, LABELS)
    bundled = [label for label in LABELS if label == LABELS[0] or label in labels]
    tried += [("labels", label, settings, label) for label in bundled]
    if not responses_by_site:
        raise AnalysisError("There are no sites to score", "give responses of at least one")
    widest = max(each.n_components for _, _, each, _ in tried)
    total = len(tried) * len(responses_by_site)
    rows: list[dict[str, Any]] = []
    for site, responses in responses_by_site.items():
        curves, reason = _curves(responses, replace(settings, n_components=widest))
        scored: dict[tuple[TubularitySettings, str], dict[str, Any]] = {}
        for name, value, each, label in tried:
            check_stop(should_stop)
            report(progress, len(rows), total, f"{site}: {name}")
            if (each, label) not in scored:
                scored[each, label] = _scores(curves, reason, each, label)
            is_preset = each == settings and label == LABELS[0]
            about = {"setting": name, "value": str(value), "is_preset": is_preset, "site": site}
            rows.append(about | scored[each, label])
    report(progress, total, total, "")
    table = pd.DataFrame(rows)
    if table[list(SCORES)].isna().all(axis=None):
        raise AnalysisError("No site could be scored", f"mend the first: {rows[0]['why_not']}")
    return Sensitivity(
        table=_by_setting(table, [(name, str(value)) for name, value, _, _ in tried]),
        provenance=Provenance.of(
            "napari_nfm.analysis.tubularity_sensitivity",
            next(iter(responses_by_site.values())),
            sites=list(responses_by_site),
            quantiles=list(quantiles),
            n_bins=list(n_bins),
            smoothing=list(smoothing),
            n_components=list(n_components),
            labels=list(labels),
            preset=name_or_given(preset),
            **({} if isinstance(preset, str) else {"preset_settings": asdict(settings)}),
        ),
    )


def _with_each(
    settings: TubularitySettings, name: str, values: Sequence[Any]
) -> dict[Any, TubularitySettings]:
    """Return settings by each of the values of one of them, its present value among them."""
    changed = [settings, *(settings_of(settings, **{name: value}) for value in values)]
    return {getattr(each, name): each for each in changed}


def _curves(responses: Any, settings: TubularitySettings) -> tuple[xr.DataArray | None, str]:
    """Return trajectories ``(category, direction, time, component)``, or None and why not."""
    try:
        return tubularity(responses, preset=settings).trajectories, ""
    except AnalysisError as error:
        return None, str(error)


def _scores(
    curves: xr.DataArray | None, reason: str, settings: TubularitySettings, label: str
) -> dict[str, Any]:
    """Return both scores of a site, or why there are none."""
    if curves is not None:
        try:
            found = tubularity(
                curves=curves.isel(component=slice(settings.n_components)),
                labels=None if label == LABELS[0] else label,
                preset=settings,
            )
            return {
                "s_tight": found.mean_s_tight,
                "s_cross": found.mean_s_cross,
                "why_not": "",
            }
        except AnalysisError as error:
            reason = str(error)
    return {"s_tight": np.nan, "s_cross": np.nan, "why_not": reason}


def _by_setting(table: pd.DataFrame, order: Sequence[tuple[str, str]]) -> pd.DataFrame:
    """Return the rows by setting and value, and within by site, in the order given."""
    places = {each: place for place, each in enumerate(order)}
    key = [places[each] for each in zip(table["setting"], table["value"], strict=True)]
    return table.iloc[np.argsort(key, kind="stable")].reset_index(drop=True)
