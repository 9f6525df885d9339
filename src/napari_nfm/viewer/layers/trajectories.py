"""Decoding trajectories: whole paths, tails, current states, axes."""

from napari.layers import Tracks
from psygnal import Signal

from napari_nfm.palette import category_looks
from napari_nfm.viewer import convert_curves, styles
from napari_nfm.viewer.layers.cubes import CUBE, Cubes
from napari_nfm.viewer.layers.curves import draw_heads, draw_paths, mark_head
from napari_nfm.viewer.layers.store import SOURCE, TIME_AND_SPACE, LayerStore
from napari_nfm.viewer.placement import Placement, variance_titles
from napari_nfm.viewer.preferences import preferences
from napari_nfm.viewer.roles import TRAJECTORY_ROLES, Role
from napari_nfm.viewer.scenes import TrajectoryScene

__all__ = ["Trajectories"]


class Trajectories:
    """Draws the trajectories of one site beside the movie.

    Parameters
    ----------
    store
        Our layers.
    cubes
        Where they stand: in the first cube.
    """

    appeared = Signal()
    """There are trajectories where there were none."""

    def __init__(self, store: LayerStore, cubes: Cubes) -> None:
        self._store = store
        self._cubes = cubes
        self._highlighted: tuple[str, float] | None = None
        self.shown: TrajectoryScene | None = None
        self.tail_length = preferences().tail_length

    def show(self, scene: TrajectoryScene) -> None:
        """Draw these trajectories."""
        self.shown = scene
        is_new = self._store.find(Role.TRACKS) is None
        self._draw(scene)
        if is_new:
            self.appeared.emit()

    def highlight(self, category: str | None, direction: float | None) -> None:
        """Make the current state of one trajectory stand out."""
        self._highlighted = None if category is None or direction is None else (category, direction)
        self._mark_head()

    def set_tail_length(self, frames: int) -> None:
        """Show this many past frames of each trajectory as a bright tail."""
        self.tail_length = frames
        layer = self._store.find(Role.TRACKS)
        if layer is not None:
            layer.tail_length = frames

    def hide(self) -> None:
        """Take the trajectories away."""
        self.shown = None
        self._store.remove(*TRAJECTORY_ROLES)

    def redraw(self) -> None:
        """Draw what is shown for as many dimensions as are on screen now."""
        if self.shown is not None and self._store.find(Role.TRACKS) is not None:
            self._draw(self.shown)

    def follow_theme(self) -> None:
        """Draw outlines in the theme's colour of text."""
        self._mark_head()

    def _draw(self, scene: TrajectoryScene) -> None:
        store, curves = self._store, scene.curves
        placement = Placement.fit(curves, self._cubes.centre(0), CUBE)
        draw_paths(store, Role.PATHS, curves, placement, styles.PathStyle())
        looks = category_looks([str(name) for name in curves["category"].values])
        tracks, features = convert_curves.curves_to_tracks(curves, placement, flat=store.is_flat)
        features["category_colour"] = (features["category_index"] + 0.5) / len(looks)
        store.put(
            Role.TRACKS,
            Tracks,
            tracks,
            **styles.TrackStyle(tail_length=self.tail_length).as_kwargs(),
            features=features,
            colormaps_dict={"category_colour": styles.category_colormap(looks)},
            axis_labels=TIME_AND_SPACE,
            metadata={SOURCE: scene.source},
        )
        draw_heads(store, Role.HEADS, curves, placement, styles.HeadStyle())
        self._mark_head()
        titles = variance_titles(scene.explained_variance_ratio.tolist())
        self._cubes.draw_axes((Role.AXES, Role.AXIS_TITLES), placement, titles, scene.heading)

    def _mark_head(self) -> None:
        mark_head(self._store, Role.HEADS, self._highlighted)
