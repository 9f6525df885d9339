"""What a session file says of its window, checked value by value: nothing is taken for granted.

A part that is missing leaves the window as it is, and so does one that is damaged, of which a
phrase tells. Only bundles are never left hidden, as they were those of another session.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast, get_args

from napari_nfm.plain_values import (
    check_integer,
    check_list,
    check_mapping,
    check_number,
    check_switch,
    check_text,
)
from napari_nfm.viewer.dock_layout import DockLayout
from napari_nfm.viewer.docks import PANELS
from napari_nfm.viewer.field_data import FIELD_KINDS
from napari_nfm.viewer.plans import BundleLabels, TubeSettings

__all__ = ["SavedCamera", "read_window"]

MOST_NAMED = 3
"""Docks that are not known are named, up to so many."""


@dataclass(frozen=True)
class SavedCamera:
    """Where the camera was, and the width and height of the canvas that it looked into."""

    center: tuple[float, ...]
    angles: tuple[float, ...]
    perspective: float
    zoom: float
    canvas: tuple[int, int]

    @classmethod
    def read(cls, value: Any) -> "SavedCamera":
        """Return the camera that a file has."""
        given = check_mapping(value, ("center", "angles", "perspective", "zoom", "canvas"))
        width, height = (check_integer(length, 1) for length in check_list(given["canvas"], 2))
        return cls(
            center=tuple(check_number(part) for part in check_list(given["center"], 3)),
            angles=tuple(check_number(part) for part in check_list(given["angles"], 3)),
            perspective=check_number(given["perspective"], 0, 180),
            zoom=check_number(given["zoom"], 1e-9),
            canvas=(width, height),
        )


def read_window(state: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the parts of a window's state that are sound, and a phrase on each that is not.

    Returns
    -------
    dict
        Of the parts in `PARTS`, those that there are.
    tuple of str
        What the window has to be restored without, to follow "restored without".
    """
    sound: dict[str, Any] = {}
    missing: list[str] = []
    for name, (title, read) in PARTS.items():
        if name not in state:
            continue
        try:
            sound[name] = read(state[name])
        except ValueError:
            missing.append(f"the {title} (damaged in the file)")
    if "docks" in sound:
        sound["docks"], unknown = _known_docks(sound["docks"])
        missing += unknown
    return sound, tuple(missing)


def _known_docks(layout: DockLayout) -> tuple[DockLayout, list[str]]:
    """Return the layout of the docks that this version has, and a phrase on the others."""
    unknown = sorted(set(layout.docks) - set(PANELS))
    if not unknown:
        return layout, []
    named = [f"{name:.40}" for name in unknown[:MOST_NAMED]]
    more = len(unknown) - len(named)
    listed = ", ".join([*named, *([f"{more} more"] if more else [])])
    return layout.without(frozenset(unknown)), [
        f"the dock{'' if len(unknown) == 1 else 's'} {listed} (not in this version)"
    ]


def _read_drawn(value: Any) -> dict[str, str]:
    return {name: check_text(site) for name, site in check_mapping(value).items()}


def _read_looks(value: Any) -> list[dict[str, Any]]:
    return [check_mapping(look, ("role",)) for look in check_list(value)]


def _read_tubes(value: Any) -> TubeSettings:
    from napari_nfm.analysis.tubes import PRESETS

    given = check_mapping(value, ("preset", "labels", "n_components", "n_bootstrap", "seed"))
    return TubeSettings(
        preset=check_text(given["preset"], PRESETS),
        labels=cast("BundleLabels", check_text(given["labels"], get_args(BundleLabels))),
        n_components=check_integer(given["n_components"], 1, 100),
        n_bootstrap=check_integer(given["n_bootstrap"], 0, 10_000),
        seed=check_integer(given["seed"], 0, 2**31 - 1),
    )


def _read_bundles(value: Any) -> frozenset[str]:
    return frozenset(check_text(label) for label in check_list(value))


PARTS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "drawn": ("results on screen", _read_drawn),
    "ndisplay": ("dimensions of the view", lambda value: check_integer(value, 2, 3)),
    "camera": ("camera", SavedCamera.read),
    "layers": ("looks of layers", _read_looks),
    "text size": ("size of captions", lambda value: check_integer(value, 1, 200)),
    "rank": ("rank", lambda value: check_integer(value, 1, 10_000)),
    "frames per second": ("speed of the movie", lambda value: check_number(value, 0.01, 1000)),
    "tubes": ("settings of tubes", _read_tubes),
    "hidden bundles": ("hidden tubes", _read_bundles),
    "receptive field": ("kind of receptive field", lambda v: check_text(v, FIELD_KINDS)),
    "receptive fields on movie": ("outlines on the movie", check_switch),
    "single instances": ("single instances", check_switch),
    "docks": ("arrangement of docks", DockLayout.read),
}
"""What a state may have: how it is called in a sentence, and how it is read."""
