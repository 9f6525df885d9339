"""What a person can do about single units: go from one to the next, compare, look into them."""

import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, QTimer, Signal

from napari_nfm.session import Session
from napari_nfm.viewer import unit_tasks
from napari_nfm.viewer.field_actions import FieldActions
from napari_nfm.viewer.instance_actions import InstanceActions
from napari_nfm.viewer.layers import World
from napari_nfm.viewer.running import Jobs
from napari_nfm.viewer.unit_looks import MOST_PINNED
from napari_nfm.viewer.units_on_maps import UnitsOnMaps
from napari_nfm.viewer.worker import Job

if TYPE_CHECKING:
    import pandas as pd
    from xarray import DataArray

__all__ = ["UnitActions"]

REST_MS = 120
"""Stepping quickly from unit to unit computes nothing before it rests this long."""


class UnitActions(QObject):
    """The actions of one viewer on units; job ``published``.

    `fields`, `instances` and `on_maps` have more.

    Parameters
    ----------
    viewer
        The napari viewer; not kept alive.
    session
        What is loaded and selected.
    world
        Where receptive fields are drawn.
    jobs
        Who runs what takes long.
    parent
        Object that owns these actions.
    """

    id_asked = Signal()
    """A person wants to type the number of a unit."""
    said = Signal(str)
    """A sentence on why nothing happens."""

    def __init__(
        self, viewer: Any, session: Session, world: World, jobs: Jobs, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._viewer: Any = weakref.proxy(viewer)
        self._known_viewer = weakref.ref(viewer)
        self._session = session
        self._jobs = jobs
        self.fields = FieldActions(session, world, jobs, self)
        self.instances = InstanceActions(session, jobs, self)
        self.on_maps = UnitsOnMaps(viewer, session, world)
        self.on_maps.said.connect(self.said.emit)
        self._resting = QTimer(self)
        self._resting.setSingleShot(True)
        self._resting.setInterval(REST_MS)
        self._resting.timeout.connect(self._compute_unasked)
        selection = session.selection.events
        selection.units_changed.connect(self._follow_units)
        selection.site_changed.connect(self._forget_selection)
        selection.unit_changed.connect(self._rest)
        session.sequence_changed.connect(self._rest)
        session.events.responses_changed.connect(self._rest)
        session.events.twin_changed.connect(self._forget_published)

    # Which unit

    @property
    def responses(self) -> "DataArray | None":
        """Responses ``(unit, category, direction, time)`` of the current site, or None."""
        return self._session.responses.get(self._session.selection.site or "")

    @property
    def shown(self) -> tuple[int, ...]:
        """The units whose mean is looked at: the current one, else all that are selected."""
        selection = self._session.selection
        n_units = 0 if self.responses is None else self.responses.sizes["unit"]
        units = selection.units if selection.unit is None else (selection.unit,)
        return tuple(unit for unit in units if unit < n_units)

    def step(self, by: int) -> None:
        """Look at the next unit (1) or the one before (-1).

        Where several units are selected it goes around among them, else among all of the site.
        """
        responses, selection = self.responses, self._session.selection
        if responses is None:
            self._say("There are no units yet; record a site first.")
            return
        ring = selection.units if len(selection.units) > 1 else range(responses.sizes["unit"])
        if selection.unit is None or selection.unit not in ring:
            self.look_at(ring[0 if by > 0 else -1])
        else:
            self.look_at(ring[(ring.index(selection.unit) + by) % len(ring)])

    def look_at(self, unit: int) -> None:
        """Make `unit` current, and select it alone where it is not one of those selected."""
        responses, selection = self.responses, self._session.selection
        if responses is None or not 0 <= unit < responses.sizes["unit"]:
            n_units = 0 if responses is None else responses.sizes["unit"]
            self._say(
                f"There is no unit {unit} here; the site has {n_units:,}, numbered from 0."
                if n_units
                else "There are no units yet; record a site first."
            )
            return
        if unit in selection.units:
            selection.unit = unit
        else:
            selection.units = (unit,)

    def look_at_mean(self) -> None:
        """Look at the mean of all units that are selected, or at the first again."""
        selection = self._session.selection
        if len(selection.units) > 1:
            selection.unit = selection.units[0] if selection.unit is None else None

    def ask_for_id(self) -> None:
        """Let a person type the number of a unit."""
        self.id_asked.emit()

    def toggle_pin(self) -> None:
        """Keep the current unit to compare others with it, or no longer."""
        selection = self._session.selection
        if selection.unit is None:
            self._say("Look at a single unit to pin it.")
        elif selection.unit in selection.pinned:
            self.unpin(selection.unit)
        else:
            selection.pinned = (*selection.pinned, selection.unit)[-MOST_PINNED:]

    def unpin(self, unit: int) -> None:
        """Compare with `unit` no longer."""
        selection = self._session.selection
        selection.pinned = tuple(other for other in selection.pinned if other != unit)

    def unpin_all(self) -> None:
        """Compare with no unit any more."""
        self._session.selection.pinned = ()

    def _follow_units(self, units: tuple[int, ...]) -> None:
        self._session.selection.unit = units[0] if len(units) == 1 else None

    def _rest(self) -> None:
        self._resting.start()

    def _compute_unasked(self) -> None:
        if self._known_viewer() is None:
            return  # a window that nobody watched has gone before the timer
        self.fields.compute_unasked()
        if self.instances.wanted:
            self.instances.play()

    def _forget_selection(self) -> None:
        selection = self._session.selection
        selection.pinned, selection.hovered, selection.unit = (), None, None

    # What others have published

    def open_published(self, path: str | Path) -> Job | None:
        """Read published properties of the network's units from a CSV."""
        twin = self._session.twin
        if twin is None:
            self._say("Load the network first, whose units the table is about.")
            return None
        return self._jobs.start(
            "published", self._take_published, unit_tasks.read_published, Path(path), twin.units
        )

    def _take_published(self, table: "pd.DataFrame") -> None:
        self._session.published = table

    def _forget_published(self) -> None:
        self._jobs.abandon("published")  # of the units of the network that was there
        self._session.published = None
        self._rest()

    def _say(self, sentence: str) -> None:
        self._viewer.status = sentence
        self.said.emit(sentence)
