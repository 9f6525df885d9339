"""The radius of tubes along their length."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from napari_nfm.figures.captioned import CaptionedFigure
from napari_nfm.figures.parts import MARKERS, legend_outside
from napari_nfm.figures.style import FigureStyle
from napari_nfm.palette import many_looks
from napari_nfm.titles import category_title, site_title

if TYPE_CHECKING:
    from napari_nfm.analysis import Tubularity

__all__ = ["radius_profile_figure"]

LEGEND_LETTERS = 22
"""Width of the legend, in letters; where panel and legend do not fit, it goes below."""


def radius_profile_figure(
    tubularity: Tubularity, *, site: str = "", style: FigureStyle | None = None
) -> CaptionedFigure:
    """Draw the radius of each bundle's tube along its centreline.

    Parameters
    ----------
    tubularity
        From `napari_nfm.analysis.tubularity`.
    site
        Whose it is, for title and caption.
    style
        Size, letters and background.
    """
    style = style or FigureStyle(width_mm=120)
    names = [str(label) for label in tubularity.labels]
    at = tubularity.radius_at
    beside = style.across(2, LEGEND_LETTERS) == 2
    height = style.em(24) + (0 if beside else style.em(1.6) * (len(names) + 1))
    with style.drawn(height_mm=height) as figure:
        panel = figure.subplots()
        for number, (name, look) in enumerate(zip(names, many_looks(names), strict=True)):
            every = max(1, len(at) // 10)
            panel.plot(
                at,
                tubularity.radius_profile[number],
                color=look.colour,
                marker=MARKERS[look.symbol],
                markevery=(number * every // len(names), every),
                label=f"{category_title(name)}: {tubularity.s_tight[number]:.3g}",
            )
        panel.set_xlim(0, 1)
        panel.set_ylim(bottom=0)
        panel.set_xlabel("Place along the tube (share of the curves' length)")
        panel.set_ylabel(f"Radius, {tubularity.settings.quantile:g}-quantile (a.u.)")
        panel.set_title(site_title(site), loc="left")
        handles, titles = panel.get_legend_handles_labels()
        legend_outside(figure, handles, titles, beside=beside, heading="$S_{tight}$")
    table = pd.DataFrame(tubularity.radius_profile.T, columns=names)
    table.insert(0, "place", at)
    return CaptionedFigure(figure, _caption(tubularity, site), {"radius": table})


def _caption(tubularity: Tubularity, site: str) -> str:
    settings = tubularity.settings
    where = f" of {site_title(site)}" if site else ""
    return (
        f"Radius of the tubes{where}: the {settings.quantile:g}-quantile of the distances of the "
        f"trajectories to their centreline in each of {settings.n_bins} bins, in units of the "
        f"{tubularity.n_components} principal components of z-scored responses. In the legend, "
        "S_tight of each bundle: the mean radius over the length of the centreline; lower is "
        f"tighter. Mean over bundles {tubularity.mean_s_tight:.3g}."
    )
