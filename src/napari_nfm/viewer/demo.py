"""The demo: the whole job on the demo twin, by hand or by itself."""

import json
import platform
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_nfm import __version__
from napari_nfm.stimuli import StimulusSource
from napari_nfm.viewer.plans import ManifoldSettings, RecordingPlan, TubeSettings
from napari_nfm.viewer.views import View

if TYPE_CHECKING:
    from napari.viewer import Viewer

    from napari_nfm.analysis import Tubularity
    from napari_nfm.viewer.explorer import Explorer

__all__ = ["ENCODING", "record_everything", "run_demo", "settle"]

WINDOW_SIZE = (1600, 1000)
FIRST_SITE = "recurrent.hidden"
MAPS_SITE = "encoder.L2"
MANIFOLDS = {
    "manifold_motion.png": ("encoder.L8", "dsi"),
    "manifold.png": ("output", "cell_kind"),
}
"""Site and colours of each picture of a manifold: where motion-selective units stand on arms of
their own, and the cells of the synthetic mouse by their true kind."""
STIMULI = StimulusSource("drawn")
ENCODING = ManifoldSettings(rank=8, n_starts=2)
SCORING = TubeSettings(n_bootstrap=20)
"""Enough to look at, within the demo's minutes."""
SHOWN = ("pos1dotflow_D2_bg", 45.0)
"""Category and direction on screen: bright dots, moving up and to the right."""


def run_demo(directory: Path | None = None) -> None:
    """Load, play, record, sample, decode, score, encode and show, on the demo twin.

    Parameters
    ----------
    directory
        Where to leave ``explorer.png``, ``trajectories.png``, ``tubes.png``, ``manifold.png``,
        ``manifold_motion.png``, ``feature_maps.png``, ``summary.json`` and ``recording.zarr``,
        without waiting for a person. None opens the window for a person.
    """
    import napari

    from napari_nfm.viewer.docks import open_explorer

    viewer, panel = open_explorer()
    viewer.window.resize(*WINDOW_SIZE)
    if directory is not None:
        directory.mkdir(parents=True, exist_ok=True)
        show_and_summarise(viewer, panel.explorer, directory)
        viewer.close()
        return
    with tempfile.TemporaryDirectory(prefix="napari-nfm-") as temporary:
        record_everything(panel.explorer, Path(temporary) / "demo.zarr", {})
        panel.explorer.show_trajectories(FIRST_SITE)
        napari.run()


def record_everything(explorer: "Explorer", store: Path, seconds: dict[str, float]) -> None:
    """Load the demo twin and the drawn stimuli and record all sites; note the times."""
    with _timed(seconds, "load"):
        explorer.load_twin()
        explorer.jobs.wait()
    with _timed(seconds, "draw stimuli"):
        explorer.use_stimuli(STIMULI)
        explorer.jobs.wait()
        explorer.session.choose(*SHOWN)
    with _timed(seconds, "record"):
        explorer.record(RecordingPlan(tuple(explorer.sites), store))
        explorer.jobs.wait()


def show_and_summarise(viewer: "Viewer", explorer: "Explorer", directory: Path) -> None:
    """Do the whole job and leave pictures of the window and ``summary.json`` in `directory`."""
    seconds: dict[str, float] = {}
    started = time.perf_counter()
    record_everything(explorer, directory / "recording.zarr", seconds)
    session = explorer.session
    with _timed(seconds, "decode"):
        for site in session.responses:
            explorer.show_trajectories(site)
            explorer.jobs.wait()
    with _timed(seconds, "show"):
        _show_trajectories(viewer, explorer, directory)
    with _timed(seconds, "score"):
        explorer.tubes.score_sites(session.responses, SCORING)
        explorer.jobs.wait()
    with _timed(seconds, "show tubes"):
        explorer.tubes.show_tubes(FIRST_SITE)
        explorer.jobs.wait()
        _picture(viewer, explorer, directory / "tubes.png", View.TUBES, frame=24)
    with _timed(seconds, "encode"):
        for site, _ in MANIFOLDS.values():
            explorer.encoding.compute_manifold(site, ENCODING)
            explorer.jobs.wait()
    with _timed(seconds, "show manifolds"):
        for name, (site, colour_by) in MANIFOLDS.items():
            explorer.encoding.show_manifold(site)
            session.look.colour_by = colour_by  # once the manifold that has this column is shown
            _picture(viewer, explorer, directory / name, View.MANIFOLD, frame=24)
        _picture(viewer, explorer, directory / "explorer.png", View.ALL, frame=24)
    twin, stimuli = session.twin, session.stimuli
    assert twin is not None
    assert stimuli is not None
    packages = ("napari", "torch", "numpy", "xarray", "zarr")
    summary: dict[str, Any] = {
        "versions": {
            "napari-nfm": __version__,
            "python": platform.python_version(),
            **{package: version(package) for package in packages},
        },
        "network": {
            "name": twin.name,
            "note": twin.note,
            "fingerprint": twin.fingerprint,
            "units": len(twin.units),
        },
        "stimuli": {
            "name": stimuli.name,
            "fingerprint": stimuli.fingerprint,
            "categories": list(stimuli.categories),
            "directions": list(stimuli.directions),
            "instances": stimuli.n_instances,
            "frames": stimuli.n_frames,
        },
        "sites": {
            site: {
                "shape (channel, y, x)": list(explorer.sites[site].shape),
                "sampled responses": {str(k): v for k, v in responses.sizes.items()},
                "explained variance ratio": [
                    round(float(share), 4)
                    for share in session.results[site].explained_variance_ratio
                ],
                "tubularity": _score(session.scores[site]) if site in session.scores else None,
            }
            for site, responses in session.responses.items()
        },
        "seconds": {
            **{step: round(duration, 2) for step, duration in seconds.items()},
            "in all": round(time.perf_counter() - started, 2),
        },
    }
    text = json.dumps(summary, indent=2, ensure_ascii=False)
    (directory / "summary.json").write_text(text + "\n", encoding="utf-8")


def _score(found: "Tubularity") -> dict[str, Any]:
    """Return the scores of a site with their intervals, and the space that they are of."""
    return {
        "components": found.n_components,
        **{
            name: {
                "mean": float(f"{getattr(found, f'mean_{name}'):.4g}"),
                f"{found.level:.0%} interval": [
                    float(f"{bound:.4g}") for bound in getattr(found, f"interval_mean_{name}")
                ],
            }
            for name in ("s_tight", "s_cross")
        },
    }


def _show_trajectories(viewer: "Viewer", explorer: "Explorer", directory: Path) -> None:
    explorer.session.selection.site = MAPS_SITE
    explorer.jobs.wait()
    _picture(viewer, explorer, directory / "feature_maps.png", View.MOVIE_AND_MAPS, frame=12)
    explorer.show_trajectories(FIRST_SITE)
    explorer.jobs.wait()
    _picture(viewer, explorer, directory / "trajectories.png", View.TRAJECTORIES, frame=24)


def _picture(viewer: "Viewer", explorer: "Explorer", path: Path, view: View, frame: int) -> None:
    explorer.show_view(view)
    explorer.session.selection.frame = frame
    settle()
    viewer.screenshot(str(path), canvas_only=False, flash=False)


def settle(seconds: float = 0.6) -> None:
    """Let the window draw what has changed."""
    from qtpy.QtWidgets import QApplication

    end = time.monotonic() + seconds
    while time.monotonic() < end:
        QApplication.processEvents()
        time.sleep(0.01)


@contextmanager
def _timed(seconds: dict[str, float], step: str) -> Iterator[None]:
    before = time.perf_counter()
    yield
    seconds[step] = time.perf_counter() - before
