"""Decoding accuracy over time windows, and what is taken for what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from napari_nfm.figures.captioned import CaptionedFigure
from napari_nfm.figures.errors import FigureError
from napari_nfm.figures.parts import MARKERS, band, legend_outside, listed, number_panels
from napari_nfm.figures.style import FigureStyle
from napari_nfm.palette import many_looks
from napari_nfm.titles import category_title, site_title

if TYPE_CHECKING:
    from napari_nfm.analysis import DecodingAccuracy

__all__ = ["accuracy_figure", "confusion_figure"]

WINDOWS = {
    "growing": ("From the first frame", "End of the window"),
    "shrinking": ("To the last frame", "Start of the window"),
}

LEGEND_LETTERS = 14
"""Width of a legend of sites, in letters; where panels and legend do not fit, it goes below."""

LETTER = 0.5
"""About the width of a letter, in its height."""


def accuracy_figure(
    accuracies: Mapping[str, DecodingAccuracy], *, style: FigureStyle | None = None
) -> CaptionedFigure:
    """Draw decoding accuracy in windows that grow from the first frame and shrink to the last.

    Parameters
    ----------
    accuracies
        By what each curve is called: a site, or a classifier. All of the same stimuli.
    style
        Size, letters and background.

    Raises
    ------
    FigureError
        There is nothing to draw.
    """
    if not accuracies:
        raise FigureError("There is no accuracy to draw", "decode at least one site")
    style = style or FigureStyle()
    titles = [site_title(name) for name in accuracies]
    one = next(iter(accuracies.values()))
    beside = style.across(3, LEGEND_LETTERS) == 3
    legend_columns = 1 if beside else style.across(len(titles) + 1, LEGEND_LETTERS)
    lines = 0 if beside else 1 - (-len(titles) // legend_columns)
    with style.drawn(height_mm=style.em(26) + style.em(1.5) * lines) as figure:
        panels = figure.subplots(1, 2, sharey=True)
        for panel, (window, (title, end)) in zip(panels, WINDOWS.items(), strict=True):
            panel.axhspan(*one.chance_interval, color=style.muted, alpha=0.2, linewidth=0)
            panel.axhline(one.chance, color=style.muted, linestyle="--", label="chance")
            looks = many_looks(titles)
            for number, (look, accuracy) in enumerate(zip(looks, accuracies.values(), strict=True)):
                found = getattr(accuracy, window)
                frames = found.mean["frame"]
                every = max(1, len(frames) // 6)
                if len(accuracies) <= 3:  # more intervals on top of each other cannot be read
                    low, high = found.interval.values.T
                    band(panel, frames, low, high, look.colour)
                panel.plot(
                    frames,
                    found.mean,
                    color=look.colour,
                    marker=MARKERS[look.symbol],
                    markevery=(number * every // len(titles), every),
                    label=titles[number],
                )
            unit = one.growing.mean["frame"].attrs.get("units", "frame")
            panel.set_title(title)
            panel.set_xlabel(f"{end} ({unit})")
            panel.set_ylim(0, 1.02)
            panel.margins(x=0.01)
        panels[0].set_ylabel("Decoding accuracy")
        handles, shown = panels[1].get_legend_handles_labels()
        legend_outside(figure, handles, shown, beside=beside, columns=legend_columns)
        number_panels(panels, style)
    table = pd.concat(
        [accuracy.table().assign(curve=name) for name, accuracy in accuracies.items()],
        ignore_index=True,
    )
    return CaptionedFigure(figure, _caption(accuracies), {"accuracy": table})


def _caption(accuracies: Mapping[str, DecodingAccuracy]) -> str:
    one = next(iter(accuracies.values()))
    shades = "Shades: Wilson's 95 % intervals. " if len(accuracies) <= 3 else ""
    return (
        f"Accuracy of decoding the stimulus category ({_classifiers(accuracies)}) from the mean "
        f"response in a time window, of {one.n_samples} samples, category × direction, each held "
        "out. a, windows that grow from the first frame; b, windows that shrink to the last. "
        f"{shades}Grey: chance level {one.chance:.3g} and the central 95 % of accuracies that "
        "guessing gives."
    )


def confusion_figure(
    accuracies: Mapping[str, DecodingAccuracy], *, style: FigureStyle | None = None
) -> CaptionedFigure:
    """Draw how often each category was taken for which, from all frames.

    Parameters
    ----------
    accuracies
        By what each matrix is called: a site, or a classifier. All of the same stimuli.
    style
        Size, letters and background.

    Raises
    ------
    FigureError
        There is nothing to draw.
    """
    if not accuracies:
        raise FigureError("There is no confusion matrix to draw", "decode at least one site")
    from matplotlib.lines import Line2D

    style = style or FigureStyle()
    matrices = {name: found.growing.confusion[-1] for name, found in accuracies.items()}
    one = next(iter(matrices.values()))
    categories = (
        one["category"].values if "category" in one.coords else range(one.sizes["category"])
    )
    names = [category_title(str(name)) for name in categories]
    columns = min(style.across(len(matrices), 13), 5)
    rows = -(-len(matrices) // columns)
    numbers = range(1, len(names) + 1)
    key_columns = style.across(len(names), LETTER * (max(map(len, names)) + 6))
    key_mm = style.em(1.55) * -(-len(names) // key_columns)
    side = (style.width_mm - style.em(8)) / columns
    with style.drawn(height_mm=rows * (side + style.em(3.4)) + key_mm + style.em(2)) as figure:
        panels = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
        for panel, (name, matrix) in zip(panels.flat, matrices.items(), strict=False):
            shares = matrix.values / matrix.values.sum(axis=1, keepdims=True)
            image = panel.imshow(shares, vmin=0, vmax=1, extent=(0.5, *[len(names) + 0.5] * 2, 0.5))
            panel.set_title(f"{site_title(name)}\naccuracy {accuracies[name].growing.mean[-1]:.2f}")
            panel.set_xticks(numbers)
            panel.set_yticks(numbers)
            panel.tick_params(length=0, labelsize=min(style.font_size * 0.8, 30 * side / 100))
            panel.spines[:].set_visible(False)
        for panel in panels.flat[len(matrices) :]:
            panel.set_axis_off()
        for panel in panels[-1]:
            panel.set_xlabel("Decoded")
        for panel in panels[:, 0]:
            panel.set_ylabel("Shown")
        figure.colorbar(image, ax=panels, aspect=30, label="Share of directions")
        figure.legend(
            [Line2D([], [], linestyle="none") for _ in names],
            [f"{number}  {name}" for number, name in zip(numbers, names, strict=True)],
            loc="outside lower left",
            ncols=key_columns,
            handlelength=0,
            handletextpad=0,
        )
    table = pd.concat(
        [
            matrix.to_series().rename("count").reset_index().assign(curve=name)
            for name, matrix in matrices.items()
        ],
        ignore_index=True,
    )
    caption = (
        f"Which category was decoded ({_classifiers(accuracies)}) from the mean response over all "
        "frames, as a share of each category's directions, mean over runs. In brackets the "
        "accuracy."
    )
    return CaptionedFigure(figure, caption, {"confusions": table})


def _classifiers(accuracies: Mapping[str, DecodingAccuracy]) -> str:
    return listed(sorted({accuracy.classifier for accuracy in accuracies.values()}))
