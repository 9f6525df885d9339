"""The part of the step *Analyse* that computes the encoding manifold of a site."""

from qtpy.QtCore import Signal
from qtpy.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from napari_nfm.viewer.explorer import Explorer
from napari_nfm.viewer.panels.fields import choice_box, number_box, push_button
from napari_nfm.viewer.panels.job_bar import JobBar
from napari_nfm.viewer.plans import ManifoldSettings
from napari_nfm.viewer.worker import Job

__all__ = ["EncodingControls"]

OBJECTIVES = {
    "l1": ("ℓ1 objective", "smallest sum of the units' scales, by a linear programme; the study's"),
    "greedy": ("greedy", "scales edge by edge; faster"),
}
METHODS = {
    "auto": ("automatic", "exact up to 5,000 units, approximate for more"),
    "exact": ("exact", "iterated adaptive neighbourhoods; slow for many thousand units"),
    "approximate": ("approximate", "k nearest neighbours with self-tuning scales"),
}
HIGHEST_RANK = 100


class EncodingControls(QWidget):
    """Rank, starts, seed and graph of the encoding manifold, and a button that computes it.

    Parameters
    ----------
    explorer
        Whose actions are called.
    """

    rank_asked = Signal()
    """A person wants to choose the rank from its curve."""

    def __init__(self, explorer: Explorer) -> None:
        super().__init__()
        self._explorer = explorer
        self._site: str | None = None
        self.setObjectName("encoding_controls")
        defaults = ManifoldSettings()
        self._rank = number_box(
            "encoding_rank",
            explorer.encoding.rank,
            1,
            HIGHEST_RANK,
            "Factors of the tensor decomposition",
        )
        self._rank.valueChanged.connect(explorer.encoding.pick_rank)
        self._choose = push_button(
            "choose_rank",
            "Choose the rank …",
            "Decompose at many ranks and pick one from the curve of nuclear values",
        )
        self._choose.clicked.connect(self.rank_asked)
        self._starts = number_box(
            "encoding_starts",
            defaults.n_starts,
            1,
            1000,
            "Random starts of the decomposition, of which the best is kept",
        )
        self._seed = number_box(
            "encoding_seed",
            defaults.seed,
            0,
            2**31 - 1,
            "Seed of the random starts: the same seed gives the same picture",
        )
        self._objective = choice_box(
            "graph_objective", "Objective of the neighbourhood graph", OBJECTIVES
        )
        self._method = choice_box(
            "graph_method", "How the neighbourhood graph is computed", METHODS
        )
        self._compute = push_button(
            "compute_manifold",
            "Compute the encoding manifold",
            "Each point is a unit, and neighbours respond alike: permuted tensor decomposition, "
            "neighbourhood graph and diffusion map of the responses. Steps that were done before "
            "are not done again.",
        )
        self._compute.clicked.connect(self._start)
        self._show_button = push_button(
            "show_manifold", "Show", "Show the encoding manifold of this site, which is computed"
        )
        self._show_button.clicked.connect(self._show)
        self._job = JobBar(
            "encode",
            done="Shown as points; see the dock Encoding manifold.",
            cancelled="Cancelled. Steps that were done are kept.",
            counted=False,
        )

        rank, starts, graph, buttons = (QHBoxLayout() for _ in range(4))
        rank.addWidget(self._rank)
        rank.addWidget(self._choose, 1)
        starts.addWidget(self._starts)
        starts.addWidget(QLabel("seed"))
        starts.addWidget(self._seed)
        starts.addStretch(1)
        graph.addWidget(self._objective, 1)
        graph.addWidget(self._method, 1)
        buttons.addWidget(self._compute, 1)
        buttons.addWidget(self._show_button)
        form = QFormLayout()
        form.addRow("Rank", rank)
        form.addRow("Starts", starts)
        form.addRow("Graph", graph)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(form)
        layout.addLayout(buttons)
        layout.addWidget(self._job)

        explorer.jobs.started.connect(self._follow)
        explorer.encoding.rank_picked.connect(self._show_rank)
        explorer.session.events.manifolds_changed.connect(self._show_state)
        self.set_site(None)

    def set_site(self, site: str | None) -> None:
        """Compute the manifold of `site` from now on."""
        self._site = site
        self._show_state()

    def settings(self) -> ManifoldSettings:
        """Return what is chosen, with the units that a person kept on this site's manifold."""
        known = self._explorer.session.manifolds.get(self._site or "")
        return ManifoldSettings(
            rank=self._rank.value(),
            seed=self._seed.value(),
            n_starts=self._starts.value(),
            objective=self._objective.currentData(),
            method=self._method.currentData(),
            keep=() if known is None else ManifoldSettings.of(known.provenance).keep,
        )

    # What a person does

    def _start(self) -> None:
        if self._site is not None:
            self._explorer.encoding.compute_manifold(self._site, self.settings())

    def _show(self) -> None:
        if self._site is not None:
            self._explorer.encoding.show_manifold(self._site)

    # What is shown

    def _follow(self, purpose: str, job: Job) -> None:
        if purpose == "encode":
            self._job.watch(job)
            job.finished.connect(self._show_state)
            self._compute.setEnabled(False)

    def _show_rank(self, rank: int) -> None:
        self._rank.blockSignals(True)
        self._rank.setValue(rank)
        self._rank.blockSignals(False)

    def _show_state(self) -> None:
        running = self._explorer.jobs.job("encode") is not None
        self._compute.setEnabled(self._site is not None and not running)
        self._show_button.setVisible(self._site in self._explorer.session.manifolds)
