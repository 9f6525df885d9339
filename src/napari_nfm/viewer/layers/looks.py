"""What a person may have changed about our layers, as plain values that a session keeps."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from enum import Enum
from typing import Any

from napari.layers import Image, Layer, Tracks, Vectors

from napari_nfm.viewer.layers.store import LayerStore
from napari_nfm.viewer.roles import Role

__all__ = ["apply_looks", "looks_of"]

ALL = ("name", "visible", "opacity", "blending")
LARGEST = 1e9
"""Beyond is no contrast, width or length; neither is what is not a number."""
OF_KIND: dict[type[Layer], tuple[str, ...]] = {
    Image: ("colormap", "gamma", "contrast_limits", "interpolation2d"),
    Tracks: ("tail_width", "tail_length"),
    Vectors: ("edge_width",),
}


def looks_of(store: LayerStore) -> list[dict[str, Any]]:
    """Return the role and the looks of each of our layers, from the lowest."""
    layers = [(role, layer) for role in Role if (layer := store.find(role)) is not None]
    layers.sort(key=lambda pair: store.place_of(pair[1]))
    return [
        {"role": role.value, **{name: _plain(getattr(layer, name)) for name in _names(layer)}}
        for role, layer in layers
    ]


def apply_looks(store: LayerStore, looks: Iterable[Mapping[str, Any]]) -> None:
    """Give our layers looks that `looks_of` returned, where there are such layers now.

    Their order becomes that of `looks`. What does not fit a layer is left as it is.
    """
    roles = {role.value: role for role in Role}
    for look in looks:
        role = roles.get(str(look["role"]))
        layer = None if role is None else store.find(role)
        if layer is None:
            continue
        for name in _names(layer):
            if name in look and _is_alike(look[name], _plain(getattr(layer, name))):
                with suppress(ValueError, KeyError):  # no such colour map, or out of range
                    setattr(layer, name, look[name])
        store.raise_to_top(layer)


def _is_alike(value: Any, present: Any) -> bool:
    """Whether a value from a file is of the kind of the present one."""
    if isinstance(present, list):
        return (
            isinstance(value, list)
            and len(value) == len(present)
            and all(_is_alike(*pair) for pair in zip(value, present, strict=True))
        )
    if isinstance(present, int | float) and not isinstance(present, bool):
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return is_number and abs(value) < LARGEST
    return type(value) is type(present)


def _names(layer: Layer) -> tuple[str, ...]:
    return (
        *ALL,
        *(name for kind, names in OF_KIND.items() if type(layer) is kind for name in names),
    )


def _plain(value: Any) -> Any:
    """Return text for enumerations and colour maps, and lists for tuples."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple | list):
        return [float(part) for part in value]
    return getattr(value, "name", value)
