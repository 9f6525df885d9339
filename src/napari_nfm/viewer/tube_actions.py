"""What a person can do about tubes: score, show, decode, compare selections, sweep."""

import weakref
from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from napari.utils.notifications import show_warning
from qtpy.compat import isalive
from qtpy.QtCore import QObject, QTimer, Signal

from napari_nfm.session import Session
from napari_nfm.viewer import tube_tasks
from napari_nfm.viewer.layers import World
from napari_nfm.viewer.plans import TubeSettings
from napari_nfm.viewer.running import Jobs
from napari_nfm.viewer.tube_data import bundle_titles
from napari_nfm.viewer.tube_view import TubeView
from napari_nfm.viewer.views import View, show_view
from napari_nfm.viewer.worker import Job

if TYPE_CHECKING:
    import pandas as pd
    from xarray import DataArray

    from napari_nfm.analysis import DecodingAccuracy, Tubularity
    from napari_nfm.analysis.removal import RemovalSweep
    from napari_nfm.analysis.subpopulations import Classifier, SubpopulationComparison

__all__ = ["TubeActions"]

PAUSE_MS = 100
"""A selection that has not changed for so long is scored."""


class TubeActions(QObject):
    """The actions of one viewer on tubes and readouts of populations.

    Jobs ``score, bootstrap, selection, accuracy, subpopulation, removal, calibrate`` and
    ``sensitivity``. Results go to the session (``scores``, ``accuracies``, ``comparisons``,
    ``removals``), whose events tell of them, and are given up where the responses they were
    computed from have been replaced meanwhile.

    Parameters
    ----------
    viewer
        The napari viewer; not kept alive.
    session
        What is loaded and computed.
    world
        Where tubes are drawn.
    jobs
        Who runs what takes long.
    parent
        Object that owns these actions.
    """

    scored = Signal(str)
    """A site whose score has come: first without intervals, and again with them."""
    selection_scored = Signal(object)
    """The `Tubularity` of the selected units of the current site; None where there is none, and
    where `said` says why."""
    calibrated = Signal(object)
    """`calibration` has come."""
    sensitivity_found = Signal(object)
    """The `Sensitivity` that `sweep_settings` was asked for."""
    tubes_changed = Signal()
    """Other tubes are drawn, or none; see `tube_site` and `hidden_bundles`."""
    settings_changed = Signal(object)
    """Other `settings`."""
    said = Signal(str)
    """Why the selected units have no score, in a sentence; empty where they have one."""

    _arrived = Signal(object, str, object)

    def __init__(
        self, viewer: Any, session: Session, world: World, jobs: Jobs, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._viewer = weakref.proxy(viewer)
        self._session = session
        self._world = world
        self._jobs = jobs
        self._settings = TubeSettings()
        self._live = False
        self._scoring: dict[str, DataArray] = {}
        self.view = TubeView(viewer, session, world, self)
        self.view.changed.connect(self.tubes_changed)
        self.selection_score: Tubularity | None = None
        self.calibration: pd.DataFrame | None = None
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._score_selection)
        self._arrived.connect(self._take_score)
        for event in (
            session.selection.events.units_changed,
            session.selection.events.site_changed,
            session.events.responses_changed,
        ):
            event.connect(self._follow_selection)

    # Scores

    @property
    def settings(self) -> TubeSettings:
        """How selections, comparisons and removals are scored: as the last site was, until set."""
        return self._settings

    @settings.setter
    def settings(self, settings: TubeSettings) -> None:
        if settings != self._settings:
            self._settings = settings
            self.settings_changed.emit(settings)
            self._follow_selection()

    def score(self, site: str, settings: TubeSettings) -> Job:
        """Score all units of `site`, then draw bootstraps in the background for the intervals."""
        return self.score_sites([site], settings)

    def score_sites(self, sites: Iterable[str], settings: TubeSettings) -> Job:
        """Score all units of several sites, one after the other, then bootstrap them in turn.

        `scored` tells of each site twice: when its score has come, and when its intervals have.
        """
        self.settings = settings
        self._jobs.abandon("bootstrap")
        self._scoring = {site: self._session.responses[site] for site in sites}
        return self._jobs.start(
            "score",
            self._bootstrap,
            tube_tasks.score_sites,
            self._scoring,
            settings,
            partial(self._arrived.emit, self._scoring),
        )

    def _bootstrap(self, not_scored: Sequence[str]) -> None:
        for sentence in not_scored:
            show_warning(sentence)
        scored = {site: r for site, r in self._scoring.items() if site in self._session.scores}
        self._scoring = scored
        if self._settings.n_bootstrap and scored:
            self._jobs.start(
                "bootstrap",
                self._bootstrapped,
                tube_tasks.score_sites,
                scored,
                self._settings,
                partial(self._arrived.emit, scored),
                n_bootstrap=self._settings.n_bootstrap,
            )

    def _bootstrapped(self, _: Sequence[str]) -> None:
        self._scoring = {}

    def _take_score(self, scoring: object, site: str, found: "Tubularity") -> None:
        # One that was given up may still send a score.
        if scoring is self._scoring and self._is_current(site, self._scoring[site]):
            self._session.add_score(site, found)
            self.scored.emit(site)

    def _is_current(self, site: str, responses: "DataArray") -> bool:
        return self._session.responses.get(site) is responses

    # The score of the selected units

    @property
    def live(self) -> bool:
        """Whether the selected units are scored whenever they change.

        For a panel to switch on while it is seen, and off when it is hidden: a score that nobody
        looks at is not worth the wait for what one does look at.
        """
        return self._live

    @live.setter
    def live(self, live: bool) -> None:
        if live != self._live:
            self._live = live
            self._follow_selection()

    def _follow_selection(self) -> None:
        self._jobs.abandon("selection")
        if self._live:
            self._pause.start()
        elif isalive(self._pause):  # a script that ends without closing its window hides docks last
            self._pause.stop()

    def _score_selection(self) -> None:
        session = self._session
        site, units = session.selection.site or "", session.selection.units
        responses = session.responses.get(site)
        if len(units) < 2 or responses is None:
            self._take_selection(None)
            return
        self._jobs.start(
            "selection",
            self._take_selection,
            tube_tasks.score_units,
            responses,
            units,
            self._settings,
            session.scores.get(site),
        )

    def _take_selection(self, found: "Tubularity | str | None") -> None:
        self.selection_score = None if isinstance(found, str) else found
        self.said.emit(found if isinstance(found, str) else "")
        self.selection_scored.emit(self.selection_score)

    # Tubes on screen

    @property
    def tube_site(self) -> str | None:
        """The site whose tubes are drawn, or None."""
        return self.view.site

    def show_tubes(self, site: str) -> None:
        """Show the tubes of `site`, which is among the session's scores, and nothing else."""
        self._session.selection.site = site
        self.view.show(site)
        show_view(self._viewer, self._world, View.TUBES)

    def hide_tubes(self) -> None:
        """Take the tubes away."""
        self.view.hide()

    @property
    def bundles(self) -> dict[str, str]:
        """Titles of the bundles that have a tube on screen or hidden, by label."""
        found = self.view.found
        if found is None:
            return {}
        return dict(zip(map(str, found.labels), bundle_titles(found), strict=True))

    @property
    def hidden_bundles(self) -> frozenset[str]:
        """Labels of bundles, as stimulus categories, whose tubes and curves are not drawn."""
        return self.view.hidden

    @hidden_bundles.setter
    def hidden_bundles(self, labels: Iterable[str]) -> None:
        self.view.hidden = frozenset(labels)

    # Other readouts

    def measure_accuracy(self, site: str, classifier: "Classifier" = "knn") -> Job:
        """Decode the category from all units of `site`, over growing and shrinking windows."""
        responses = self._session.responses[site]
        return self._jobs.start(
            "accuracy",
            partial(self._take_accuracy, site, responses),
            tube_tasks.measure_accuracy,
            responses,
            classifier,
        )

    def _take_accuracy(
        self, site: str, responses: "DataArray", accuracy: "DecodingAccuracy"
    ) -> None:
        if self._is_current(site, responses):
            self._session.add_accuracy(site, accuracy)

    def compare_subpopulation(
        self, site: str, units: Sequence[int], classifier: "Classifier" = "knn"
    ) -> Job:
        """Decode and score all units of `site`, the given ones alone, and all but these.

        The scores come first, and then their intervals.
        """
        return self._compare(site, tuple(units), classifier, 0)

    def _compare(
        self, site: str, units: tuple[int, ...], classifier: "Classifier", n_bootstrap: int
    ) -> Job:
        responses = self._session.responses[site]
        settings = self._settings

        def take(comparison: "SubpopulationComparison") -> None:
            if not self._is_current(site, responses):
                return
            self._session.add_comparison(site, comparison)
            if n_bootstrap != settings.n_bootstrap:
                self._compare(site, units, classifier, settings.n_bootstrap)

        return self._jobs.start(
            "subpopulation",
            take,
            tube_tasks.compare,
            responses,
            units,
            settings,
            classifier,
            n_bootstrap=n_bootstrap,
        )

    def sweep_removal(
        self, site: str, order: Sequence[int], classifier: "Classifier" = "knn"
    ) -> Job:
        """Remove more and more units of `site` in an order, and as many random ones."""
        responses = self._session.responses[site]
        return self._jobs.start(
            "removal",
            partial(self._take_removal, site, responses),
            tube_tasks.sweep_removal,
            responses,
            order,
            self._settings,
            classifier,
        )

    def _take_removal(self, site: str, responses: "DataArray", removal: "RemovalSweep") -> None:
        if self._is_current(site, responses):
            self._session.add_removal(site, removal)

    def calibrate(self) -> Job | None:
        """Score synthetic tubes of known shape, once; `calibrated` tells."""
        if self.calibration is not None:
            self.calibrated.emit(self.calibration)
            return None
        return self._jobs.start("calibrate", self._take_calibration, tube_tasks.calibrate)

    def _take_calibration(self, calibration: "pd.DataFrame") -> None:
        self.calibration = calibration
        self.calibrated.emit(calibration)

    def sweep_settings(self, sites: Iterable[str]) -> Job:
        """Score sites with one setting varied at a time; `sensitivity_found` tells."""
        responses = {site: self._session.responses[site] for site in sites}
        return self._jobs.start(
            "sensitivity", self.sensitivity_found.emit, tube_tasks.sweep_settings, responses
        )
