"""How far a job is, a way to stop it, and how it ended."""

from qtpy.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from napari_nfm.viewer.worker import Job, JobProgress, describe

__all__ = ["JobBar", "duration"]

# Okabe and Ito; each outcome has a sign and a sentence too, so colour is never alone.
OUTCOMES = {
    "done": ("✔", "#009E73"),
    "cancelled": ("■", "#E69F00"),
    "failed": ("✖", "#D55E00"),
}


def duration(seconds: float) -> str:
    """Return a time span for people, as ``1 min 20 s``."""
    if seconds < 1:
        return "less than 1 s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min"


class JobBar(QWidget):
    """Follows one job at a time; hidden before the first.

    Parameters
    ----------
    name
        Prefix of the parts' object names.
    done, cancelled
        Sentences for these two outcomes; a failure brings its own.
    counted
        Whether the job's steps mean something to a person, so that their number and pace do.
    """

    def __init__(
        self, name: str, *, done: str, cancelled: str = "Cancelled.", counted: bool = True
    ) -> None:
        super().__init__()
        self._counted = counted
        self._sentences = {"done": done, "cancelled": cancelled}
        self._job: Job | None = None
        self.setObjectName(f"{name}_job")
        self._bar = QProgressBar()
        self._bar.setObjectName(f"{name}_progress")
        self._bar.setTextVisible(False)
        self._bar.setFixedHeight(10)
        self._cancel = QPushButton("Cancel")
        self._cancel.setObjectName(f"{name}_cancel")
        self._cancel.setToolTip("Stop within one step; what is done so far is kept")
        self._cancel.clicked.connect(self._cancel_job)
        self._text = QLabel()
        self._text.setObjectName(f"{name}_message")
        self._text.setWordWrap(True)
        row = QHBoxLayout()
        row.addWidget(self._bar, 1)
        row.addWidget(self._cancel)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(row)
        layout.addWidget(self._text)
        self.hide()

    @property
    def outcome(self) -> str:
        """``running``, ``done``, ``cancelled``, ``failed``, or empty before the first job."""
        return str(self.property("outcome") or "")

    def watch(self, job: Job) -> None:
        """Follow `job` from now on."""
        self._job = job
        job.progressed.connect(self._show_progress)
        job.done.connect(self._show_done)
        job.cancelled.connect(self._show_cancelled)
        job.failed.connect(self._show_failed)
        self.setProperty("outcome", "running")
        self._bar.setRange(0, 0)
        self._bar.show()
        self._cancel.setEnabled(True)
        self._cancel.show()
        self._text.setStyleSheet("")
        self._text.setText("Starting …")
        self.show()

    def end_with(self, outcome: str, sentence: str) -> None:
        """Show how the job ended."""
        sign, colour = OUTCOMES[outcome]
        self.setProperty("outcome", outcome)
        self._bar.hide()
        self._cancel.hide()
        self._text.setStyleSheet(f"color: {colour}; font-weight: bold;")
        self._text.setText(f"{sign}  {sentence}")
        self.show()

    def _cancel_job(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._cancel.setEnabled(False)
            self._text.setText("Stopping …")

    def _show_progress(self, progress: JobProgress) -> None:
        if self.sender() is not self._job or not self._cancel.isEnabled():
            return
        done, total, message = progress.last
        self._bar.setRange(0, 1000 if total else 0)
        parts = [message[:1].upper() + message[1:] or ("Working" if total else "Starting …")]
        if total:
            self._bar.setValue(round(1000 * done / total))
            parts.append(
                f"{done:,} of {total:,}" if self._counted else f"{100 * done / total:.0f} %"
            )
        if progress.rate and self._counted:
            parts.append(f"{progress.rate:.3g} per second")
        if progress.seconds_left is not None and done < total:
            parts.append(f"{duration(progress.seconds_left)} left")
        self._text.setText(" · ".join(parts))

    def _show_done(self) -> None:
        if self.sender() is self._job:
            self.end_with("done", self._sentences["done"])

    def _show_cancelled(self) -> None:
        if self.sender() is self._job:
            self.end_with("cancelled", self._sentences["cancelled"])

    def _show_failed(self, error: BaseException) -> None:
        if self.sender() is self._job:
            self.end_with("failed", describe(error))
