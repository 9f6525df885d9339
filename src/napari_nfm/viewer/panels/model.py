"""Step 1, *Model*: load a twin and see what it is."""

from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QComboBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from napari_nfm.viewer.explorer import Explorer
from napari_nfm.viewer.panels.fields import push_button
from napari_nfm.viewer.panels.job_bar import JobBar
from napari_nfm.viewer.worker import Job

if TYPE_CHECKING:
    from napari_nfm.fnn import Twin

__all__ = ["ModelPanel"]

DOWNLOAD_SIZE = "222 MB"


class ModelPanel(QWidget):
    """Ways to load a twin, its scans, and its recording sites.

    Parameters
    ----------
    explorer
        Whose actions are called.
    """

    def __init__(self, explorer: Explorer) -> None:
        super().__init__()
        self._explorer = explorer
        self.setObjectName("model_panel")

        self._try = push_button(
            "try_now",
            "Try it now",
            "Load the demo twin, a small network trained on a synthetic mouse of known cells, "
            "and play stimuli to it",
        )
        self._try.clicked.connect(self._load_embedded)
        self._folder = push_button(
            "browse_folder", "Folder …", "A checkpoint in the published layout (params_core.pt …)"
        )
        self._folder.clicked.connect(self._browse_folder)
        self._file = push_button(
            "browse_file", "File …", "A zip in the published layout, or one state-dict file (.pt)"
        )
        self._file.clicked.connect(self._browse_file)
        self._download = push_button(
            "download",
            f"Download ({DOWNLOAD_SIZE})",
            "The published MICrONS checkpoint of Wang et al. 2025, checked and kept for next time",
        )
        self._download.clicked.connect(self._download_twin)
        hint = QLabel("or drop a checkpoint, movie, recording or tensor here")
        hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        buttons = QGridLayout()
        buttons.addWidget(self._try, 0, 0, 1, 2)
        buttons.addWidget(self._folder, 1, 0)
        buttons.addWidget(self._file, 1, 1)
        buttons.addWidget(self._download, 2, 0, 1, 2)
        buttons.addWidget(hint, 3, 0, 1, 2)

        self._scans = QComboBox()
        self._scans.setObjectName("scans")
        self._scans.setToolTip("Scan: one recording session of one mouse, with its own units")
        self._scans.activated.connect(self._load_scan)
        self._scan_label = QLabel("Scan")
        scan_row = QHBoxLayout()
        scan_row.addWidget(self._scan_label)
        scan_row.addWidget(self._scans, 1)

        self._about = QLabel()
        self._about.setObjectName("about_twin")
        self._about.setWordWrap(True)
        self._note = QLabel()
        self._note.setObjectName("twin_note")
        self._note.setWordWrap(True)
        self._note.setStyleSheet(
            "border: 1px solid #E69F00; border-radius: 3px; padding: 5px; color: #E69F00;"
        )
        self._sites = _sites_table()
        self._job = JobBar("model", done="Loaded.")

        layout = QVBoxLayout(self)
        layout.addLayout(buttons)
        layout.addWidget(self._job)
        layout.addLayout(scan_row)
        layout.addWidget(self._about)
        layout.addWidget(self._note)
        layout.addWidget(self._sites)

        explorer.jobs.started.connect(self._follow)
        explorer.session.events.twin_changed.connect(self._show)
        self._show(explorer.session.twin)

    # What a person does

    def _load_embedded(self) -> None:
        self._explorer.try_it()

    def _browse_folder(self) -> None:
        path = QFileDialog.getExistingDirectory(self, "Folder with a checkpoint")
        if path:
            self._explorer.load_twin(Path(path))

    def _browse_file(self) -> None:
        path, _ = QFileDialog.getOpenFileName(
            self, "Checkpoint file", filter="Checkpoints (*.zip *.pt *.pth);;All files (*)"
        )
        if path:
            self._explorer.load_twin(Path(path))

    def _download_twin(self) -> None:
        self._explorer.download_twin()

    def _load_scan(self, index: int) -> None:
        twin, scans = self._explorer.session.twin, self._explorer.session.scans
        if twin is not None and scans is not None:
            row = scans.iloc[index]
            self._explorer.load_twin(twin.source, int(row["session"]), int(row["scan_idx"]))

    # What is shown

    def _follow(self, purpose: str, job: Job) -> None:
        if purpose in ("twin", "download"):
            self._job.watch(job)

    def _show(self, twin: "Twin | None") -> None:
        for widget in (self._about, self._sites, self._scans, self._scan_label):
            widget.setVisible(twin is not None)
        self._note.setVisible(twin is not None and bool(twin.note))
        if twin is None:
            return
        self._about.setText(
            f"<b>{twin.name}</b><br>{len(twin.units):,} units · on {twin.device}<br>"
            f"weights {twin.fingerprint[:16]}"
        )
        self._note.setText(f"⚠  {twin.note[:1].upper()}{twin.note[1:]}")
        self._show_scans(twin)
        sites = self._explorer.sites.values()
        self._sites.setRowCount(len(sites))
        for row, site in enumerate(sites):
            channels, height, width = site.shape
            size = f"{channels} × {height} × {width}" if site.is_map else f"{channels} × {height}"
            for column, text in enumerate((site.title, size)):
                item = QTableWidgetItem(text)
                item.setToolTip(site.name)
                self._sites.setItem(row, column, item)
        height = self._sites.horizontalHeader().height() + self._sites.rowHeight(0) * len(sites)
        self._sites.setFixedHeight(height + 2)

    def _show_scans(self, twin: "Twin") -> None:
        scans = self._explorer.session.scans
        several = scans is not None and len(scans) > 1
        self._scans.setVisible(several)
        self._scan_label.setVisible(several)
        if scans is None or not several:
            return
        self._scans.clear()
        for session, scan_idx, units in scans.itertuples(index=False):
            self._scans.addItem(f"session {session}, scan {scan_idx} · {units:,} units")
        current = twin.units[["session", "scan_idx"]].iloc[0]
        is_current = (scans[["session", "scan_idx"]] == current).all(axis=1)
        self._scans.setCurrentIndex(int(is_current.to_numpy().argmax()))


def _sites_table() -> QTableWidget:
    table = QTableWidget(0, 2)
    table.setObjectName("sites_table")
    table.setHorizontalHeaderLabels(["Recording site", "channels × y × x"])
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(20)
    table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    table.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
    table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
    table.setSelectionMode(QTableWidget.SelectionMode.NoSelection)
    table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    table.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return table
