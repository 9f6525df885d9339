"""The tubularity of the units that are selected, scored as they are selected."""

from typing import TYPE_CHECKING

from qtpy.compat import isalive
from qtpy.QtCore import QObject, QTimer, Signal

from napari_nfm.session import Session
from napari_nfm.viewer import tube_tasks
from napari_nfm.viewer.running import Jobs

if TYPE_CHECKING:
    from napari_nfm.analysis import Tubularity
    from napari_nfm.viewer.tube_actions import TubeActions

__all__ = ["SelectionScoring"]

PAUSE_MS = 100
"""A selection that has not changed for so long is scored."""


class SelectionScoring(QObject):
    """Scores the selected units of the current site while somebody looks; job ``selection``.

    Parameters
    ----------
    session
        What is recorded and selected.
    jobs
        Who runs what takes long.
    tubes
        By whose settings units are scored; owns this.
    """

    scored = Signal(object)
    """The `Tubularity` of the selected units of the current site; None where there is none, and
    where `said` says why."""
    said = Signal(str)
    """Why the selected units have no score, in a sentence; empty where they have one."""

    def __init__(self, session: Session, jobs: Jobs, tubes: "TubeActions") -> None:
        super().__init__(tubes)
        self._session = session
        self._jobs = jobs
        self._tubes = tubes
        self._live = False
        self.found: Tubularity | None = None
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._score)
        tubes.settings_changed.connect(self._follow)
        for event in (
            session.selection.events.units_changed,
            session.selection.events.site_changed,
            session.events.responses_changed,
        ):
            event.connect(self._follow)

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
            self._follow()

    def _follow(self) -> None:
        self._jobs.abandon("selection")
        if self._live:
            self._pause.start()
        elif isalive(self._pause):  # a script that ends without closing its window hides docks last
            self._pause.stop()

    def _score(self) -> None:
        session = self._session
        site, units = session.selection.site or "", session.selection.units
        responses = session.responses.get(site)
        if len(units) < 2 or responses is None:
            self._take(None)
            return
        self._jobs.start(
            "selection",
            self._take,
            tube_tasks.score_units,
            responses,
            units,
            self._tubes.settings,
            session.scores.get(site),
        )

    def _take(self, found: "Tubularity | str | None") -> None:
        self.found = None if isinstance(found, str) else found
        self.said.emit(found if isinstance(found, str) else "")
        self.scored.emit(self.found)
