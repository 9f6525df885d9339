"""What a person can do in the window: actions on the session, run beside the window.

Panels, menus, the demo and tests all call the same actions. Actions change the session; the
session's events change the picture.
"""

import logging
import time
import weakref
from collections.abc import Callable, Hashable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import numpy.typing as npt
from napari.utils.notifications import show_error
from qtpy.QtCore import QEvent, QObject, QTimer, Signal
from qtpy.QtWidgets import QApplication, QWidget

from napari_nfm.errors import NeuralFoundationModelError
from napari_nfm.session import Session
from napari_nfm.viewer import encoding_tasks, tasks
from napari_nfm.viewer.layers import World
from napari_nfm.viewer.manifold_view import ManifoldView
from napari_nfm.viewer.picture import save_picture
from napari_nfm.viewer.plans import (
    LoadedNetwork,
    ManifoldSettings,
    RankedMaps,
    RankSettings,
    RecordingPlan,
    SampledRecording,
    StimulusSource,
)
from napari_nfm.viewer.player import Player
from napari_nfm.viewer.pointer import Pointer, SelectionTool
from napari_nfm.viewer.roles import Role
from napari_nfm.viewer.scene import Scene
from napari_nfm.viewer.views import View, show_view
from napari_nfm.viewer.worker import Job, describe

if TYPE_CHECKING:
    import pandas as pd
    from xarray import DataArray

    from napari_nfm.analysis import DecodingTrajectories, EncodingManifold, RankChoice
    from napari_nfm.fnn import Site
    from napari_nfm.viewer.colouring import CategoricalLegend, ScaleLegend

__all__ = ["Explorer", "explorer_of", "session_of"]

logger = logging.getLogger(__name__)

Value = TypeVar("Value")

_EXPLORERS: "weakref.WeakKeyDictionary[Any, Explorer]" = weakref.WeakKeyDictionary()


def explorer_of(viewer: Any) -> "Explorer":
    """Return the one explorer of `viewer`, made at the first call."""
    # Plugin widgets get a proxy, which does not live as long as the viewer behind it.
    viewer = getattr(viewer, "__wrapped__", viewer)
    if viewer not in _EXPLORERS:
        _EXPLORERS[viewer] = Explorer(viewer)
    return _EXPLORERS[viewer]


def session_of(viewer: Any) -> Session:
    """Return the one session of `viewer`, made at the first call."""
    return explorer_of(viewer).session


class Explorer(QObject):
    """The actions of one viewer, and the jobs that they started.

    Use `explorer_of` to get it. It lives as long as the viewer, also while no dock is open, and
    does not keep the viewer alive.

    Parameters
    ----------
    viewer
        The napari viewer.
    """

    job_started = Signal(str, object)
    """What for, and the `Job`: ``twin, download, stimuli, sequence, maps, estimate, record, open,
    decode, population, encode`` or ``rank``."""
    prospect_changed = Signal(object)
    """What the recording that `estimate` was asked about will cost."""
    rank_fitted = Signal(int, object)
    """A rank that the sweep has finished, and the `RankChoice` so far, None at the first."""
    rank_picked = Signal(int)
    """The `rank` that a manifold shall be computed with."""
    manifold_shown = Signal(str)
    """The site whose encoding manifold was drawn."""
    selection_tool_changed = Signal(object)
    """The `SelectionTool` that dragging in the canvas uses."""
    pointed = Signal(str)
    """A sentence on what a click or an outline in the canvas has chosen, or why nothing."""

    _rank_arrived = Signal(object, str, int, object)

    def __init__(self, viewer: Any) -> None:
        super().__init__()
        self.session = Session()
        self.world = World(viewer)
        self.player = Player(self.session, self)
        self.scans: pd.DataFrame | None = None
        self._viewer = weakref.proxy(viewer)
        self._jobs: dict[str, tuple[Job, Callable[..., Any]]] = {}
        self._cache = tasks.MapCache()
        self._frames: npt.NDArray[np.uint8] | None = None
        self._failure: BaseException | None = None
        self._window: QWidget | None = None
        self._scene = Scene(viewer, self.session, self.world)
        self._manifold_view = ManifoldView(viewer, self.session, self.world)
        self._manifold_view.said.connect(self.pointed.emit)
        self._pointer = Pointer(viewer, self._manifold_view)
        self.rank = ManifoldSettings().rank
        self.rank_choices: dict[str, RankChoice] = {}
        self._populations: set[str] = set()
        self._sweep: object = None
        self._rank_arrived.connect(self._take_rank)
        self.session.sequence_changed.connect(self._draw_sequence)
        self.session.events.twin_changed.connect(self._forget_maps)
        self.session.selection.events.site_changed.connect(self._compute_maps)
        self.session.selection.events.channels_changed.connect(self._compute_maps)
        application = QApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self.close)

    @property
    def sites(self) -> "Mapping[str, Site]":
        """The current twin's recording sites by name, from the stimulus to the response."""
        return {} if self.session.twin is None else tasks.sites_of(self.session.twin)

    @property
    def categories(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Names and titles of the stimulus categories: those shown, else those loaded."""
        shown, stimuli = self.world.trajectories_shown, self.session.stimuli
        if shown is not None:
            return tuple(str(name) for name in shown.curves["category"].values), shown.titles
        if stimuli is not None:
            return stimuli.categories, stimuli.titles
        return (), ()

    # Actions

    def try_it(self) -> None:
        """Load the embedded twin and, where there are no stimuli yet, the drawn ensemble."""
        self.load_twin()
        if self.session.stimuli is None:
            self.use_stimuli(StimulusSource("drawn"))

    def load_twin(
        self,
        source: str | Path | None = None,
        session: int | None = None,
        scan_idx: int | None = None,
    ) -> Job:
        """Load a twin from `source`, or the embedded one where there is none."""
        return self._start("twin", self._twin_loaded, tasks.load_network, source, session, scan_idx)

    def download_twin(self, directory: Path | None = None) -> Job:
        """Download the published checkpoint and load it."""
        return self._start("download", self._load_downloaded, tasks.download, directory)

    def use_stimuli(self, source: StimulusSource) -> Job:
        """Make the stimulus set that `source` describes and show its first sequence."""
        return self._start("stimuli", self.session.use_stimuli, tasks.make_stimuli, source)

    def estimate(self, plan: RecordingPlan) -> Job | None:
        """Find out what recording `plan` will cost; `prospect_changed` tells."""
        twin, stimuli = self.session.twin, self.session.stimuli
        if twin is None or stimuli is None:
            return None
        return self._start(
            "estimate", self.prospect_changed.emit, tasks.look_ahead, twin, stimuli, plan
        )

    def record(self, plan: RecordingPlan) -> Job:
        """Record what `plan` says from the current twin and stimuli, or go on where it stopped."""
        self._abandon("estimate")
        twin, stimuli = self.session.twin, self.session.stimuli
        return self._start("record", self._recorded, tasks.record_and_sample, twin, stimuli, plan)

    def open_recording(self, store: Path) -> Job:
        """Open a recording with its sampled responses and show the trajectories of one site."""
        return self._start("open", self._opened, tasks.open_and_sample, store)

    def add_responses(self, site: str, responses: "DataArray") -> None:
        """Add responses ``(unit, category, direction, time)`` and show their trajectories."""
        self._replace_responses(site, responses)
        self.show_trajectories(site)

    def decode(self, site: str) -> Job:
        """Compute the decoding trajectories of `site` without showing them."""
        return self._start(
            f"decode {site}",
            self._take_trajectories,
            tasks.decode,
            site,
            self.session.responses[site],
        )

    def show_trajectories(self, site: str) -> Job | None:
        """Show the decoding trajectories of `site`, computing them where they are not yet known."""
        self.session.selection.site = site
        if site in self.session.results:
            self._scene.show_trajectories(site)
            self.show_view(View.ALL)
            return None
        return self._start(
            "decode", self._decoded, tasks.decode, site, self.session.responses[site]
        )

    # The encoding manifold

    def open_population(self, path: str | Path) -> Job:
        """Add the response tensor of any population, such as retina or V1, as a site."""
        return self._start(
            "population", self._take_population, encoding_tasks.open_population, Path(path)
        )

    def compute_manifold(self, site: str, settings: ManifoldSettings) -> Job:
        """Compute the encoding manifold of `site` and show it."""
        responses = self.session.responses[site]
        return self._start(
            "encode", self._encoded, encoding_tasks.encode, site, responses, settings
        )

    def show_manifold(self, site: str) -> None:
        """Show the encoding manifold of `site`, which is among the session's manifolds."""
        self.session.selection.site = site
        self._manifold_view.show(site)
        self.manifold_shown.emit(site)
        self.show_view(View.MANIFOLD)

    def sweep_ranks(self, site: str, settings: RankSettings) -> Job:
        """Decompose the responses of `site` at many ranks; `rank_fitted` tells of each."""
        self.rank_choices.pop(site, None)
        self._sweep = object()
        return self._start(
            "rank",
            self._swept,
            encoding_tasks.sweep,
            site,
            self.session.responses[site],
            settings,
            partial(self._rank_arrived.emit, self._sweep, site),
        )

    def pick_rank(self, rank: int) -> None:
        """Choose the rank that a manifold shall be computed with."""
        if rank != self.rank:
            self.rank = rank
            self.rank_picked.emit(rank)

    @property
    def manifold_site(self) -> str | None:
        """The site whose encoding manifold is drawn, or None."""
        return self._manifold_view.site

    @property
    def manifold_legend(self) -> "CategoricalLegend | ScaleLegend | None":
        """What the colours of the encoding manifold mean, or None where none is drawn."""
        return self._manifold_view.legend

    @property
    def selection_tool(self) -> SelectionTool:
        """What dragging in the canvas does."""
        return self._pointer.tool

    @selection_tool.setter
    def selection_tool(self, tool: SelectionTool) -> None:
        if tool is not self._pointer.tool:
            self._pointer.tool = tool
            is_drawing = tool is not SelectionTool.NAVIGATE
            self._viewer.bind_key("Escape", self._navigate if is_drawing else None, overwrite=True)
            self.selection_tool_changed.emit(tool)

    def _navigate(self, viewer: Any) -> None:  # noqa: ARG002
        self.selection_tool = SelectionTool.NAVIGATE

    def show_view(self, view: View) -> None:
        """Arrange window and camera for `view`."""
        show_view(self._viewer, self.world, view)

    def save_picture(self, path: str | Path) -> None:
        """Save what the canvas shows as PNG, with the legend of stimulus categories.

        Raises
        ------
        OSError
            The file cannot be written.
        """
        save_picture(self._viewer, path, *self.categories)

    def job(self, purpose: str) -> Job | None:
        """Return the job that runs for `purpose`, or None."""
        return self._jobs[purpose][0] if purpose in self._jobs else None

    def wait(self, timeout: float = 600.0) -> None:
        """Run the event loop until no job is left; raise what made one fail.

        Raises
        ------
        TimeoutError
            After `timeout` seconds.
        """
        end = time.monotonic() + timeout
        self._failure = None
        while self._jobs:
            if time.monotonic() > end:
                raise TimeoutError(f"still running after {timeout:g} s: {', '.join(self._jobs)}")
            QApplication.processEvents()
            time.sleep(0.005)
            if self._failure is not None:
                raise self._failure

    # The window's end

    def watch(self, window: QWidget) -> None:
        """Stop all jobs when this main window closes."""
        if window is not self._window:
            self._window = window
            window.installEventFilter(self)
            window.destroyed.connect(self.close)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stop jobs where the watched window closes."""
        if watched is self._window and event.type() == QEvent.Type.Close:
            if event.spontaneous():
                # A person closes it and may still answer "no": see what happens next.
                QTimer.singleShot(0, self._close_unless_visible)
            else:
                self.close()
        return False

    def _close_unless_visible(self) -> None:
        if self._window is not None and not self._window.isVisible():
            self.close()

    def close(self) -> None:
        """Stop the player and all jobs, and wait for their threads."""
        self._window = None
        self.player.pause()
        self._jobs.clear()
        for job in self.findChildren(Job):
            job.stop_and_join()

    # Jobs

    def _start(
        self,
        purpose: str,
        then: Callable[..., Any],
        function: Callable[..., Any],
        *arguments: Any,
        **keywords: Any,
    ) -> Job:
        self._abandon(purpose)
        job = Job(function, *arguments, parent=self, **keywords)
        self._jobs[purpose] = (job, then)
        job.done.connect(self._take_result)
        job.failed.connect(self._tell_failure)
        job.finished.connect(self._forget_job)
        self.job_started.emit(purpose, job)
        return job.start()

    def _abandon(self, purpose: str) -> None:
        """Cancel the job that runs for `purpose`, if any, and take no result from it."""
        if purpose in self._jobs:
            job, _ = self._jobs.pop(purpose)
            job.cancel()

    def _purpose_of(self, job: QObject | None) -> str | None:
        """Return what `job` is for, or None where a newer job took its place."""
        for purpose, (running, _) in self._jobs.items():
            if running is job:
                return purpose
        return None

    def _take_result(self, result: Any) -> None:
        purpose = self._purpose_of(self.sender())
        if purpose is not None:
            self._jobs[purpose][1](result)

    def _tell_failure(self, error: BaseException) -> None:
        if not isinstance(error, NeuralFoundationModelError):
            logger.error("a job failed", exc_info=error)
        if self._purpose_of(self.sender()) is not None:
            self._failure = error
            show_error(describe(error))

    def _forget_job(self) -> None:
        purpose = self._purpose_of(self.sender())
        if purpose is not None:
            del self._jobs[purpose]

    # What follows from a job's result

    def _load_downloaded(self, directory: Path) -> None:
        self.load_twin(directory)

    def _twin_loaded(self, loaded: LoadedNetwork) -> None:
        self.scans = loaded.scans
        self.session.twin = loaded.twin
        if self.session.selection.site not in self.sites:
            self.session.selection.site = next(iter(self.sites))
        else:
            self._compute_maps()

    def _recorded(self, result: SampledRecording) -> None:
        for purpose in ("encode", "rank"):
            self._abandon(purpose)
        session, others = self.session, self._populations
        session.recording = result.recording
        session.selection.units = ()
        session.results = _only(session.results, others)
        session.manifolds = _only(session.manifolds, others)
        self.rank_choices = _only(self.rank_choices, others)
        session.responses = {**_only(session.responses, others), **result.responses}

    def _opened(self, result: SampledRecording) -> None:
        self._recorded(result)
        site = self.session.selection.site
        self.show_trajectories(site if site in result.responses else next(iter(result.responses)))

    def _take_trajectories(self, result: "tuple[str, DecodingTrajectories]") -> None:
        self.session.add_result(*result)

    def _decoded(self, result: "tuple[str, DecodingTrajectories]") -> None:
        self.session.add_result(*result)
        self._scene.show_trajectories(result[0])
        self.show_view(View.ALL)

    def _replace_responses(self, site: str, responses: "DataArray") -> None:
        """Take new responses of `site` and forget what was computed from earlier ones."""
        session, others = self.session, set(self.session.responses) - {site}
        if site in session.responses:
            session.results = _only(session.results, others)
            session.manifolds = _only(session.manifolds, others)
            self.rank_choices.pop(site, None)
        session.add_responses({site: responses})

    def _take_population(self, opened: "tuple[str, DataArray]") -> None:
        site, responses = opened
        self._populations.add(site)
        self._replace_responses(site, responses)
        self.session.selection.site = site

    def _encoded(self, result: "tuple[str, EncodingManifold]") -> None:
        self.session.add_manifold(*result)
        self.show_manifold(result[0])

    def _take_rank(self, sweep: object, site: str, rank: int, choice: "RankChoice | None") -> None:
        # A sweep that was given up may still send one.
        if sweep is self._sweep and "rank" in self._jobs:
            if choice is not None:
                self.rank_choices[site] = choice
            self.rank_fitted.emit(rank, choice)

    def _swept(self, result: "tuple[str, RankChoice]") -> None:
        site, choice = result
        self.rank_choices[site] = choice

    # The movie and its feature maps, always those of the current selection

    def _forget_maps(self) -> None:
        self._cache.clear()

    def _draw_sequence(self) -> None:
        sequence, stimuli = self.session.sequence, self.session.stimuli
        if sequence is not None:
            self._start("sequence", self._show_sequence, tasks.draw_sequence, stimuli, *sequence)

    def _show_sequence(self, frames: npt.NDArray[np.uint8]) -> None:
        self._frames = frames
        is_first = self.world.find(Role.MOVIE) is None
        self._scene.show_movie(frames)
        if is_first and self.world.find(Role.TRACKS) is None:
            self.show_view(View.MOVIE_AND_MAPS)
        self._compute_maps()

    def _compute_maps(self) -> None:
        twin, stimuli, sequence = self.session.twin, self.session.stimuli, self.session.sequence
        site = self.session.selection.site
        if twin is None or stimuli is None or sequence is None or self._frames is None:
            return
        self._abandon("maps")
        if site is None or site not in self.sites or not self.sites[site].is_map:
            self._scene.hide_maps()
            return
        key = (stimuli.sequence_key(*sequence), site)
        kept = self._cache.get(key)
        if kept is not None:
            self._put_maps(kept)
        else:
            self._start(
                "maps", partial(self._show_maps, key), tasks.maps_of, twin, self._frames, site
            )

    def _show_maps(self, key: Hashable, computed: RankedMaps) -> None:
        self._cache.put(key, computed)
        self._put_maps(computed)

    def _put_maps(self, maps: RankedMaps) -> None:
        is_first = self.world.find(Role.MAPS) is None
        self._scene.show_maps(maps.maps, maps.ranked)
        self._manifold_view.mark_on_maps()
        if is_first and self.world.find(Role.TRACKS) is None:
            self.show_view(View.MOVIE_AND_MAPS)


def _only(by_site: "Mapping[str, Value]", sites: set[str]) -> "dict[str, Value]":
    return {site: value for site, value in by_site.items() if site in sites}
