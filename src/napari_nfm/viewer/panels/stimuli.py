"""Step 2, *Stimuli*: choose a stimulus set, one sequence of it, and whose feature maps to see."""

from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtGui import QColor, QIcon, QPixmap
from qtpy.QtWidgets import (
    QComboBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from napari_nfm.palette import category_looks
from napari_nfm.stimuli import STIMULUS_KINDS, StimulusSource
from napari_nfm.viewer.explorer import Explorer
from napari_nfm.viewer.panels.compass import Compass
from napari_nfm.viewer.panels.job_bar import JobBar
from napari_nfm.viewer.panels.maps import MapsPanel
from napari_nfm.viewer.worker import Job

if TYPE_CHECKING:
    from napari_nfm.stimuli import StimulusSet

__all__ = ["StimuliPanel"]

MOVIE_FILES = "Movies (*.mp4 *.avi *.mov *.gif *.tif *.tiff *.npy);;All files (*)"


class StimuliPanel(QWidget):
    """The stimulus set, and category, direction and instance of the sequence on screen.

    Parameters
    ----------
    explorer
        Whose actions are called.
    """

    def __init__(self, explorer: Explorer) -> None:
        super().__init__()
        self._explorer = explorer
        self.setObjectName("stimuli_panel")
        self._kind = QComboBox()
        self._kind.setObjectName("stimulus_kind")
        for kind, title in STIMULUS_KINDS.items():
            self._kind.addItem(title, kind)
        self._kind.setToolTip("Where the stimuli come from")
        self._load = QPushButton("Load")
        self._load.setObjectName("load_stimuli")
        self._load.setToolTip("Make this stimulus set the current one")
        self._load.clicked.connect(self._load_stimuli)
        source = QHBoxLayout()
        source.addWidget(self._kind, 1)
        source.addWidget(self._load)

        self._job = JobBar("stimuli", done="Ready.")
        self._notes = QLabel()
        self._notes.setObjectName("stimulus_notes")
        self._notes.setWordWrap(True)
        self._category = QComboBox()
        self._category.setObjectName("category")
        self._category.setToolTip("Stimulus category")
        self._category.activated.connect(self._choose_category)
        self._compass = Compass()
        self._compass.chosen.connect(self._choose_direction)
        self._instance = QSpinBox()
        self._instance.setObjectName("instance")
        self._instance.setToolTip("Instance: the same category and direction with another layout")
        self._instance.valueChanged.connect(self._choose_instance)
        self._pickers = QWidget()
        form = QFormLayout(self._pickers)
        form.setContentsMargins(0, 0, 0, 0)
        form.addRow(self._category)
        form.addRow("Direction", self._compass)
        form.addRow("Instance", self._instance)
        self._form = form

        layout = QVBoxLayout(self)
        layout.addLayout(source)
        layout.addWidget(self._job)
        layout.addWidget(self._notes)
        layout.addWidget(self._pickers)
        layout.addWidget(MapsPanel(explorer))

        explorer.jobs.started.connect(self._follow)
        explorer.session.events.stimuli_changed.connect(self._show_set)
        explorer.session.sequence_changed.connect(self._show_sequence)
        self._show_set(explorer.session.stimuli)

    # What a person does

    def _load_stimuli(self) -> None:
        kind = self._kind.currentData()
        path = self._ask_for_path(kind)
        if path is not None or kind not in ("flowstims", "movie"):
            self._explorer.use_stimuli(StimulusSource(kind, path))

    def _ask_for_path(self, kind: str) -> Path | None:
        path = ""
        if kind == "flowstims":
            path = QFileDialog.getExistingDirectory(self, "The study's flowstims folder")
        elif kind == "movie":
            path, _ = QFileDialog.getOpenFileName(self, "Movie", filter=MOVIE_FILES)
        return Path(path) if path else None

    def _choose_category(self, index: int) -> None:
        self._explorer.session.selection.category = self._category.itemData(index)

    def _choose_direction(self, direction: float) -> None:
        self._explorer.session.selection.direction = direction

    def _choose_instance(self, number: int) -> None:
        self._explorer.session.selection.instance = number - 1

    # What is shown

    def _follow(self, purpose: str, job: Job) -> None:
        if purpose == "stimuli":
            self._job.watch(job)

    def _show_set(self, stimuli: "StimulusSet | None") -> None:
        self._pickers.setVisible(stimuli is not None)
        self._notes.setVisible(stimuli is not None)
        if stimuli is None:
            return
        numbers = {
            ("category", "categories"): len(stimuli.categories),
            ("direction", "directions"): len(stimuli.directions),
            ("instance", "instances"): stimuli.n_instances,
            ("frame", "frames"): stimuli.n_frames,
        }
        counts = " × ".join(f"{count} {names[count != 1]}" for names, count in numbers.items())
        self._notes.setText("<br>".join([f"<b>{stimuli.name}</b>", counts, *stimuli.notes]))
        self._category.clear()
        looks = category_looks(stimuli.categories)
        for name, title, look in zip(stimuli.categories, stimuli.titles, looks, strict=True):
            self._category.addItem(_swatch(look.colour), title, name)
        self._compass.set_directions(stimuli.directions)
        self._form.labelForField(self._compass).setVisible(len(stimuli.directions) > 1)
        self._instance.blockSignals(True)
        self._instance.setRange(1, stimuli.n_instances)
        self._instance.setSuffix(f" of {stimuli.n_instances}")
        self._instance.blockSignals(False)
        for widget in (self._instance, self._form.labelForField(self._instance)):
            widget.setVisible(stimuli.n_instances > 1)
        self._show_sequence()

    def _show_sequence(self) -> None:
        sequence = self._explorer.session.sequence
        if sequence is not None:
            category, direction, instance = sequence
            self._category.setCurrentIndex(self._category.findData(category))
            self._compass.set_current(direction)
            self._instance.blockSignals(True)
            self._instance.setValue(instance + 1)
            self._instance.blockSignals(False)


def _swatch(colour: str) -> QIcon:
    pixmap = QPixmap(12, 12)
    pixmap.fill(QColor(colour))
    return QIcon(pixmap)
