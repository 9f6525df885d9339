"""Step 3, *Record*: which sites, what is kept, where, what it will cost, and how far it is."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtCore import QEvent, Qt, QTimer
from qtpy.QtWidgets import (
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from napari_nfm.viewer.explorer import Explorer
from napari_nfm.viewer.panels.fields import choice_box, number_box
from napari_nfm.viewer.panels.job_bar import JobBar
from napari_nfm.viewer.plans import RecordingPlan, StoreState
from napari_nfm.viewer.worker import Job

if TYPE_CHECKING:
    from napari_nfm.viewer.plans import Prospect

__all__ = ["RecordPanel"]

KEEP = {
    "units": ("Time courses of sampled units", "Some MB per site; what decoding needs"),
    "maps": ("All feature maps", "Many GB for the full-size network; choose few sites"),
}
SAMPLE_BY = {
    "activity": ("by activity", "Units that respond more are drawn more often, as in the study"),
    "uniform": ("uniformly", "Every unit that responds is equally likely"),
}
ESTIMATE_DELAY_MS = 400


class RecordPanel(QWidget):
    """Plays the stimulus set to the twin and records its sites, in the background.

    Parameters
    ----------
    explorer
        Whose actions are called.
    """

    def __init__(self, explorer: Explorer) -> None:
        super().__init__()
        self._explorer = explorer
        self.setObjectName("record_panel")
        self._path_is_ours = True
        self._sites = QListWidget()
        self._sites.setObjectName("record_sites")
        self._sites.setToolTip("Recording sites: all are recorded in one pass")
        self._sites.itemChanged.connect(self._plan_changed)
        self._all = QPushButton("All")
        self._all.setObjectName("all_sites")
        self._all.setToolTip("Record every site: one pass serves them all")
        self._none = QPushButton("None")
        self._none.setObjectName("no_sites")
        self._none.setToolTip("Choose no site, to begin a choice of your own")
        self._all.clicked.connect(self._check_all)
        self._none.clicked.connect(self._check_none)
        heading = QHBoxLayout()
        heading.addWidget(QLabel("Sites"), 1)
        heading.addWidget(self._all)
        heading.addWidget(self._none)

        self._keep = choice_box("keep", "What is kept of the responses", KEEP)
        self._by = choice_box("sample_by", "How the units are drawn", SAMPLE_BY)
        self._maps = number_box("sample_maps", 40, 1, 512, "Feature maps drawn per site")
        self._units = number_box("sample_units", 50, 1, 1000, "Units drawn per feature map")
        self._seed = number_box("sample_seed", 1, 0, 2**31 - 1, "Seed of the drawing of units")
        for box in (self._keep, self._by):
            box.currentIndexChanged.connect(self._plan_changed)
        for spin in (self._maps, self._units, self._seed):
            spin.valueChanged.connect(self._plan_changed)
        numbers = QHBoxLayout()
        numbers.addWidget(self._maps)
        numbers.addWidget(QLabel("maps ×"))
        numbers.addWidget(self._units)
        numbers.addWidget(QLabel("units"))
        numbers.addStretch(1)
        drawing = QHBoxLayout()
        drawing.addWidget(self._by, 1)
        drawing.addWidget(QLabel("seed"))
        drawing.addWidget(self._seed)
        self._path = QLineEdit()
        self._path.setObjectName("record_path")
        self._path.textEdited.connect(self._take_path)
        browse = QPushButton("…")
        browse.setObjectName("browse_record_path")
        browse.setToolTip("Choose where the recording goes")
        browse.setFixedWidth(30)
        browse.clicked.connect(self._browse)
        path = QHBoxLayout()
        path.addWidget(self._path, 1)
        path.addWidget(browse)
        form = QFormLayout()
        form.addRow("Keep", self._keep)
        form.addRow("Sample", numbers)
        form.addRow("", drawing)
        form.addRow("Folder", path)

        self._estimate = QLabel()
        self._estimate.setObjectName("estimate")
        self._estimate.setWordWrap(True)
        self._record = QPushButton("Record")
        self._record.setObjectName("record")
        self._record.setToolTip(
            "Play every stimulus to the network and keep the responses, in the background"
        )
        self._record.clicked.connect(self._start)
        self._job = JobBar(
            "record",
            done="Recorded.",
            cancelled="Cancelled. What is recorded so far is kept; press Continue to go on.",
        )

        layout = QVBoxLayout(self)
        layout.addLayout(heading)
        layout.addWidget(self._sites)
        layout.addLayout(form)
        layout.addWidget(self._estimate)
        layout.addWidget(self._record)
        layout.addWidget(self._job)

        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(ESTIMATE_DELAY_MS)
        self._timer.timeout.connect(self._ask_for_estimate)
        explorer.jobs.started.connect(self._follow)
        explorer.prospect_changed.connect(self._show_prospect)
        explorer.session.events.twin_changed.connect(self._show_sites)
        explorer.session.events.stimuli_changed.connect(self._plan_changed)
        self._show_sites()

    def plan(self) -> RecordingPlan:
        """Return what is chosen."""
        return RecordingPlan(
            sites=tuple(
                item.data(Qt.ItemDataRole.UserRole)
                for item in self._items()
                if item.checkState() == Qt.CheckState.Checked
            ),
            store=Path(self._path.text()).expanduser(),
            keep=self._keep.currentData(),
            maps=self._maps.value(),
            units_per_map=self._units.value(),
            by=self._by.currentData(),
            seed=self._seed.value(),
        )

    def set_path(self, path: Path) -> None:
        """Record to `path`."""
        self._path.setText(str(path))
        self._take_path()

    # What a person does

    def _start(self) -> None:
        self._explorer.record(self.plan())

    def _browse(self) -> None:
        path, _ = QFileDialog.getSaveFileName(
            self, "Where the recording goes", self._path.text(), "Recordings (*.zarr)"
        )
        if path:
            self.set_path(Path(path).with_suffix(".zarr"))

    def _take_path(self) -> None:
        self._path_is_ours = False
        self._plan_changed()

    def _check_all(self) -> None:
        self._check(Qt.CheckState.Checked)

    def _check_none(self) -> None:
        self._check(Qt.CheckState.Unchecked)

    def _check(self, state: Qt.CheckState) -> None:
        for item in self._items():
            item.setCheckState(state)

    def _items(self) -> list[QListWidgetItem]:
        return [self._sites.item(row) for row in range(self._sites.count())]

    def _plan_changed(self) -> None:
        sampled = self._keep.currentData() == "units"
        for widget in (self._maps, self._units, self._by, self._seed):
            widget.setEnabled(sampled)
        if self._path_is_ours:
            self._path.setText(str(self._proposed_path()))
        self._path.setToolTip(
            f"The .zarr folder that the recording is written to:\n{self._path.text()}"
        )
        self._timer.start()

    def _proposed_path(self) -> Path:
        session = self._explorer.session
        names = [part.name for part in (session.twin, session.stimuli) if part is not None]
        name = re.sub(r"[^a-z0-9]+", "-", " ".join(names).lower()).strip("-")
        return Path.home() / "napari-nfm" / f"{name or 'recording'}.zarr"

    def event(self, event: QEvent) -> bool:
        """Ask for an estimate when the step is opened."""
        if event.type() == QEvent.Type.ShowToParent:
            self._timer.start()
        return bool(super().event(event))

    def _ask_for_estimate(self) -> None:
        # It plays some frames, so it is not asked for while nobody looks.
        if self._explorer.jobs.job("record") is None and not self.isHidden():
            self._explorer.estimate(self.plan())

    # What is shown

    def _follow(self, purpose: str, job: Job) -> None:
        if purpose == "record":
            self._job.watch(job)
            job.finished.connect(self._recording_ended)
            self._record.setEnabled(False)
            self._estimate.hide()

    def _recording_ended(self) -> None:
        self._ask_for_estimate()

    def _show_prospect(self, prospect: "Prospect") -> None:
        self._estimate.setText(prospect.sentence)
        self._estimate.setVisible(bool(prospect.sentence))
        self._record.setEnabled(prospect.possible and self._explorer.jobs.job("record") is None)
        self._record.setText(
            {
                StoreState.ABSENT: "Record",
                StoreState.UNFINISHED: "Continue the recording",
                StoreState.COMPLETE: "Open the recording",
            }[prospect.state]
        )

    def _show_sites(self) -> None:
        self._sites.blockSignals(True)
        self._sites.clear()
        for site in self._explorer.sites.values():
            item = QListWidgetItem(site.title)
            item.setData(Qt.ItemDataRole.UserRole, site.name)
            item.setToolTip(site.name)
            item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked)
            self._sites.addItem(item)
        self._sites.blockSignals(False)
        rows = max(1, self._sites.count())
        self._sites.setFixedHeight(rows * max(15, self._sites.sizeHintForRow(0)) + 6)
        self._plan_changed()
