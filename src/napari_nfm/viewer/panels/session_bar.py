"""A row of buttons for the whole session: open, save, copy as Python, and back and forth."""

from qtpy.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from napari_nfm.viewer.explorer import Explorer
from napari_nfm.viewer.panels.fields import action_button, push_button
from napari_nfm.viewer.panels.job_bar import JobBar
from napari_nfm.viewer.session_dialogs import ask_to_open, ask_to_save
from napari_nfm.viewer.shortcuts import explain
from napari_nfm.viewer.worker import Job

__all__ = ["SessionBar"]

PURPOSES = ("save session", "open session", "script")


class SessionBar(QWidget):
    """What can be done with the session as a whole, and what came of it.

    Parameters
    ----------
    explorer
        Whose actions are called.
    """

    def __init__(self, explorer: Explorer) -> None:
        super().__init__()
        self._explorer = explorer
        self._said = ""
        self.setObjectName("session_bar")
        label = QLabel("Session")
        label.setToolTip(
            "What is loaded, recorded, computed and selected in this window, as one .nfm file"
        )
        self._back = action_button("undo_selection", "↶")
        self._back.clicked.connect(self._go_back)
        self._forward = action_button("redo_selection", "↷")
        self._forward.clicked.connect(self._go_on)
        self._job = JobBar("session", done="", counted=False)
        row = QHBoxLayout()
        row.setSpacing(3)
        row.addWidget(label)
        for action, title, clicked in (
            ("open_session", "Open …", self._open),
            ("save_session", "Save …", self._save),
            ("copy_as_python", "Copy as Python", self._copy),
        ):
            button = push_button(action, title, "")
            explain(button, action)
            button.clicked.connect(clicked)
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(self._back)
        row.addWidget(self._forward)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 0, 8, 2)
        layout.setSpacing(2)
        layout.addLayout(row)
        layout.addWidget(self._job)
        explorer.jobs.started.connect(self._follow)
        explorer.saving.said.connect(self._keep_sentence)
        explorer.session.selection.events.units_changed.connect(self._show_steps)
        explorer.session.selection.events.site_changed.connect(self._show_steps)
        explorer.session.events.responses_changed.connect(self._show_steps)
        self._show_steps()

    # What a person does

    def _open(self) -> None:
        ask_to_open(self._explorer)

    def _save(self) -> None:
        ask_to_save(self._explorer)

    def _copy(self) -> None:
        self._explorer.saving.copy_as_python()

    def _go_back(self) -> None:
        self._explorer.saving.history.back()
        self._show_steps()

    def _go_on(self) -> None:
        self._explorer.saving.history.forward()
        self._show_steps()

    # What is shown

    def _follow(self, purpose: str, job: Job) -> None:
        if purpose in PURPOSES:
            self._said = ""
            self._job.watch(job)
            job.finished.connect(self._tell)

    def _keep_sentence(self, sentence: str) -> None:
        self._said = sentence

    def _tell(self) -> None:
        if self._job.outcome == "done":
            self._job.end_with("done", self._said)

    def _show_steps(self) -> None:
        history = self._explorer.saving.history
        self._back.setEnabled(history.can_go_back)
        self._forward.setEnabled(history.can_go_forward)
