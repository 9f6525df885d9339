"""Curves in time, as any subject draws them: whole paths, and where each is at the moment."""

import numpy as np
import xarray as xr
from napari.layers import Points, Vectors

from napari_nfm.palette import category_looks
from napari_nfm.viewer import convert_curves, styles
from napari_nfm.viewer.layers.store import SPACE, TIME_AND_SPACE, LayerStore
from napari_nfm.viewer.placement import Placement
from napari_nfm.viewer.roles import Role

__all__ = ["draw_heads", "draw_paths", "mark_head"]

Stimulus = tuple[str, float]
"""Category and direction."""


def draw_paths(
    store: LayerStore,
    role: Role,
    curves: xr.DataArray,
    placement: Placement,
    style: styles.PathStyle,
) -> None:
    """Draw curves ``(category, direction, time, component)`` as lines that stand at all times."""
    data, features = convert_curves.curves_to_paths(curves, placement, flat=store.is_flat)
    if not len(data):
        store.remove(role)
        return
    colours = np.array([look.colour for look in _looks(curves)])
    store.put(
        role,
        Vectors,
        data,
        **style.as_kwargs(),
        edge_color=colours[features["category_index"]],
        features=features,
        axis_labels=SPACE,
    )


def draw_heads(
    store: LayerStore,
    role: Role,
    curves: xr.DataArray,
    placement: Placement,
    style: styles.HeadStyle,
) -> None:
    """Draw where each curve is at the current frame."""
    data, features = convert_curves.curves_to_heads(curves, placement, flat=store.is_flat)
    if not len(data):
        store.remove(role)
        return
    looks = _looks(curves)
    store.put(
        role,
        Points,
        data,
        **style.as_kwargs(),
        face_color=np.array([look.colour for look in looks])[features["category_index"]],
        symbol=np.array([look.symbol for look in looks])[features["category_index"]],
        features=features,
        axis_labels=TIME_AND_SPACE,
    )


def mark_head(store: LayerStore, role: Role, stimulus: Stimulus | None) -> None:
    """Make the current state of one curve stand out, where there are any."""
    layer = store.find(role)
    if layer is None:
        return
    style, features = styles.HeadStyle(), layer.features
    current = np.zeros(len(features), dtype=bool)
    if stimulus is not None:
        category, direction = stimulus
        is_current = (features["category"] == category) & (features["direction"] == direction)
        current = is_current.to_numpy()
    layer.size = np.where(current, 2.0 * style.size, style.size)
    layer.border_width = np.where(current, 0.16, style.border_width)
    layer.border_color = store.text_colour


def _looks(curves: xr.DataArray) -> tuple[styles.CategoryLook, ...]:
    return category_looks([str(name) for name in curves["category"].values])
