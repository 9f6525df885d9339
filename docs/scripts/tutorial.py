"""Make the pictures of the tutorial again (under Xvfb where there is no display)."""

import os
from pathlib import Path

import napari_nfm

IMAGES = Path(napari_nfm.__file__).parent / "resources" / "tutorial"
WINDOW = (1366, 768)


def save(viewer, name):
    """Save the window as it is on screen."""
    from napari_nfm.viewer.demo import settle

    settle(1.5)
    viewer.screenshot(str(IMAGES / name), canvas_only=False, flash=False)


def main():
    os.environ.setdefault("NAPARI_CONFIG", "")
    from napari_nfm.viewer import open_explorer
    from napari_nfm.viewer.demo import ENCODING
    from napari_nfm.viewer.docks import open_manifold, open_tubularity, open_unit
    from napari_nfm.viewer.plans import TubeSettings
    from napari_nfm.viewer.views import View

    viewer, panel = open_explorer()
    viewer.window.resize(*WINDOW)
    explorer = panel.explorer
    explorer.open_sample_recording()
    explorer.jobs.wait(900)
    session = explorer.session
    session.choose("pos1dotflow_D2_bg", 45.0)
    session.selection.site = "encoder.L2"
    session.selection.frame = 12
    explorer.jobs.wait()
    explorer.show_view(View.MOVIE_AND_MAPS)
    save(viewer, "tutorial_1_movie.png")

    explorer.show_trajectories("recurrent.hidden")
    explorer.jobs.wait()
    explorer.show_view(View.TRAJECTORIES)
    session.selection.frame = 24
    save(viewer, "tutorial_2_trajectories.png")

    explorer.tubes.score("recurrent.hidden", TubeSettings(n_bootstrap=20))
    explorer.jobs.wait()
    explorer.tubes.show_tubes("recurrent.hidden")
    open_tubularity(viewer)
    explorer.jobs.wait()
    explorer.show_view(View.TUBES)
    save(viewer, "tutorial_4_tubes.png")

    explorer.encoding.compute_manifold("output", ENCODING)
    explorer.jobs.wait()
    open_manifold(viewer)
    session.look.colour_by = "cell_kind"
    session.choose("grat_W2", 225.0)
    open_unit(viewer)
    explorer.show_view(View.MANIFOLD)
    table = session.manifolds["output"].units
    explorer.units.look_at(int(table["osi"].idxmax()))
    explorer.jobs.wait()
    save(viewer, "tutorial_3_unit.png")
    viewer.close()


if __name__ == "__main__":
    main()
