"""The *Choose the rank* dock: many decompositions, the curves over their ranks, and a choice."""

from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtCore import QSize
from qtpy.QtWidgets import (
    QComboBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from napari_nfm.titles import site_title
from napari_nfm.viewer.explorer import explorer_of
from napari_nfm.viewer.manifold_facts import RankCurves
from napari_nfm.viewer.panels.fields import number_box
from napari_nfm.viewer.panels.job_bar import JobBar
from napari_nfm.viewer.panels.plots import PlotColours
from napari_nfm.viewer.panels.rank_plots import RankPlots
from napari_nfm.viewer.plans import RankSettings
from napari_nfm.viewer.worker import Job

if TYPE_CHECKING:
    from napari.viewer import Viewer

__all__ = ["RankPanel"]

SCHEDULERS = {"this computer": None, "local processes": "processes"}
HIGHEST_RANK = 100
CONTROLS_WIDTH = 284
EMPTY = (
    "The curve appears here while the sweep runs. It needs the responses of a population, from the "
    "steps Record or Analyse of the dock Explore."
)


class RankPanel(QWidget):
    """Runs the sweep over ranks, shows its curves live, and writes the chosen rank.

    Parameters
    ----------
    napari_viewer
        The viewer that the dock is in.
    """

    def __init__(self, napari_viewer: "Viewer") -> None:
        super().__init__()
        self._viewer = napari_viewer
        self._explorer = explorer = explorer_of(napari_viewer)
        self.setObjectName("rank_panel")
        self._curves: RankCurves | None = None
        self._population = QComboBox()
        self._population.setObjectName("rank_population")
        self._population.setToolTip("Recording site or reference population that is decomposed")
        self._population.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._population.activated.connect(self._choose_population)
        defaults = RankSettings()
        self._first = number_box(
            "rank_first", defaults.first, 1, HIGHEST_RANK, "Lowest rank of the sweep"
        )
        self._last = number_box(
            "rank_last", defaults.last, 1, HIGHEST_RANK, "Highest rank of the sweep"
        )
        self._first.valueChanged.connect(self._last.setMinimum)
        self._starts = number_box(
            "rank_starts",
            defaults.n_starts,
            1,
            1000,
            "Random starts of every rank; the spread of the curve is taken over them",
        )
        self._seed = number_box(
            "rank_seed", defaults.seed, 0, 2**31 - 1, "Seed of the random starts"
        )
        self._folder = QLineEdit()
        self._folder.setObjectName("rank_folder")
        self._folder.setPlaceholderText("in your cache")
        self._folder.setToolTip(
            "Folder in which finished ranks are kept, so that a sweep that was stopped goes on. "
            "Left empty: a folder of your cache, named by what the responses are."
        )
        self._browse_button = QPushButton("…")
        self._browse_button.setObjectName("browse_rank_folder")
        self._browse_button.setToolTip("Choose the folder in which finished ranks are kept")
        self._browse_button.setFixedWidth(30)
        self._browse_button.clicked.connect(self._browse)
        self._scheduler = QComboBox()
        self._scheduler.setObjectName("rank_scheduler")
        self._scheduler.setEditable(True)
        self._scheduler.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        for title, scheduler in SCHEDULERS.items():
            self._scheduler.addItem(title, scheduler)
        self._scheduler.setToolTip(
            "Where the decompositions run: on this computer, in several processes of it, or on the "
            "Dask cluster whose scheduler address is written here, as tcp://host:8786"
        )
        self._start = QPushButton("Start the sweep")
        self._start.setObjectName("start_sweep")
        self._start.setToolTip(
            "Decompose the responses at every rank; ranks that are kept in the folder are not "
            "computed again"
        )
        self._start.clicked.connect(self._sweep)
        self._job = JobBar(
            "rank",
            done="All ranks are done. Click the curve to pick one.",
            cancelled="Cancelled. Finished ranks are kept; Continue goes on with the others.",
        )
        self._rank = number_box(
            "picked_rank",
            explorer.encoding.rank,
            1,
            HIGHEST_RANK,
            "Rank that the encoding manifold is computed with; a click at the curve picks it too",
        )
        self._rank.valueChanged.connect(explorer.encoding.pick_rank)
        self._about = QLabel()
        self._about.setObjectName("about_rank")
        self._about.setWordWrap(True)
        self._rule = QLabel()
        self._rule.setObjectName("rank_rule")
        self._rule.setWordWrap(True)
        self.plots = RankPlots()
        self.plots.picked.connect(explorer.encoding.pick_rank)
        self.plots.set_colours(PlotColours.of(napari_viewer.theme))
        self._arrange()

        explorer.jobs.started.connect(self._follow)
        explorer.encoding.rank_fitted.connect(self._show_choice)
        explorer.encoding.rank_picked.connect(self._show_picked)
        explorer.session.events.responses_changed.connect(self._show_populations)
        explorer.session.selection.events.site_changed.connect(self._show_populations)
        napari_viewer.events.theme.connect(self._follow_theme)
        self._show_populations()
        self._show_picked()

    def _arrange(self) -> None:
        ranks, starts, folder = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        for row, widgets in (
            (ranks, (self._first, QLabel("to"), self._last)),
            (starts, (self._starts, QLabel("seed"), self._seed)),
            (folder, (self._folder, self._browse_button)),
        ):
            for widget in widgets:
                row.addWidget(widget)
        ranks.addStretch(1)
        starts.addStretch(1)
        form = QFormLayout()
        form.setVerticalSpacing(3)
        form.addRow("Site", self._population)
        form.addRow("Ranks", ranks)
        form.addRow("Starts", starts)
        form.addRow("Keep in", folder)
        form.addRow("Run on", self._scheduler)
        controls = QWidget()
        controls.setFixedWidth(CONTROLS_WIDTH)
        column = QVBoxLayout(controls)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(form)
        column.addWidget(self._start)
        column.addWidget(self._job)
        column.addStretch(1)

        picked = QHBoxLayout()
        picked.addWidget(QLabel("<b>Rank</b>"))
        picked.addWidget(self._rank)
        picked.addWidget(self._about, 1)
        shown = QVBoxLayout()
        shown.setSpacing(2)
        shown.addWidget(self.plots, 1)
        shown.addLayout(picked)
        shown.addWidget(self._rule)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 4, 8, 4)
        layout.setSpacing(10)
        layout.addWidget(controls)
        layout.addLayout(shown, 1)

    def sizeHint(self) -> QSize:
        """Ask for enough height that the curves read well."""
        return QSize(900, 310)

    def minimumSizeHint(self) -> QSize:
        """Stay usable on a small screen."""
        return QSize(CONTROLS_WIDTH + 300, 250)

    def settings(self) -> RankSettings:
        """Return what is chosen."""
        folder = self._folder.text().strip()
        written = self._scheduler.currentText().strip()
        return RankSettings(
            first=self._first.value(),
            last=self._last.value(),
            n_starts=self._starts.value(),
            seed=self._seed.value(),
            store=Path(folder).expanduser() if folder else None,
            scheduler=SCHEDULERS.get(written, written or None),
        )

    # What a person does

    def _choose_population(self, index: int) -> None:
        self._explorer.session.selection.site = self._population.itemData(index)

    def _browse(self) -> None:
        path = QFileDialog.getExistingDirectory(self, "Where finished ranks are kept")
        if path:
            self._folder.setText(path)

    def _sweep(self) -> None:
        self._explorer.encoding.sweep_ranks(self._population.currentData(), self.settings())

    # What is shown

    def _follow(self, purpose: str, job: Job) -> None:
        if purpose == "rank":
            self._job.watch(job)
            job.finished.connect(self._sweep_ended)
            self._start.setEnabled(False)
            self._show_choice()

    def _sweep_ended(self) -> None:
        self._start.setEnabled(self._population.count() > 0)
        stopped = self._job.outcome in ("cancelled", "failed")
        self._start.setText("Continue the sweep" if stopped else "Start the sweep")
        self._show_choice()

    def _show_populations(self) -> None:
        session = self._explorer.session
        self._population.clear()
        for site, responses in session.responses.items():
            self._population.addItem(
                f"{site_title(site)} ({responses.sizes['unit']:,} units)", site
            )
        self._population.setCurrentIndex(max(0, self._population.findData(session.selection.site)))
        self._population.setEnabled(bool(session.responses))
        self._start.setEnabled(bool(session.responses) and self._explorer.jobs.job("rank") is None)
        self._show_choice()

    def _show_choice(self) -> None:
        choice = self._explorer.session.rank_choices.get(self._population.currentData() or "")
        self._curves = curves = None if choice is None else RankCurves.of(choice)
        self.plots.show_curves(curves)
        self._rule.setText(
            EMPTY if curves is None else f"Suggested rank <b>{curves.suggested}</b>: {curves.rule}."
        )
        self._show_picked()

    def _show_picked(self) -> None:
        rank = self._explorer.encoding.rank
        self._rank.blockSignals(True)
        self._rank.setValue(rank)
        self._rank.blockSignals(False)
        self.plots.mark_picked(rank)
        self._about.setText("" if self._curves is None else self._curves.describe(rank))

    def _follow_theme(self) -> None:
        self.plots.set_colours(PlotColours.of(self._viewer.theme))
