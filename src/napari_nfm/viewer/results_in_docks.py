"""Which of a session's results the docks show that are seen, for a script that computes them."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from napari_nfm.session import Session
from napari_nfm.site_results import OF_ALL_SITES, site_of
from napari_nfm.viewer.docks import COMPARE, FACTORS, MANIFOLD, RANK, TUBULARITY

if TYPE_CHECKING:
    from napari_nfm.script_results import Key

__all__ = ["results_in_docks"]

SHOWN = {
    (MANIFOLD, ""): ("manifolds",),
    (FACTORS, ""): ("manifolds",),
    (RANK, ""): ("rank_choices",),
    (COMPARE, "Sites"): ("scorecard",),
    (COMPARE, "Alignment"): ("scorecard",),
    (TUBULARITY, "Scores"): ("scores",),
    (TUBULARITY, "Radius"): ("scores",),
    (TUBULARITY, "Decoding"): ("accuracies",),
    (TUBULARITY, "Removal"): ("comparisons", "removals"),
    (TUBULARITY, "Sensitivity"): ("sensitivity",),
}
"""Fields of the session by dock and page; those by site are of the current one."""
OF_EVERY_SITE = (TUBULARITY, "Scores")
"""The page that has the scores of all sites in rows."""


def results_in_docks(session: Session, pages: Mapping[str, str]) -> "tuple[tuple[str, Key], ...]":
    """Return field and key of each result that is shown.

    Parameters
    ----------
    session
        What is computed, and which site is current.
    pages
        The page in front, or nothing, by each dock that is seen.
    """
    return tuple(dict.fromkeys(_results(session, pages)))


def _results(session: Session, pages: Mapping[str, str]) -> "Iterator[tuple[str, Key]]":
    for place in pages.items():
        for name in SHOWN.get(place, ()):
            known = getattr(session, name)
            if name in OF_ALL_SITES:
                if known is not None:
                    yield name, None
                continue
            for key in known:
                if place == OF_EVERY_SITE or site_of(key) == session.selection.site:
                    yield name, key
