"""Figures of the held-out report, for the docs."""

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from demo_twin.evaluation import FIRST_FRAME, Report
from demo_twin.experiment import Experiment
from demo_twin.neurons import CELL_KINDS
from napari_nfm.figures.style import FigureStyle
from napari_nfm.stimuli import FRAME_RATE

__all__ = ["draw_figures"]

STYLE = FigureStyle(dpi=200)
COLOURS = dict(
    zip(
        CELL_KINDS,
        ("#56B4E9", "#0072B2", "#E69F00", "#D55E00", "#009E73", "#CC79A7"),
        strict=True,
    )
)
"""Colours after Okabe and Ito, who chose them for colour-blind readers."""


def draw_figures(report: Report, experiment: Experiment, losses: list[float], folder: Path) -> None:
    """Write ``demo_twin_report.png``, ``demo_twin_tuning.png`` and ``demo_twin_rates.png``."""
    folder.mkdir(parents=True, exist_ok=True)
    with STYLE.drawn(height_mm=65) as figure:
        _report(figure, report, losses)
        figure.savefig(folder / "demo_twin_report.png")
    with STYLE.drawn(height_mm=60) as figure:
        _tuning(figure, report.cells)
        figure.savefig(folder / "demo_twin_tuning.png")
    with STYLE.drawn(height_mm=110) as figure:
        _rates(figure, report, experiment)
        figure.savefig(folder / "demo_twin_rates.png")


def _report(figure: Figure, report: Report, losses: list[float]) -> None:
    """Draw learning, correlation by kind, and places."""
    left, middle, right = figure.subplots(1, 3, width_ratios=(1, 1.5, 1.4))
    smooth = pd.Series(losses).rolling(40, min_periods=1).mean()
    left.plot(losses, color="#BBBBBB", linewidth=0.4)
    left.plot(smooth, color="black", linewidth=1)
    left.set(xlabel="step", ylabel="Poisson loss", ylim=(None, np.quantile(losses, 0.99)))
    random = np.random.default_rng(0)
    for row, (kind, colour) in enumerate(COLOURS.items()):
        values = report.cells.loc[report.cells["cell_kind"] == kind, "correlation"]
        middle.scatter(
            values, row + random.uniform(-0.25, 0.25, len(values)), s=4, color=colour, linewidths=0
        )
        middle.plot([values.median()] * 2, [row - 0.4, row + 0.4], color="black", linewidth=1.2)
    middle.set_yticks(range(len(COLOURS)), [kind.replace(", ", ",\n") for kind in COLOURS])
    middle.invert_yaxis()
    middle.set(xlim=(0, 1), xlabel="correlation with the noiseless rate, held out")
    cells = report.cells
    for kind, colour in COLOURS.items():
        some = cells[cells["cell_kind"] == kind]
        right.plot(
            [some["rf_azimuth"], some["readout_azimuth"]],
            [some["rf_elevation"], some["readout_elevation"]],
            color=colour,
            linewidth=0.6,
        )
        right.scatter(some["rf_azimuth"], some["rf_elevation"], s=3, color=colour, linewidths=0)
    right.set(xlabel="azimuth (°)", ylabel="elevation (°)", aspect="equal")
    right.set_title("true place (dot), readout (end of line)")


def _tuning(figure: Figure, cells: pd.DataFrame) -> None:
    """Draw direction and selectivity of the twin against the truth."""
    direction, orientation, direction_index = figure.subplots(1, 3)
    for kind, colour in COLOURS.items():
        some = cells[cells["cell_kind"] == kind]
        look = {"s": 6, "color": colour, "linewidths": 0, "label": kind}
        if kind.endswith("direction selective"):
            direction.scatter(some["true_direction"], some["twin_preferred_direction"], **look)
        orientation.scatter(some["true_osi"], some["twin_osi"], **look)
        direction_index.scatter(some["true_dsi"], some["twin_dsi"], **look)
    direction.set(
        xlabel="true direction (°)",
        ylabel="preferred direction of the twin (°)",
        xticks=range(0, 361, 90),
        yticks=range(0, 361, 90),
        aspect="equal",
    )
    for axes, name in ((orientation, "OSI"), (direction_index, "DSI")):
        axes.plot([0, 1], [0, 1], color="#BBBBBB", linewidth=0.6, zorder=0)
        axes.set(xlabel=f"{name} of the mouse", ylabel=f"{name} of the twin", aspect="equal")
    direction.plot([0, 360], [0, 360], color="#BBBBBB", linewidth=0.6, zorder=0)
    handles, labels = direction_index.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3)


def _rates(figure: Figure, report: Report, experiment: Experiment) -> None:
    """Draw rates of the median cell of each kind over held-out movies of different kinds."""
    held_out = experiment.held_out
    movies = [held_out.kinds.index(kind) for kind in dict.fromkeys(held_out.kinds)]
    rows = figure.subplots(len(COLOURS), len(movies), sharex=True, sharey="row")
    seconds = np.arange(held_out.rates.shape[1]) / FRAME_RATE
    for axes, (kind, colour) in zip(rows, COLOURS.items(), strict=True):
        some = report.cells.loc[report.cells["cell_kind"] == kind, "correlation"]
        cell = some.sort_values().index[len(some) // 2]
        for panel, movie in zip(axes, movies, strict=True):
            panel.plot(seconds, held_out.rates[movie, :, cell], color="#999999", linewidth=1.5)
            panel.plot(seconds, report.predicted[movie, :, cell], color=colour, linewidth=1)
            panel.axvspan(0, FIRST_FRAME / FRAME_RATE, color="#EEEEEE", linewidth=0)
        axes[0].set_ylabel(kind.replace(", ", ",\n"), rotation=0, ha="right", va="center")
    for panel, movie in zip(rows[0], movies, strict=True):
        panel.set_title(held_out.kinds[movie])
    figure.supxlabel("time (s)")
    figure.suptitle("spikes per frame: mouse (grey), twin (coloured); the median cell of each kind")
