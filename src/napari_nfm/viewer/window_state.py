"""What the window adds to a saved session: which results are drawn, from where, and their looks."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from napari_nfm.script import Shown
from napari_nfm.viewer.roles import Role

if TYPE_CHECKING:
    from napari_nfm.viewer.explorer import Explorer

__all__ = ["arrange_window", "draw_results", "what_is_shown", "window_state"]

CAMERA = ("center", "angles", "perspective")


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


def what_is_shown(explorer: "Explorer") -> Shown:
    """Say what is on screen, for a script that computes it."""
    maps = explorer.world.movie_and_maps.maps_shown
    return Shown(
        results=drawn_results(explorer),
        movie=explorer.world.find(Role.MOVIE) is not None,
        maps=None if maps is None else (maps.site, maps.channels),
    )


def window_state(viewer: Any, explorer: "Explorer") -> dict[str, Any]:
    """Describe what is drawn and how, in plain values."""
    camera = viewer.scene.camera
    return {
        "drawn": drawn_results(explorer),
        "ndisplay": viewer.dims.ndisplay,
        "camera": {
            **{name: _plain(getattr(camera, name)) for name in CAMERA},
            "zoom": float(camera.zoom),
            "canvas": [int(length) for length in viewer.canvas.size],
        },
        **explorer.world.looks,
        "rank": explorer.encoding.rank,
        "frames per second": explorer.player.frames_per_second,
    }


def draw_results(explorer: "Explorer", state: Mapping[str, Any]) -> None:
    """Draw the results that were drawn, as far as the session has them."""
    show = {
        "results": explorer.show_trajectories,
        "manifolds": explorer.encoding.show_manifold,
        "scores": explorer.tubes.show_tubes,
    }
    for name, site in state.get("drawn", {}).items():
        if name in show and site in getattr(explorer.session, name):
            show[name](site)


def arrange_window(viewer: Any, explorer: "Explorer", state: Mapping[str, Any]) -> None:
    """Give camera, dimensions and layers what they had; a session without a window changes none.

    The picture fits this canvas as it fitted the one that it was saved from.
    """
    if not state:
        return
    viewer.dims.ndisplay = state["ndisplay"]
    explorer.world.looks = state
    explorer.encoding.pick_rank(state["rank"])
    explorer.player.frames_per_second = state["frames per second"]
    saved, camera = state["camera"], viewer.scene.camera
    for name in CAMERA:
        value = saved[name]
        setattr(camera, name, tuple(value) if isinstance(value, list) else value)
    shrunk = min(now / then for now, then in zip(viewer.canvas.size, saved["canvas"], strict=True))
    camera.zoom = saved["zoom"] * shrunk


def _plain(value: Any) -> Any:
    return [float(part) for part in value] if isinstance(value, tuple) else float(value)
