"""The constants of tubularity, and the named sets of them."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from numbers import Real
from typing import Any

from napari_nfm.analysis.arguments import check_count
from napari_nfm.analysis.errors import AnalysisError

__all__ = ["PRESETS", "TubularitySettings", "settings_of"]

CHOICES = {
    "categories": ("study", "all"),
    "centreline": ("study", "scale-free"),
    "tightness_unit": ("length", "bin-length", "other-tube"),
    "crossing_unit": ("length", "none"),
}


@dataclass(frozen=True)
class TubularitySettings:
    """How curves are made, smoothed and measured. The defaults are the constants of the study.

    Attributes
    ----------
    categories
        "study" takes, of the 11 categories of the flow ensemble, the six that the study does
        (positions 0, 6, 7, 8, 9 and 10), and all of any other stimulus set; "all" takes all.
    n_components
        Principal components of the z-scored responses in which the curves lie; fewer where there
        are fewer units.
    n_points
        Points of a curve, equally spaced along its length.
    centreline
        How the mean curve is smoothed. "study": each component by a cubic smoothing spline whose
        squared residuals add up to `smoothing`, an absolute number. "scale-free": all components
        alike by a linear filter.
    smoothing
        Of the study's centreline, the sum of squared residuals of a component; of the scale-free
        one, the wavelength that is halved, as a share of the curve.
    n_bins
        Equal bins along the curve, in which the radius is taken.
    quantile
        Quantile of the distances to the centreline that is the radius.
    tightness_unit
        What the mean radius is divided by. "length": the centreline's length, as in the study;
        "bin-length": each bin's radius by the length of the centreline in the bin times the
        number of bins, and the median over bins; "other-tube": the mean distance, at the same
        share of the length, to the nearest other centreline.
    crossing_unit
        What the crossing is divided by. "length": the centreline's length, as in the study;
        "none": nothing, which makes it free of scale.
    """

    categories: str = "study"
    n_components: int = 10
    n_points: int = 150
    centreline: str = "study"
    smoothing: float = 0.01
    n_bins: int = 100
    quantile: float = 0.9
    tightness_unit: str = "length"
    crossing_unit: str = "length"


SCALE_FREE = TubularitySettings(centreline="scale-free", smoothing=0.1, crossing_unit="none")

PRESETS = {
    "study": TubularitySettings(),
    "scale-free": SCALE_FREE,
    "bin-wise": replace(SCALE_FREE, tightness_unit="bin-length"),
    "contextual": replace(SCALE_FREE, tightness_unit="other-tube"),
}
"""The study's score, and its variants: the last three do not depend on the scale of the curves."""


def settings_of(preset: str | TubularitySettings, **changes: Any) -> TubularitySettings:
    """Return the settings of a preset with some of them changed.

    Raises
    ------
    AnalysisError
        There is no such preset or setting, or a value is out of range.
    """
    if isinstance(preset, str):
        if preset not in PRESETS:
            raise AnalysisError(
                f"There is no preset {preset!r} of tubularity", f"choose {_listed(PRESETS)}"
            )
        preset = PRESETS[preset]
    names = [field.name for field in fields(TubularitySettings)]
    for name in changes:
        if name not in names:
            raise AnalysisError(
                f"Tubularity has no setting {name!r}", f"change one of {_listed(names)}"
            )
    settings = replace(preset, **changes)
    _check(settings)
    return settings


def _check(settings: TubularitySettings) -> None:
    """Raise where a setting makes no sense."""
    for name, choices in CHOICES.items():
        value = getattr(settings, name)
        if value not in choices:
            raise AnalysisError(f"The setting {name} is {value!r}", f"choose {_listed(choices)}")
    for name in ("n_components", "n_points", "n_bins"):
        check_count(getattr(settings, name), name)
    if settings.n_points < 10:
        raise AnalysisError(f"The setting n_points is {settings.n_points}", "give 10 or more")
    for name in ("quantile", "smoothing"):
        if not isinstance(getattr(settings, name), Real):
            raise AnalysisError(
                f"The setting {name} is {getattr(settings, name)!r}", "give a number"
            )
    if not 0 < settings.quantile <= 1:
        raise AnalysisError(
            f"The setting quantile is {settings.quantile}", "give a number above 0 and at most 1"
        )
    if not 0 <= settings.smoothing < float("inf"):
        raise AnalysisError(
            f"The setting smoothing is {settings.smoothing}", "give a finite number from 0 on"
        )


def _listed(names: Any) -> str:
    """Return words as one list to read."""
    *rest, last = names
    return f"{', '.join(rest)} or {last}"
