"""The card that leads a newcomer from nothing to a first result."""

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout

from napari_nfm.session import Session
from napari_nfm.viewer.first_steps import FIRST_STEPS, next_step

__all__ = ["GuidePanel"]

DONE, OPEN = "●", "○"


class GuidePanel(QFrame):
    """Shows the next step, with a button that leads there; goes away when all are done.

    Parameters
    ----------
    session
        Whose state says which steps are done.
    """

    asked = Signal(str)
    """The name of the step that a person wants to take."""
    closed = Signal()
    """A person does not want to be led."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.setObjectName("guide_panel")
        self.setStyleSheet("#guide_panel { border: 1px solid #56B4E9; border-radius: 4px; }")
        self._session = session
        self._name = ""
        self._title = QLabel()
        self._title.setObjectName("guide_title")
        self._dots = QLabel()
        self._dots.setObjectName("guide_dots")
        self._dots.setToolTip("First steps that are done, and those to come")
        self._close = QToolButton()
        self._close.setObjectName("guide_close")
        self._close.setText("✕")
        self._close.setAutoRaise(True)
        self._close.setToolTip("Hide the first steps (napari's Preferences bring them back)")
        self._close.clicked.connect(self.closed)
        self._text = QLabel()
        self._text.setObjectName("guide_text")
        self._text.setWordWrap(True)
        self._button = QPushButton()
        self._button.setObjectName("guide_button")
        self._button.setToolTip("Take this step, or go where it is taken")
        self._button.clicked.connect(self._ask)
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        head.addWidget(self._dots)
        head.addWidget(self._close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 4, 6, 8)
        layout.setSpacing(4)
        layout.addLayout(head)
        layout.addWidget(self._text)
        layout.addWidget(self._button)
        for name in ("twin", "stimuli", "responses", "manifolds", "scores"):
            session.events[f"{name}_changed"].connect(self._follow)
        session.selection.events.units_changed.connect(self._follow)
        self._follow()

    def _ask(self) -> None:
        self.asked.emit(self._name)

    def _follow(self) -> None:
        step = next_step(self._session)
        if step is None:
            self.hide()
            return
        done = [step.is_done(self._session) for step in FIRST_STEPS]
        self._name = step.name
        self._title.setText(f"<b>First steps: {step.title}</b>")
        self._dots.setText("".join(DONE if is_done else OPEN for is_done in done))
        self._text.setText(step.text)
        self._button.setText(step.button)
