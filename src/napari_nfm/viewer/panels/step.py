"""One numbered, collapsible step of the *Explore* dock."""

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QFrame, QLabel, QToolButton, QVBoxLayout, QWidget

__all__ = ["Step"]

TOOLTIP = "Open or close this step"


class Step(QFrame):
    """A header that opens and closes a body, with a line that sums the body up.

    Parameters
    ----------
    number
        Place in the list, from 1.
    title
        What is done in this step.
    body
        Its controls.
    """

    def __init__(self, number: int, title: str, body: QWidget) -> None:
        super().__init__()
        self.setObjectName(f"step_{number}")
        self._body = body
        self._header = QToolButton()
        self._header.setObjectName(f"step_{number}_header")
        self._header.setText(f"{number}   {title}")
        self._header.setToolTip(TOOLTIP)
        self._header.setCheckable(True)
        self._header.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._header.setSizePolicy(
            self._header.sizePolicy().Policy.Expanding, self._header.sizePolicy().Policy.Fixed
        )
        self._header.setStyleSheet(
            "QToolButton { text-align: left; font-weight: bold; padding: 6px 4px; }"
        )
        self._header.toggled.connect(self._show_body)
        self._summary = QLabel()
        self._summary.setObjectName(f"step_{number}_summary")
        self._summary.setWordWrap(True)
        self._summary.setContentsMargins(26, 0, 4, 4)
        self._summary.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._header)
        layout.addWidget(self._summary)
        layout.addWidget(body)
        body.layout().setContentsMargins(8, 4, 8, 10)
        self._show_body(False)

    @property
    def is_open(self) -> bool:
        """Whether the body is shown."""
        return self._header.isChecked()

    def set_open(self, shown: bool) -> None:
        """Show or hide the body."""
        self._header.setChecked(shown)

    def set_possible(self, possible: bool, why_not: str = "") -> None:
        """Let the step be opened, or close it and say in its tooltip what is missing."""
        self._header.setEnabled(possible)
        self._header.setToolTip(TOOLTIP if possible else why_not)
        if not possible:
            self.set_open(False)
            self.set_summary(why_not)

    def set_summary(self, text: str) -> None:
        """Show one line under the header, or none where `text` is empty."""
        self._summary.setText(text)
        self._summary.setVisible(bool(text))

    def _show_body(self, shown: bool) -> None:
        arrow = Qt.ArrowType.DownArrow if shown else Qt.ArrowType.RightArrow
        self._header.setArrowType(arrow)
        self._body.setVisible(shown)
