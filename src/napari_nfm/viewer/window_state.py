"""What the window adds to a saved session: which results are drawn, from where, and their looks."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from napari_nfm.script import Shown, ShownUnit
from napari_nfm.viewer.dock_arranging import layout_of
from napari_nfm.viewer.docks import UNIT
from napari_nfm.viewer.results_in_docks import results_in_docks
from napari_nfm.viewer.roles import Role
from napari_nfm.viewer.unit_tasks import network_place

if TYPE_CHECKING:
    from napari_nfm.viewer.explorer import Explorer
    from napari_nfm.viewer.saved_window import SavedCamera

__all__ = ["aim_camera", "draw_results", "set_up", "what_is_shown", "window_state"]


def drawn_results(explorer: "Explorer") -> dict[str, str]:
    """Return the site whose result is drawn, for ``results, manifolds, scores`` of the session."""
    sites = {
        "results": (Role.TRACKS, explorer.scene.trajectory_site),
        "manifolds": (Role.MANIFOLD, explorer.encoding.manifold_site),
        "scores": (Role.TUBES, explorer.tubes.tube_site),
    }
    return {
        name: site
        for name, (role, site) in sites.items()
        if site is not None and explorer.world.find(role) is not None
    }


def what_is_shown(viewer: Any, explorer: "Explorer") -> Shown:
    """Say what is on screen, in the canvas and in docks, for a script that computes it."""
    maps = explorer.world.movie_and_maps.maps_shown
    layout = layout_of(viewer)
    pages = {} if layout is None else {name: layout.pages.get(name, "") for name in layout.seen}
    site = explorer.session.selection.site or ""
    return Shown(
        results=drawn_results(explorer),
        movie=explorer.world.find(Role.MOVIE) is not None,
        maps=None if maps is None else (maps.site, maps.channels),
        docks=results_in_docks(explorer.session, pages),
        responses=(site,) if UNIT in pages and site in explorer.session.responses else (),
        unit=_shown_unit(explorer) if UNIT in pages else None,
    )


def _shown_unit(explorer: "Explorer") -> ShownUnit | None:
    session, units = explorer.session, explorer.units
    site, unit = session.selection.site, session.selection.unit
    place = None if unit is None else network_place(session, unit)
    if site is None or place is None:
        return None
    field = None if units.fields.current is None else units.fields.kind
    return ShownUnit(site, place, field, instances=units.instances.current is not None)


def window_state(viewer: Any, explorer: "Explorer") -> dict[str, Any]:
    """Describe what is drawn and how, in plain values, which `read_window` reads."""
    camera = viewer.scene.camera
    layout = layout_of(viewer)
    return {
        "drawn": drawn_results(explorer),
        "ndisplay": viewer.dims.ndisplay,
        "camera": {
            "center": [float(part) for part in camera.center],
            "angles": [float(part) for part in camera.angles],
            "perspective": float(camera.perspective),
            "zoom": float(camera.zoom),
            "canvas": [int(length) for length in viewer.canvas.size],
        },
        **explorer.world.looks,
        "rank": explorer.encoding.rank,
        "frames per second": explorer.player.frames_per_second,
        "tubes": asdict(explorer.tubes.settings),
        "hidden bundles": sorted(explorer.tubes.hidden_bundles),
        "receptive field": explorer.units.fields.kind,
        "receptive fields on movie": explorer.units.fields.on_movie,
        "single instances": explorer.units.instances.wanted,
        **({} if layout is None else {"docks": layout.plain()}),
    }


def draw_results(explorer: "Explorer", window: Mapping[str, Any]) -> None:
    """Draw the results that were drawn, as far as the session has them.

    Bundles that were hidden in the window before are not those of this session: where it says
    nothing of them, all are drawn.
    """
    explorer.tubes.hidden_bundles = window.get("hidden bundles", frozenset())
    show = {
        "results": explorer.show_trajectories,
        "manifolds": explorer.encoding.show_manifold,
        "scores": explorer.tubes.show_tubes,
    }
    for name, site in window.get("drawn", {}).items():
        if name in show and site in getattr(explorer.session, name):
            show[name](site)


def set_up(viewer: Any, explorer: "Explorer", window: Mapping[str, Any]) -> None:
    """Give dimensions, layers and settings what they had; a part that is missing stays."""
    if "ndisplay" in window:
        viewer.dims.ndisplay = window["ndisplay"]
    explorer.world.looks = window
    if "rank" in window:
        explorer.encoding.pick_rank(window["rank"])
    if "frames per second" in window:
        explorer.player.frames_per_second = window["frames per second"]
    if "tubes" in window:
        explorer.tubes.settings = window["tubes"]
    fields = explorer.units.fields
    fields.kind = window.get("receptive field", fields.kind)
    fields.on_movie = window.get("receptive fields on movie", fields.on_movie)
    instances = explorer.units.instances
    instances.wanted = window.get("single instances", instances.wanted)


def aim_camera(viewer: Any, saved: "SavedCamera") -> None:
    """Look from where the picture was seen; it fits this canvas as it fitted that one."""
    camera = viewer.scene.camera
    camera.center, camera.angles = saved.center, saved.angles
    camera.perspective = saved.perspective
    shrunk = min(now / then for now, then in zip(viewer.canvas.size, saved.canvas, strict=True))
    camera.zoom = saved.zoom * shrunk
