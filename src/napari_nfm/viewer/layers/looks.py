"""What a person may have changed about our layers, as plain values that a session keeps."""

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any

from napari.layers import Image, Layer, Tracks, Vectors

from napari_nfm.viewer.layers.store import LayerStore
from napari_nfm.viewer.roles import Role

__all__ = ["apply_looks", "looks_of"]

ALL = ("name", "visible", "opacity", "blending")
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
    for look in looks:
        layer = store.find(Role(look["role"])) if look["role"] in set(Role) else None
        if layer is None:
            continue
        for name in _names(layer):
            if name in look:
                setattr(layer, name, look[name])
        store.raise_to_top(layer)


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
