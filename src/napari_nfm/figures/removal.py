"""What is lost as units are removed, in an order and at random."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_nfm.figures.captioned import CaptionedFigure
from napari_nfm.figures.parts import band, number_panels, panel_grid
from napari_nfm.figures.style import FigureStyle

if TYPE_CHECKING:
    from napari_nfm.analysis import RemovalSweep

__all__ = ["removal_figure"]

ORDERED = "#CC3311"
PANEL_LETTERS = 20
"""Least width of a panel, in letters."""

READOUTS = {
    "s_tight": "$S_{tight}$ (lower is tighter)",
    "s_cross": "$S_{cross}$ (lower is less)",
    "accuracy": "Decoding accuracy",
}


def removal_figure(
    sweep: RemovalSweep, *, what: str = "selected units", style: FigureStyle | None = None
) -> CaptionedFigure:
    """Draw tubularity and accuracy of what is left as units are removed.

    Parameters
    ----------
    sweep
        From `napari_nfm.analysis.removal_sweep`.
    what
        Which units are removed in order, for legend and caption.
    style
        Size, letters and background.
    """
    style = style or FigureStyle()
    table, made = sweep.table, sweep.provenance.parameters
    removed = 100 * table["n_removed"] / sweep.n_units
    columns = style.across(len(READOUTS), PANEL_LETTERS)
    rows = -(-len(READOUTS) // columns)
    with style.drawn(height_mm=rows * style.em(PANEL_LETTERS + 2) + style.em(4)) as figure:
        panels = panel_grid(figure, len(READOUTS), columns)
        for panel, (name, title) in zip(panels, READOUTS.items(), strict=True):
            band(
                panel,
                removed,
                table[f"random_{name}_low"],
                table[f"random_{name}_high"],
                style.muted,
            )
            panel.plot(
                removed,
                table[f"random_{name}"],
                color=style.muted,
                marker="s",
                linestyle="--",
                label=f"as many random units ({made['n_random']} draws)",
            )
            panel.plot(removed, table[name], color=ORDERED, marker="o", label=what)
            panel.set_xlabel("Units removed (%)")
            panel.set_ylabel(title)
        panels[1].set_yscale("log")
        panels[2].axhline(sweep.chance, color=style.ink, linestyle=":", label="chance")
        panels[2].set_ylim(0, 1.03)
        handles, titles = panels[2].get_legend_handles_labels()
        order = (1, 0, 2)  # what it is about comes first
        figure.legend(
            [handles[place] for place in order],
            [titles[place] for place in order],
            loc="outside upper center",
            ncols=columns,
        )
        number_panels(panels, style)
    caption = (
        f"Tightness, crossing and decoding accuracy ({sweep.classifier}, all frames) of what is "
        f"left of {sweep.n_units:,} units as {what} are removed (red), and as many units drawn at "
        f"random (grey: mean and the range that holds 95 % of {made['n_random']} draws, seed "
        f"{made['seed']}). Fewer units are noisier, whichever they are: only the distance between "
        f"red and grey is about the removed units. Preset {made['preset']!r}."
    )
    return CaptionedFigure(figure, caption, {"removal": table, "random": sweep.random})
