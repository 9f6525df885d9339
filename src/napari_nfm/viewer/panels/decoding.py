"""Page *Decoding* of the dock *Tubularity*: accuracy over windows, and the confusions of one."""

from typing import Any

from qtpy.QtWidgets import QHBoxLayout, QLabel

from napari_nfm.viewer.accuracy_data import accuracy_page, confusion
from napari_nfm.viewer.explorer import Explorer
from napari_nfm.viewer.exports import Export, accuracy_exports
from napari_nfm.viewer.panels.accuracy_plot import AccuracyPlot
from napari_nfm.viewer.panels.confusion_plot import ConfusionPlot
from napari_nfm.viewer.panels.fields import choice_box, number_box, push_button, text_label
from napari_nfm.viewer.panels.job_bar import JobBar
from napari_nfm.viewer.panels.page import Page
from napari_nfm.viewer.worker import Job

__all__ = ["DecodingPage"]

CLASSIFIERS = {
    "knn": ("neighbours", "majority of the 3 nearest samples, each sample left out in turn"),
    "logistic": ("logistic regression", "multinomial, cross-validated; takes longer"),
}
WINDOWS = {
    "growing": ("first frame to", "windows that begin with the stimulus and grow"),
    "shrinking": ("last frame back to", "windows that end with the stimulus and shrink"),
}
EMPTY = "How well stimuli are told apart has not been measured at this site. Press Decode."
LEGEND = (
    '<span style="color:#4477AA">━━</span> first frame to each &nbsp; '
    '<span style="color:#CC79A7">╍╍</span> each frame to the last &nbsp; '
    "bands: 95 % &nbsp; grey: guessing &nbsp; ◇ published for this site, of windows not said"
)


class DecodingPage(Page):
    """Accuracy over growing and shrinking windows, and the confusions in one of them.

    Parameters
    ----------
    explorer
        Whose actions are called.
    """

    def __init__(self, explorer: Explorer) -> None:
        super().__init__("decoding_page")
        self._explorer = explorer
        self._classifier = choice_box("classifier", "How the category is decoded", CLASSIFIERS)
        self._classifier.currentIndexChanged.connect(self.refresh)
        self._decode = push_button(
            "decode_windows",
            "Decode",
            "Decode the category of the stimulus from the responses in every time window",
        )
        self._decode.clicked.connect(self._start)
        self._job = JobBar("accuracy", done="Decoded.", counted=False)
        self._about = text_label("about_accuracy")
        self._windows = choice_box("windows", "Windows whose confusions are shown", WINDOWS)
        self._windows.setMinimumContentsLength(13)
        self._windows.currentIndexChanged.connect(self._choose_windows)
        self._frame = number_box(
            "window_frame", 0, 0, 0, "Frame at which the window ends or begins, from 0"
        )
        self._frame.valueChanged.connect(self._show_confusion)
        self._confused = text_label("confused")
        self.plot, self.matrix = AccuracyPlot(), ConfusionPlot()
        self.plot.window_clicked.connect(self._frame.setValue)
        self._shown: object = None
        self._arrange()
        explorer.jobs.started.connect(self._follow)

    def _arrange(self) -> None:
        asked, window = QHBoxLayout(), QHBoxLayout()
        asked.addWidget(QLabel("Classifier"))
        asked.addWidget(self._classifier)
        asked.addWidget(self._decode)
        asked.addStretch()
        window.addWidget(QLabel("Confusions"))
        window.addWidget(self._windows)
        window.addWidget(self._frame)
        window.addStretch()
        legend = text_label("accuracy_legend")
        legend.setText(LEGEND)
        self.column.addWidget(self.plot, 1)
        self.column.addWidget(legend)
        self.column.addWidget(self._about)
        self.column.addLayout(window)
        self.column.addWidget(self._confused)
        self.column.addWidget(self.matrix, 1)
        self.above.addLayout(asked)
        self.above.addWidget(self._job)

    def exports(self) -> tuple[Export, ...]:
        """Return the accuracies that are shown."""
        found = self._found()
        site = self._explorer.session.selection.site or ""
        return () if found is None else accuracy_exports(found, site)

    def draw(self) -> None:
        """Draw the accuracy of the current site."""
        found = self._found()
        can_decode = self._explorer.session.selection.site in self._explorer.session.responses
        running = self._explorer.jobs.job("accuracy") is not None
        self._decode.setEnabled(can_decode and not running)
        self.show_empty(EMPTY if found is None else "")
        if found is None:
            return
        page = accuracy_page(found, self._explorer.session.selection.site or "")
        self.plot.show_page(page)
        self._about.setText(page.description)
        last = len(page.curves["growing"].frames) - 1
        is_new = found is not self._shown
        self._shown = found
        self._frame.setMaximum(last)
        if is_new:
            self._choose_windows()
        self._show_confusion()
        self.set_colours(self.colours)

    # What a person does

    def _start(self) -> None:
        site = self._explorer.session.selection.site
        if site is not None:
            self._explorer.readouts.measure_accuracy(site, self._classifier.currentData())

    def _choose_windows(self) -> None:
        """Begin with all frames: the last growing, and the first shrinking window."""
        is_growing = self._windows.currentData() == "growing"
        self._frame.setValue(self._frame.maximum() if is_growing else 0)
        self._show_confusion()

    # What is shown

    def _follow(self, purpose: str, job: Job) -> None:
        if purpose == "accuracy":
            self._job.watch(job)
            job.finished.connect(self.refresh)
            self.refresh()

    def _found(self) -> Any:
        session = self._explorer.session
        key = (session.selection.site or "", self._classifier.currentData())
        return session.accuracies.get(key)

    def _show_confusion(self) -> None:
        found = self._found()
        if found is not None:
            matrix = confusion(found, self._windows.currentData(), self._frame.value())
            self.matrix.show_confusion(matrix)
            self.plot.mark_window(self._frame.value())
            self._confused.setText(matrix.window)
