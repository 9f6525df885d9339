"""What is loaded, recorded, computed and selected: one evented `Session` per window.

Views and panels never talk to each other; they change the session and listen to it. It knows no
window, so a script may use it as well.
"""

import operator
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, ClassVar

from psygnal import Signal, SignalGroupDescriptor

if TYPE_CHECKING:
    from pandas import DataFrame
    from xarray import DataArray

    from napari_nfm.analysis import (
        DecodingAccuracy,
        DecodingTrajectories,
        EncodingManifold,
        RankChoice,
        Tubularity,
    )
    from napari_nfm.analysis.removal import RemovalSweep
    from napari_nfm.analysis.subpopulations import SubpopulationComparison
    from napari_nfm.fnn import Twin
    from napari_nfm.recording import Recording
    from napari_nfm.stimuli import StimulusSet

__all__ = ["ManifoldLook", "Selection", "Session"]

COMPUTED = (
    *("results", "manifolds", "rank_choices"),
    *("scores", "accuracies", "comparisons", "removals"),
)
"""Fields of a `Session` by site, alone or first of a tuple, that follow from its responses."""


def _signal_name(field_name: str) -> str:
    return f"{field_name}_changed"


@dataclass(eq=False)
class Selection:
    """What every view shows at this moment; ``events.<field>_changed`` tells of each change.

    Attributes
    ----------
    category
        Name of the current stimulus category.
    direction
        Current direction of motion, in degrees.
    instance
        Current instance of the stimulus, from 0.
    frame
        Current frame of the stimulus, from 0.
    reference
        Category, direction and instance whose feature maps are subtracted from those of the
        current stimulus, or None.
    site
        Name of the current recording site.
    channels
        Channels of that site on screen; empty where the most active ones shall be chosen.
    units
        Selected units, by their position in the site's responses.
    unit
        The unit that is looked at, one of those selected; None where that is the mean of all.
    hovered
        The unit under the mouse, or None.
    pinned
        Units that are kept to compare others with.
    """

    category: str | None = None
    direction: float | None = None
    instance: int = 0
    frame: int = 0
    reference: tuple[str, float, int] | None = None
    site: str | None = None
    channels: tuple[int, ...] = ()
    units: tuple[int, ...] = ()
    unit: int | None = None
    hovered: int | None = None
    pinned: tuple[int, ...] = ()

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor(signal_aliases=_signal_name)

    def choose_units(self, units: Iterable[int], *, add: bool = False) -> None:
        """Select these units; with `add`, beside the others, or no longer where all are."""
        found, before = [int(unit) for unit in units], list(self.units)
        if add and set(found) <= set(before):
            found = [unit for unit in before if unit not in set(found)]
        elif add:
            found = [*before, *(unit for unit in found if unit not in set(before))]
        self.units = tuple(found)


@dataclass(eq=False)
class ManifoldLook:
    """How the encoding manifold is drawn; ``events.<field>_changed`` tells of each change.

    Attributes
    ----------
    coordinates
        ``"diffusion map"``, or ``"principal components"`` of the diffusion coordinates (classical
        multidimensional scaling).
    axes
        Which three of the coordinates, from 0.
    colour_by
        Column of the manifold's table of units.
    edges
        Whether the edges of the neighbourhood graph are drawn.
    """

    coordinates: str = "diffusion map"
    axes: tuple[int, int, int] = (0, 1, 2)
    colour_by: str = "preferred_stimulus"
    edges: bool = False

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor(signal_aliases=_signal_name)


@dataclass(eq=False)
class Session:
    """The state of one window; ``events.<field>_changed`` tells of each change.

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
    responses
        Response tensor ``(unit, category, direction, time)`` by site.
    results
        Decoding trajectories by site.
    manifolds
        Encoding manifolds by site.
    rank_choices
        What a sweep over ranks has found, by site.
    scores
        Tubularity of all units, by site; at first without bootstraps.
    accuracies
        How well categories are decoded, by site and classifier.
    comparisons
        A selection of units beside all and beside the rest, by site.
    removals
        What is lost as more and more units are removed, by site.
    populations
        Sites whose responses are of another population, not of the recording.
    look
        How the encoding manifold is drawn.
    selection
        What every view shows at this moment.
    """

    # Arrays and networks have no truth value when compared: only another object is a change.
    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor(
        equality_operators={
            name: operator.is_
            for name in ("twin", "scans", "stimuli", "recording", "responses", *COMPUTED)
        },
        signal_aliases=_signal_name,
        connect_child_events=False,
    )
    sequence_changed: ClassVar[Signal] = Signal()
    """Another stimulus set, category, direction or instance is current."""

    twin: "Twin | None" = None
    scans: "DataFrame | None" = None
    stimuli: "StimulusSet | None" = None
    recording: "Recording | None" = None
    responses: "Mapping[str, DataArray]" = field(default_factory=dict)
    results: "Mapping[str, DecodingTrajectories]" = field(default_factory=dict)
    manifolds: "Mapping[str, EncodingManifold]" = field(default_factory=dict)
    rank_choices: "Mapping[str, RankChoice]" = field(default_factory=dict)
    scores: "Mapping[str, Tubularity]" = field(default_factory=dict)
    accuracies: "Mapping[tuple[str, str], DecodingAccuracy]" = field(default_factory=dict)
    comparisons: "Mapping[str, SubpopulationComparison]" = field(default_factory=dict)
    removals: "Mapping[str, RemovalSweep]" = field(default_factory=dict)
    populations: frozenset[str] = frozenset()
    look: ManifoldLook = field(default_factory=ManifoldLook)
    selection: Selection = field(default_factory=Selection)

    def __post_init__(self) -> None:
        for name in ("category", "direction", "instance"):
            self.selection.events[_signal_name(name)].connect(self._tell_sequence)
        # before any view hears of the other site, of which it might look units up
        self.selection.events.site_changed.connect(self._forget_units)

    def _forget_units(self) -> None:
        self.selection.units = ()

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
        self._forget_computed(set(self.responses) - self.populations)
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

    def add_responses(self, responses: "Mapping[str, DataArray]") -> None:
        """Add response tensors by site, forgetting what was computed from those they replace."""
        self._forget_computed(set(self.responses) & set(responses))
        self.responses = {**self.responses, **responses}

    def add_population(self, site: str, responses: "DataArray") -> None:
        """Add the responses of a population that is not of the recording."""
        self.populations |= {site}
        self.add_responses({site: responses})

    def _forget_computed(self, sites: Collection[str]) -> None:
        for name in COMPUTED:
            by_site = getattr(self, name)
            kept = {key: value for key, value in by_site.items() if _site_of(key) not in sites}
            if len(kept) < len(by_site):
                setattr(self, name, kept)

    def add_result(self, site: str, trajectories: "DecodingTrajectories") -> None:
        """Add the decoding trajectories of `site`, replacing earlier ones."""
        self.results = {**self.results, site: trajectories}

    def add_manifold(self, site: str, manifold: "EncodingManifold") -> None:
        """Add the encoding manifold of `site`, replacing an earlier one."""
        self.manifolds = {**self.manifolds, site: manifold}

    def add_rank_choice(self, site: str, choice: "RankChoice") -> None:
        """Add what a sweep over ranks has found at `site`, replacing an earlier finding."""
        self.rank_choices = {**self.rank_choices, site: choice}

    def forget_rank_choice(self, site: str) -> None:
        """Forget what a sweep over ranks has found at `site`."""
        self.rank_choices = {other: c for other, c in self.rank_choices.items() if other != site}

    def add_score(self, site: str, score: "Tubularity") -> None:
        """Add the tubularity of all units of `site`, replacing an earlier one."""
        self.scores = {**self.scores, site: score}

    def add_accuracy(self, site: str, accuracy: "DecodingAccuracy") -> None:
        """Add the decoding accuracy of `site`, replacing an earlier one of its classifier."""
        self.accuracies = {**self.accuracies, (site, accuracy.classifier): accuracy}

    def add_comparison(self, site: str, comparison: "SubpopulationComparison") -> None:
        """Add a selection of units of `site` beside all, replacing an earlier one."""
        self.comparisons = {**self.comparisons, site: comparison}

    def add_removal(self, site: str, removal: "RemovalSweep") -> None:
        """Add what is lost as units of `site` are removed, replacing an earlier sweep."""
        self.removals = {**self.removals, site: removal}


def _site_of(key: str | tuple[str, ...]) -> str:
    return key if isinstance(key, str) else key[0]
