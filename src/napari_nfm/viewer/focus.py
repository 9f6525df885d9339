"""Which control has the keyboard: in our docks there is a ring around it, whatever it is.

One ring for all kinds of controls, rather than a rule in a style sheet for each: it moves nothing,
covers controls that have a style of their own, sliders, tables and those that we paint, and follows
the theme.
"""

from qtpy.QtCore import QEvent, QObject, QRectF, Qt
from qtpy.QtGui import QPainter, QPaintEvent, QPalette, QPen
from qtpy.QtWidgets import QApplication, QWidget

__all__ = ["FocusRing", "ring_focus"]

RING = 2.0
"""Width of the ring, which has the theme's colour of text: it stands out from all controls."""
LARGE = 40
"""Higher and wider ones may show a picture of any colour, so that the ring has a rim there."""
RADIUS = 3.0


def ring_focus() -> None:
    """Draw a ring around what has the keyboard in our docks, from now on in all windows."""
    application = QApplication.instance()
    if application is not None and application.findChild(_FocusWatch) is None:
        _FocusWatch(application)


class FocusRing(QWidget):
    """A ring inside the edge of a control, which goes on getting the mouse.

    Parameters
    ----------
    control
        What has the keyboard.
    """

    def __init__(self, control: QWidget) -> None:
        super().__init__(control)
        self.setObjectName("focus_ring")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        control.installEventFilter(self)
        self.setGeometry(control.rect())
        self.show()
        self.raise_()

    def eventFilter(self, control: QObject, event: QEvent) -> bool:
        """Keep the size of the control."""
        if event.type() == QEvent.Type.Resize and isinstance(control, QWidget):
            self.setGeometry(control.rect())
        return False

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the ring."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if min(self.width(), self.height()) > LARGE:
            self._draw(painter, QPalette.ColorRole.Window, inset=RING)
        self._draw(painter, QPalette.ColorRole.WindowText, inset=0.0)
        painter.end()

    def _draw(self, painter: QPainter, role: QPalette.ColorRole, *, inset: float) -> None:
        painter.setPen(QPen(self.palette().color(role), RING))
        edge = inset + RING / 2
        box = QRectF(self.rect()).adjusted(edge, edge, -edge, -edge)
        painter.drawRoundedRect(box, RADIUS, RADIUS)


class _FocusWatch(QObject):
    """Moves the ring with the focus."""

    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        application.focusChanged.connect(self._move)

    def _move(self, old: QWidget | None, new: QWidget | None) -> None:
        if old is not None:
            for ring in old.findChildren(
                FocusRing, options=Qt.FindChildOption.FindDirectChildrenOnly
            ):
                ring.hide()
                ring.deleteLater()
        if new is not None and _takes_keys(new):
            FocusRing(new)


def _takes_keys(control: QWidget) -> bool:
    """Whether a control of ours is on the way of the Tab key."""
    if not control.focusPolicy() & Qt.FocusPolicy.TabFocus:
        return False
    if control.window().windowType() == Qt.WindowType.Popup:
        return False
    package = __name__.partition(".")[0]
    above: QWidget | None = control
    while above is not None:
        if type(above).__module__.partition(".")[0] == package:
            return True
        above = above.parentWidget()
    return False
