"""Make the pictures of docs/units.md again (under Xvfb where there is no display)."""

import os
import tempfile
import time
from pathlib import Path

IMAGES = Path(__file__).resolve().parents[1] / "images"
SITE = "encoder.L5"
WINDOW = (1366, 768)


def settle(explorer, seconds=0.6):
    """Let what is under way end, and the window draw it."""
    from qtpy.QtWidgets import QApplication

    end = time.monotonic() + seconds
    while time.monotonic() < end:
        QApplication.processEvents()
        time.sleep(0.01)
    explorer.jobs.wait(300)
    QApplication.processEvents()


def save(widget, name):
    """Save what the screen shows of `widget`."""
    from qtpy.QtWidgets import QApplication

    QApplication.processEvents()
    QApplication.primaryScreen().grabWindow(int(widget.winId())).save(str(IMAGES / name))


def well_driven(responses):
    """Return a unit in the middle of its map that prefers one direction and responds well."""
    import numpy as np

    from napari_nfm.analysis import tuning

    selectivity = np.nan_to_num(tuning(responses)["vector_dsi"].values)
    rates = responses.values.mean(axis=(1, 2, 3))
    rows, columns = (responses[name].values for name in "yx")
    away = np.hypot(rows - np.median(rows), columns - np.median(columns))
    return int((selectivity * rates - 10 * (away > 3)).argmax())


def main():
    os.environ.setdefault("NAPARI_CONFIG", "")
    from qtpy.QtWidgets import QScrollArea

    from napari_nfm.viewer import open_explorer
    from napari_nfm.viewer.docks import open_shortcuts, open_unit
    from napari_nfm.viewer.plans import ManifoldSettings, RecordingPlan
    from napari_nfm.viewer.views import View

    viewer, panel = open_explorer()
    explorer = panel.explorer
    window = panel.window()
    window.setGeometry(0, 0, *WINDOW)
    explorer.try_it()
    settle(explorer)
    with tempfile.TemporaryDirectory() as folder:
        plan = RecordingPlan((SITE,), Path(folder) / "units.zarr", maps=10, units_per_map=40)
        explorer.record(plan)
        settle(explorer)
    explorer.session.selection.site = SITE
    explorer.encoding.compute_manifold(SITE, ManifoldSettings(rank=6, n_starts=2))
    settle(explorer)
    open_unit(viewer)
    settle(explorer)
    explorer.show_view(View.ALL)
    unit = well_driven(explorer.session.responses[SITE])
    responses = explorer.session.responses[SITE]
    explorer.session.choose(
        explorer.session.stimuli.categories[int(responses.values[unit].mean(axis=(1, 2)).argmax())],
        90.0,
    )
    explorer.session.selection.frame = 18
    explorer.units.look_at(unit)
    settle(explorer, 1.5)
    save(window, "units.png")
    dock = viewer.window.dock_widgets["Unit"]
    area = dock.findChild(QScrollArea)
    bar = area.verticalScrollBar()
    bar.setValue(bar.maximum() - 330)
    settle(explorer)
    save(dock, "unit_field.png")
    explorer.units.toggle_pin()
    explorer.units.step(7)
    settle(explorer, 1.0)
    bar.setValue(0)
    save(dock, "unit_pinned.png")
    explorer.units.unpin_all()
    explorer.session.selection.units = tuple(range(0, 60))
    settle(explorer)
    bar.setValue(380)
    save(dock, "unit_mean.png")
    explorer.units.on_maps.shows_all = True
    explorer.session.selection.reference = explorer.session.sequence
    explorer.session.step_sequence(directions=2)
    explorer.show_view(View.MOVIE_AND_MAPS)
    settle(explorer, 1.0)
    save(window, "map_difference.png")
    open_shortcuts(viewer)
    settle(explorer)
    save(viewer.window.dock_widgets["Keyboard shortcuts"], "shortcuts.png")
    viewer.close()


if __name__ == "__main__":
    main()
