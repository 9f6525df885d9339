"""Decoding accuracy over windows and its confusions, arranged for drawing; pure, no Qt."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from napari_nfm.titles import category_title

if TYPE_CHECKING:
    import xarray as xr

    from napari_nfm.analysis import DecodingAccuracy
    from napari_nfm.analysis.window_accuracy import WindowAccuracy

__all__ = ["AccuracyCurve", "AccuracyPage", "Confusion", "Windows", "accuracy_page", "confusion"]

FloatArray = npt.NDArray[np.float64]
Windows = Literal["growing", "shrinking"]


@dataclass(frozen=True)
class AccuracyCurve:
    """Accuracy over windows of one kind.

    Attributes
    ----------
    title
        Which windows, for a person.
    frames
        ``(frame,)``, the last frame of growing and the first of shrinking windows, from 0.
    mean, low, high
        ``(frame,)``, shares of right predictions, and their interval.
    """

    title: str
    frames: FloatArray
    mean: FloatArray
    low: FloatArray
    high: FloatArray


@dataclass(frozen=True)
class AccuracyPage:
    """Accuracy over growing and shrinking windows beside what guessing gives.

    Attributes
    ----------
    curves
        By the kind of window.
    chance, chance_low, chance_high
        Expected accuracy of guessing, and the central 95 percent of it.
    published
        What the study reports for this site and classifier, of windows that are not said; None
        where it reports nothing.
    description
        Classifier, accuracy with all frames, and what the interval is about, in words.
    """

    curves: dict[Windows, AccuracyCurve]
    chance: float
    chance_low: float
    chance_high: float
    published: float | None
    description: str


@dataclass(frozen=True)
class Confusion:
    """Which category was taken for which in one window.

    Attributes
    ----------
    shares
        ``(category, predicted)``, rows sum to 1.
    names
        The categories.
    titles
        Their titles for people.
    window
        The window and its accuracy, in words.
    """

    shares: FloatArray
    names: tuple[str, ...]
    titles: tuple[str, ...]
    window: str


def accuracy_page(accuracy: "DecodingAccuracy", site: str) -> AccuracyPage:
    """Arrange the accuracy of `site` for drawing."""
    growing = accuracy.growing
    whole, (low, high) = float(growing.mean[-1]), growing.interval.values[-1]
    n_categories = growing.confusion.sizes["category"]
    return AccuracyPage(
        curves={
            "growing": _curve("first frame to each", growing),
            "shrinking": _curve("each frame to the last", accuracy.shrinking),
        },
        chance=accuracy.chance,
        chance_low=accuracy.chance_interval[0],
        chance_high=accuracy.chance_interval[1],
        published=_published(accuracy.classifier, site),
        description=(
            f"{100 * whole:.0f} % of {accuracy.n_samples} samples right with all frames "
            f"(95 % {100 * low:.0f} to {100 * high:.0f} %), one of {n_categories} categories; "
            f"{_classifier_in_words(accuracy)}."
        ),
    )


def confusion(accuracy: "DecodingAccuracy", windows: Windows, frame: int) -> Confusion:
    """Return what was taken for what in the window of this kind at position `frame`, from 0."""
    found: WindowAccuracy = getattr(accuracy, windows)
    counts: xr.DataArray = found.confusion[frame]
    values = counts.values.astype(np.float64)
    names = (
        tuple(str(name) for name in counts["category"].values)
        if "category" in counts.coords
        else tuple(map(str, range(len(values))))
    )
    last = found.mean.sizes["frame"] - 1
    first, final = (0, frame) if windows == "growing" else (frame, last)
    return Confusion(
        shares=values / values.sum(axis=1, keepdims=True),
        names=names,
        titles=tuple(category_title(name) for name in names),
        window=f"Frames {first} to {final}: {100 * float(found.mean[frame]):.0f} % right",
    )


def _published(classifier: str, site: str) -> float | None:
    """Return the published accuracy of `site`, never measured here."""
    from napari_nfm.analysis import published_scores

    table = published_scores()
    rows = table[(table["site"] == site) & (table["quantity"] == f"{classifier} accuracy")]
    return float(rows["value"].iloc[0]) if len(rows) else None


def _curve(title: str, found: "WindowAccuracy") -> AccuracyCurve:
    low, high = found.interval.values.T
    frames = np.arange(found.mean.sizes["frame"], dtype=np.float64)
    return AccuracyCurve(title, frames, found.mean.values, low, high)


def _classifier_in_words(accuracy: "DecodingAccuracy") -> str:
    known = accuracy.provenance.parameters
    if accuracy.classifier == "knn":
        return f"{known['n_neighbours']} nearest neighbours, each sample left out in turn"
    return f"logistic regression, {known['n_folds']} folds, {known['n_runs']} runs"
