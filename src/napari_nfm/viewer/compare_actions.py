"""Comparing all sites and populations: one scorecard of them, computed beside the window."""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from qtpy.QtCore import QObject

from napari_nfm.jobs import Progress, ShouldStop
from napari_nfm.session import Session
from napari_nfm.viewer.plans import TubeSettings
from napari_nfm.viewer.running import Jobs
from napari_nfm.viewer.worker import Job

if TYPE_CHECKING:
    from xarray import DataArray

    from napari_nfm.analysis import Scorecard

__all__ = ["CompareActions"]


class CompareActions(QObject):
    """The actions of one viewer that compare its sites; job ``compare``.

    Parameters
    ----------
    session
        Whose responses are compared; it gets the scorecard, and the scores and accuracies of every
        site.
    jobs
        Who runs what takes long.
    parent
        Object that owns these actions.
    """

    def __init__(self, session: Session, jobs: Jobs, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._jobs = jobs

    def compare(self, settings: TubeSettings) -> Job:
        """Score, decode and align all sites and populations of the session."""
        responses = dict(self._session.responses)
        return self._jobs.start(
            "compare", partial(self._take, responses), _score_all, responses, settings
        )

    def _take(self, responses: "Mapping[str, DataArray]", scorecard: "Scorecard") -> None:
        session = self._session
        for site, score in scorecard.tubularity.items():
            if session.is_current(site, responses[site]):
                session.add_score(site, score)
        for (site, _), accuracy in scorecard.accuracy.items():
            if session.is_current(site, responses[site]):
                session.add_accuracy(site, accuracy)
        session.take_scorecard(scorecard, responses)


def _score_all(
    responses: "Mapping[str, DataArray]",
    settings: TubeSettings,
    *,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> "Scorecard":
    from napari_nfm.analysis import score_sites

    return score_sites(
        responses,
        labels=None if settings.labels == "stimulus" else settings.labels,
        preset=settings.preset,
        n_components=settings.n_components,
        n_bootstrap=settings.n_bootstrap,
        seed=settings.seed,
        progress=progress,
        should_stop=should_stop,
    )
