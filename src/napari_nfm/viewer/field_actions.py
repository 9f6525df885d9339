"""Receptive fields of units: computed in the background, kept, and outlined on the movie."""

from collections import OrderedDict
from typing import TYPE_CHECKING

from qtpy.QtCore import QObject, Signal

from napari_nfm.session import Session
from napari_nfm.viewer import unit_tasks
from napari_nfm.viewer.field_data import FIELD_KINDS, UnitField
from napari_nfm.viewer.layers import World
from napari_nfm.viewer.running import Jobs
from napari_nfm.viewer.scenes import Outline
from napari_nfm.viewer.unit_looks import unit_looks
from napari_nfm.viewer.unit_tasks import ComputedField, Place, network_place
from napari_nfm.viewer.worker import Job

if TYPE_CHECKING:
    from napari_nfm.recording.noise_average import NoiseResponses

__all__ = ["FieldActions"]

MOST_KEPT = 60
"""Receptive fields that are kept, of up to 2 MB each."""


class FieldActions(QObject):
    """The receptive fields of one viewer; job ``field``.

    Parameters
    ----------
    session
        What is loaded and selected.
    world
        Where receptive fields are drawn.
    jobs
        Who runs what takes long.
    parent
        Object that owns these actions.
    """

    changed = Signal()
    """Another receptive field, or none, is that of the current unit."""

    def __init__(self, session: Session, world: World, jobs: Jobs, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._world = world
        self._jobs = jobs
        self._kept: OrderedDict[tuple[str, Place, str], UnitField] = OrderedDict()
        self._noise: dict[str, NoiseResponses] = {}
        self._kind = next(iter(FIELD_KINDS))
        self._on_movie = True
        selection = session.selection.events
        selection.unit_changed.connect(self._follow)
        selection.pinned_changed.connect(self._draw)
        session.events.responses_changed.connect(self._forget_noise)
        session.events.twin_changed.connect(self._forget)

    @property
    def kind(self) -> str:
        """Which of `FIELD_KINDS` is looked at."""
        return self._kind

    @kind.setter
    def kind(self, kind: str) -> None:
        if kind != self._kind:
            self._kind = kind
            self._follow()
            self.compute_unasked()

    @property
    def on_movie(self) -> bool:
        """Whether receptive fields are outlined on the movie."""
        return self._on_movie

    @on_movie.setter
    def on_movie(self, shown: bool) -> None:
        if shown != self._on_movie:
            self._on_movie = shown
            self._draw()
            self.changed.emit()

    def toggle_on_movie(self) -> None:
        """Outline receptive fields on the movie, or no longer."""
        self.on_movie = not self._on_movie

    @property
    def current(self) -> UnitField | None:
        """The receptive field of the current unit, where it is known."""
        unit = self._session.selection.unit
        return None if unit is None else self._field_of(unit)

    @property
    def why_not(self) -> str:
        """Why no receptive field of the current unit can be computed, or an empty string."""
        session, selection = self._session, self._session.selection
        if selection.unit is None:
            return "Look at a single unit to see its receptive field."
        if session.twin is None:
            return "Receptive fields are computed with the network; load it first."
        if network_place(session, selection.unit) is None:
            return "These units are not of the network that is loaded, so it has no field of them."
        return ""

    def compute(self) -> Job | None:
        """Compute the receptive field of the current unit, where it is not known yet."""
        session, selection = self._session, self._session.selection
        if self.why_not or self.current is not None or self._jobs.job("field") is not None:
            return None
        assert selection.unit is not None
        assert selection.site is not None
        return self._jobs.start(
            "field",
            self._take_field,
            unit_tasks.compute_field,
            session.twin,
            selection.site,
            network_place(session, selection.unit),
            self._kind,
            all_places=unit_tasks.places_of(session.responses.get(selection.site)),
            played=self._noise.get(selection.site),
        )

    def compute_unasked(self) -> None:
        """Compute what is looked at, where that is quick."""
        self._draw()  # the movie may have come since
        twin = self._session.twin
        if twin is not None and unit_tasks.is_quick(twin):
            self._jobs.abandon("field")
            self.compute()

    def _take_field(self, computed: ComputedField) -> None:
        if computed.played is not None:
            self._noise[computed.site] = computed.played
        key = (computed.site, computed.place, computed.field.kind)
        self._kept[key] = computed.field
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        self.changed.emit()
        self._draw()

    def _field_of(self, unit: int) -> UnitField | None:
        place, site = network_place(self._session, unit), self._session.selection.site
        if place is None or site is None:
            return None
        key = (site, place, self._kind)
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key)

    def _draw(self) -> None:
        """Outline the receptive fields of the current and of pinned units on the movie."""
        selection = self._session.selection
        outlines = []
        if self._on_movie:
            for unit, look in unit_looks(selection.unit, selection.pinned).items():
                field = self._field_of(unit)
                lines = () if field is None else field.outlines
                outlines += [Outline(unit, line, look.colour) for line in lines]
        self._world.receptive_fields.show(outlines)

    def _follow(self) -> None:
        self.changed.emit()
        self._draw()

    def _forget_noise(self) -> None:
        # Other units may have been sampled; fields belong to places and stay.
        self._jobs.abandon("field")
        self._noise.clear()
        self._follow()

    def _forget(self) -> None:
        self._kept.clear()
        self._forget_noise()
