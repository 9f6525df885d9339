"""Tubularity and accuracy of all sites, beside what the study published."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from napari_nfm.figures.captioned import CaptionedFigure
from napari_nfm.figures.errors import FigureError
from napari_nfm.figures.parts import listed, number_panels, panel_grid
from napari_nfm.figures.style import FigureStyle
from napari_nfm.titles import REFERENCES, site_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from napari_nfm.analysis import Scorecard

__all__ = ["scores_figure"]

MEASURED = "#4477AA"
CLASSIFIERS = {"knn": ("o", MEASURED), "logistic": ("s", "#EE6677")}
"""Marker and colour of each classifier."""

PANEL_LETTERS = 22
"""Least width of a panel, in letters."""

TITLES = {"s_tight": "$S_{tight}$ (lower is tighter)", "s_cross": "$S_{cross}$ (lower is less)"}
PUBLISHED_NAMES = {"s_tight": "S_tight", "s_cross": "S_cross"}


def scores_figure(
    scorecard: Scorecard, *, published: bool = True, style: FigureStyle | None = None
) -> CaptionedFigure:
    """Draw the tubularity and the decoding accuracy of all sites.

    Filled marks with intervals are what was measured; hollow ones what Bertram et al. published of
    the same sites, and of retina and V1. They are not mixed: tables of both are apart.

    Parameters
    ----------
    scorecard
        From `napari_nfm.analysis.score_sites`.
    published
        Whether to draw the published values.
    style
        Size, letters and background.

    Raises
    ------
    FigureError
        No site could be scored.
    """
    style = style or FigureStyle()
    table = scorecard.table
    classifiers = [name for name in CLASSIFIERS if f"accuracy_{name}" in table]
    readouts = ["s_tight", *(f"accuracy_{name}" for name in classifiers)]
    if table[readouts].isna().all(axis=None):
        raise FigureError("No site could be scored", "see the reasons in the column why_not")
    labels = scorecard.provenance.parameters["labels"] or "stimulus"
    known = _published(table["site"], labels) if published else pd.DataFrame()
    shown = _Shown(table, known, _places(table["site"], known))
    n_panels = 2 + bool(classifiers)
    columns = style.across(n_panels, PANEL_LETTERS)
    rows = -(-n_panels // columns)
    with style.drawn(height_mm=rows * style.em(PANEL_LETTERS + 7)) as figure:
        panels = panel_grid(figure, n_panels, columns)
        for panel, quantity in zip(panels, TITLES, strict=False):
            _draw_scores(panel, quantity, shown, style)
        if classifiers:
            _draw_accuracy(panels[2], classifiers, shown, style)
        for panel in panels:
            panel.set_xticks(
                list(shown.places.values()), list(shown.places), rotation=50, ha="right"
            )
            panel.tick_params(axis="x", length=0)
            panel.set_xlim(-0.6, len(shown.places) - 0.4)
            for tick, title in zip(panel.get_xticklabels(), shown.places, strict=True):
                tick.set_rotation_mode("anchor")
                tick.set_fontstyle("italic" if title in REFERENCES else "normal")
        number_panels(panels, style)
    tables = {"scores": table}
    if len(known):
        tables["published"] = known.drop(columns="title")
    return CaptionedFigure(figure, _caption(scorecard, classifiers, known), tables)


def _published(sites: pd.Series, labels: str) -> pd.DataFrame:
    """Return the published values of these sites, and of the references."""
    from napari_nfm.analysis import published_scores

    known = published_scores()
    by_labels = known["labels"].eq(labels) | known["quantity"].str.endswith("accuracy")
    shown = known["site"].isin(sites) | known["population"].isin(REFERENCES)
    chosen = known[by_labels & shown]
    titles = chosen["site"].map(site_title).where(chosen["site"] != "", chosen["population"])
    return chosen.assign(title=titles).reset_index(drop=True)


def _places(sites: pd.Series, known: pd.DataFrame) -> dict[str, int]:
    """Return where each population is on the horizontal axis: references first, then the sites."""
    references = [name for name in REFERENCES if len(known) and name in set(known["title"])]
    return {title: place for place, title in enumerate([*references, *map(site_title, sites)])}


@dataclass(frozen=True)
class _Shown:
    """What is drawn: the measured, the published, and where each population is along x."""

    table: pd.DataFrame
    known: pd.DataFrame
    places: dict[str, int]

    def draw_measured(
        self,
        panel: Axes,
        column: str,
        marker: str,
        colour: str,
        *,
        shift: float = 0.0,
        label: str | None = None,
    ) -> None:
        """Draw a column of the table as filled marks with their intervals, if there are any."""
        table = self.table
        at = [self.places[site_title(site)] + shift for site in table["site"]]
        panel.vlines(at, table[f"{column}_low"], table[f"{column}_high"], color=colour)
        panel.plot(at, table[column], marker, color=colour, label=label)

    def draw_published(
        self,
        panel: Axes,
        quantity: str,
        marker: str,
        style: FigureStyle,
        *,
        shift: float = 0.0,
        colour: str | None = None,
    ) -> None:
        """Draw published values as hollow marks."""
        if not len(self.known):
            return
        rows = self.known[self.known["quantity"] == quantity]
        panel.plot(
            [self.places[title] + shift for title in rows["title"]],
            rows["value"],
            marker,
            mfc="none",
            mec=colour or style.ink,
            ms=style.font_size * 0.8,
            mew=style.font_size / 10,
        )


def _draw_scores(panel: Axes, quantity: str, shown: _Shown, style: FigureStyle) -> None:
    shown.draw_measured(panel, quantity, "o", MEASURED)
    shown.draw_published(panel, PUBLISHED_NAMES[quantity], "D", style)
    panel.set_yscale("log")
    panel.set_ylabel(TITLES[quantity])
    panel.grid(axis="y", which="major")
    if len(shown.known):
        panel.plot([], [], "o", color=MEASURED, label="measured here")
        panel.plot([], [], "D", mfc="none", color=style.ink, label="published")
        _legend_above(panel, 2)


def _draw_accuracy(panel: Axes, classifiers: list[str], shown: _Shown, style: FigureStyle) -> None:
    shifts = [0.0] if len(classifiers) == 1 else [-0.15, 0.15]
    for name, shift in zip(classifiers, shifts, strict=True):
        marker, colour = CLASSIFIERS[name]
        shown.draw_measured(panel, f"accuracy_{name}", marker, colour, shift=shift, label=name)
        shown.draw_published(panel, f"{name} accuracy", marker, style, shift=shift, colour=colour)
    chance = shown.table[["chance", "chance_low", "chance_high"]].dropna()
    if len(chance) and len(chance.drop_duplicates()) == 1:
        level, low, high = chance.iloc[0]
        panel.axhspan(low, high, color=style.muted, alpha=0.2, linewidth=0)
        panel.axhline(level, color=style.muted, linestyle="--")
        panel.annotate("chance", (-0.5, level), color=style.ink, va="bottom")
    if "accuracy" in "".join(shown.known.get("quantity", [])):
        panel.plot([], [], "o", mfc="none", color=style.ink, label="published")
    panel.set_ylim(0, 1.03)
    panel.set_ylabel("Decoding accuracy, all frames")
    _legend_above(panel, 3)


def _legend_above(panel: Axes, columns: int) -> None:
    panel.legend(
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=columns,
        borderaxespad=0.2,
        columnspacing=1,
        handletextpad=0.4,
    )


def _caption(scorecard: Scorecard, classifiers: list[str], known: pd.DataFrame) -> str:
    """Return what is shown, with the parameters, and what must be known to read it."""
    made = scorecard.provenance.parameters
    table = scorecard.table
    bundles = "stimulus categories" if made["labels"] is None else "HDBSCAN clusters of curves"
    dimensions = sorted(set(table["n_components"]) - {0})
    units = sorted(set(table["n_units"]) - {0})
    space = listed([str(count) for count in dimensions])
    sentences = [
        "Tubularity and decoding of each site. Tightness (S_tight) and crossing (S_cross) of the "
        f"decoding trajectories in {space} principal components of {_range(units)} z-scored units, "
        f"mean over bundles, which are {bundles} (preset {made['preset']!r}); logarithmic axes."
    ]
    if made["n_bootstrap"]:
        level = table["level"].dropna().iloc[0]
        sentences.append(
            f"Lines: {100 * level:g} % intervals of {made['n_bootstrap']} bootstraps over units "
            f"(seed {made['seed']})."
        )
    if classifiers:
        sentences.append(
            f"Accuracy of decoding the stimulus category from all frames ({listed(classifiers)}), "
            "with Wilson's 95 % intervals; grey: chance level and the central 95 % of guessing."
        )
    sentences += scorecard.remarks
    reasons = zip(table["site"], table["why_not"], strict=True)
    sentences += [f"{site_title(site)}: {why_not}" for site, why_not in reasons if why_not]
    if len(known):
        from napari_nfm.analysis import published_scores

        sources = listed(list(dict.fromkeys(known["source"])))
        sentences += [
            f"Hollow marks: published values, not measured here ({sources}).",
            *published_scores().attrs["notes"],
        ]
    return " ".join(sentences)


def _range(numbers: list[int]) -> str:
    """Return the smallest and the largest of numbers, as words."""
    low, high = min(numbers), max(numbers)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"
