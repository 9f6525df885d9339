"""The session as a picture: what is current becomes layers, and napari's clock the session's."""

import weakref
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from napari_nfm.session import Session
from napari_nfm.staleness import with_staleness
from napari_nfm.titles import category_title, site_title
from napari_nfm.viewer.layers import World
from napari_nfm.viewer.roles import MAP_ROLES, Role
from napari_nfm.viewer.scenes import TrajectoryScene

if TYPE_CHECKING:
    from napari_nfm.analysis import DecodingTrajectories

__all__ = ["Scene", "sequence_title"]

N_MAPS = 12
"""Maps on screen where no channels are chosen."""


def sequence_title(session: Session) -> tuple[str, str]:
    """Name the current sequence for people: its category, and which of them."""
    if session.stimuli is None or session.sequence is None:
        return "", ""
    category, direction, instance = session.sequence
    stimuli = session.stimuli
    parts = []
    if len(stimuli.directions) > 1:
        parts.append(f"{direction:g}°")
    if stimuli.n_instances > 1:
        parts.append(f"instance {instance + 1}")
    return stimuli.titles[stimuli.categories.index(category)], ", ".join(parts)


class Scene:
    """Draws the session's state in its viewer and keeps their frames equal.

    Parameters
    ----------
    viewer
        The napari viewer; not kept alive.
    session
        What is shown.
    world
        Where it is drawn.
    """

    def __init__(self, viewer: Any, session: Session, world: World) -> None:
        self._viewer = weakref.proxy(viewer)
        self._session = session
        self._world = world
        viewer.dims.events.current_step.connect(self._follow_slider)
        viewer.dims.events.ndim.connect(self._follow_session)
        session.selection.events.frame_changed.connect(self._follow_session)
        self.trajectory_site: str | None = None
        session.sequence_changed.connect(self._highlight)
        session.selection.events.site_changed.connect(self._follow_site)
        session.events.results_changed.connect(self._follow_results)
        session.events.twin_changed.connect(self._follow_twin)

    # The stimulus and its feature maps

    def show_movie(self, frames: npt.NDArray[np.uint8]) -> None:
        """Show the current sequence's frames ``(time, y, x)``."""
        self._world.movie_and_maps.show_movie(
            frames, "\n".join(sequence_title(self._session)).strip()
        )
        self._follow_session()

    def show_maps(
        self,
        maps: npt.NDArray[Any],
        ranked: npt.NDArray[np.intp],
        minus: tuple[str, float, int] | None = None,
    ) -> None:
        """Show the chosen channels of all maps ``(time, channel, y, x)``.

        Where none is chosen, the first of `ranked`, in the order of their numbers. Where they are
        differences, `minus` says to which category, direction and instance.
        """
        n_channels = maps.shape[1]
        channels = [c for c in self._session.selection.channels if c < n_channels]
        if not channels:
            channels = sorted(int(channel) for channel in ranked[:N_MAPS])
        site = self._session.selection.site
        self._world.movie_and_maps.show_maps(
            maps[:, channels].astype(np.float32),
            site or "",
            channels,
            f"{site_title(site or '')}, feature maps by channel"
            if minus is None
            else f"{site_title(site or '')}, minus {category_title(minus[0])} {minus[1]:g}°",
            is_difference=minus is not None,
        )

    def hide_maps(self) -> None:
        """Take the feature maps away."""
        self._world.remove(*MAP_ROLES)

    # Decoding trajectories

    def show_trajectories(self, site: str) -> None:
        """Show the decoding trajectories of `site`, which are among the session's results."""
        self.trajectory_site = site
        result = self._session.results[site]
        categories = [str(name) for name in result.curves["category"].values]
        stimuli = self._session.stimuli
        known = (
            {} if stimuli is None else dict(zip(stimuli.categories, stimuli.titles, strict=True))
        )
        self._world.trajectories.show(
            TrajectoryScene(
                curves=result.curves,
                explained_variance_ratio=result.explained_variance_ratio,
                titles=tuple(known.get(name, category_title(name)) for name in categories),
                heading=with_staleness(
                    f"{site_title(site)}, decoding trajectories", self._session, result
                ),
                source=str(result.provenance.inputs.get("source", "")),
            )
        )
        self._highlight()
        self._follow_session()

    def _follow_results(self, results: "Mapping[str, DecodingTrajectories]") -> None:
        if self.trajectory_site is not None and self.trajectory_site not in results:
            self.trajectory_site = None
            self._world.trajectories.hide()

    def _follow_twin(self) -> None:
        if self.trajectory_site is not None and self._world.find(Role.TRACKS) is not None:
            self.show_trajectories(self.trajectory_site)  # their heading says whose they are

    def _follow_site(self, site: str) -> None:
        if site in self._session.results and self._world.trajectories.shown is not None:
            self.show_trajectories(site)

    def _highlight(self) -> None:
        sequence = self._session.sequence
        if sequence is None:
            self._world.trajectories.highlight(None, None)
        else:
            self._world.trajectories.highlight(*sequence[:2])

    # One clock

    def _follow_slider(self) -> None:
        dims = self._viewer.dims
        if dims.ndim >= 4 and self._session.n_frames:
            frame = round(dims.point[dims.ndim - 4])
            self._session.selection.frame = min(max(frame, 0), self._session.n_frames - 1)

    def _follow_session(self) -> None:
        dims = self._viewer.dims
        if dims.ndim >= 4:
            axis, frame = dims.ndim - 4, self._session.selection.frame
            if round(dims.point[axis]) != frame:
                dims.set_point(axis, frame)
