"""The cubes right of the movie, in which trajectories and manifolds stand, and their axes."""

from collections.abc import Sequence

from napari.layers import Vectors

from napari_nfm.viewer import styles
from napari_nfm.viewer.layers.movie_and_maps import MovieAndMaps
from napari_nfm.viewer.layers.store import SPACE, LayerStore
from napari_nfm.viewer.placement import Placement, axes_to_lines
from napari_nfm.viewer.roles import Role

__all__ = ["CUBE", "Cubes"]

CUBE = 256.0
"""World length of a cube's edges."""
MOVIE_TO_CUBE = 110.0
CUBE_TO_CUBE = 150.0


class Cubes:
    """Places for what has no place of its own in the world, one below the other.

    Parameters
    ----------
    store
        Our layers.
    movie_and_maps
        What stands left of the cubes.
    """

    def __init__(self, store: LayerStore, movie_and_maps: MovieAndMaps) -> None:
        self._store = store
        self._movie_and_maps = movie_and_maps

    def centre(self, number: int) -> tuple[float, float, float]:
        """Return the middle ``(z, y, x)`` of a cube, counted from 0 at the top."""
        bottom, right = self._movie_and_maps.corner
        below = number * (CUBE + CUBE_TO_CUBE)
        return 0.0, max(bottom, CUBE) / 2 + below, right + MOVIE_TO_CUBE + CUBE / 2

    def draw_axes(
        self,
        roles: tuple[Role, Role],
        placement: Placement,
        titles: Sequence[str],
        heading: str,
    ) -> None:
        """Draw the axes of what was placed in a cube, in layers for the lines and their text."""
        store = self._store
        lines, anchors, titles = axes_to_lines(placement, titles, flat=store.is_flat)
        style = styles.AxisStyle(name=roles[0].value.capitalize())
        store.put(roles[0], Vectors, lines, **style.as_kwargs(), axis_labels=SPACE)
        z, y, x = placement.centre
        above = (0.0 if store.is_flat else z, y - 0.85 * placement.size, x)
        store.put_text(roles[1], [*anchors, above], [*titles, heading])
