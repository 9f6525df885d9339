"""All sites side by side, arranged for drawing; pure, no Qt."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from napari_nfm.titles import site_title
from napari_nfm.viewer.cells import Cell, Column, Sheet
from napari_nfm.viewer.score_marks import Mark, Quantity

if TYPE_CHECKING:
    from napari_nfm.analysis import EncodingManifold, Scorecard

__all__ = [
    "COLUMNS",
    "AlignmentPage",
    "alignment_page",
    "comparison_sheet",
    "comparison_table",
]

FloatArray = npt.NDArray[np.float64]

COLUMNS = {
    "site": Column("Site", "recording site, or population"),
    "n_units": Column("Units", "units that were sampled; scores of unlike numbers do not compare"),
    "accuracy_knn": Column(
        "k-NN (%)", "stimuli decoded rightly by 3 nearest neighbours, all frames, and 95 %"
    ),
    "accuracy_logistic": Column(
        "Logistic (%)", "stimuli decoded rightly by logistic regression, all frames, and 95 %"
    ),
    "s_tight": Column("S_tight", "mean radius of the tubes over their length: lower is tighter"),
    "s_cross": Column(
        "S_cross (10⁻⁶)", "how much trajectories cross, in millionths: lower is less"
    ),
    "clusters": Column("Clusters", "density clusters of units on the encoding manifold"),
    "same_map": Column(
        "Same map", "neighbours of a unit in the graph that are of its own feature map, mean"
    ),
    "other_map": Column(
        "Other map", "neighbours of a unit in the graph that are of other feature maps, mean"
    ),
    "alignment": Column(
        "Alignment", "rank correlation of stimulus dissimilarities with all other sites, mean"
    ),
}
NO_MANIFOLD = "Compute the encoding manifold of this site in the dock Explore, step Analyse."


@dataclass(frozen=True)
class AlignmentPage:
    """How alike sites are.

    Attributes
    ----------
    titles
        The sites.
    scores
        ``(site, site)``, at most 1.
    """

    titles: tuple[str, ...]
    scores: FloatArray


def comparison_table(
    card: "Scorecard", manifolds: "Mapping[str, EncodingManifold]"
) -> pd.DataFrame:
    """Return one row per site with all that is compared, NaN where it is not known."""
    names = ["site", "n_units", "s_tight", "s_tight_low", "s_tight_high", "s_cross", "s_cross_low"]
    names += ["s_cross_high", "accuracy_knn", "accuracy_knn_low", "accuracy_knn_high"]
    names += ["accuracy_logistic", "accuracy_logistic_low", "accuracy_logistic_high", "why_not"]
    table = card.table[names].copy()
    known = [_of_manifold(manifolds.get(site)) for site in table["site"]]
    for place, name in enumerate(("clusters", "same_map", "other_map")):
        table[name] = [values[place] for values in known]
    table["alignment"] = _mean_alignment(card)
    return table


def comparison_sheet(card: "Scorecard", manifolds: "Mapping[str, EncodingManifold]") -> Sheet:
    """Return the table of all sites for people."""
    rows = comparison_table(card, manifolds).to_dict("records")
    return Sheet(tuple(COLUMNS.values()), tuple(_cells(row) for row in rows))


def alignment_page(card: "Scorecard") -> AlignmentPage | None:
    """Return how alike the sites are, or None where they do not compare."""
    if card.alignment is None:
        return None
    titles = tuple(site_title(str(name)) for name in card.alignment["first"].values)
    return AlignmentPage(titles, card.alignment.values.astype(np.float64))


def _of_manifold(manifold: "EncodingManifold | None") -> tuple[float, float, float]:
    """Return the clusters, and the mean neighbours of the own and of other feature maps."""
    if manifold is None:
        return np.nan, np.nan, np.nan
    from scipy.sparse import coo_array

    from napari_nfm.analysis import graph_statistics

    clusters = manifold.units["cluster"]
    n_clusters = float(clusters[clusters >= 0].nunique())
    if "channel" not in manifold.units or not len(manifold.edges):
        return n_clusters, np.nan, np.nan
    row, column = np.concatenate([manifold.edges, manifold.edges[:, ::-1]]).T
    n_units = len(manifold.units)
    links = coo_array((np.ones(len(row)), (row, column)), shape=(n_units, n_units))
    counted = graph_statistics(links, manifold.units["channel"].to_numpy()).units
    return n_clusters, counted["same_group"].mean(), counted["other_group"].mean()


def _mean_alignment(card: "Scorecard") -> list[float]:
    """Return the mean alignment of each site with all others."""
    if card.alignment is None:
        return [np.nan] * len(card.table)
    others = card.alignment.where(~np.eye(len(card.alignment), dtype=bool)).mean("second")
    by_site = others.to_series()
    return [float(by_site.get(site, np.nan)) for site in card.table["site"]]


def _cells(row: Mapping) -> tuple[Cell, ...]:
    why_not, title = str(row["why_not"]), site_title(str(row["site"]))
    return (
        Cell(title, str(row["site"]), why_not),
        Cell.number(row["n_units"], ",d"),
        *(_accuracy(row, name, title, why_not) for name in ("accuracy_knn", "accuracy_logistic")),
        _score(row, "s_tight", title, why_not),
        _score(row, "s_cross", title, why_not, scale=1e6),
        Cell.number(row["clusters"], ".0f", NO_MANIFOLD),
        Cell.number(row["same_map"], ".1f", NO_MANIFOLD),
        Cell.number(row["other_map"], ".1f", NO_MANIFOLD),
        Cell.number(row["alignment"], ".2f", "There are not two sites with the same stimuli."),
    )


def _score(row: Mapping, quantity: Quantity, title: str, why_not: str, scale: float = 1.0) -> Cell:
    if np.isnan(row[quantity]):
        return Cell.number(np.nan, why_missing=why_not)
    bounds = (row[f"{quantity}_low"], row[f"{quantity}_high"])
    interval = None if np.isnan(bounds[0]) else bounds
    mark = Mark.of(title, quantity, row[quantity], interval, 0.95)
    return Cell.mark(mark, scale=scale)


def _accuracy(row: Mapping, name: str, title: str, why_not: str) -> Cell:
    value, low, high = (100 * row[f"{name}{bound}"] for bound in ("", "_low", "_high"))
    if np.isnan(value):
        return Cell.number(np.nan, why_missing=why_not)
    meaning = f"{title}: {value:.0f} % decoded rightly, 95 % {low:.0f} to {high:.0f} %"
    return Cell.mark(Mark(value, (low, high), meaning), ".0f")
