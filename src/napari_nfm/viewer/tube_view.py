"""Tubes as a picture, linked with the current site, stimulus and view."""

import weakref
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QObject, QTimer, Signal

from napari_nfm.session import Session
from napari_nfm.staleness import with_staleness
from napari_nfm.titles import site_title
from napari_nfm.viewer.convert_tubes import tube_note
from napari_nfm.viewer.layers import World
from napari_nfm.viewer.roles import Role
from napari_nfm.viewer.scenes import TubeScene

if TYPE_CHECKING:
    from napari_nfm.analysis import Tubularity

__all__ = ["TubeView"]

REST_MS = 60
"""So long after the camera has come to rest, tubes are drawn anew for its direction."""


class TubeView(QObject):
    """Draws a site's tubes, and keeps them those of the current site.

    Parameters
    ----------
    viewer
        The napari viewer; not kept alive.
    session
        What is scored and selected.
    world
        Where it is drawn.
    parent
        Object that owns this view.
    """

    changed = Signal()
    """Other tubes are drawn, or none."""

    def __init__(self, viewer: Any, session: Session, world: World, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._world = world
        self._hidden: frozenset[str] = frozenset()
        self.site: str | None = None
        self._at_rest = QTimer(self)
        self._at_rest.setSingleShot(True)
        self._at_rest.setInterval(REST_MS)
        self._at_rest.timeout.connect(self._face_camera)
        self._viewer: Any = weakref.proxy(viewer)
        viewer.scene.camera.events.angles.connect(self._wait_for_rest)
        session.events.scores_changed.connect(self._follow_scores)
        session.selection.events.site_changed.connect(self._follow_site)
        session.events.twin_changed.connect(self._follow_twin)
        session.sequence_changed.connect(self._highlight)

    @property
    def found(self) -> "Tubularity | None":
        """The tubes that are drawn, or None."""
        scene = self._world.tubes.shown
        return None if scene is None else scene.found

    @property
    def hidden(self) -> frozenset[str]:
        """Labels of the bundles that are not drawn, whatever the site."""
        return self._hidden

    @hidden.setter
    def hidden(self, labels: frozenset[str]) -> None:
        if labels != self._hidden:
            self._hidden = labels
            if self.site is not None:
                self.show(self.site)

    def show(self, site: str) -> None:
        """Draw the tubes of `site`, which is among the session's scores."""
        self.site = site
        found = self._session.scores[site]
        title = f"{site_title(site)}, tubes"
        shown = [i for i, label in enumerate(found.labels) if str(label) not in self._hidden]
        self._world.tubes.show(
            TubeScene(
                found=found,
                shown=frozenset(shown),
                heading=f"{with_staleness(title, self._session, found)}\n{tube_note(found)}",
                source=str(found.provenance.inputs.get("source", "")),
            )
        )
        self._highlight()
        self.changed.emit()

    def hide(self) -> None:
        """Take the tubes away."""
        if self.site is not None:
            self.site = None
            self._world.tubes.hide()
            self.changed.emit()

    def _follow_scores(self) -> None:
        if self.site is None:
            return
        score = self._session.scores.get(self.site)
        if score is None:
            self.hide()
        elif self.found is None or not _same_tubes(score, self.found):
            self.show(self.site)

    def _follow_twin(self) -> None:
        if self.site is not None and self._world.find(Role.TUBES) is not None:
            self.show(self.site)  # their heading says whose they are

    def _follow_site(self, site: str) -> None:
        if self.site is not None and self.site != site and site in self._session.scores:
            self.show(site)

    def _highlight(self) -> None:
        sequence = self._session.sequence
        category, direction = (None, None) if sequence is None else sequence[:2]
        self._world.tubes.highlight(category, direction)

    def _wait_for_rest(self) -> None:
        if self.site is not None:
            self._at_rest.start()

    def _face_camera(self) -> None:
        if self.site is not None and self._viewer.dims.ndisplay == 3:
            self._world.tubes.face_camera()


def _same_tubes(first: "Tubularity", second: "Tubularity") -> bool:
    """Whether the same would be drawn, as when intervals have come to a score."""
    return (
        first.settings == second.settings
        and np.array_equal(first.labels, second.labels)
        and np.array_equal(first.curve_labels, second.curve_labels)
        and np.array_equal(first.radius_profile, second.radius_profile)
        and np.array_equal(first.centrelines, second.centrelines)
    )
