"""How much scores, and the order of sites, hang on the constants of tubularity."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from napari_nfm.figures.captioned import CaptionedFigure
from napari_nfm.figures.parts import MARKERS, listed, look_handles, number_panels
from napari_nfm.figures.style import FigureStyle
from napari_nfm.palette import CategoryLook, many_looks
from napari_nfm.titles import site_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from napari_nfm.analysis import Sensitivity

__all__ = ["sensitivity_figure"]

SETTINGS = {
    "quantile": "Quantile",
    "n_bins": "Bins",
    "smoothing": "Smoothing",
    "n_components": "Components",
    "labels": "Bundles by",
}
TITLES = {"s_tight": "$S_{tight}$", "s_cross": "$S_{cross}$"}
SCORES = {"s_tight": CategoryLook("#4477AA", "disc"), "s_cross": CategoryLook("#EE6677", "square")}
"""Look of each score where the orders of sites are compared."""

ROW_LETTERS = 15
"""Height of a row of panels, in letters."""

LEGEND_COLUMN_LETTERS = 14


def sensitivity_figure(
    sensitivity: Sensitivity, *, style: FigureStyle | None = None
) -> CaptionedFigure:
    """Draw the scores of all sites with one setting varied at a time, and their agreement.

    A column of panels per setting: tightness and crossing of each site, and below Kendall's tau
    between the order of sites and that of the preset, whose value is marked.

    Parameters
    ----------
    sensitivity
        From `napari_nfm.analysis.tubularity_sensitivity`.
    style
        Size, letters and background.
    """
    style = style or FigureStyle()
    table, kendall = sensitivity.table, sensitivity.kendall
    sites = list(table["site"].unique())
    looks = many_looks(sites)
    settings = [name for name in SETTINGS if name in set(table["setting"])]
    ordered = bool(kendall["tau"].notna().any())
    rows = len(TITLES) + ordered
    legend_columns = style.across(len(sites) + ordered * len(SCORES), LEGEND_COLUMN_LETTERS)
    height = style.em((rows * ROW_LETTERS) + 3 * -(-len(sites) // legend_columns) + 4)
    with style.drawn(height_mm=height) as figure:
        grid = figure.subplots(rows, len(settings), sharex="col", sharey="row", squeeze=False)
        for column, name in enumerate(settings):
            some = table[table["setting"] == name]
            values = list(some["value"].unique())
            for row, score in enumerate(TITLES):
                _draw_scores(grid[row, column], some, values, score, sites, looks)
            if ordered:
                _draw_agreement(grid[-1, column], kendall[kendall["setting"] == name], style)
            preset = values.index(some.loc[some["is_preset"], "value"].iloc[0])
            for panel in grid[:, column]:
                panel.axvspan(preset - 0.4, preset + 0.4, color=style.muted, alpha=0.2, lw=0)
            grid[-1, column].set_xticks(range(len(values)), values)
            grid[-1, column].set_xlim(-0.5, len(values) - 0.5)
            grid[-1, column].set_xlabel(SETTINGS[name])
        for row, title in enumerate(TITLES.values()):
            grid[row, 0].set_ylabel(title)
        handles = look_handles(looks, list(map(site_title, sites)), line=True)
        if ordered:
            grid[-1, 0].set_ylabel("Kendall's τ with preset")
            grid[-1, 0].set_ylim(-1.1, 1.1)
            handles += look_handles(list(SCORES.values()), [f"τ of {TITLES[n]}" for n in SCORES])
        figure.legend(handles=handles, loc="outside lower left", ncols=legend_columns)
        number_panels(list(grid[:, 0]), style)
    return CaptionedFigure(
        figure, _caption(sensitivity, ordered), {"sensitivity": table, "kendall": kendall}
    )


def _draw_scores(
    panel: Axes,
    table: pd.DataFrame,
    values: list[str],
    score: str,
    sites: list[str],
    looks: tuple[CategoryLook, ...],
) -> None:
    """Draw a line per site over the values of one setting."""
    by_site = table.pivot(index="value", columns="site", values=score).reindex(values)
    for site, look in zip(sites, looks, strict=True):
        positive = by_site[site].where(by_site[site] > 0)  # nothing crosses: below any axis
        panel.plot(np.arange(len(values)), positive, color=look.colour, marker=MARKERS[look.symbol])
    if (by_site > 0).any(axis=None):
        panel.set_yscale("log")


def _draw_agreement(panel: Axes, kendall: pd.DataFrame, style: FigureStyle) -> None:
    """Draw Kendall's tau of both scores over the values of one setting."""
    panel.axhline(0, color=style.muted, linestyle=":")
    for shift, (score, look) in zip((-0.12, 0.12), SCORES.items(), strict=True):
        tau = kendall.loc[kendall["score"] == score, "tau"]
        at = np.arange(len(tau)) + shift
        panel.plot(at, tau, MARKERS[look.symbol], color=look.colour)


def _caption(sensitivity: Sensitivity, ordered: bool) -> str:
    """Return what is shown, and the least agreement of each score."""
    made, table, kendall = (
        sensitivity.provenance.parameters,
        sensitivity.table,
        sensitivity.kendall,
    )
    titles = listed([site_title(site) for site in table["site"].unique()])
    sentences = [
        f"Tightness (S_tight) and crossing (S_cross) of {titles} with one constant of tubularity "
        f"varied at a time; grey: its value in the preset {made['preset']!r}. Logarithmic axes, "
        "on which a score of 0 has no place."
    ]
    if ordered:
        sentences.append(
            "Below: Kendall's tau-b between the order of sites and that of the preset, 1 where the "
            "order is the same, -1 where it is reversed."
        )
        for score in SCORES:
            known = kendall[(kendall["score"] == score) & kendall["tau"].notna()]
            if len(known):
                sentences.append(_least(known, score))
    else:
        sentences.append(f"There is no order to compare: {kendall['why_not'].iloc[0]}.")
    reasons = table[table["why_not"] != ""]
    sentences += [
        f"Not scored: {site_title(row['site'])} with {row['setting']} {row['value']}: "
        f"{row['why_not']}"
        for _, row in reasons.head(3).iterrows()
    ]
    if len(reasons) > 3:
        sentences.append(f"So are {len(reasons) - 3} more, see the table.")
    return " ".join(sentences)


def _least(kendall: pd.DataFrame, score: str) -> str:
    """Return where the order by a score agrees least with the preset's."""
    least = kendall.iloc[int(kendall["tau"].argmin())]
    if least["tau"] == 1:
        return f"By {score} the order is the same throughout."
    return (
        f"By {score} it agrees least with {least['setting']} {least['value']}: {least['tau']:.2f}."
    )
