"""Small encoding manifolds in 3-D, side by side and seen from one place: what knows vispy.

All are drawn in one canvas that is never on screen itself; its pictures are. Qt takes the context
of a canvas away when its dock floats, where contexts were not shared from the start of the
application, and napari's are not. A picture goes wherever a widget goes.
"""

from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np
import numpy.typing as npt
from napari.utils.colormaps.standardize_color import transform_color
from qtpy.compat import isalive
from qtpy.QtCore import QObject
from vispy.scene import Line, Markers, SceneCanvas, TurntableCamera, ViewBox

from napari_nfm.viewer.picking import nearest_to_ray
from napari_nfm.viewer.small_manifold_data import SmallManifold
from napari_nfm.viewer.styles import HoveredUnitStyle, SelectedUnitStyle, UnitStyle

__all__ = ["SmallManifolds"]

FloatArray = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

HOME = (-24.0, 18.0)
"""Azimuth and elevation, in degrees, from which depth is seen and the axes still read well."""
SEEN = 3.0
"""How much of the world a picture shows; a manifold reaches from -1 to 1 at most."""
ZOOMS = (0.5, 20.0)
CORNERS = np.array(list(product((-1.0, 1.0), repeat=3)))
EDGES = np.array([(i, i | bit) for i in range(1, 8) for bit in (1, 2, 4) if not i & bit])
AXES = np.array([(8, 9), (8, 10), (8, 11)])
"""The other three edges of the box, of corners of their own, which are 0, 4, 1 and 2 again."""
BOX_OPACITY, AXIS_OPACITY = 0.22, 0.8
MANY = 300
"""More units than that have smaller dots."""
DOTS = (5.5, 4.0)
"""Diameter of a few dots and of many, in pixels of a picture that is `DOT_SIDE` wide."""
DOT_SIDE = 100
LEAST_RING = 12.0
"""Diameter of the ring around a hovered unit, in pixels."""
REACH = 6.0
"""The mouse this far from a unit's centre still means it, in pixels."""
_CANVASES: list[SceneCanvas] = []
"""Those that Qt has not deleted yet. Collected by Python in the middle of a drawing, of whatever
canvas, one would leave the drawing without a context."""
IN_FRONT = {"depth_test": False, "blend": True, "blend_func": ("src_alpha", "one_minus_src_alpha")}


class SmallManifolds:
    """Draws manifolds of several sites, each in a view of its own, all from the same side.

    Pixels are those that widgets count in.

    Parameters
    ----------
    owner
        Who shows the pictures; the canvas goes when it goes.
    """

    def __init__(self, owner: QObject) -> None:
        self._owner = owner
        self._canvas: SceneCanvas | None = None
        self._views: list[_View] = []
        self._size, self._ratio = (0, 0), 1.0
        self._azimuth, self._elevation = HOME
        self._zoom = 1.0

    @property
    def viewpoint(self) -> tuple[float, float, float]:
        """Azimuth and elevation in degrees, and how much larger than usual the picture is."""
        return self._azimuth, self._elevation, self._zoom

    def show(self, manifolds: Sequence[SmallManifold], text_colour: str) -> None:
        """Draw these in place of those before; lines are in the theme's colour of text."""
        canvas = self._open()
        while len(self._views) < len(manifolds):
            self._views.append(_View(canvas))
        for view in self._views[len(manifolds) :]:
            view.box.parent = None
        del self._views[len(manifolds) :]
        for view, manifold in zip(self._views, manifolds, strict=True):
            view.show(manifold, text_colour)
        self._arrange()

    def resize(self, width: int, height: int, ratio: float) -> None:
        """Make each picture so large; `ratio` is how many pixels of the screen a pixel has."""
        if ((width, height), ratio) != (self._size, self._ratio):
            self._size, self._ratio = (width, height), ratio
            self._arrange()

    def mark(self, selected: Mapping[str, Rows], hovered: Mapping[str, Rows]) -> set[int]:
        """Make units stand out, by site and row; return the numbers of pictures that change."""
        nothing = np.empty(0, dtype=np.intp)
        return {
            number
            for number, view in enumerate(self._views)
            if view.mark(selected.get(view.site, nothing), hovered.get(view.site, nothing))
        }

    def turn(self, rightwards: float, upwards: float) -> None:
        """Turn all manifolds by so many degrees."""
        self._azimuth = (self._azimuth - rightwards + 180) % 360 - 180
        self._elevation = min(max(self._elevation - upwards, -90.0), 90.0)

    def zoom(self, factor: float) -> None:
        """Make all manifolds so much larger."""
        self._zoom = min(max(self._zoom * factor, ZOOMS[0]), ZOOMS[1])

    def go_home(self) -> None:
        """Go back to where all of every manifold is seen."""
        (self._azimuth, self._elevation), self._zoom = HOME, 1.0

    def pictures(self, numbers: range, background: str) -> list[npt.NDArray[np.uint8]]:
        """Return pictures ``(y, x, 4)`` of manifolds that are next to each other, as RGBA."""
        canvas, (width, height) = self._open(), self._in_canvas
        for number, view in enumerate(self._views):
            view.box.visible = number in numbers
            if view.box.visible:
                view.look(*self.viewpoint)
                # The part of a canvas that is drawn has to begin where the canvas does.
                view.box.pos = ((number - numbers.start) * width, 0)
        row = canvas.render(region=(0, 0, len(numbers) * width, height), bgcolor=background)
        return np.split(row, len(numbers), axis=1)

    def places(self, number: int) -> FloatArray:
        """Return where units are drawn on their picture, ``(unit, 3)``: x, y and depth."""
        return self._seen(number, self._views[number].points)

    def axis_ends(self, number: int) -> FloatArray:
        """Return where the three axes end on their picture, ``(3, 2)``."""
        view = self._views[number]
        return self._seen(number, view.corners[AXES[:, 1]])[:, :2]

    def row_at(self, number: int, x: float, y: float) -> int | None:
        """Return the row of the unit that is seen at a place on a picture, or None."""
        towards = np.array([0.0, 0.0, 1.0])
        return nearest_to_ray(self.places(number), np.array([x, y, 0.0]), towards, REACH)

    def _open(self) -> SceneCanvas:
        """Return the canvas, whose context is made by a first picture of nothing."""
        if self._canvas is None:
            _CANVASES[:] = [canvas for canvas in _CANVASES if isalive(canvas.native)]
            self._canvas = SceneCanvas(show=False, size=(1, 1))
            _CANVASES.append(self._canvas)
            self._canvas.native.grabFramebuffer()
            # Qt calls this itself; it may be too late for a function of Python.
            self._owner.destroyed.connect(self._canvas.native.deleteLater)
        return self._canvas

    @property
    def _in_canvas(self) -> tuple[int, int]:
        """Width and height of a picture as the canvas counts, which has a ratio of its own."""
        ratio = self._ratio / self._open().native.devicePixelRatioF()
        return round(self._size[0] * ratio), round(self._size[1] * ratio)

    def _arrange(self) -> None:
        """Give views the size of a picture, and dots the size that they need there."""
        if self._canvas is None or not all(self._size) or not self._views:
            return
        width, height = self._in_canvas
        # Who is not on screen is not told of its size.
        self._canvas.size = (width * len(self._views), height)
        self._canvas.native.resizeGL(*self._canvas.size)
        for view in self._views:
            view.box.size = (width, height)
            view.draw_units(width / self._size[0], min(self._size))

    def _seen(self, number: int, points: FloatArray) -> FloatArray:
        view = self._views[number]
        view.look(*self.viewpoint)
        seen = view.box.scene.transform.map(points)[:, :3]
        seen[:, :2] *= np.divide(self._size, self._in_canvas)
        return seen


class _View:
    """One manifold in its box, with the units that stand out.

    Parameters
    ----------
    canvas
        Where it is drawn.
    """

    def __init__(self, canvas: SceneCanvas) -> None:
        self.box = ViewBox(parent=canvas.scene)
        self.box.camera = TurntableCamera(fov=0, center=(0.0, 0.0, 0.0))
        self.points: FloatArray = np.empty((0, 3))
        self.corners: FloatArray = np.empty((0, 3))
        self._manifold: SmallManifold | None = None
        self._text_colour = ""
        self._scale, self._side = 1.0, DOT_SIDE
        self._selected = self._hovered = np.empty(0, dtype=np.intp)
        self._lines = Line(method="gl", connect=np.concatenate([EDGES, AXES]))
        self._units = Markers()
        self._in_front: dict[str, Markers] = {}
        for part in (self._lines, self._units):
            self.box.add(part)

    @property
    def site(self) -> str:
        """Whose manifold it is."""
        return "" if self._manifold is None else self._manifold.site

    def show(self, manifold: SmallManifold, text_colour: str) -> None:
        """Draw this one, without anything that stands out."""
        self._manifold, self._text_colour = manifold, text_colour
        # The second coordinate points upwards, which is vispy's third axis.
        self.points = manifold.points[:, [0, 2, 1]].astype(np.float64)
        corners = CORNERS * np.abs(self.points).max(axis=0)
        self.corners = np.concatenate([corners, corners[[0, 4, 1, 2]]])
        colours = np.tile(transform_color(text_colour), (len(self.corners), 1))
        colours[:8, 3], colours[8:, 3] = BOX_OPACITY, AXIS_OPACITY
        self._lines.set_data(pos=self.corners.astype(np.float32), color=colours)
        self._lines.set_gl_state("translucent", depth_test=False)  # units hide it, never it units
        self.mark(self._selected[:0], self._hovered[:0])

    def draw_units(self, scale: float, side: int) -> None:
        """Draw units in a picture with sides of so many pixels, `scale` times as large."""
        self._scale, self._side = scale, side
        self._put(self._units, np.arange(len(self.points)))
        self._stand_out()

    def mark(self, selected: Rows, hovered: Rows) -> bool:
        """Make these rows stand out; return whether they are others than before."""
        before = self._selected, self._hovered
        self._selected, self._hovered = selected, hovered
        is_other = not all(map(np.array_equal, before, (selected, hovered)))
        if is_other:
            self._stand_out()
        return is_other

    def look(self, azimuth: float, elevation: float, zoom: float) -> None:
        """Look from this side."""
        camera = self.box.camera
        state = {"azimuth": azimuth, "elevation": elevation, "scale_factor": SEEN / zoom}
        if any(getattr(camera, name) != value for name, value in state.items()):
            camera.set_state(state)

    def _stand_out(self) -> None:
        usual = UnitStyle.for_units(len(self.points)).size
        style = SelectedUnitStyle.for_units(
            len(self._selected), of=len(self.points), border_color=self._text_colour
        )
        for name, rows in (("selected", self._selected), ("hovered", self._hovered)):
            if name in self._in_front:
                self._in_front[name].visible = len(rows) > 0
        if len(self._selected):
            markers = self._markers_in_front("selected", order=1)
            self._put(markers, self._selected, style.size / usual, style.border_width)
        if len(self._hovered):
            ring = HoveredUnitStyle
            self._markers_in_front("hovered", order=2).set_data(
                self.points[self._hovered].astype(np.float32),
                size=max(3 * self._dot, LEAST_RING * self._scale),
                edge_width=0,
                edge_color=ring.border_color,
                face_color=ring.face_color,
                symbol=ring.symbol,
            )

    def _markers_in_front(self, name: str, order: int) -> Markers:
        """Return markers that nothing hides, made when something stands out for the first time."""
        if name not in self._in_front:
            markers = self._in_front[name] = Markers(parent=self.box.scene)
            markers.set_gl_state(**IN_FRONT)
            markers.order = order
        return self._in_front[name]

    def _put(self, markers: Markers, rows: Rows, grown: float = 1.0, border: float = 0.0) -> None:
        """Draw units in these rows, so much larger than usual, with a border of that share."""
        manifold = self._manifold
        assert manifold is not None
        markers.set_data(
            self.points[rows].astype(np.float32),
            size=grown * self._dot,
            edge_width_rel=border,
            edge_color=self._text_colour if border else manifold.colours[rows],
            face_color=manifold.colours[rows],
            symbol=manifold.symbols[rows],
        )

    @property
    def _dot(self) -> float:
        """Diameter of a unit that does not stand out."""
        diameter = DOTS[len(self.points) > MANY]
        return float(self._scale * diameter * np.sqrt(self._side / DOT_SIDE))
