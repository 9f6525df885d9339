"""On a screen whose pixels are small, what is clicked and outlined is what is seen there."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np

SITE = "encoder.L1"


def select_by_mouse():
    """Print what a click and a box have selected in a window, and what was under them."""
    from canvas_events import box, drag, units_on_screen
    from manifold_builders import make_manifold, make_responses
    from napari import Viewer
    from qtpy.QtTest import QTest

    from napari_nfm.viewer.explorer import explorer_of
    from napari_nfm.viewer.outline import canvas_of
    from napari_nfm.viewer.pointer import SelectionTool

    viewer = Viewer()
    explorer, canvas = explorer_of(viewer), canvas_of(viewer)
    explorer.session.add_responses({SITE: make_responses(60, site=SITE)})
    explorer.session.add_manifold(SITE, make_manifold(60, site=SITE))
    explorer.encoding.show_manifold(SITE)
    QTest.qWait(300)  # the canvas settles
    units = explorer.session.manifolds[SITE].units.index
    places = units_on_screen(viewer, explorer, canvas)
    rightmost = int(places[:, 0].argmax())
    drag(canvas, [places[rightmost]])
    clicked = explorer.session.selection.units
    explorer.selection_tool = SelectionTool.BOX
    middle = float(np.median(places[:, 0]))
    drag(canvas, box(places.min(axis=0) - 8, (middle, places[:, 1].max() + 8)))
    print(
        json.dumps(
            {
                "ratio": canvas.devicePixelRatioF(),
                "inside": bool(((places > 0) & (places < (canvas.width(), canvas.height()))).all()),
                "clicked": [int(unit) for unit in clicked],
                "under the click": [int(units[rightmost])],
                "outlined": sorted(int(unit) for unit in explorer.session.selection.units),
                "in the box": sorted(int(unit) for unit in units[places[:, 0] < middle]),
            }
        )
    )
    viewer.close()


def test_clicks_and_boxes_select_what_is_under_them_at_twice_the_scale():
    ran = subprocess.run(
        [sys.executable, __file__],
        env={**os.environ, "QT_SCALE_FACTOR": "2", "NAPARI_CONFIG": ""},
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    found = json.loads(ran.stdout.splitlines()[-1])
    assert found["ratio"] == 2
    assert found["inside"]
    assert found["clicked"] == found["under the click"]
    assert found["outlined"] == found["in the box"]
    assert 10 < len(found["outlined"]) < 50


if __name__ == "__main__":
    select_by_mouse()
