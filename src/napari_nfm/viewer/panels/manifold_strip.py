"""Small manifolds side by side: turned, zoomed and chosen by mouse and keys, all together."""

from collections.abc import Callable
from functools import partial

from qtpy.QtCore import QEvent, QPoint, Qt, Signal
from qtpy.QtGui import QFocusEvent, QHelpEvent, QKeyEvent, QMouseEvent, QWheelEvent
from qtpy.QtWidgets import QToolTip

from napari_nfm.viewer.control_keys import OPENERS
from napari_nfm.viewer.panels.manifold_pictures import ManifoldPictures

__all__ = ["HELP", "ManifoldStrip"]

HELP = (
    "Drag to turn all, wheel to zoom, click to go to a site; click a unit of the current site to "
    "select it. Keys: ← → pick, Enter goes there, Shift with arrows turns, + and - zoom, Home is "
    "the first view."
)
CLICK_PIXELS = 4
DEGREES_PER_PIXEL = 0.6
DEGREES_PER_KEY = 10.0
ZOOM_PER_STEP = 1.15
TURNS: dict[int, tuple[int, int]] = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}
STEPS: dict[int, int] = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
ZOOMS: dict[int, int] = {Qt.Key.Key_Plus: 1, Qt.Key.Key_Equal: 1, Qt.Key.Key_Minus: -1}


class ManifoldStrip(ManifoldPictures):
    """Pictures that a person turns, and with which a person goes to a site."""

    asked = Signal(str)
    """A person wants to go to this site."""
    unit_clicked = Signal(int, bool)
    """A person clicked at this unit of the current site; whether to add it to those selected."""
    unit_pointed = Signal(object)
    """The unit of the current site under the mouse, or None."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("manifold_strip")
        self.setAccessibleName("Small encoding manifolds")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self._pointed: int | None = None
        self._pressed: QPoint | None = None
        self._dragged = QPoint()
        self._was_dragged = False

    def event(self, event: QEvent) -> bool:
        """Keep the keys that mean something here from shortcuts, and explain what is pointed at."""
        if event.type() == QEvent.Type.ShortcutOverride and self._meaning(event) is not None:
            event.accept()
            return True
        if event.type() == QEvent.Type.ToolTip:
            return self._explain(event)
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Pick, open, turn and zoom; other keys go to the window."""
        act = self._meaning(event)
        if act is None:
            super().keyPressEvent(event)
        else:
            act()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of all manifolds."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = self._dragged = event.position().toPoint()
            self._was_dragged = False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Turn all manifolds, or tell which unit the mouse is at."""
        place = event.position().toPoint()
        if self._pressed is None:
            self._point_at(place)
            return
        self._was_dragged |= (place - self._pressed).manhattanLength() > CLICK_PIXELS
        if self._was_dragged:
            moved, self._dragged = place - self._dragged, place
            self._turn(moved.x() * DEGREES_PER_PIXEL, -moved.y() * DEGREES_PER_PIXEL)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Choose the site, or the unit of the current one, where nothing was turned."""
        if event.button() != Qt.MouseButton.LeftButton or self._pressed is None:
            return
        self._pressed = None
        place = event.position().toPoint()
        number = self.number_at(place)
        if self._was_dragged or number is None:
            return
        self.pick(number)
        if self.manifolds[number].site != self.site:
            self.asked.emit(self.manifolds[number].site)
        elif (unit := self.unit_at(place)) is not None:
            adding = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier
            self.unit_clicked.emit(unit, bool(event.modifiers() & adding))

    def leaveEvent(self, event: QEvent) -> None:
        """Point at nothing."""
        super().leaveEvent(event)
        self._tell_pointed(None)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom; a wheel that turns sideways scrolls."""
        steps = event.angleDelta().y() / 120
        if steps:
            self._zoom(steps)
        else:
            event.ignore()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Bring what the keys are at into view, unless the mouse is somewhere else."""
        super().focusInEvent(event)
        if event.reason() is not Qt.FocusReason.MouseFocusReason:
            self.pick(self._place)

    # What that means

    def _meaning(self, event: QEvent) -> Callable[[], None] | None:
        """Return what a key does, or None where it does nothing here."""
        assert isinstance(event, QKeyEvent)
        if not self.manifolds:
            return None
        key, modifiers = event.key(), event.modifiers()
        is_shifted = modifiers & Qt.KeyboardModifier.ShiftModifier
        if modifiers & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier):
            return None
        if is_shifted and key in TURNS:
            return partial(self._turn, *(DEGREES_PER_KEY * share for share in TURNS[key]))
        if key in ZOOMS:
            return partial(self._zoom, ZOOMS[key])
        if is_shifted:
            return None
        if key in STEPS:
            return partial(self.pick, self._place + STEPS[key])
        if key in OPENERS:
            return partial(self.asked.emit, self.manifolds[self._place].site)
        return self._go_home if key == Qt.Key.Key_Home else None

    def _turn(self, rightwards: float, upwards: float) -> None:
        self.drawn.turn(rightwards, upwards)
        self.redraw()

    def _zoom(self, steps: float) -> None:
        self.drawn.zoom(ZOOM_PER_STEP**steps)
        self.redraw()

    def _go_home(self) -> None:
        self.drawn.go_home()
        self.redraw()

    def _point_at(self, place: QPoint) -> None:
        number = self.number_at(place)
        hand = Qt.CursorShape.ArrowCursor if number is None else Qt.CursorShape.PointingHandCursor
        self.setCursor(hand)
        self._tell_pointed(self.unit_at(place))

    def _tell_pointed(self, unit: int | None) -> None:
        if unit != self._pointed:
            self._pointed = unit
            self.unit_pointed.emit(unit)

    def _explain(self, event: QEvent) -> bool:
        assert isinstance(event, QHelpEvent)
        number = self.number_at(event.pos())
        if number is None:
            return False
        manifold = self.manifolds[number]
        about = f"{manifold.title}: {len(manifold.units):,} units on the encoding manifold. {HELP}"
        QToolTip.showText(event.globalPos(), about, self, self.cell(number))
        return True
