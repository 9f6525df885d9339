"""The controls of the dock *Tubularity*: which site, how it is scored, and the tubes in 3-D."""

from qtpy.QtWidgets import (
    QCheckBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from napari_nfm.titles import site_title
from napari_nfm.viewer.explorer import Explorer
from napari_nfm.viewer.panels.fields import choice_box, number_box, push_button, text_label
from napari_nfm.viewer.panels.job_bar import JobBar
from napari_nfm.viewer.plans import TubeSettings
from napari_nfm.viewer.worker import Job

__all__ = ["TubeControls"]

PRESETS = {
    "study": ("study", "constants of Bertram et al. 2026; the published values are of these"),
    "scale-free": ("scale-free", "does not depend on the scale of the responses"),
    "bin-wise": ("bin-wise", "each bin by its own length, median over bins"),
    "contextual": ("contextual", "radius over the distance to the nearest other tube"),
}
LABELS = {
    "stimulus": ("stimulus", "the directions of one stimulus category make a bundle"),
    "hdbscan": ("clusters of curves", "HDBSCAN on the distance between trajectories"),
}


class TubeControls(QWidget):
    """Site, preset, bundles, bootstraps; buttons that score and that show tubes.

    Parameters
    ----------
    explorer
        Whose actions are called.
    """

    def __init__(self, explorer: Explorer) -> None:
        super().__init__()
        self._explorer = explorer
        self.setObjectName("tube_controls")
        settings = explorer.tubes.settings
        self._site = choice_box("tube_site", "Recording site or reference population")
        self._site.activated.connect(self._choose_site)
        self._site.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._preset = choice_box("tube_preset", "Which definition of the scores", PRESETS)
        self._labels = choice_box("tube_labels", "What makes a bundle of trajectories", LABELS)
        self._components = number_box(
            "tube_components",
            settings.n_components,
            1,
            100,
            "Principal components of the z-scored units in which the trajectories lie",
        )
        self._bootstraps = number_box(
            "tube_bootstraps",
            settings.n_bootstrap,
            0,
            10_000,
            "How often units are drawn with replacement, for the intervals; 0 for none",
        )
        self._seed = number_box("tube_seed", settings.seed, 0, 2**31 - 1, "Seed of the bootstraps")
        for box in (self._preset, self._labels):
            box.currentIndexChanged.connect(self._choose_settings)
        for number in (self._components, self._bootstraps, self._seed):
            number.valueChanged.connect(self._choose_settings)
        self._score = push_button(
            "score_site",
            "Score",
            "Tightness and crossing of the tubes of this site; then intervals",
        )
        self._score.clicked.connect(self._score_site)
        self._score_all = push_button(
            "score_all_sites", "Score all sites", "One after the other, with the same settings"
        )
        self._score_all.clicked.connect(self._score_sites)
        self._tubes = QCheckBox("Tubes in 3-D")
        self._tubes.setObjectName("show_tubes")
        self._tubes.setToolTip(
            "Draw the tube of each bundle around its centreline, as wide as its radius R_q(u)"
        )
        self._tubes.clicked.connect(self._toggle_tubes)
        self._job = JobBar(
            "score",
            done="Scored.",
            cancelled="Cancelled. Scores that have come are kept.",
            counted=False,
        )
        self._said = text_label("tubes_said")
        self._arrange()
        self._show_settings(settings)
        session = explorer.session
        explorer.jobs.started.connect(self._follow)
        explorer.tubes.selection.said.connect(self._say)
        explorer.tubes.settings_changed.connect(self._show_settings)
        explorer.tubes.tubes_changed.connect(self._show_state)
        session.events.responses_changed.connect(self._show_sites)
        session.events.scores_changed.connect(self._show_state)
        session.selection.events.site_changed.connect(self._show_sites)
        self._show_sites()

    def _arrange(self) -> None:
        definition, drawn, space, buttons = (QHBoxLayout() for _ in range(4))
        for row, widgets in (
            (definition, (self._preset, QLabel("bundles by"), self._labels)),
            (drawn, (self._bootstraps, QLabel("seed"), self._seed)),
            (space, (self._components,)),
            (buttons, (self._score, self._score_all)),
        ):
            for widget in widgets:
                row.addWidget(widget)
        definition.setStretch(0, 1)
        definition.setStretch(2, 1)
        drawn.addStretch()
        space.addStretch()
        space.addWidget(self._tubes)
        form = QFormLayout()
        form.setVerticalSpacing(3)
        form.addRow("Site", self._site)
        form.addRow("Preset", definition)
        form.addRow("Components", space)
        form.addRow("Bootstraps", drawn)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(form)
        column.addLayout(buttons)
        column.addWidget(self._job)
        column.addWidget(self._said)
        self._said.hide()

    def settings(self) -> TubeSettings:
        """Return what is chosen."""
        return TubeSettings(
            preset=self._preset.currentData(),
            labels=self._labels.currentData(),
            n_components=self._components.value(),
            n_bootstrap=self._bootstraps.value(),
            seed=self._seed.value(),
        )

    # What a person does

    def _choose_site(self, index: int) -> None:
        self._explorer.session.selection.site = self._site.itemData(index)

    def _score_site(self) -> None:
        self._explorer.tubes.score(self._site.currentData(), self.settings())

    def _score_sites(self) -> None:
        self._explorer.tubes.score_sites(self._explorer.session.responses, self.settings())

    def _choose_settings(self) -> None:
        self._explorer.tubes.settings = self.settings()

    def _toggle_tubes(self, shown: bool) -> None:
        if shown:
            self._explorer.tubes.show_tubes(self._site.currentData())
        else:
            self._explorer.tubes.hide_tubes()

    # What is shown

    def _follow(self, purpose: str, job: Job) -> None:
        if purpose in ("score", "bootstrap"):
            self._say("")
            self._job.watch(job)
            job.finished.connect(self._show_state)
            self._show_state()

    def _say(self, sentence: str) -> None:
        self._said.setText(sentence)
        self._said.setVisible(bool(sentence))

    def _show_sites(self) -> None:
        session = self._explorer.session
        self._site.clear()
        for site, tensor in session.responses.items():
            self._site.addItem(f"{site_title(site)} ({tensor.sizes['unit']:,} units)", site)
        self._site.setCurrentIndex(max(0, self._site.findData(session.selection.site)))
        self._site.setEnabled(bool(session.responses))
        self._show_state()

    def _show_state(self) -> None:
        session = self._explorer.session
        is_idle = self._explorer.jobs.job("score") is None
        self._score.setEnabled(is_idle and bool(session.responses))
        self._score_all.setEnabled(is_idle and len(session.responses) > 1)
        site = self._site.currentData()
        self._tubes.setEnabled(site in session.scores)
        self._tubes.setChecked(site is not None and self._explorer.tubes.tube_site == site)

    def _show_settings(self, settings: TubeSettings) -> None:
        if settings == self.settings():
            return
        fields = (self._preset, self._labels, self._components, self._bootstraps, self._seed)
        for field in fields:
            field.blockSignals(True)
        self._preset.setCurrentIndex(self._preset.findData(settings.preset))
        self._labels.setCurrentIndex(self._labels.findData(settings.labels))
        self._components.setValue(settings.n_components)
        self._bootstraps.setValue(settings.n_bootstrap)
        self._seed.setValue(settings.seed)
        for field in fields:
            field.blockSignals(False)
