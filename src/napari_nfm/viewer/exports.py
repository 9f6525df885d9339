"""What can be saved of readouts: tables of what is shown, and figures for print; no Qt."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from napari_nfm.viewer.accuracy_data import accuracy_page
from napari_nfm.viewer.compare_data import COLUMNS, comparison_table
from napari_nfm.viewer.explained_csv import write_explained_csv
from napari_nfm.viewer.radius_data import Profile, profiles
from napari_nfm.viewer.score_marks import Mark
from napari_nfm.viewer.tube_data import ScoreAxis, ScorePage

if TYPE_CHECKING:
    from napari_nfm.analysis import DecodingAccuracy, EncodingManifold, Scorecard, Tubularity
    from napari_nfm.analysis.removal import RemovalSweep
    from napari_nfm.analysis.subpopulations import SubpopulationComparison
    from napari_nfm.analysis.tubes.sensitivity import Sensitivity
    from napari_nfm.figures import CaptionedFigure

__all__ = [
    "Export",
    "accuracy_exports",
    "comparison_exports",
    "radius_exports",
    "removal_exports",
    "score_exports",
    "sensitivity_exports",
]

TABLE, FIGURE = "Table (*.csv)", "Figure (*.svg *.pdf *.png)"
INTERVAL = "bound of the bootstrap interval over units, empty without bootstraps"
MEANINGS = {
    "population": "recording site, or population",
    "origin": "measured: here; selection: the selected units, here; published: Bertram et al. 2026",
    "score": "s_tight: lower is tighter; s_cross: lower is less crossing",
    "value": "the score; or what a setting was set to",
    "low": f"lower {INTERVAL}",
    "high": f"upper {INTERVAL}",
    "bundle": "stimulus category, or cluster, whose trajectories form the tube",
    "place": "where along the tube, from 0 at the start to 1 at the end",
    "radius": "quantile of the distances to the centreline, in z-scored units",
    "radius_by_length": "the same, as a share of the centreline's length",
    "windows": "growing: frame 0 to `frame`; shrinking: `frame` to the last",
    "frame": "at which the window ends or begins, from 0",
    "chance": "accuracy of guessing",
    "n_units": "units of the population, or units that are left",
    "n_removed": "units that were removed",
    "share": "share of the units in the order that were removed",
    "why_not": "why a readout is missing; empty where none is",
    "setting": "what was varied; all others are as in the preset",
    "is_preset": "whether the preset has this value",
    "site": "recording site, or population",
    "order": "sites from the lowest score; = joins tied ones",
    "tau": "Kendall's agreement with the order of the preset, 1 the same, -1 reversed",
    "n_sites": "sites that both score",
}
ALIGNMENT_MEANINGS = {
    "first": "a site",
    "second": "the site that it is aligned with",
    "alignment": "rank correlation of their dissimilarities of stimuli",
}
READOUTS = {
    "s_tight": "S_tight, lower is tighter",
    "s_cross": "S_cross, lower is less crossing",
    "accuracy": "share of samples whose category is decoded, all frames",
}
for _name, _meaning in READOUTS.items():
    MEANINGS |= {
        _name: _meaning,
        f"{_name}_low": f"lower bound of the 95 % interval of {_name}",
        f"{_name}_high": f"upper bound of the 95 % interval of {_name}",
        f"random_{_name}": f"mean {_name} when as many random units are removed",
        f"random_{_name}_low": f"lower bound of 95 % of the random removals' {_name}",
        f"random_{_name}_high": f"upper bound of 95 % of the random removals' {_name}",
        f"p_{_name}": f"how often chance gives a {_name} as far from the random removals' mean",
    }


@dataclass(frozen=True)
class Export:
    """Something that can be saved.

    Attributes
    ----------
    title
        What it is, for a menu.
    name
        Proposed name of the file.
    kind
        Kinds of files, as a dialogue takes them.
    write
        Writes it to a file of one of these kinds.
    """

    title: str
    name: str
    kind: str
    write: Callable[[Path], object]


def score_exports(page: ScorePage) -> tuple[Export, ...]:
    """Return what can be saved of the scores that `page` shows: one row per mark."""
    rows = [row for axis in (page.tight, page.cross) for row in _marks(axis)]
    return (_table("Scores shown", "tubularity.csv", pd.DataFrame(rows)),)


def radius_exports(score: "Tubularity", site: str) -> tuple[Export, ...]:
    """Return what can be saved of the radii along the tubes of `site`."""
    from napari_nfm.figures import radius_profile_figure

    table = pd.concat([_radii(bundle) for bundle in profiles(score)], ignore_index=True)
    return (
        _table("Radii along the tubes", f"radius_{site}.csv", table),
        _figure(
            "Figure of the radii",
            f"radius_{site}.svg",
            partial(radius_profile_figure, score, site=site),
        ),
    )


def accuracy_exports(accuracy: "DecodingAccuracy", site: str) -> tuple[Export, ...]:
    """Return what can be saved of the decoding accuracy at `site`."""
    from napari_nfm.figures import accuracy_figure, confusion_figure

    page = accuracy_page(accuracy, site)
    tables = [
        pd.DataFrame(
            {
                "origin": "measured",
                "windows": kind,
                "frame": pd.array(curve.frames.astype(int), dtype="Int64"),
                "accuracy": curve.mean,
                "accuracy_low": curve.low,
                "accuracy_high": curve.high,
                "chance": page.chance,
            }
        )
        for kind, curve in page.curves.items()
    ]
    if page.published is not None:
        published = {"origin": "published", "windows": "not said", "accuracy": page.published}
        tables.append(pd.DataFrame([published]))
    name = f"accuracy_{site}_{accuracy.classifier}"
    return (
        _table("Accuracies over windows", f"{name}.csv", pd.concat(tables, ignore_index=True)),
        _figure("Figure of accuracies", f"{name}.svg", partial(accuracy_figure, {site: accuracy})),
        _figure(
            "Figure of confusions",
            f"confusion_{site}.svg",
            partial(confusion_figure, {site: accuracy}),
        ),
    )


def removal_exports(
    comparison: "SubpopulationComparison | None", sweep: "RemovalSweep | None", site: str
) -> tuple[Export, ...]:
    """Return what can be saved of a population without some of its units."""
    from napari_nfm.figures import removal_figure

    exports = []
    if comparison is not None:
        table = comparison.table().reset_index()
        exports.append(_table("Before and after", f"without_units_{site}.csv", table))
    if sweep is not None:
        exports.append(_table("Removal, share by share", f"removal_{site}.csv", sweep.table))
        figure = partial(removal_figure, sweep)
        exports.append(_figure("Figure of the removal", f"removal_{site}.svg", figure))
    return tuple(exports)


def sensitivity_exports(sensitivity: "Sensitivity") -> tuple[Export, ...]:
    """Return what can be saved of scores under other constants."""
    from napari_nfm.figures import sensitivity_figure

    orders = sensitivity.ordering.merge(sensitivity.kendall)
    return (
        _table("Scores under all settings", "sensitivity.csv", sensitivity.table),
        _table("Orders and agreement", "sensitivity_orders.csv", orders),
        _figure(
            "Figure of the sensitivity", "sensitivity.svg", partial(sensitivity_figure, sensitivity)
        ),
    )


def comparison_exports(
    card: "Scorecard", manifolds: "Mapping[str, EncodingManifold]"
) -> tuple[Export, ...]:
    """Return what can be saved of the comparison of all sites."""
    from napari_nfm.figures import scores_figure

    scored = card.columns[card.columns["table"] == "scores"]
    meanings = {name: column.meaning for name, column in COLUMNS.items()}
    meanings |= dict(zip(scored["column"], scored["meaning"], strict=True))
    exports = [
        _table("All sites", "compare_sites.csv", comparison_table(card, manifolds), meanings),
        _figure("Figure of all sites", "compare_sites.svg", partial(scores_figure, card)),
    ]
    if card.alignment is not None:
        table = card.alignment.to_series().rename("alignment").reset_index()
        exports.append(_table("Alignment", "alignment.csv", table, ALIGNMENT_MEANINGS))
    return tuple(exports)


def _marks(axis: ScoreAxis) -> list[Mapping[str, object]]:
    """Return one row per mark on an axis."""
    marks: list[tuple[str, str, Mark | None]] = [
        (row.title, origin, mark)
        for row in axis.rows
        for origin, mark in (
            ("measured", row.measured),
            ("selection", row.selection),
            ("published", row.published),
        )
    ]
    return [
        {
            "population": title,
            "origin": origin,
            "score": axis.quantity,
            "value": mark.value,
            "low": mark.interval[0] if mark.interval else np.nan,
            "high": mark.interval[1] if mark.interval else np.nan,
        }
        for title, origin, mark in marks
        if mark is not None
    ]


def _radii(bundle: Profile) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "bundle": bundle.title,
            "place": bundle.positions,
            "radius": bundle.radius,
            "radius_by_length": bundle.radius / bundle.length,
        }
    )


def _table(
    title: str, name: str, table: pd.DataFrame, meanings: Mapping[str, str] = MEANINGS
) -> Export:
    write = partial(write_explained_csv, title=title, table=table, meanings=meanings)
    return Export(f"{title} (CSV) …", name, TABLE, write)


def _figure(title: str, name: str, draw: "Callable[[], CaptionedFigure]") -> Export:
    return Export(f"{title} (SVG, PDF, PNG) …", name, FIGURE, partial(_draw_and_save, draw))


def _draw_and_save(draw: "Callable[[], CaptionedFigure]", path: Path) -> None:
    draw().save(path)
