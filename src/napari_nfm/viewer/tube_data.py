"""Scores of tubularity, arranged for drawing beside published ones; pure, no Qt."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from napari_nfm.titles import REFERENCES, category_title, site_title
from napari_nfm.viewer.known_tubes import KnownTube, known_tubes
from napari_nfm.viewer.plans import TubeSettings
from napari_nfm.viewer.score_marks import BETTER, NAMES, Mark, Quantity

if TYPE_CHECKING:
    import pandas as pd

    from napari_nfm.analysis import Tubularity

__all__ = [
    "ScoreAxis",
    "ScorePage",
    "ScoreRow",
    "bundle_titles",
    "is_scored_with",
    "labels_of",
    "score_page",
    "space_in_words",
]

TITLES: dict[Quantity, str] = {
    name: f"{title} (← lower is {BETTER[name]})" for name, title in NAMES.items()
}


@dataclass(frozen=True)
class ScoreRow:
    """One population on the axis of a score.

    Attributes
    ----------
    title
        Its name for people.
    site
        Its name in the session, empty where it is not there.
    measured, selection
        The score of all units, and of the selected ones, as far as they are known.
    published
        What the study published for the population of this name, measured by others on others.
    """

    title: str
    site: str
    measured: Mark | None
    selection: Mark | None
    published: Mark | None


@dataclass(frozen=True)
class ScoreAxis:
    """All that is drawn along the axis of one score.

    Attributes
    ----------
    quantity
        Which score.
    title
        Its name, with the direction that is better.
    rows
        References first, then sites from the stimulus to the response.
    tubes
        Synthetic tubes, by their score.
    """

    quantity: Quantity
    title: str
    rows: tuple[ScoreRow, ...]
    tubes: tuple[KnownTube, ...]


@dataclass(frozen=True)
class ScorePage:
    """Both scores of all populations.

    Attributes
    ----------
    tight, cross
        The two axes, with the same rows.
    notes
        What must be known to read the published values; empty where none are shown.
    remarks
        Sentences on what is not shown, and why.
    """

    tight: ScoreAxis
    cross: ScoreAxis
    notes: tuple[str, ...]
    remarks: tuple[str, ...]


def score_page(
    scores: "Mapping[str, Tubularity]",
    *,
    site: str | None = None,
    selection: "Tubularity | None" = None,
    calibration: "pd.DataFrame | None" = None,
) -> ScorePage:
    """Arrange scores by site beside the published ones.

    Parameters
    ----------
    scores
        Tubularity by site.
    site
        The current site. Only sites that were scored as it was are shown with it.
    selection
        Tubularity of the selected units of `site`.
    calibration
        What `napari_nfm.analysis.tube_calibration` returns.
    """
    current = scores.get(site or "") or selection or next(iter(scores.values()), None)
    alike = {name: score for name, score in scores.items() if _scored_as(score, current)}
    remarks = []
    if len(alike) < len(scores):
        others = ", ".join(site_title(name) for name in scores if name not in alike)
        remarks.append(f"Scored in another way, and not shown beside it: {others}.")
    labels = "stimulus" if current is None else labels_of(current)
    comparable = current is None or _is_study(current)
    if not comparable:
        remarks.append("Published values are of the preset “study”, and not shown beside others.")
    published, notes = _published(labels) if comparable else ({}, ())
    chosen = {} if selection is None or site is None else {site: selection}
    populations = _populations((*alike, *chosen), published)

    def axis(quantity: Quantity) -> ScoreAxis:
        rows = tuple(
            ScoreRow(
                title=title,
                site=name,
                measured=Mark.of_mean(title, quantity, alike[name]) if name in alike else None,
                selection=(
                    Mark.of_mean(f"Selected units of {title}", quantity, chosen[name])
                    if name in chosen
                    else None
                ),
                published=published.get((quantity, title)),
            )
            for title, name in populations
        )
        tubes = () if calibration is None else known_tubes(calibration, quantity)
        return ScoreAxis(quantity, TITLES[quantity], rows, tubes)

    return ScorePage(axis("s_tight"), axis("s_cross"), notes, tuple(remarks))


def labels_of(score: "Tubularity") -> str:
    """Return what makes its bundles: "stimulus", "hdbscan" or "given"."""
    return str(score.provenance.parameters.get("labels") or "stimulus")


def bundle_titles(score: "Tubularity") -> list[str]:
    """Name each bundle for people: its stimulus, or its cluster."""
    names = [str(label) for label in score.labels]
    if labels_of(score) == "hdbscan":
        return [f"Cluster {name}" for name in names]
    return [category_title(name) for name in names]


def is_scored_with(score: "Tubularity", settings: TubeSettings) -> bool:
    """Return whether these settings would give the same scores."""
    return (
        labels_of(score) == settings.labels
        and score.provenance.parameters.get("preset") == settings.preset
        and score.settings.n_components == settings.n_components
    )


def space_in_words(score: "Tubularity") -> str:
    """Return the space in which the curves lie, in which alone the score means something."""
    n_components = score.n_components
    words = f"z-scored units, {n_components} principal component{'s' * (n_components != 1)}"
    ratio = score.explained_variance_ratio
    return (
        words if ratio is None else f"{words}, {100 * float(np.sum(ratio)):.0f} % of the variance"
    )


def _scored_as(score: "Tubularity", other: "Tubularity | None") -> bool:
    return (
        other is not None
        and score.settings == other.settings
        and labels_of(score) == labels_of(other)
    )


def _is_study(score: "Tubularity") -> bool:
    from napari_nfm.analysis.tubes import PRESETS

    return score.settings == PRESETS["study"]


def _published(labels: str) -> tuple[dict[tuple[Quantity, str], Mark], tuple[str, ...]]:
    """Return the published marks by quantity and title of the population, and their notes."""
    from napari_nfm.analysis import published_scores

    table = published_scores()
    marks: dict[tuple[Quantity, str], Mark] = {}
    for quantity, name in NAMES.items():
        rows = table[(table["labels"] == labels) & (table["quantity"] == name)]
        for row in rows.itertuples():
            title = site_title(str(row.site)) if row.site else str(row.population)
            meaning = f"{title}, published: {name} {row.value:.3g}\n{row.source}"
            marks[quantity, title] = Mark(float(str(row.value)), None, meaning)
    return marks, tuple(table.attrs["notes"]) if marks else ()


def _populations(
    sites: Iterable[str], published: Mapping[tuple[Quantity, str], Mark]
) -> list[tuple[str, str]]:
    """Return titles and names of all populations: references, then sites in the network's order."""
    from napari_nfm.fnn.site import TITLES as SITE_TITLES

    named = {_population_title(name): name for name in sites}
    known = {title for _, title in published} | set(named)
    order = [*REFERENCES, *SITE_TITLES.values()]
    ordered = [title for title in order if title in known]
    others = [title for title in named if title not in order]
    return [(title, named.get(title, "")) for title in (*ordered, *others)]


def _population_title(name: str) -> str:
    for reference in REFERENCES:
        if name.lower() == reference.lower():
            return reference
    return site_title(name)
