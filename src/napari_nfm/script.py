"""What a window shows as a Python script that computes it again, without a window.

The script is written from the provenance of what is shown, so it calls what was called.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from napari_nfm.script_lines import Script, ScriptError
from napari_nfm.script_results import VARIABLES, Key, sites_of, write_results
from napari_nfm.script_sources import write_responses, write_stimuli, write_twin
from napari_nfm.session import Session

if TYPE_CHECKING:
    from napari_nfm.analysis import EncodingManifold

__all__ = ["ScriptError", "Shown", "ShownUnit", "script_of"]

COORDINATES = {
    "diffusion map": "coordinates",
    "principal components": "principal_coordinates",
}
"""Attribute of a manifold for each of the coordinates of `ManifoldLook`."""
FIELDS = {"gradient": "receptive_field_gradient", "average": "receptive_field_sta"}
"""Function of `napari_nfm.recording` for each kind of receptive field."""


@dataclass(frozen=True)
class ShownUnit:
    """What a window shows of one unit of the network.

    Attributes
    ----------
    site
        Its recording site.
    place
        Its channel, row and column there.
    field
        ``"gradient"`` or ``"average"``, the kind of its receptive field that is shown, or None.
    instances
        Whether its responses to single instances of the current stimulus are shown.
    """

    site: str
    place: tuple[int, int, int]
    field: str | None = None
    instances: bool = False


@dataclass(frozen=True)
class Shown:
    """What a window shows of its session.

    Attributes
    ----------
    results
        The site whose result is drawn, by the session's field.
    movie
        Whether the current stimulus is drawn.
    maps
        Site and channels of the feature maps that are drawn, or None.
    docks
        Further results that docks show: the session's field, and the key of the result.
    responses
        Sites whose responses docks show.
    unit
        The unit that is looked at, or None.
    """

    results: Mapping[str, str] = field(default_factory=dict)
    movie: bool = False
    maps: tuple[str, tuple[int, ...]] | None = None
    docks: tuple[tuple[str, Key], ...] = ()
    responses: tuple[str, ...] = ()
    unit: ShownUnit | None = None


def script_of(session: Session, shown: Shown) -> str:
    """Write a script that computes what is shown, in the order in which it can be.

    Its variables are ``twin, stimuli, frames, maps`` for the movie and feature maps,
    ``responses`` by site, ``trajectories, manifold, score`` for results that are drawn, and
    ``rank_choice, accuracy, comparison, removal, scorecard, sensitivity`` for those that docks
    show. Where there are several of a kind, all are in ``scores``, or as the session calls them,
    by site. ``points`` and ``colour_by`` are the manifold's picture, ``selected`` the responses
    of selected units, ``receptive_field`` and ``instances`` what is shown of a unit.

    Parameters
    ----------
    session
        What is loaded and computed.
    shown
        What of it.

    Raises
    ------
    ScriptError
        Nothing is shown, or something shown was given by hand, so that no file leads to it.
    """
    script = Script()
    if shown.movie:
        _write_movie(script, session, shown)
    asked = dict.fromkeys((*shown.results.items(), *shown.docks))
    results = {
        name: [key for field, key in asked if field == name]
        for name in VARIABLES
        if any(field == name for field, _ in asked)
    }
    sites = [
        site
        for name, keys in results.items()
        for key in keys
        for site in sites_of(session, name, key)
    ]
    sites = list(dict.fromkeys([*sites, *shown.responses]))
    for site in sites:
        write_responses(script, site, session.responses.get(site))
    for name, keys in results.items():
        write_results(script, session, name, keys)
    if "manifolds" in shown.results:
        _write_look(script, session, session.manifolds[shown.results["manifolds"]])
    _write_selection(script, session, sites)
    if shown.unit is not None:
        _write_unit(script, session, shown.unit)
    if not script.lines:
        raise ScriptError(
            "Nothing is shown that could be computed", "show a movie or compute a result first"
        )
    return script.text()


def _write_movie(script: Script, session: Session, shown: Shown) -> None:
    if session.stimuli is None or session.sequence is None:
        return
    write_stimuli(script, session.stimuli)
    script.write(f"frames = stimuli.frames{session.sequence!r}")
    if shown.maps is None or session.twin is None:
        return
    site, channels = shown.maps
    write_twin(script, session.twin)
    script.use("napari_nfm.recording", "feature_maps")
    script.write(
        f"maps = feature_maps(twin, frames, {site!r}, channels={list(channels)})",
    )


def _write_look(script: Script, session: Session, manifold: "EncodingManifold") -> None:
    look, coordinates = session.look, COORDINATES[session.look.coordinates]
    n_components = getattr(manifold, coordinates).shape[1]
    axes = [axis for axis in look.axes if axis < n_components]
    script.write(
        f"points = manifold.{coordinates}[:, {axes}]",
        f"colour_by = manifold.units[{look.colour_by!r}]",
    )


def _write_selection(script: Script, session: Session, sites: list[str]) -> None:
    chosen = session.selection
    if chosen.units and chosen.site in sites:
        script.write(f"selected = responses[{chosen.site!r}].isel(unit={list(chosen.units)})")


def _write_unit(script: Script, session: Session, unit: ShownUnit) -> None:
    if session.twin is None:
        return
    if unit.field is not None:
        write_twin(script, session.twin)
        function = script.use("napari_nfm.recording", FIELDS[unit.field])
        script.write(f"receptive_field = {function}(twin, {unit.site!r}, [{unit.place}])")
    if unit.instances and session.stimuli is not None and session.sequence is not None:
        channel, row, column = unit.place
        category, direction, _ = session.sequence
        write_twin(script, session.twin)
        write_stimuli(script, session.stimuli)
        script.use("napari_nfm.recording", "feature_maps")
        script.write(
            "instances = [",
            f"    feature_maps(twin, stimuli.frames({category!r}, {direction!r}, instance), "
            f"{unit.site!r}, channels=[{channel}])[:, 0, {row}, {column}].clip(min=0)",
            "    for instance in range(stimuli.n_instances)",
            "]",
        )
