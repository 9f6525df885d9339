"""Step 4, *Analyse*: from responses to decoding trajectories and the encoding manifold."""

from pathlib import Path

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import (
    QComboBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from napari_nfm.titles import site_title
from napari_nfm.viewer.explorer import Explorer
from napari_nfm.viewer.panels.encoding import EncodingControls
from napari_nfm.viewer.panels.fields import push_button
from napari_nfm.viewer.panels.job_bar import JobBar
from napari_nfm.viewer.panels.stale_note import StaleNote
from napari_nfm.viewer.worker import Job

__all__ = ["AnalysePanel"]

POPULATION = "A population's response tensor"
POPULATION_FILES = "Response tensors (*.npy *.nc)"


class AnalysePanel(QWidget):
    """The recorded sites and reference populations, and both views of one of them.

    Parameters
    ----------
    explorer
        Whose actions are called.
    """

    tubularity_asked = Signal()
    """A person wants the dock of tubes and readouts."""
    comparison_asked = Signal()
    """A person wants all sites compared."""

    def __init__(self, explorer: Explorer) -> None:
        super().__init__()
        self._explorer = explorer
        self.setObjectName("analyse_panel")
        self._about = QLabel("Record something first, or open a recording or a population.")
        self._about.setObjectName("about_recording")
        self._about.setWordWrap(True)
        self._open = QPushButton("Open a recording …")
        self._open.setObjectName("open_recording")
        self._open.setToolTip("A .zarr folder that was recorded before")
        self._open.clicked.connect(self._browse)
        self._open_job = JobBar("open", done="Opened.")
        self._open_population = QPushButton("Open a population …")
        self._open_population.setObjectName("open_population")
        self._open_population.setToolTip(
            "A response tensor (unit, stimulus, direction, time) of any population, as retina or "
            "V1: .npy as the study's authors store it, .nc, or a .zarr folder"
        )
        kinds = QMenu(self._open_population)
        kinds.setObjectName("population_kinds")
        kinds.addAction("From a file (.npy, .nc) …", self._browse_population_file)
        kinds.addAction("From a folder (.zarr) …", self._browse_population_folder)
        self._open_population.setMenu(kinds)
        self._population_job = JobBar("population", done="Opened.")
        self._site = QComboBox()
        self._site.setObjectName("analysis_site")
        self._site.setToolTip("Recorded site, or reference population, that is analysed")
        self._site.activated.connect(self._choose_site)
        self._show_button = QPushButton("Show decoding trajectories")
        self._show_button.setObjectName("show_trajectories")
        self._show_button.setToolTip(
            "Principal components of the responses of all sampled units over stimuli and time: "
            "one path per stimulus"
        )
        self._show_button.clicked.connect(self._show_trajectories)
        self._job = JobBar("decode", done="Shown beside the movie.")
        self._variance = QLabel()
        self._variance.setObjectName("explained_variance")
        self._variance.setWordWrap(True)
        self._tail = QSlider(Qt.Orientation.Horizontal)
        self._tail.setObjectName("tail_length")
        self._tail.setRange(0, 36)
        self._tail.setValue(explorer.world.trajectories.tail_length)
        self._tail.setToolTip("How many past frames of each trajectory are drawn bright")
        self._tail.valueChanged.connect(self._set_tail)
        self._tail_text = QLabel()
        form = QFormLayout()
        form.addRow("Site", self._site)
        tail = QHBoxLayout()
        tail.addWidget(QLabel("Tail"))
        tail.addWidget(self._tail, 1)
        tail.addWidget(self._tail_text)
        self._tail_row = QWidget()
        self._tail_row.setLayout(tail)
        tail.setContentsMargins(0, 0, 0, 0)

        self.encoding = EncodingControls(explorer)
        self._tubularity = push_button(
            "open_tubularity",
            "Tubularity …",
            "How tight the tubes of trajectories are and how much they cross, decoding accuracy, "
            "and both without some of the units",
        )
        self._tubularity.clicked.connect(self.tubularity_asked)
        self._compare = push_button(
            "open_compare",
            "Compare sites …",
            "All sites and populations in one table, with their alignment and manifolds",
        )
        self._compare.clicked.connect(self.comparison_asked)
        readouts = QHBoxLayout()
        readouts.addWidget(self._tubularity)
        readouts.addWidget(self._compare)
        openers = QHBoxLayout()
        openers.addWidget(self._open)
        openers.addWidget(self._open_population)
        self._analyses = QWidget()
        analyses = QVBoxLayout(self._analyses)
        analyses.setContentsMargins(0, 0, 0, 0)
        analyses.addLayout(form)
        analyses.addWidget(StaleNote(explorer.session, "responses"))
        analyses.addWidget(QLabel("<b>Decoding trajectories</b>"))
        analyses.addWidget(self._show_button)
        analyses.addWidget(self._job)
        analyses.addWidget(self._variance)
        analyses.addWidget(self._tail_row)
        analyses.addWidget(QLabel("<b>Encoding manifold</b>"))
        analyses.addWidget(self.encoding)
        analyses.addWidget(QLabel("<b>Readouts</b>"))
        analyses.addLayout(readouts)

        layout = QVBoxLayout(self)
        layout.addWidget(self._about)
        layout.addWidget(self._analyses)
        layout.addLayout(openers)
        layout.addWidget(self._open_job)
        layout.addWidget(self._population_job)

        explorer.jobs.started.connect(self._follow)
        session = explorer.session
        session.events.responses_changed.connect(self._show_sites)
        session.events.results_changed.connect(self._show_result)
        session.selection.events.site_changed.connect(self._show_site)
        self._show_tail(explorer.world.trajectories.tail_length)
        self._show_sites()

    # What a person does

    def _browse(self) -> None:
        path = QFileDialog.getExistingDirectory(self, "A recording (.zarr)")
        if path:
            self._explorer.open_recording(Path(path))

    def _browse_population_file(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, POPULATION, filter=POPULATION_FILES)
        if path:
            self._explorer.encoding.open_population(Path(path))

    def _browse_population_folder(self) -> None:
        path = QFileDialog.getExistingDirectory(self, f"{POPULATION} (.zarr)")
        if path:
            self._explorer.encoding.open_population(Path(path))

    def _choose_site(self, index: int) -> None:
        self._explorer.session.selection.site = self._site.itemData(index)

    def _show_trajectories(self) -> None:
        self._explorer.show_trajectories(self._site.currentData())

    def _set_tail(self, frames: int) -> None:
        self._explorer.world.trajectories.set_tail_length(frames)
        self._show_tail(frames)

    # What is shown

    def _follow(self, purpose: str, job: Job) -> None:
        if purpose == "decode":
            self._job.watch(job)
        elif purpose == "open":
            self._open_job.watch(job)
        elif purpose == "population":
            self._population_job.watch(job)

    def _show_tail(self, frames: int) -> None:
        self._tail_text.setText(f"{frames} frames")

    def _show_sites(self) -> None:
        responses = self._explorer.session.responses
        self._site.clear()
        for site, tensor in responses.items():
            self._site.addItem(f"{site_title(site)} ({tensor.sizes['unit']:,} units)", site)
        self._analyses.setVisible(bool(responses))
        self._about.setVisible(not responses)
        self._show_site(self._explorer.session.selection.site)

    def _show_site(self, site: str | None) -> None:
        index = self._site.findData(site)
        if index >= 0:
            self._site.setCurrentIndex(index)
        self._show_result()

    def _show_result(self) -> None:
        self.encoding.set_site(self._site.currentData())
        result = self._explorer.session.results.get(self._site.currentData() or "")
        self._variance.setVisible(result is not None)
        self._tail_row.setVisible(bool(self._explorer.session.results))
        if result is not None:
            shares = result.explained_variance_ratio
            listed = ", ".join(f"{100 * share:.1f} %" for share in shares)
            self._variance.setText(
                f"The components explain {listed} of the variance, "
                f"{100 * float(sum(shares)):.1f} % together."
            )
            n_frames = result.curves.sizes["time"]
            self._tail.setMaximum(n_frames - 1)
