"""Telling results of the network that is loaded from those of another one."""

from typing import Any

from napari_nfm.session import Session

__all__ = ["STALE", "is_stale", "made_by", "with_staleness"]

STALE = "from another network"
"""What is said of a result of another network than the one that is loaded."""


def made_by(result: Any) -> str | None:
    """Return the fingerprint of the network behind responses or a result, or None without one."""
    provenance = getattr(result, "provenance", None)
    known = getattr(result, "attrs", {}) if provenance is None else provenance.inputs
    fingerprint = known.get("twin_fingerprint")
    return None if fingerprint is None else str(fingerprint)


def is_stale(session: Session, result: Any) -> bool:
    """Tell whether responses or a result are of another network than the one that is loaded.

    What no network of ours made, as the responses of retina, never is.
    """
    fingerprint = made_by(result)
    return (
        session.twin is not None
        and fingerprint is not None
        and fingerprint != session.twin.fingerprint
    )


def with_staleness(heading: str, session: Session, result: Any) -> str:
    """Return a heading that also says where the result is of another network."""
    return f"{heading}, {STALE}" if is_stale(session, result) else heading
