"""What a person can do about encoding manifolds: populations, ranks, manifolds, their picture."""

import weakref
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, Signal

from napari_nfm.session import Session
from napari_nfm.viewer import encoding_tasks
from napari_nfm.viewer.layers import World
from napari_nfm.viewer.manifold_view import ManifoldView
from napari_nfm.viewer.plans import ManifoldSettings, RankSettings
from napari_nfm.viewer.running import Jobs
from napari_nfm.viewer.views import View, show_view
from napari_nfm.viewer.worker import Job

if TYPE_CHECKING:
    from xarray import DataArray

    from napari_nfm.analysis import EncodingManifold, RankChoice

__all__ = ["EncodingActions"]


class EncodingActions(QObject):
    """The actions of one viewer on encoding manifolds; jobs ``population, encode`` and ``rank``.

    Parameters
    ----------
    viewer
        The napari viewer; not kept alive.
    session
        What is loaded and computed.
    world
        Where manifolds are drawn.
    jobs
        Who runs what takes long.
    parent
        Object that owns these actions.
    """

    rank_fitted = Signal(int, object)
    """A rank that the sweep has finished, and the `RankChoice` so far, None at the first."""
    rank_picked = Signal(int)
    """The `rank` that a manifold shall be computed with."""
    manifold_shown = Signal(str)
    """The site whose encoding manifold was drawn."""

    _rank_arrived = Signal(object, str, int, object)

    def __init__(
        self, viewer: Any, session: Session, world: World, jobs: Jobs, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._viewer = weakref.proxy(viewer)
        self._session = session
        self._world = world
        self._jobs = jobs
        self.view = ManifoldView(viewer, session, world)
        self.rank = ManifoldSettings().rank
        self._sweep: object = None
        self._computing: dict[str, tuple[str, DataArray]] = {}  # by job: the site, its responses
        self._rank_arrived.connect(self._take_rank)
        session.events.responses_changed.connect(self._abandon_outdated)

    def open_population(self, path: str | Path) -> Job:
        """Add the response tensor of any population, such as retina or V1, as a site."""
        return self._jobs.start(
            "population", self._take_population, encoding_tasks.open_population, Path(path)
        )

    def compute_manifold(self, site: str, settings: ManifoldSettings) -> Job:
        """Compute the encoding manifold of `site` and show it."""
        responses = self._session.responses[site]
        self._computing["encode"] = site, responses
        return self._jobs.start(
            "encode", self._encoded, encoding_tasks.encode, site, responses, settings
        )

    def show_manifold(self, site: str) -> None:
        """Show the encoding manifold of `site`, which is among the session's manifolds."""
        selection = self._session.selection
        # A view that has a manifold on screen goes to another site with the selection.
        is_followed = self.view.site is not None and selection.site != site
        selection.site = site
        if not is_followed:
            self.view.show(site)
        self.manifold_shown.emit(site)
        show_view(self._viewer, self._world, View.MANIFOLD)

    def sweep_ranks(self, site: str, settings: RankSettings) -> Job:
        """Decompose the responses of `site` at many ranks; `rank_fitted` tells of each."""
        responses = self._session.responses[site]
        self._session.forget_rank_choice(site)
        self._sweep = object()
        self._computing["rank"] = site, responses
        return self._jobs.start(
            "rank",
            self._swept,
            encoding_tasks.sweep,
            site,
            responses,
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
        return self.view.site

    # What follows from a job's result

    def _abandon_outdated(self) -> None:
        """Give up what is computed from responses that have been replaced meanwhile."""
        for purpose, of_site in list(self._computing.items()):
            if not self._session.is_current(*of_site):
                self._jobs.abandon(purpose)
                del self._computing[purpose]

    def _take_population(self, opened: "tuple[str, DataArray]") -> None:
        self._session.add_population(*opened)
        self._session.selection.site = opened[0]

    def _encoded(self, result: "tuple[str, EncodingManifold]") -> None:
        self._session.add_manifold(*result)
        self.show_manifold(result[0])

    def _take_rank(self, sweep: object, site: str, rank: int, choice: "RankChoice | None") -> None:
        # A sweep that was given up may still send one.
        if sweep is self._sweep and self._jobs.job("rank") is not None:
            if choice is not None:
                self._session.add_rank_choice(site, choice)
            self.rank_fitted.emit(rank, choice)

    def _swept(self, result: "tuple[str, RankChoice]") -> None:
        self._session.add_rank_choice(*result)
