"""What a figure of the session's state would show, or why there is none; no Qt."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import numpy.typing as npt

from napari_nfm.figures import (
    CaptionedFigure,
    FigureError,
    SiteReadouts,
    accuracy_figure,
    confusion_figure,
    feature_maps_figure,
    manifold_figure,
    radius_profile_figure,
    removal_figure,
    study_figure,
    trajectories_figure,
    unit_figure,
)
from napari_nfm.session import Session
from napari_nfm.titles import category_title, site_title
from napari_nfm.viewer.figure_plans import FigureKind, FigurePlan
from napari_nfm.viewer.scenes import MapsShown

if TYPE_CHECKING:
    from napari_nfm.analysis import DecodingAccuracy

__all__ = ["FigureSource", "MapsOnScreen", "drawing_of"]

Draw = Callable[[], CaptionedFigure]
Result = TypeVar("Result")


@dataclass(frozen=True)
class MapsOnScreen:
    """Feature maps as they are drawn.

    Attributes
    ----------
    maps
        ``(time, map, y, x)``.
    shown
        Which they are.
    """

    maps: npt.NDArray[np.float32]
    shown: MapsShown


@dataclass(frozen=True)
class FigureSource:
    """All that a figure may be of.

    Attributes
    ----------
    session
        A snapshot.
    maps
        Feature maps on screen, or None.
    """

    session: Session
    maps: MapsOnScreen | None = None


def drawing_of(plan: FigurePlan, source: FigureSource) -> Draw:
    """Return what draws the figure.

    Raises
    ------
    FigureError
        What it would show is not there; it says what to do first.
    """
    return _DRAWINGS[plan.kind](plan, source)


def _study(plan: FigurePlan, source: FigureSource) -> Draw:
    session = source.session
    readouts = {
        site: SiteReadouts(
            trajectories=session.results.get(site),
            manifold=session.manifolds.get(site),
            tubularity=session.scores.get(site),
            accuracy=_accuracies(session, site).get("logistic")
            or _accuracies(session, site).get("knn"),
        )
        for site in _sites(plan, session)
    }
    if all(found.is_empty for found in readouts.values()):
        raise FigureError("Nothing is computed yet", "show trajectories, or score tubes, first")
    return partial(study_figure, readouts, style=plan.style)


def _trajectories(plan: FigurePlan, source: FigureSource) -> Draw:
    site = _site(source.session)
    return partial(
        trajectories_figure,
        _known(
            source.session.results,
            site,
            "There are no trajectories of {}",
            "show them in Explore, step Analyse",
        ),
        site=site,
        projection=plan.projection,
        style=plan.style,
    )


def _manifold(plan: FigurePlan, source: FigureSource) -> Draw:
    session, site = source.session, _site(source.session)
    problem = "There is no encoding manifold of {}"
    manifold = _known(session.manifolds, site, problem, "compute it in Explore")
    look = session.look
    return partial(
        manifold_figure,
        manifold,
        colour_by=look.colouring_of(manifold.units.columns),
        coordinates=look.coordinates,
        axes=look.axes,
        selected=session.selection.units,
        site=site,
        projection=plan.projection,
        style=plan.style,
    )


def _maps(plan: FigurePlan, source: FigureSource) -> Draw:
    if source.maps is None:
        raise FigureError("No feature maps are on screen", "load a twin and stimuli first")
    maps, shown, chosen = source.maps.maps, source.maps.shown, source.session.selection
    frame = min(chosen.frame, len(maps) - 1)
    stimulus = f"{category_title(chosen.category or '')}, {chosen.direction:g}°, frame {frame}"
    return partial(
        feature_maps_figure,
        maps[frame],
        shown.channels,
        site=shown.site,
        stimulus=stimulus,
        is_difference=shown.is_difference,
        style=plan.style,
    )


def _unit(plan: FigurePlan, source: FigureSource) -> Draw:
    session, site = source.session, _site(source.session)
    chosen = session.selection
    unit = chosen.unit if chosen.unit is not None else next(iter(chosen.units), None)
    if site not in session.responses or unit is None:
        raise FigureError("No unit is selected", "click one on the manifold or on a feature map")
    return partial(unit_figure, session.responses[site], unit, site=site, style=plan.style)


def _radius(plan: FigurePlan, source: FigureSource) -> Draw:
    site = _site(source.session)
    problem, remedy = "The tubes of {} are not scored", "score them in the dock Tubularity"
    scored = _known(source.session.scores, site, problem, remedy)
    return partial(radius_profile_figure, scored, site=site, style=plan.style)


def _accuracy(plan: FigurePlan, source: FigureSource) -> Draw:
    return partial(accuracy_figure, _decoded(plan, source.session), style=plan.style)


def _confusion(plan: FigurePlan, source: FigureSource) -> Draw:
    return partial(confusion_figure, _decoded(plan, source.session), style=plan.style)


def _removal(plan: FigurePlan, source: FigureSource) -> Draw:
    removal = _known(
        source.session.removals,
        _site(source.session),
        "No units of {} were removed",
        "sweep a removal in the dock Tubularity, page Removal",
    )
    return partial(removal_figure, removal, style=plan.style)


_DRAWINGS: Mapping[FigureKind, Callable[[FigurePlan, FigureSource], Draw]] = {
    FigureKind.STUDY: _study,
    FigureKind.TRAJECTORIES: _trajectories,
    FigureKind.MANIFOLD: _manifold,
    FigureKind.MAPS: _maps,
    FigureKind.UNIT: _unit,
    FigureKind.RADIUS: _radius,
    FigureKind.ACCURACY: _accuracy,
    FigureKind.CONFUSION: _confusion,
    FigureKind.REMOVAL: _removal,
}


def _site(session: Session) -> str:
    site = session.selection.site
    if site is None:
        raise FigureError("No site is chosen", "record a site, or open a response tensor")
    return site


def _known(results: Mapping[str, Result], site: str, problem: str, remedy: str) -> Result:
    """Return what is known of `site`, or raise with its title in `problem`."""
    if site not in results:
        raise FigureError(problem.format(site_title(site)), remedy)
    return results[site]


def _sites(plan: FigurePlan, session: Session) -> list[str]:
    """Return the sites that the figure is of: all that are known of, or the current one."""
    if not plan.all_sites:
        return [_site(session)]
    scored = [site for site, _ in session.accuracies]
    known = (*session.responses, *session.results, *session.manifolds, *session.scores, *scored)
    return list(dict.fromkeys(known))


def _accuracies(session: Session, site: str) -> "dict[str, DecodingAccuracy]":
    """Return what is known of `site`, by classifier."""
    return {name: found for (known, name), found in session.accuracies.items() if known == site}


def _decoded(plan: FigurePlan, session: Session) -> "dict[str, DecodingAccuracy]":
    """Return accuracies by classifier of the current site, or of all sites by one classifier."""
    if plan.all_sites:
        by_site = {site: _accuracies(session, site) for site in _sites(plan, session)}
        for classifier in ("logistic", "knn"):
            found = {
                site: decoded[classifier]
                for site, decoded in by_site.items()
                if classifier in decoded
            }
            if found:
                return found
    found = _accuracies(session, _site(session))
    if not found:
        raise FigureError(
            "No accuracy of decoding is known",
            "measure it in the dock Tubularity, page Decoding",
        )
    return found
