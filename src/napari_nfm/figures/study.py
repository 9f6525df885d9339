"""One figure of all readouts, a row per site: as the study's main figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from napari_nfm.figures.captioned import CaptionedFigure
from napari_nfm.figures.errors import FigureError
from napari_nfm.figures.parts import KEY_LETTERS, legend_outside, look_handles
from napari_nfm.figures.study_panels import (
    accuracy_panel,
    manifold_panel,
    trajectory_panel,
    tubularity_panel,
)
from napari_nfm.figures.style import FigureStyle
from napari_nfm.figures.trajectories import trajectory_names, trajectory_table
from napari_nfm.palette import many_looks
from napari_nfm.titles import category_title, site_title

if TYPE_CHECKING:
    from napari_nfm.analysis import (
        DecodingAccuracy,
        DecodingTrajectories,
        EncodingManifold,
        Tubularity,
    )

__all__ = ["SiteReadouts", "study_figure"]

COLUMNS = ("Decoding trajectories", "Encoding manifold", "Tubularity", "Decoding accuracy")
ROW_LETTERS = 18
"""Height of a row, in letters."""


@dataclass(frozen=True)
class SiteReadouts:
    """What is known of one site; None where it was not computed.

    Attributes
    ----------
    trajectories, manifold, tubularity, accuracy
        As the analyses return them.
    """

    trajectories: DecodingTrajectories | None = None
    manifold: EncodingManifold | None = None
    tubularity: Tubularity | None = None
    accuracy: DecodingAccuracy | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known."""
        parts = (self.trajectories, self.manifold, self.tubularity, self.accuracy)
        return all(part is None for part in parts)


def study_figure(
    sites: Mapping[str, SiteReadouts], *, style: FigureStyle | None = None
) -> CaptionedFigure:
    """Draw trajectories, manifold, tubularity and accuracy beside each other, a row per site.

    Parameters
    ----------
    sites
        Readouts by site; what is missing is said in its place.
    style
        Size, letters and background.

    Raises
    ------
    FigureError
        Nothing is known of any site.
    """
    style = style or FigureStyle()
    known = {site: found for site, found in sites.items() if not found.is_empty}
    if not known:
        raise FigureError("Nothing is computed of any site", "compute trajectories or scores first")
    names = _names(known)
    columns = style.across(len(names), KEY_LETTERS)
    key_height = style.em(1.5) * (1 - (-len(names) // columns))
    height = style.em(ROW_LETTERS) * len(known) + style.em(3) + key_height
    with style.drawn(height_mm=height) as figure:
        grid = figure.add_gridspec(len(known), len(COLUMNS), width_ratios=(1.3, 1.3, 1, 1))
        for row, (site, found) in enumerate(known.items()):
            panels = [
                figure.add_subplot(grid[row, column], projection="3d" if column < 2 else None)
                for column in range(len(COLUMNS))
            ]
            trajectory_panel(panels[0], found.trajectories, style)
            manifold_panel(panels[1], found.manifold, style)
            tubularity_panel(panels[2], found.tubularity, style)
            accuracy_panel(panels[3], found.accuracy, style)
            panels[0].annotate(
                site_title(site),
                xy=(-0.15, 0.5),
                xycoords="axes fraction",
                rotation=90,
                va="center",
                ha="right",
            )
            if row == 0:
                for panel, letter, title in zip(panels, "abcd", COLUMNS, strict=True):
                    panel.set_title(rf"$\bf{{{letter}}}$   {title}", loc="left")
        titles = [category_title(name) for name in names]
        handles = look_handles(many_looks(names), titles)
        legend_outside(figure, handles, titles, beside=False, columns=columns)
    return CaptionedFigure(figure, _caption(known), _tables(known))


def _names(known: Mapping[str, SiteReadouts]) -> list[str]:
    """Return the categories, bundles and stimuli that are drawn, in their order."""
    names: dict[str, None] = {}
    for found in known.values():
        if found.trajectories is not None:
            names |= dict.fromkeys(trajectory_names(found.trajectories.curves))
        if found.tubularity is not None:
            names |= dict.fromkeys(map(str, found.tubularity.labels))
        if found.manifold is not None:
            names |= dict.fromkeys(found.manifold.units["preferred_stimulus"])
    return list(names)


def _tables(known: Mapping[str, SiteReadouts]) -> dict[str, pd.DataFrame]:
    """Return what is drawn: trajectories, units, bundles and windows, each with its site."""
    tables: dict[str, list[pd.DataFrame]] = {}
    for site, found in known.items():
        parts: dict[str, pd.DataFrame] = {}
        if found.trajectories is not None:
            parts["trajectories"] = trajectory_table(found.trajectories.curves)
        if found.manifold is not None:
            units = found.manifold.units[["preferred_stimulus"]].reset_index()
            units[["dm1", "dm2", "dm3"]] = found.manifold.coordinates[:, :3]
            parts["units"] = units
        if found.tubularity is not None:
            parts["bundles"] = found.tubularity.table().reset_index()
        if found.accuracy is not None:
            parts["windows"] = found.accuracy.table()
        for name, part in parts.items():
            tables.setdefault(name, []).append(part.assign(site=site))
    return {name: pd.concat(parts, ignore_index=True) for name, parts in tables.items()}


def _caption(known: Mapping[str, SiteReadouts]) -> str:
    sentences = [
        "Readouts of "
        + ", ".join(site_title(site) for site in known)
        + ". a, decoding trajectories in the first three principal components of the responses at "
        "all moments; markers: last frame. b, encoding manifold (diffusion map), units coloured by "
        "the stimulus they prefer. c, tightness (lower is tighter) and crossing (lower is less) of "
        "each bundle of trajectories; cross: mean, weighted by curves. d, accuracy of decoding the "
        "stimulus category in windows that grow from the first and shrink to the last frame; "
        "shades: 95 % intervals; grey: chance level and the central 95 % of guessing."
    ]
    for site, found in known.items():
        said = []
        if found.trajectories is not None:
            said.append(f"{found.trajectories.components.shape[1]:,} units")
        if found.tubularity is not None:
            made = found.tubularity.provenance.parameters
            draws = found.tubularity.bootstrap_s_tight
            said.append(
                f"tubes in {found.tubularity.n_components} components, preset {made['preset']!r}, "
                f"{0 if draws is None else len(draws)} bootstraps"
            )
        if found.manifold is not None:
            made = found.manifold.provenance.parameters
            said.append(f"manifold of rank {made.get('rank', 'unknown')}")
        if said:
            sentences.append(f"{site_title(site)}: {', '.join(said)}.")
    return " ".join(sentences)
