"""What a unit does in each single instance of the current stimulus, played when asked for."""

from qtpy.QtCore import QObject, Signal

from napari_nfm.session import Session
from napari_nfm.viewer import unit_tasks
from napari_nfm.viewer.field_data import InstanceTraces
from napari_nfm.viewer.running import Jobs
from napari_nfm.viewer.unit_tasks import network_place
from napari_nfm.viewer.worker import Job

__all__ = ["InstanceActions"]


class InstanceActions(QObject):
    """The single instances of one viewer; job ``instances``.

    Recordings keep means over instances, so instances are played anew.

    Parameters
    ----------
    session
        What is loaded and selected.
    jobs
        Who runs what takes long.
    parent
        Object that owns these actions.
    """

    changed = Signal()
    """Other instances, or none, are those of the current unit and stimulus."""

    def __init__(self, session: Session, jobs: Jobs, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._jobs = jobs
        self._current: InstanceTraces | None = None
        self._wanted = False
        session.selection.events.unit_changed.connect(self._forget)
        session.sequence_changed.connect(self._forget)
        session.events.twin_changed.connect(self._forget)

    @property
    def wanted(self) -> bool:
        """Whether single instances of the stimulus are played to the current unit."""
        return self._wanted

    @wanted.setter
    def wanted(self, wanted: bool) -> None:
        if wanted == self._wanted:
            return
        self._wanted = wanted
        if wanted:
            self.play()
        else:
            self._forget()

    @property
    def current(self) -> InstanceTraces | None:
        """What the current unit does in each instance of the current stimulus, where known."""
        return self._current

    @property
    def why_not(self) -> str:
        """Why single instances cannot be played, or an empty string."""
        session, stimuli = self._session, self._session.stimuli
        if session.twin is None or stimuli is None or session.sequence is None:
            return "Recordings keep means over instances; load network and stimuli to play each."
        if session.selection.unit is None:
            return "Look at a single unit to see its response to each instance."
        if network_place(session, session.selection.unit) is None:
            return "These units are not of the network that is loaded."
        if stimuli.n_instances == 1:
            return "These stimuli have one instance only."
        return ""

    def play(self) -> Job | None:
        """Play all instances of the current stimulus to see the current unit in each."""
        session, unit = self._session, self._session.selection.unit
        if self.why_not or session.sequence is None or unit is None:
            return None
        return self._jobs.start(
            "instances",
            self._take,
            unit_tasks.play_instances,
            session.twin,
            session.stimuli,
            session.selection.site,
            network_place(session, unit),
            *session.sequence[:2],
        )

    def _take(self, instances: InstanceTraces) -> None:
        session, unit = self._session, self._session.selection.unit
        if unit is None or session.sequence is None:
            return
        if (network_place(session, unit), session.sequence[:2]) == (
            instances.place,
            instances.sequence,
        ):
            self._current = instances
            self.changed.emit()

    def _forget(self) -> None:
        self._jobs.abandon("instances")
        self._current = None
        self.changed.emit()
