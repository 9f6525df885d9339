"""What a person can do in the window: actions on the session, run beside the window.

Panels, menus, the demo and tests all call the same actions. Actions change the session; the
session's events change the picture.
"""

import weakref
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, QTimer, Signal
from qtpy.QtWidgets import QApplication

from napari_nfm.session import Session
from napari_nfm.stimuli import StimulusSource
from napari_nfm.viewer import tasks
from napari_nfm.viewer.compare_actions import CompareActions
from napari_nfm.viewer.current_sequence import CurrentSequence
from napari_nfm.viewer.encoding_actions import EncodingActions
from napari_nfm.viewer.export_actions import ExportActions
from napari_nfm.viewer.figure_actions import FigureActions
from napari_nfm.viewer.focus import ring_focus
from napari_nfm.viewer.layers import World
from napari_nfm.viewer.measure_actions import MeasureActions
from napari_nfm.viewer.picture import save_picture
from napari_nfm.viewer.plans import LoadedNetwork, RecordingPlan, SampledRecording
from napari_nfm.viewer.player import Player
from napari_nfm.viewer.pointer import Pointer, SelectionTool
from napari_nfm.viewer.pointing import Pointing
from napari_nfm.viewer.preferences import preferences
from napari_nfm.viewer.readout_actions import ReadoutActions
from napari_nfm.viewer.refit import Refit
from napari_nfm.viewer.running import Jobs
from napari_nfm.viewer.sample_recording import SampleRecording, make_sample_recording
from napari_nfm.viewer.scene import Scene
from napari_nfm.viewer.session_actions import SessionActions
from napari_nfm.viewer.shortcuts import Keys
from napari_nfm.viewer.tube_actions import TubeActions
from napari_nfm.viewer.unit_actions import UnitActions
from napari_nfm.viewer.views import View, show_view
from napari_nfm.viewer.window_closing import WindowClosing
from napari_nfm.viewer.worker import Job

if TYPE_CHECKING:
    from xarray import DataArray

    from napari_nfm.analysis import DecodingTrajectories
    from napari_nfm.fnn import Site

__all__ = ["Explorer", "explorer_of", "known_explorer"]

_EXPLORERS: "weakref.WeakKeyDictionary[Any, Explorer]" = weakref.WeakKeyDictionary()


def explorer_of(viewer: Any) -> "Explorer":
    """Return the one explorer of `viewer`, made at the first call."""
    # Plugin widgets get a proxy, which does not live as long as the viewer behind it.
    viewer = getattr(viewer, "__wrapped__", viewer)
    if viewer not in _EXPLORERS:
        _EXPLORERS[viewer] = Explorer(viewer)
    return _EXPLORERS[viewer]


def known_explorer(viewer: Any) -> "Explorer | None":
    """Return the explorer of `viewer`, or None where nothing has made one."""
    return _EXPLORERS.get(getattr(viewer, "__wrapped__", viewer))


class Explorer(QObject):
    """The actions of one viewer; jobs ``twin, download, stimuli, estimate, record, open, decode``.

    Use `explorer_of` to get it. It lives as long as the viewer, also while no dock is open, and
    does not keep the viewer alive. `jobs` runs what takes long; `encoding` has the actions on
    encoding manifolds, `tubes` those on tubes, `readouts` those on other readouts, `measures` those
    on units by their measures, `compare` those that compare sites, `exports` those that save
    readouts, `figures` those on figures for print, `units` those on single units, `saving` those
    on the whole session.

    Parameters
    ----------
    viewer
        The napari viewer.
    """

    prospect_changed = Signal(object)
    """What the recording that `estimate` was asked about will cost."""
    selection_tool_changed = Signal(object)
    """The `SelectionTool` that dragging in the canvas uses."""
    maps_shown = Signal()
    """Other feature maps are on screen."""
    pointed = Signal(str)
    """A sentence on what a click or an outline in the canvas has chosen, or why nothing."""

    def __init__(self, viewer: Any) -> None:
        super().__init__()
        self.session = Session()
        self.world = World(viewer)
        self.player = Player(self.session, self)
        self.jobs = Jobs(self)
        self._viewer = weakref.proxy(viewer)
        self.closing = WindowClosing(self)
        self.closing.closed.connect(self.close)
        self.scene = Scene(viewer, self.session, self.world)
        self._sequence = CurrentSequence(viewer, self.session, self.world, self.scene, self.jobs)
        self.encoding = EncodingActions(viewer, self.session, self.world, self.jobs, self)
        self.encoding.view.said.connect(self.pointed.emit)
        self.tubes = TubeActions(viewer, self.session, self.world, self.jobs, self)
        self.readouts = ReadoutActions(self.session, self.jobs, self.tubes, self)
        self.measures = MeasureActions(self.session, self.jobs, self.readouts, self)
        self.compare = CompareActions(self.session, self.jobs, self)
        self.exports = ExportActions(self.jobs, self)
        self.figures = FigureActions(viewer, self.session, self.world, self.jobs, self)
        self.units = UnitActions(viewer, self.session, self.world, self.jobs, self)
        self.units.said.connect(self.pointed.emit)
        self._sequence.maps_shown.connect(self.units.on_maps.mark)
        self._sequence.maps_shown.connect(self.maps_shown.emit)
        self.saving = SessionActions(viewer, self)
        pointing = Pointing(
            viewer,
            self.session,
            self.world,
            manifold=self.encoding.view,
            maps=self.units.on_maps,
            player=self.player,
        )
        self._pointer = Pointer(viewer, pointing)
        self.keys = Keys(self)
        ring_focus()
        self._refit = Refit(viewer, self.world, self)
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
        shown, stimuli = self.world.trajectories.shown, self.session.stimuli
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
        return self.jobs.start(
            "twin",
            self._twin_loaded,
            tasks.load_network,
            source,
            session,
            scan_idx,
            device=preferences().device,
        )

    def download_twin(self) -> Job:
        """Download the published checkpoint and load it."""
        return self.jobs.start("download", self.load_twin, tasks.download)

    def use_stimuli(self, source: StimulusSource) -> Job:
        """Make the stimulus set that `source` describes and show its first sequence."""
        return self.jobs.start("stimuli", self.session.use_stimuli, tasks.make_stimuli, source)

    def estimate(self, plan: RecordingPlan) -> Job | None:
        """Find out what recording `plan` will cost; `prospect_changed` tells."""
        twin, stimuli = self.session.twin, self.session.stimuli
        if twin is None or stimuli is None:
            return None
        return self.jobs.start(
            "estimate", self.prospect_changed.emit, tasks.look_ahead, twin, stimuli, plan
        )

    def record(self, plan: RecordingPlan) -> Job:
        """Record what `plan` says from the current twin and stimuli, or go on where it stopped."""
        self.jobs.abandon("estimate")
        twin, stimuli = self.session.twin, self.session.stimuli
        return self.jobs.start(
            "record", self._recorded, tasks.record_and_sample, twin, stimuli, plan
        )

    def open_recording(self, store: Path) -> Job:
        """Open a recording with its sampled responses and show the trajectories of one site."""
        return self.jobs.start("open", self._opened, tasks.open_and_sample, store)

    def open_sample_recording(self) -> Job:
        """Open a recording of the embedded twin, which is made where there is none yet."""
        return self.jobs.start("record", self._sample_opened, make_sample_recording)

    def add_responses(self, site: str, responses: "DataArray") -> None:
        """Add responses ``(unit, category, direction, time)`` and show their trajectories."""
        self.session.add_responses({site: responses})
        self.show_trajectories(site)

    def show_trajectories(self, site: str) -> Job | None:
        """Show the decoding trajectories of `site`, computing them where they are not yet known."""
        self.session.selection.site = site
        if site in self.session.results:
            self.scene.show_trajectories(site)
            self.show_view(View.ALL)
            return None
        responses = self.session.responses[site]
        return self.jobs.start(
            "decode", partial(self._decoded, site, responses), tasks.decode, responses
        )

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

    def close(self) -> None:
        """Stop the player, all timers and all jobs, and wait for their threads."""
        self.closing.forget()
        self.player.pause()
        for timer in self.findChildren(QTimer):
            timer.stop()  # what it would do needs the viewer
        self.jobs.close()

    # What follows from a job's result

    def _twin_loaded(self, loaded: LoadedNetwork) -> None:
        self.session.scans = loaded.scans
        self.session.twin = loaded.twin
        if self.session.selection.site not in self.sites:
            self.session.selection.site = next(iter(self.sites))
        else:
            self._sequence.compute_maps()

    def _recorded(self, result: SampledRecording) -> None:
        self.session.take_recording(result.recording, result.responses)

    def _sample_opened(self, sample: SampleRecording) -> None:
        self._twin_loaded(sample.network)
        self.session.use_stimuli(sample.stimuli)
        self._opened(sample.sampled)

    def _opened(self, result: SampledRecording) -> None:
        self._recorded(result)
        site = self.session.selection.site
        self.show_trajectories(site if site in result.responses else next(iter(result.responses)))

    def _decoded(
        self, site: str, responses: "DataArray", trajectories: "DecodingTrajectories"
    ) -> None:
        if self.session.is_current(site, responses):
            self.session.add_result(site, trajectories)
            self.scene.show_trajectories(site)
            self.show_view(View.ALL)
