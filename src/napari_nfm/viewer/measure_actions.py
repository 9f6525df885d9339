"""Choosing units by a measure: to select them, or to remove them share by share."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from qtpy.QtCore import QObject

from napari_nfm.session import Session
from napari_nfm.viewer import measure_tasks
from napari_nfm.viewer.plans import UnitChoice
from napari_nfm.viewer.readout_actions import ReadoutActions
from napari_nfm.viewer.running import Jobs
from napari_nfm.viewer.worker import Job

__all__ = ["MeasureActions"]


class MeasureActions(QObject):
    """The actions of one viewer on units by their measures; job ``measures``.

    Parameters
    ----------
    session
        Whose units are chosen.
    jobs
        Who runs what takes long.
    readouts
        Who removes units share by share.
    parent
        Object that owns these actions.
    """

    def __init__(
        self, session: Session, jobs: Jobs, readouts: ReadoutActions, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._jobs = jobs
        self._readouts = readouts

    def measures(self, site: str) -> tuple[str, ...]:
        """Return the names of the measures by which units of `site` can be chosen."""
        return measure_tasks.measures_of(self._session.manifolds.get(site))

    def select(self, site: str, choice: UnitChoice) -> Job:
        """Select the units of `site` at the end of a measure."""
        return self._choose(site, choice, self._select)

    def sweep(self, site: str, choice: UnitChoice) -> Job:
        """Remove units of `site` share by share, from the end of a measure on."""
        whole = UnitChoice(choice.measure, choice.end, 1.0)
        return self._choose(site, whole, self._sweep)

    def _choose(
        self, site: str, choice: UnitChoice, then: Callable[[str, npt.NDArray[np.int64]], None]
    ) -> Job:
        session = self._session
        responses = session.responses[site]

        def take(units: npt.NDArray[np.int64]) -> None:
            if session.is_current(site, responses):
                then(site, units)

        return self._jobs.start(
            "measures",
            take,
            measure_tasks.choose_units,
            responses,
            session.manifolds.get(site),
            choice,
        )

    def _select(self, site: str, units: npt.NDArray[np.int64]) -> None:
        self._session.selection.site = site
        self._session.selection.units = tuple(units.tolist())

    def _sweep(self, site: str, units: npt.NDArray[np.int64]) -> None:
        self._readouts.sweep_removal(site, units.tolist())
