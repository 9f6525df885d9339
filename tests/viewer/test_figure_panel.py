from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest
from manifold_builders import make_manifold, make_responses
from panel_events import seen
from PIL import Image
from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QFileDialog,
    QLabel,
    QPushButton,
    QSpinBox,
)

from napari_nfm.analysis import decoding_accuracy, decoding_trajectories, tubularity
from napari_nfm.figures import FigureStyle
from napari_nfm.viewer.convert_maps import montage_to_maps
from napari_nfm.viewer.docks import open_figure
from napari_nfm.viewer.explorer import explorer_of
from napari_nfm.viewer.figure_plans import FigureKind, FigurePlan
from napari_nfm.viewer.panels.figure import FigurePanel
from napari_nfm.viewer.roles import Role

SITE = "encoder.L1"
SMALL = FigureStyle(dpi=50, width_mm=120)


@pytest.fixture
def computed(explorer):
    """The explorer with the readouts of one site, and a selection."""
    session, responses = explorer.session, make_responses()
    session.add_responses({SITE: responses})
    session.selection.site = SITE
    session.add_result(SITE, decoding_trajectories(responses))
    session.add_manifold(SITE, make_manifold())
    session.add_score(SITE, tubularity(responses))
    session.add_accuracy(SITE, decoding_accuracy(responses))
    session.selection.units = (3, 4, 7)
    return explorer


@pytest.fixture
def dock(computed, viewer):  # noqa: ARG001
    open_figure(viewer)
    return viewer.window.dock_widgets["Figure"]


def choose(dock, kind):
    box = dock.findChild(QComboBox, "figure_kind")
    box.setCurrentIndex(box.findData(kind))


def test_the_units_in_the_file_are_those_on_screen(computed, tmp_path):
    written = []
    computed.figures.saved.connect(written.extend)
    computed.figures.save(FigurePlan(FigureKind.MANIFOLD, style=SMALL), tmp_path / "m.svg")
    computed.jobs.wait(60)
    assert [path.name for path in written] == ["m.svg", "m.txt", "m_units.csv"]
    table = pd.read_csv(tmp_path / "m_units.csv")
    shown = computed.session.manifolds[SITE].units
    assert table["unit"].to_list() == shown.index.to_list()
    assert table.loc[table["selected"], "unit"].to_list() == [3, 4, 7]
    assert computed.session.look.colour_by in table


def test_maps_in_the_file_are_those_on_screen_at_the_current_frame(loaded, tmp_path):
    loaded.session.selection.frame = 5
    loaded.figures.save(FigurePlan(FigureKind.MAPS, style=SMALL), tmp_path / "maps.png")
    loaded.jobs.wait(60)
    table = pd.read_csv(tmp_path / "maps_maps.csv")
    shown = loaded.world.movie_and_maps.maps_shown
    assert tuple(table["channel"].unique()) == shown.channels
    drawn = montage_to_maps(loaded.world.find(Role.MAPS).data, shown.montage)[5]
    np.testing.assert_allclose(table["activity"], drawn.ravel(), rtol=1e-6)
    assert "frame 5" in (tmp_path / "maps.txt").read_text(encoding="utf-8")


def test_the_preview_of_maps_is_what_would_be_saved(model, twin, stimuli, qtbot):
    explorer = explorer_of(model)
    session = explorer.session
    session.twin = twin
    session.selection.site = SITE
    session.use_stimuli(stimuli)
    explorer.jobs.wait(60)
    dock = seen(qtbot, FigurePanel(model), 440, 700)
    choose(dock, FigureKind.MAPS)
    caption = dock.findChild(QLabel, "figure_caption")
    session.selection.frame = 6
    qtbot.waitUntil(lambda: "frame 6" in caption.text(), timeout=20_000)
    session.choose(stimuli.categories[0], 45.0)
    qtbot.waitUntil(lambda: "45°" in caption.text(), timeout=20_000)
    explorer.close()


def test_the_canvas_becomes_a_figure_and_stays_as_it_was(recorded, viewer, tmp_path):
    before = viewer.scene.camera.zoom, recorded.world.text_size
    recorded.figures.save(FigurePlan(FigureKind.CANVAS, style=SMALL), tmp_path / "canvas.png")
    recorded.jobs.wait(60)
    assert (viewer.scene.camera.zoom, recorded.world.text_size) == before
    with Image.open(tmp_path / "canvas.png") as image:
        assert image.width == pytest.approx(120 / 25.4 * 50, abs=1)
        assert len(image.convert("RGB").getcolors(10**6)) > 20
    assert "Trajectories" in (tmp_path / "canvas.txt").read_text(encoding="utf-8")


def test_the_form_says_the_plan(dock):
    dock.findChild(QSpinBox, "figure_width").setValue(89)
    dock.findChild(QSpinBox, "figure_dpi").setValue(600)
    dock.findChild(QSpinBox, "figure_font_size").setValue(9)
    dock.findChild(QComboBox, "figure_background").setCurrentIndex(1)
    sites = dock.findChild(QCheckBox, "figure_all_sites")
    sites.setChecked(True)
    assert dock.plan == FigurePlan(
        FigureKind.STUDY, all_sites=True, style=FigureStyle(89, 600, 9, "dark")
    )
    choose(dock, FigureKind.TRAJECTORIES)
    dock.findChild(QComboBox, "figure_projection").setCurrentIndex(1)
    assert dock.plan.projection == "planes"
    assert not dock.plan.all_sites
    assert sites.isHidden()


def test_a_person_sees_the_preview_copies_the_caption_and_saves(
    dock, computed, viewer, qtbot, tmp_path
):
    viewer.window._qt_window.show()
    choose(dock, FigureKind.RADIUS)
    dock.findChild(QSpinBox, "figure_dpi").setValue(60)
    caption = dock.findChild(QLabel, "figure_caption")
    qtbot.waitUntil(lambda: "Radius of the tubes" in caption.text(), timeout=20000)
    assert not dock.findChild(QLabel, "figure_preview").pixmap().isNull()
    qtbot.mouseClick(dock.findChild(QPushButton, "copy_caption"), Qt.MouseButton.LeftButton)
    assert QApplication.clipboard().text() == caption.text()
    chosen = str(tmp_path / "radius"), "SVG drawing (*.svg)"
    with patch.object(QFileDialog, "getSaveFileName", return_value=chosen):
        qtbot.mouseClick(dock.findChild(QPushButton, "save_figure"), Qt.MouseButton.LeftButton)
    computed.jobs.wait(60)
    assert (tmp_path / "radius.svg").exists()
    assert (tmp_path / "radius_radius.csv").exists()


def test_nothing_can_be_saved_of_what_is_not_there(dock, viewer, qtbot):
    viewer.window._qt_window.show()
    choose(dock, FigureKind.REMOVAL)
    preview_label = dock.findChild(QLabel, "figure_preview")
    qtbot.waitUntil(lambda: "were removed" in preview_label.text(), timeout=20000)
    assert not dock.findChild(QPushButton, "save_figure").isEnabled()
