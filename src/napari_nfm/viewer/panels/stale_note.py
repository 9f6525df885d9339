"""A line that appears where what is shown is of another network than the one that is loaded."""

from qtpy.QtWidgets import QLabel

from napari_nfm.session import Session
from napari_nfm.staleness import STALE, is_stale, made_by

__all__ = ["StaleNote"]

FIELDS = {
    "responses": "The responses are",
    "results": "The trajectories are",
    "manifolds": "The encoding manifold is",
    "scores": "The tubularity is",
}
"""Fields of the session by site, and how a sentence on their results begins."""
SHORT = 8
"""Digits of a fingerprint that are shown."""


class StaleNote(QLabel):
    """Says that results of the current site are of another network; hidden where they are not.

    Parameters
    ----------
    session
        What is loaded and computed.
    *fields
        Which results, of those of `FIELDS`; the first that is stale is told.
    """

    def __init__(self, session: Session, *fields: str) -> None:
        super().__init__()
        self._session = session
        self._fields = fields
        self.setObjectName("stale_note")
        self.setWordWrap(True)
        self.setStyleSheet(
            "border: 1px solid #E69F00; border-radius: 3px; padding: 4px; color: #E69F00;"
        )
        session.events.twin_changed.connect(self._show)
        session.selection.events.site_changed.connect(self._show)
        for name in fields:
            session.events[f"{name}_changed"].connect(self._show)
        self._show()

    def _show(self) -> None:
        session, site = self._session, self._session.selection.site or ""
        for name in self._fields:
            result = getattr(session, name).get(site)
            if result is not None and is_stale(session, result):
                maker = (made_by(result) or "")[:SHORT]
                self.setText(f"⚠ {FIELDS[name]} {STALE} ({maker}…), not of the one that is loaded.")
                self.setToolTip(
                    "Another network was loaded since. Record with it, and compute again, to see "
                    "its own."
                )
                self.show()
                return
        self.hide()
