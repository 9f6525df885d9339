"""Make the pictures of docs/tubularity_dock.md again (under Xvfb where there is no display).

The embedded network is recorded at every site; all sites are scored, decoded and compared, and the
window and the pages of its docks are pictured.
"""

import argparse
import os
import tempfile
from pathlib import Path

IMAGES = Path(__file__).resolve().parents[1] / "images"
SITE = "recurrent.hidden"
ENCODED = (
    *("encoder.L1", "encoder.L2", "encoder.L4", "encoder.L7"),
    *("recurrent.hidden", "output"),
)
"""Sites whose encoding manifolds stand in the dock Compare."""
FRAME = 24
MAPS = 20
"""Feature maps of a site, and units of each, that are recorded."""
N_BOOTSTRAP = 20
CHOSEN = 12
"""Units that are selected in the picture of the dock Compare."""
REMOVED = 0.2
"""Share of the units that are selected and removed: the most active."""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=IMAGES, help="folder of the pictures")
    out = parser.parse_args().out
    os.environ.setdefault("NAPARI_CONFIG", "")
    from napari_nfm.viewer.demo import WINDOW_SIZE
    from napari_nfm.viewer.docks import open_explorer

    viewer, panel = open_explorer()
    viewer.window.resize(*WINDOW_SIZE)
    with tempfile.TemporaryDirectory() as temporary:
        record_sites(panel.explorer, Path(temporary) / "sites.zarr")
        picture_tubes(viewer, panel.explorer, out)
        picture_comparison(viewer, panel.explorer, out)
    viewer.close()


def record_sites(explorer, store):
    """Record some units of every site of the embedded network, one instance of each stimulus."""
    from napari_nfm.stimuli import StimulusSource
    from napari_nfm.viewer.plans import RecordingPlan

    explorer.load_twin()
    explorer.jobs.wait()
    explorer.use_stimuli(StimulusSource("drawn", instances=1))
    explorer.jobs.wait()
    explorer.record(RecordingPlan(tuple(explorer.sites), store, maps=MAPS, units_per_map=MAPS))
    explorer.jobs.wait(3600)


def picture_tubes(viewer, explorer, out):
    """Score all sites, show the tubes of one, and picture the pages of the dock."""
    from napari_nfm.viewer.demo import settle
    from napari_nfm.viewer.docks import open_tubularity
    from napari_nfm.viewer.plans import TubeSettings, UnitChoice

    session = explorer.session
    dock = open_tubularity(viewer)
    explorer.tubes.score_sites(session.responses, TubeSettings(n_bootstrap=N_BOOTSTRAP))
    explorer.jobs.wait()
    session.selection.site = SITE
    explorer.measures.select(SITE, UnitChoice("mean_activity", share=REMOVED))
    explorer.jobs.wait()
    explorer.tubes.show_tubes(SITE)
    session.selection.frame = FRAME
    settle(3)
    save(viewer.screenshot(canvas_only=False, flash=False), out / "tubes_window.png")
    explorer.readouts.measure_accuracy(SITE)
    explorer.readouts.compare_subpopulation(SITE, session.selection.units)
    explorer.measures.sweep(SITE, UnitChoice("mean_activity"))
    explorer.jobs.wait()
    for name, page in (
        ("radius", dock.radius),
        ("decoding", dock.decoding),
        ("removal", dock.subpopulation),
    ):
        dock.turn_to(page)
        settle(1)
        dock.grab().save(str(out / f"tubularity_{name}.png"))


def picture_comparison(viewer, explorer, out):
    """Compare all sites and picture the window with the dock Compare."""
    from napari_nfm.viewer.demo import ENCODING, settle
    from napari_nfm.viewer.docks import open_compare
    from napari_nfm.viewer.plans import TubeSettings

    for site in ENCODED:
        explorer.encoding.compute_manifold(site, ENCODING)
        explorer.jobs.wait()
    explorer.encoding.show_manifold(SITE)
    open_compare(viewer)
    explorer.compare.compare(TubeSettings(n_bootstrap=N_BOOTSTRAP))
    explorer.jobs.wait()
    explorer.session.selection.units = tuple(explorer.session.manifolds[SITE].units.index[:CHOSEN])
    settle(2)
    save(viewer.screenshot(canvas_only=False, flash=False), out / "compare_window.png")


def save(picture, path):
    from PIL import Image

    Image.fromarray(picture[..., :3]).save(path, optimize=True)


if __name__ == "__main__":
    main()
