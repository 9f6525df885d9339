"""Figures for print, of results that are already there: matplotlib, without a window.

Names are loaded on first use, so that importing the package loads neither pandas nor matplotlib.
"""

from importlib import import_module
from typing import Any

_MODULES = {
    "FORMATS": "captioned",
    "CaptionedFigure": "captioned",
    "FigureError": "errors",
    "FigureStyle": "style",
    "SiteReadouts": "study",
    "accuracy_figure": "accuracy",
    "canvas_figure": "canvas",
    "confusion_figure": "accuracy",
    "feature_maps_figure": "maps",
    "manifold_figure": "manifold",
    "radius_profile_figure": "tubes",
    "removal_figure": "removal",
    "save_figure": "captioned",
    "scores_figure": "scores",
    "study_figure": "study",
    "trajectories_figure": "trajectories",
    "unit_figure": "unit",
    "sensitivity_figure": "sensitivity",
}

__all__ = sorted(_MODULES)


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
