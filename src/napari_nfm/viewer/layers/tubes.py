"""Tubes around the curves that they were measured from: skins, centrelines, states, axes."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from napari.layers import Surface, Vectors
from napari.utils.colormaps.standardize_color import transform_color

from napari_nfm.palette import CategoryLook, many_looks
from napari_nfm.viewer import convert_tubes, styles
from napari_nfm.viewer.glass import back_to_front, outward_normals, seen_opacity
from napari_nfm.viewer.layers.cubes import CUBE, Cubes
from napari_nfm.viewer.layers.curves import Stimulus, draw_heads, draw_paths, mark_head
from napari_nfm.viewer.layers.store import SOURCE, SPACE, LayerStore
from napari_nfm.viewer.placement import Placement, first_three, variance_titles
from napari_nfm.viewer.roles import TUBE_ROLES, Role
from napari_nfm.viewer.scenes import TubeScene

__all__ = ["Tubes"]


@dataclass(frozen=True)
class _Skins:
    """The mesh of all tubes that are drawn, in the world.

    Attributes
    ----------
    vertices, normals
        ``(vertex, 3)`` as ``(z, y, x)``.
    faces
        ``(face, 3)``.
    bundle
        ``(vertex,)``.
    colours
        ``(vertex, 3)``, 0 to 1.
    """

    vertices: npt.NDArray[np.float64]
    normals: npt.NDArray[np.float64]
    faces: npt.NDArray[np.int64]
    bundle: npt.NDArray[np.int64]
    colours: npt.NDArray[np.float64]


class Tubes:
    """Draws the tubes of one site below trajectories and manifold, as far as there are any.

    The curves in them are those of the tubes' own space, in which units are z-scored; decoding
    trajectories lie in another one.

    Parameters
    ----------
    store
        Our layers.
    cubes
        Where they stand.
    """

    def __init__(self, store: LayerStore, cubes: Cubes) -> None:
        self._store = store
        self._cubes = cubes
        self._skins: _Skins | None = None
        self._highlighted: Stimulus | None = None
        self.shown: TubeScene | None = None

    def show(self, scene: TubeScene) -> None:
        """Draw these tubes."""
        self.shown = scene
        self._draw(scene)

    def hide(self) -> None:
        """Take the tubes away."""
        self.shown = self._skins = None
        self._store.remove(*TUBE_ROLES)

    def highlight(self, category: str | None, direction: float | None) -> None:
        """Make the tube and the current state of one stimulus stand out."""
        before = self._current_bundle()
        self._highlighted = None if category is None or direction is None else (category, direction)
        mark_head(self._store, Role.TUBE_HEADS, self._highlighted)
        if self._current_bundle() != before:
            self.face_camera()

    def face_camera(self) -> None:
        """Draw the tubes as glass for the direction from which they are seen now."""
        if self._store.find(Role.TUBES) is not None:
            self._put_skins()

    def redraw(self) -> None:
        """Draw what is shown where there is room for it now, in as many dimensions as there are."""
        if self.shown is not None and self._store.find(Role.TUBE_AXES) is not None:
            self._draw(self.shown)

    def follow_theme(self) -> None:
        """Draw outlines in the theme's colour of text."""
        mark_head(self._store, Role.TUBE_HEADS, self._highlighted)

    def _draw(self, scene: TubeScene) -> None:
        store, found = self._store, scene.found
        vertices, faces, bundle = convert_tubes.tubes_to_surface(found)
        reach = np.concatenate([vertices, first_three(found.curves).reshape(-1, 3)])
        above = (Role.TRACKS, Role.MANIFOLD)
        number = sum(store.find(role) is not None for role in above)
        placement = Placement.around(reach, self._cubes.centre(number), CUBE)
        curves = convert_tubes.trajectories_in(found, scene.shown)
        draw_paths(
            store, Role.TUBE_PATHS, curves, placement, styles.PathStyle(name="Curves in tubes")
        )
        heads = styles.HeadStyle(name="Current states in tubes")
        draw_heads(store, Role.TUBE_HEADS, curves, placement, heads)
        mark_head(store, Role.TUBE_HEADS, self._highlighted)
        looks = many_looks([str(label) for label in found.labels])
        self._draw_centrelines(scene, placement, looks)
        is_shown = np.isin(bundle, sorted(scene.shown))
        kept = np.cumsum(is_shown) - 1
        world = placement.to_world(vertices[is_shown])
        if store.is_flat:
            world[:, 0] = 0.0
        faces = kept[faces[is_shown[faces[:, 0]]]]
        colours = transform_color([look.colour for look in looks])[:, :3]
        self._skins = _Skins(
            world,
            outward_normals(world, faces),
            faces,
            bundle[is_shown],
            colours[bundle[is_shown]].astype(float),
        )
        self._put_skins()
        ratio = found.explained_variance_ratio
        titles = [] if ratio is None else variance_titles(ratio[:3].tolist())
        self._cubes.draw_axes((Role.TUBE_AXES, Role.TUBE_TITLES), placement, titles, scene.heading)

    def _draw_centrelines(
        self, scene: TubeScene, placement: Placement, looks: tuple[CategoryLook, ...]
    ) -> None:
        if not scene.shown:
            self._store.remove(Role.CENTRELINES)
            return
        lines, features = convert_tubes.centrelines_to_lines(
            scene.found, placement, scene.shown, flat=self._store.is_flat
        )
        self._store.put(
            Role.CENTRELINES,
            Vectors,
            lines,
            **styles.CentrelineStyle().as_kwargs(),
            edge_color=np.array([look.colour for look in looks])[features["category_index"]],
            features=features,
            axis_labels=SPACE,
        )

    def _put_skins(self) -> None:
        skins, scene, store = self._skins, self.shown, self._store
        if skins is None or scene is None:
            return
        if not len(skins.faces):
            store.remove(Role.TUBES)
            return
        direction = np.array([1.0, 0.0, 0.0]) if store.is_flat else store.view_direction
        current = self._current_bundle()
        glass = [
            styles.TubeGlass.of(is_current=None if current is None else number == current)
            for number in range(len(scene.found.labels))
        ]
        middle, rim = (
            np.array([getattr(each, name) for each in glass])[skins.bundle]
            for name in ("middle", "rim")
        )
        opacity = seen_opacity(skins.normals, direction, middle, rim)
        store.put(
            Role.TUBES,
            Surface,
            (skins.vertices, back_to_front(skins.vertices, skins.faces, direction)),
            **styles.TubeStyle().as_kwargs(),
            vertex_colors=np.column_stack([skins.colours, opacity]).astype(np.float32),
            axis_labels=SPACE,
            metadata={SOURCE: scene.source},
        )

    def _current_bundle(self) -> int | None:
        """Return the number of the bundle that the current stimulus belongs to, or None."""
        if self.shown is None or self._highlighted is None:
            return None
        return convert_tubes.bundle_of(self.shown.found, *self._highlighted)
