"""What a person can do about tubes: score them, and show them."""

import weakref
from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from napari.utils.notifications import show_warning
from qtpy.QtCore import QObject, Signal

from napari_nfm.session import Session
from napari_nfm.viewer import tube_tasks
from napari_nfm.viewer.layers import World
from napari_nfm.viewer.plans import TubeSettings
from napari_nfm.viewer.preferences import preferences
from napari_nfm.viewer.running import Jobs
from napari_nfm.viewer.selection_scoring import SelectionScoring
from napari_nfm.viewer.tube_data import bundle_titles
from napari_nfm.viewer.tube_view import TubeView
from napari_nfm.viewer.views import View, show_view
from napari_nfm.viewer.worker import Job

if TYPE_CHECKING:
    import pandas as pd
    from xarray import DataArray

    from napari_nfm.analysis import Tubularity

__all__ = ["TubeActions"]


class TubeActions(QObject):
    """The actions of one viewer on tubes; jobs ``score, bootstrap`` and ``calibrate``.

    Scores go to the session, whose events tell of them, and are given up where the responses they
    were computed from have been replaced meanwhile. `selection` scores the selected units, `view`
    draws tubes.

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
    calibrated = Signal(object)
    """`calibration` has come."""
    tubes_changed = Signal()
    """Other tubes are drawn, or none; see `tube_site` and `hidden_bundles`."""
    settings_changed = Signal(object)
    """Other `settings`."""

    _arrived = Signal(object, str, object)

    def __init__(
        self, viewer: Any, session: Session, world: World, jobs: Jobs, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._viewer = weakref.proxy(viewer)
        self._session = session
        self._world = world
        self._jobs = jobs
        self._settings = TubeSettings(n_bootstrap=preferences().bootstraps)
        self._scoring: dict[str, DataArray] = {}
        self.view = TubeView(viewer, session, world, self)
        self.view.changed.connect(self.tubes_changed)
        self.selection = SelectionScoring(session, jobs, self)
        self.calibration: pd.DataFrame | None = None
        self._arrived.connect(self._take_score)

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
        if scoring is self._scoring and self._session.is_current(site, self._scoring[site]):
            self._session.add_score(site, found)
            self.scored.emit(site)

    def calibrate(self) -> Job | None:
        """Score synthetic tubes of known shape, once; `calibrated` tells."""
        if self.calibration is not None:
            self.calibrated.emit(self.calibration)
            return None
        return self._jobs.start("calibrate", self._take_calibration, tube_tasks.calibrate)

    def _take_calibration(self, calibration: "pd.DataFrame") -> None:
        self.calibration = calibration
        self.calibrated.emit(calibration)

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
