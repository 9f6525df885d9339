"""What a person can do about readouts of populations beside tubes: decode, remove units, vary."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from qtpy.QtCore import QObject

from napari_nfm.session import Session
from napari_nfm.viewer import tube_tasks
from napari_nfm.viewer.plans import TubeSettings
from napari_nfm.viewer.running import Jobs
from napari_nfm.viewer.tube_actions import TubeActions
from napari_nfm.viewer.worker import Job

if TYPE_CHECKING:
    from xarray import DataArray

    from napari_nfm.analysis import DecodingAccuracy
    from napari_nfm.analysis.classifiers import Classifier
    from napari_nfm.analysis.removal import RemovalSweep
    from napari_nfm.analysis.subpopulations import SubpopulationComparison
    from napari_nfm.analysis.tubes.sensitivity import Sensitivity

__all__ = ["ReadoutActions"]


class ReadoutActions(QObject):
    """The actions of one viewer on readouts of its populations.

    Jobs ``accuracy, subpopulation, removal`` and ``sensitivity``. Results go to the session
    (``accuracies``, ``comparisons``, ``removals``, ``sensitivity``), whose events tell of them,
    and those of one site are given up where its responses have been replaced meanwhile.

    Parameters
    ----------
    session
        What is recorded and computed.
    jobs
        Who runs what takes long.
    tubes
        By whose settings units are scored.
    parent
        Object that owns these actions.
    """

    def __init__(self, session: Session, jobs: Jobs, tubes: TubeActions, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._jobs = jobs
        self._tubes = tubes

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
        if self._session.is_current(site, responses):
            self._session.add_accuracy(site, accuracy)

    def compare_subpopulation(
        self, site: str, units: Sequence[int], classifier: "Classifier" = "knn"
    ) -> Job:
        """Decode and score all units of `site`, the given ones alone, and all but these.

        The scores come first, and then their intervals.
        """
        return self._compare(site, tuple(units), classifier, self._tubes.settings, n_bootstrap=0)

    def _compare(
        self,
        site: str,
        units: tuple[int, ...],
        classifier: "Classifier",
        settings: TubeSettings,
        *,
        n_bootstrap: int,
    ) -> Job:
        responses = self._session.responses[site]

        def take(comparison: "SubpopulationComparison") -> None:
            if not self._session.is_current(site, responses):
                return
            self._session.add_comparison(site, comparison)
            if n_bootstrap != settings.n_bootstrap:
                self._compare(site, units, classifier, settings, n_bootstrap=settings.n_bootstrap)

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
            self._tubes.settings,
            classifier,
        )

    def _take_removal(self, site: str, responses: "DataArray", removal: "RemovalSweep") -> None:
        if self._session.is_current(site, responses):
            self._session.add_removal(site, removal)

    def sweep_settings(self, sites: Iterable[str]) -> Job:
        """Score sites with one setting varied at a time."""
        responses = {site: self._session.responses[site] for site in sites}
        return self._jobs.start(
            "sensitivity",
            partial(self._take_sensitivity, responses),
            tube_tasks.sweep_settings,
            responses,
        )

    def _take_sensitivity(
        self, responses: "Mapping[str, DataArray]", sensitivity: "Sensitivity"
    ) -> None:
        self._session.take_sensitivity(sensitivity, responses)
