"""A line that appears where what is shown is not of what is loaded and recorded now."""

from qtpy.QtWidgets import QLabel

from napari_nfm.session import Session
from napari_nfm.site_results import OF_ALL_SITES
from napari_nfm.staleness import STALE, is_stale, made_by

__all__ = ["StaleNote"]

FIELDS = {
    "responses": "The responses are",
    "results": "The trajectories are",
    "manifolds": "The encoding manifold is",
    "scores": "The tubularity is",
    "scorecard": "The comparison is",
    "sensitivity": "The orders of sites are",
}
"""Fields of the session, and how a sentence on their results begins."""
SHORT = 8
"""Digits of a fingerprint that are shown."""


class StaleNote(QLabel):
    """Says that results are of another network or of other responses; hidden where they are not.

    Of results by site, it is those of the current one.

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
        for name in (*fields, "outdated"):
            session.events[f"{name}_changed"].connect(self._show)
        self._show()

    def _show(self) -> None:
        for name in self._fields:
            if reason := self._why_stale(name):
                text, remedy = reason
                self.setText(f"⚠ {FIELDS[name]} {text}.")
                self.setToolTip(remedy)
                self.show()
                return
        self.hide()

    def _why_stale(self, name: str) -> tuple[str, str] | None:
        """Return what a result is of instead, and what to do about it; None where it is not."""
        session = self._session
        result = getattr(session, name)
        if name not in OF_ALL_SITES:
            result = result.get(session.selection.site or "")
        if name in session.outdated:
            return (
                "of other responses than there are now",
                "Responses have come, gone or changed since. Compute it again.",
            )
        if result is None or not is_stale(session, result):
            return None
        maker = (made_by(result) or "")[:SHORT]
        return (
            f"{STALE} ({maker}…), not of the one that is loaded",
            "Another network was loaded since. Record with it, and compute again, to see its own.",
        )
