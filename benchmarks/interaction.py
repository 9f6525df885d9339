"""How quickly the window answers: frames per second, a click, new colours; beside bare napari.

Opens two real windows on the display (under ``xvfb-run`` where there is none): our explorer with
all docks that follow a unit, and a napari viewer with nothing but the same images or points. Both
do the same, in turns, in one process. Times are medians: of what the model needs without painting,
until the canvas shows it, and until no view has anything left to draw.

    xvfb-run -a -s "-screen 0 1600x1000x24" python benchmarks/interaction.py [--repeats 15]
"""

import argparse
import os
import statistics
import sys
import time
from pathlib import Path

os.environ.setdefault("NAPARI_CONFIG", "")
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "viewer"))

import napari
import numpy as np
from canvas_events import units_on_screen
from manifold_builders import make_manifold, make_responses
from napari.layers import Points
from qtpy.QtCore import QEvent, QPointF, Qt
from qtpy.QtGui import QMouseEvent
from qtpy.QtWidgets import QApplication
from tube_builders import make_tubes
from window_timing import Window, in_turns, report

from napari_nfm.colouring import colour_units
from napari_nfm.stimuli import StimulusSource
from napari_nfm.viewer import docks, styles
from napari_nfm.viewer.plans import TubeSettings
from napari_nfm.viewer.roles import Role
from napari_nfm.viewer.views import View

SITE = "encoder.L1"


def frames_per_second(repeats, ours, bare, explorer):
    """Step through the movie and the feature maps, and through the same bare images."""
    explorer.load_twin()
    explorer.use_stimuli(StimulusSource("drawn", instances=1))
    explorer.jobs.wait()
    explorer.session.selection.site = SITE
    explorer.jobs.wait()
    explorer.show_view(View.MOVIE_AND_MAPS)
    layers = [explorer.world.find(role) for role in (Role.MOVIE, Role.MAPS)]
    for layer in layers:
        bare.viewer.add_image(
            layer.data, scale=layer.scale, translate=layer.translate, colormap=layer.colormap
        )
    bare.viewer.fit_to_view(margin=0.06)

    def play(step_to):
        def steps(repeat):
            for frame in range(10):
                step_to((10 * repeat + frame) % 37)
                QApplication.processEvents()

        return steps

    for title, view in (("movie and 12 feature maps", layers), ("movie alone", layers[:1])):
        for layer in layers:
            layer.visible = layer in view
        for number, layer in enumerate(bare.viewer.layers):
            layer.visible = number < len(view)
        measured = in_turns(
            repeats,
            (ours, play(lambda frame: setattr(explorer.session.selection, "frame", frame))),
            (bare, play(lambda frame: bare.viewer.dims.set_point(0, frame))),
        )
        rates = [10_000 / model for model, _, _ in measured]
        print(f"{title:44s} ours {rates[0]:6.1f} fps   bare napari {rates[1]:6.1f} fps", flush=True)
    bare.viewer.layers.clear()


def show_units(explorer, n_units):
    """Put a manifold of so many units on screen."""
    explorer.session.add_responses({SITE: make_responses(n_units, site=SITE, n_frames=37)})
    explorer.session.add_manifold(SITE, make_manifold(n_units, site=SITE))
    explorer.encoding.show_manifold(SITE)
    explorer.jobs.wait()
    return explorer.world.find(Role.MANIFOLD)


def same_points(bare, points):
    """Put the same points into the bare viewer, seen from the same place."""
    for layer in bare.viewer.layers:
        if isinstance(layer, Points):
            layer.selected_data = set()  # else the next drawing of napari crashed in OpenGL
    bare.rest()
    bare.viewer.layers.clear()
    bare.rest()
    bare.viewer.dims.ndisplay = 3
    style = styles.UnitStyle.for_units(len(points.data))
    layer = bare.viewer.add_points(
        points.data, **style.as_kwargs(), face_color=points.face_color, symbol=points.symbol
    )
    bare.viewer.fit_to_view()
    return layer


def click_latency(repeats, ours, bare, explorer, n_units):
    """Click on units; click in the bare viewer and select the same ones in its layer."""
    points = show_units(explorer, n_units)
    layer = same_points(bare, points)
    ours.rest()
    places = units_on_screen(ours.viewer, explorer, ours.canvas)
    # Units that nothing hides: those nearest to the camera.
    towards = np.array(ours.viewer.scene.camera.view_direction)
    nearest = np.argsort(points.data @ towards)[: 4 * repeats + 4]
    chosen = []

    def click(repeat):
        press_and_release(ours.canvas, places[nearest[3 * repeat]])
        chosen.append(explorer.session.selection.units)

    def select(repeat):
        press_and_release(bare.canvas, (bare.canvas.width() / 2, bare.canvas.height() / 2))
        layer.selected_data = {int(nearest[3 * repeat])}

    measured = in_turns(repeats, (ours, click), (bare, select))
    hits = sum(bool(units) for units in chosen)
    report(
        f"click on one of {n_units:,} units, all views",
        *measured,
        note=f"  and selected in napari ({hits}/{len(chosen)} hit)",
    )

    def highlight(repeat):
        explorer.session.selection.units = (int(points.features["unit"].iloc[nearest[repeat]]),)

    def repaint(repeat):
        bare.viewer.scene.camera.zoom *= 1 + 1e-6 * (repeat + 1)

    report(
        f"unit selected elsewhere, {n_units:,} units",
        *in_turns(repeats, (ours, highlight), (bare, repaint)),
        note="  the camera's zoom changed",
    )


def tubes(repeats, ours, bare, explorer, n_units):
    """Score a selection while somebody looks, and turn tubes; the same mesh in the bare viewer."""
    actions, session = explorer.tubes, explorer.session
    session.add_responses({SITE: make_tubes(n_units, n_frames=37, site=SITE)})
    session.selection.site = SITE
    told = []
    actions.scored.connect(told.append)
    actions.selection.scored.connect(told.append)

    def wait_for(action):
        told.clear()
        start = time.perf_counter()
        action()
        while not told:
            QApplication.processEvents()
            time.sleep(0.0005)
        return 1000 * (time.perf_counter() - start)

    settings = TubeSettings(n_bootstrap=0)
    whole = [wait_for(lambda: actions.score(SITE, settings)) for _ in range(repeats)]
    print(f"score of {n_units:,} units {statistics.median(whole):20.1f} ms", flush=True)
    actions.selection.live = True
    live = [
        wait_for(lambda first=first: session.selection.choose_units(range(first, n_units, 2)))
        for first in range(repeats)
    ]
    print(
        f"selection of {n_units // 2:,} units to its score {statistics.median(live):7.1f} ms, "
        "of which 100 ms wait for the selection to rest",
        flush=True,
    )
    actions.selection.live = False
    actions.show_tubes(SITE)
    explorer.jobs.wait()
    mesh = explorer.world.find(Role.TUBES)
    bare.viewer.layers.clear()
    bare.viewer.dims.ndisplay = 3
    bare.viewer.add_surface(
        mesh.data, vertex_colors=mesh.vertex_colors, shading="none", blending="translucent"
    )
    bare.viewer.fit_to_view()

    def turn(window):
        def steps(repeat):
            for step in range(10):
                window.viewer.scene.camera.angles = (0.0, 20.0 + 10 * repeat + step, 12.0)
                QApplication.processEvents()

        return steps

    measured = in_turns(repeats, (ours, turn(ours)), (bare, turn(bare)))
    rates = [10_000 / model for model, _, _ in measured]
    print(
        f"turning tubes of {len(mesh.faces):,} faces {'':16s} ours {rates[0]:6.1f} fps   "
        f"bare napari {rates[1]:6.1f} fps (skins only)",
        flush=True,
    )
    again = [ours.time(explorer.world.tubes.face_camera)[:2] for _ in range(repeats)]
    model, first = (1000 * statistics.median(times) for times in zip(*again, strict=True))
    print(f"glass for the new direction: model {model:.1f} ms, on the canvas {first:.1f} ms")


def press_and_release(canvas, place):
    """Click without waiting for anything."""
    left, point = Qt.MouseButton.LeftButton, QPointF(*map(float, place))
    for kind, buttons in (
        (QEvent.Type.MouseButtonPress, left),
        (QEvent.Type.MouseButtonRelease, Qt.MouseButton.NoButton),
    ):
        where = canvas.mapToGlobal(point)
        none = Qt.KeyboardModifier.NoModifier
        QApplication.sendEvent(canvas, QMouseEvent(kind, point, where, left, buttons, none))


def recolouring(repeats, ours, bare, explorer, n_units):
    """Give all points other colours."""
    points = show_units(explorer, n_units)
    layer = same_points(bare, points)
    manifold = explorer.session.manifolds[SITE]
    names = ("osi", "preferred_stimulus", "dsi", "preferred_direction")
    colours = [colour_units(manifold, name) for name in names]

    def ours_again(repeat):
        explorer.session.look.colour_by = names[repeat % 4]

    def bare_again(repeat):
        layer.face_color = colours[repeat % 4].colours

    report(
        f"recolour {n_units:,} points",
        *in_turns(repeats, (ours, ours_again), (bare, bare_again)),
        note="  face_color set",
    )


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--only", choices=("frames", "click", "colours", "tubes"))
    options = parser.parse_args()
    bare = Window(napari.Viewer(title="bare"))
    viewer, panel = docks.open_explorer()
    for name in ("open_manifold", "open_unit"):
        getattr(docks, name)(viewer)
    ours, explorer = Window(viewer), panel.explorer
    if options.only in (None, "frames"):
        frames_per_second(options.repeats, ours, bare, explorer)
    if options.only in (None, "click"):
        click_latency(options.repeats, ours, bare, explorer, 10_000)
    if options.only in (None, "colours"):
        for n_units in (10_000, 100_000):
            recolouring(min(options.repeats, 5), ours, bare, explorer, n_units)
    if options.only in (None, "tubes"):
        tubes(min(options.repeats, 5), ours, bare, explorer, 2_000)
    viewer.close()
    bare.viewer.close()


if __name__ == "__main__":
    main()
