"""All that we draw in one viewer."""

from collections.abc import Mapping
from typing import Any, Protocol

from napari.layers import Layer
from psygnal import Signal

from napari_nfm.viewer.layers.cubes import Cubes
from napari_nfm.viewer.layers.looks import apply_looks, looks_of
from napari_nfm.viewer.layers.manifold import Manifold
from napari_nfm.viewer.layers.movie_and_maps import MovieAndMaps
from napari_nfm.viewer.layers.receptive_fields import ReceptiveFieldOutlines
from napari_nfm.viewer.layers.store import LayerStore
from napari_nfm.viewer.layers.trajectories import Trajectories
from napari_nfm.viewer.layers.tubes import Tubes
from napari_nfm.viewer.roles import Role

__all__ = ["World"]


class InCube(Protocol):
    """A subject that stands in a cube, solid or flat."""

    def redraw(self) -> None:
        """Draw what is shown where there is room for it now, in as many dimensions as there are."""

    def follow_theme(self) -> None:
        """Draw outlines in the theme's colour of text."""


class World:
    """The subjects that are drawn in one viewer, and what they have in common.

    Parameters
    ----------
    viewer
        The napari viewer, or its model; not kept alive.
    """

    fitted = Signal(object)
    """The camera was fitted to the layers of this view."""

    def __init__(self, viewer: Any) -> None:
        self._store = store = LayerStore(viewer)
        self.movie_and_maps = MovieAndMaps(store)
        self.receptive_fields = ReceptiveFieldOutlines(store)
        cubes = Cubes(store, self.movie_and_maps)
        self.trajectories = Trajectories(store, cubes)
        self.manifold = Manifold(store, cubes)
        self.tubes = Tubes(store, cubes)
        self._in_cubes: tuple[InCube, ...] = (self.trajectories, self.manifold, self.tubes)
        # What stands below makes room.
        self.trajectories.appeared.connect(self.manifold.redraw)
        self.trajectories.appeared.connect(self.tubes.redraw)
        self.manifold.appeared.connect(self.tubes.redraw)
        viewer.dims.events.ndisplay.connect(self._follow_ndisplay)
        viewer.events.theme.connect(self._follow_theme)

    def find(self, role: Role) -> Layer | None:
        """Return our layer of this `role`, or None where there is none."""
        return self._store.find(role)

    def remove(self, *roles: Role) -> None:
        """Remove our layers of these roles, where there are any."""
        self._store.remove(*roles)

    def set_visible(self, *roles: Role) -> None:
        """Show our layers of these roles and hide our others; leave other layers alone."""
        for role in Role:
            layer = self.find(role)
            if layer is not None:
                layer.visible = role in roles

    @property
    def text_size(self) -> int:
        """Size of all captions and titles, in points."""
        return self._store.text_size

    def set_text_size(self, points: int) -> None:
        """Write all captions and titles in this size."""
        self._store.set_text_size(points)

    @property
    def looks(self) -> dict[str, Any]:
        """What a person may have changed about our layers, as plain values."""
        return {"layers": looks_of(self._store), "text size": self._store.text_size}

    @looks.setter
    def looks(self, looks: Mapping[str, Any]) -> None:
        self.set_text_size(looks.get("text size", self._store.text_size))
        apply_looks(self._store, looks.get("layers", ()))

    def _follow_ndisplay(self) -> None:
        for subject in self._in_cubes:
            subject.redraw()

    def _follow_theme(self) -> None:
        self._store.follow_theme()
        for subject in self._in_cubes:
            subject.follow_theme()
