"""The panels of the figure of all readouts, each of one site."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_nfm.colouring import colour_units
from napari_nfm.figures.manifold import draw_units
from napari_nfm.figures.parts import MARKERS, band
from napari_nfm.figures.space import frame_cube
from napari_nfm.figures.style import FigureStyle
from napari_nfm.figures.trajectories import component_titles, draw_trajectories
from napari_nfm.palette import many_looks

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from napari_nfm.analysis import (
        DecodingAccuracy,
        DecodingTrajectories,
        EncodingManifold,
        Tubularity,
    )

__all__ = ["accuracy_panel", "manifold_panel", "trajectory_panel", "tubularity_panel"]

GROWING, SHRINKING = "#4477AA", "#EE6677"


def trajectory_panel(
    panel: Any, trajectories: DecodingTrajectories | None, style: FigureStyle
) -> None:
    """Draw trajectories in space."""
    if trajectories is None or trajectories.curves.sizes["component"] < 3:
        _say_missing(panel, style)
        return
    draw_trajectories(panel, trajectories.curves, (0, 1, 2), style)
    points = trajectories.curves.values[..., :3].reshape(-1, 3)
    frame_cube(panel, points, component_titles(trajectories.explained_variance_ratio), style)


def manifold_panel(panel: Any, manifold: EncodingManifold | None, style: FigureStyle) -> None:
    """Draw units in space, coloured by the stimulus they prefer."""
    if manifold is None:
        _say_missing(panel, style)
        return
    points = manifold.coordinates[:, :3]
    colours = colour_units(manifold, "preferred_stimulus")
    draw_units(panel, points, colours, np.zeros(len(points), dtype=bool), style)
    frame_cube(panel, points, ["DM1", "DM2", "DM3"], style)


def tubularity_panel(panel: Axes, tubularity: Tubularity | None, style: FigureStyle) -> None:
    """Draw tightness over crossing, a mark per bundle, with intervals where there are any."""
    if tubularity is None:
        _say_missing(panel, style)
        return
    from matplotlib.ticker import NullFormatter

    looks = many_looks([str(label) for label in tubularity.labels])
    for number, look in enumerate(looks):
        x, y = tubularity.s_cross[number], tubularity.s_tight[number]
        for interval, line, other in (
            (tubularity.interval_s_tight, panel.vlines, x),
            (tubularity.interval_s_cross, panel.hlines, y),
        ):
            if interval is not None:
                line(other, *interval[number], color=look.colour)
        panel.plot(x, y, MARKERS[look.symbol], color=look.colour)
    panel.plot(
        tubularity.mean_s_cross,
        tubularity.mean_s_tight,
        "+",
        color=style.ink,
        markersize=style.font_size * 1.2,
        label="mean",
    )
    panel.set_xscale("log")
    panel.xaxis.set_minor_formatter(NullFormatter())
    low, high = panel.get_xlim()
    panel.set_xlim(10 ** np.floor(np.log10(low)), 10 ** np.ceil(np.log10(high)))
    panel.set_ylim(bottom=0)
    panel.set_xlabel("$S_{cross}$")
    panel.set_ylabel("$S_{tight}$")


def accuracy_panel(panel: Axes, accuracy: DecodingAccuracy | None, style: FigureStyle) -> None:
    """Draw accuracy in growing and shrinking windows, with intervals and chance."""
    if accuracy is None:
        _say_missing(panel, style)
        return
    panel.axhspan(*accuracy.chance_interval, color=style.muted, alpha=0.2, linewidth=0)
    panel.axhline(accuracy.chance, color=style.muted, linestyle="--")
    for name, found, colour, dashes in (
        ("growing", accuracy.growing, GROWING, "-"),
        ("shrinking", accuracy.shrinking, SHRINKING, "--"),
    ):
        frames = found.mean["frame"]
        low, high = found.interval.values.T
        band(panel, frames, low, high, colour)
        panel.plot(frames, found.mean, dashes, color=colour, label=name)
    unit = accuracy.growing.mean["frame"].attrs.get("units", "frame")
    panel.set_xlabel(f"End or start ({unit})")
    panel.set_ylabel(f"Accuracy ({accuracy.classifier})")
    panel.set_ylim(0, 1.03)
    panel.legend(loc="best", handlelength=1.2)


def _say_missing(panel: Any, style: FigureStyle) -> None:
    panel.set_axis_off()
    place = (0.5, 0.5)
    write = getattr(panel, "text2D", panel.text)
    write(*place, "not computed", color=style.muted, transform=panel.transAxes, ha="center")
