"""What is loaded, recorded, computed and selected: one evented `Session` per window.

Views and panels never talk to each other; they change the session and listen to it. It knows no
window, so a script may use it as well.
"""

import operator
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, ClassVar

from psygnal import Signal, SignalGroupDescriptor

from napari_nfm.site_results import BY_SITE, OF_ALL_SITES, SiteResults
from napari_nfm.view_state import ManifoldLook, Selection, signal_name

if TYPE_CHECKING:
    from pandas import DataFrame
    from xarray import DataArray

    from napari_nfm.fnn import Twin
    from napari_nfm.recording import Recording
    from napari_nfm.stimuli import StimulusSet

__all__ = ["ManifoldLook", "Selection", "Session"]

SOURCES = ("twin", "scans", "stimuli", "recording", "published", "responses")
"""Fields that hold what was loaded and recorded."""


@dataclass(eq=False)
class Session(SiteResults):
    """The state of one window; ``events.<field>_changed`` tells of each change.

    What it has of each site, and of all together, is described at `SiteResults`.

    Attributes
    ----------
    twin
        The network that is loaded.
    scans
        Scans ``session, scan_idx, units`` of the checkpoint that it is from.
    stimuli
        The stimulus set that is loaded.
    recording
        The recording that was made or opened last.
    published
        Published properties of the network's units by ``readout_id``, or None.
    look
        How the encoding manifold is drawn.
    selection
        What every view shows at this moment.
    """

    # Arrays and networks have no truth value when compared: only another object is a change.
    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor(
        equality_operators=dict.fromkeys((*SOURCES, *BY_SITE, *OF_ALL_SITES), operator.is_),
        signal_aliases=signal_name,
        connect_child_events=False,
    )
    sequence_changed: ClassVar[Signal] = Signal()
    """Another stimulus set, category, direction or instance is current."""

    twin: "Twin | None" = None
    scans: "DataFrame | None" = None
    stimuli: "StimulusSet | None" = None
    recording: "Recording | None" = None
    published: "DataFrame | None" = None
    look: ManifoldLook = field(default_factory=ManifoldLook)
    selection: Selection = field(default_factory=Selection)

    def __post_init__(self) -> None:
        for name in ("category", "direction", "instance"):
            self.selection.events[signal_name(name)].connect(self._tell_sequence)
        # before any view hears of the other site, of which it might look units up
        self.selection.events.site_changed.connect(self._forget_units)
        # before any view hears of other responses, beside which it shows results of all sites
        self.events.responses_changed.connect(self._mark_outdated)

    def _forget_units(self) -> None:
        self.selection.units = ()

    def _mark_outdated(self) -> None:
        self.outdated = frozenset(name for name in OF_ALL_SITES if getattr(self, name) is not None)

    def _tell_sequence(self) -> None:
        self.sequence_changed.emit()

    @property
    def sequence(self) -> tuple[str, float, int] | None:
        """Category, direction and instance on screen, or None while there is no stimulus set."""
        chosen = self.selection
        if self.stimuli is None or chosen.category is None or chosen.direction is None:
            return None
        return chosen.category, chosen.direction, chosen.instance

    @property
    def n_frames(self) -> int:
        """Frames that the current frame can take: those of the stimuli, else of the results."""
        if self.stimuli is not None:
            return self.stimuli.n_frames
        return max((result.curves.sizes["time"] for result in self.results.values()), default=0)

    def snapshot(self) -> "Session":
        """Return a session of the same state, which later changes of this one do not reach."""
        parts = {item.name: getattr(self, item.name) for item in fields(self)}
        copies = {"look": replace(self.look), "selection": replace(self.selection)}
        return Session(**{**parts, **copies})

    def use_stimuli(self, stimuli: "StimulusSet") -> None:
        """Make `stimuli` current, keeping category, direction and instance where it has them."""
        chosen = self.selection
        with chosen.events.blocked():
            if chosen.category not in stimuli.categories:
                chosen.category = stimuli.categories[0]
            if chosen.direction not in stimuli.directions:
                chosen.direction = stimuli.directions[0]
            chosen.instance = min(chosen.instance, stimuli.n_instances - 1)
        self.stimuli = stimuli
        self.sequence_changed.emit()
        chosen.frame = min(chosen.frame, stimuli.n_frames - 1)

    def choose(self, category: str, direction: float, instance: int = 0) -> None:
        """Make one sequence current and tell of it once."""
        chosen = self.selection
        before = self.sequence
        with chosen.events.blocked():
            chosen.category, chosen.direction, chosen.instance = category, direction, instance
        if self.sequence != before:
            self.sequence_changed.emit()

    def take_recording(self, recording: "Recording", responses: "Mapping[str, DataArray]") -> None:
        """Make a recording current with its responses by site; only `populations` stay."""
        self.recording = recording
        self.selection.units = ()
        self.populations -= set(responses)
        self.forget_results(set(self.responses) - self.populations)
        others = {site: self.responses[site] for site in sorted(self.populations)}
        self.responses = {**others, **responses}

    def step_sequence(
        self, *, categories: int = 0, directions: int = 0, instances: int = 0
    ) -> None:
        """Go so many categories, directions and instances on, around the end of each."""
        if self.stimuli is None or self.sequence is None:
            return
        stimuli, (category, direction, instance) = self.stimuli, self.sequence
        row, column = stimuli.categories.index(category), stimuli.directions.index(direction)
        self.choose(
            stimuli.categories[(row + categories) % len(stimuli.categories)],
            stimuli.directions[(column + directions) % len(stimuli.directions)],
            (instance + instances) % stimuli.n_instances,
        )
