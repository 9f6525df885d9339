"""Tubes in a real window: drawn as glass, and following what is selected."""

import numpy as np
from qtpy.QtCore import QPoint, Qt
from qtpy.QtWidgets import QCheckBox
from tube_builders import OTHER, SITE, STUDIED, make_tubes

from napari_nfm.viewer.plans import TubeSettings
from napari_nfm.viewer.roles import TUBE_ROLES, Role
from napari_nfm.viewer.views import View


def headings(explorer):
    return explorer.world.find(Role.TUBE_TITLES).features["text"].tolist()


def bundles_drawn(explorer):
    return set(explorer.world.find(Role.CENTRELINES).features["bundle"])


def test_tubes_stand_around_the_curves_that_they_were_measured_from(shown, viewer):
    found = shown.session.scores[SITE]
    assert viewer.dims.ndisplay == 3
    assert headings(shown)[3] == (
        "Encoder L1, tubes\nFirst 3 of 10 dimensions; radius of 90 % of points, in all 10"
    )
    heads = shown.world.find(Role.TUBE_HEADS)
    features = heads.features[heads.features["category"] == STUDIED[2]]
    moments = found.trajectories.sel(category=STUDIED[2])
    np.testing.assert_allclose(
        features[["PC1", "PC2", "PC3"]].to_numpy().reshape(8, 20, 3), moments.values[..., :3]
    )
    vertices = shown.world.find(Role.TUBES).vertices
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    inside = ((heads.data[:, 1:] >= low) & (heads.data[:, 1:] <= high)).all(axis=1)
    assert inside.mean() > 0.9


def test_only_tubes_are_seen_in_their_view(shown):
    shown.show_view(View.ALL)
    shown.show_view(View.TUBES)
    seen = {role for role in Role if (layer := shown.world.find(role)) and layer.visible}
    assert seen == set(TUBE_ROLES)


def test_tubes_in_two_dimensions_are_flat_and_come_back(shown, viewer):
    solid = shown.world.find(Role.TUBES).vertices.copy()
    viewer.dims.ndisplay = 2
    for role in (Role.TUBES, Role.CENTRELINES):
        layer = shown.world.find(role)
        assert layer.visible
        assert np.ptp(layer.extent.data[:, 0]) == 0
    assert viewer.dims.nsteps[-3] == 1
    viewer.dims.ndisplay = 3
    np.testing.assert_allclose(shown.world.find(Role.TUBES).vertices, solid)


def test_skins_are_drawn_anew_when_the_camera_rests(shown, viewer, qtbot):
    layer = shown.world.find(Role.TUBES)
    before = layer.vertex_colors.copy()
    for turn in range(5):
        viewer.scene.camera.angles = (0.0, 30.0 + 20 * turn, 12.0)
    assert np.array_equal(layer.vertex_colors, before)
    qtbot.waitUntil(lambda: not np.array_equal(layer.vertex_colors, before), timeout=5000)
    direction = np.array(viewer.scene.camera.view_direction)
    depth = layer.vertices[layer.faces].mean(axis=1) @ direction
    assert (np.diff(depth) <= 1e-6).all()


def test_the_tube_of_the_current_stimulus_stands_out(shown, stimuli):
    shown.session.use_stimuli(stimuli)
    shown.session.choose(STUDIED[0], 0.0)
    layer = shown.world.find(Role.TUBES)
    n_each = len(layer.vertices) // len(STUDIED)
    dense = layer.vertex_colors[:, 3].reshape(len(STUDIED), n_each).max(axis=1)
    assert dense[0] > 2 * dense[1:].max()
    heads = shown.world.find(Role.TUBE_HEADS)
    current = (heads.features["category"] == STUDIED[0]) & (heads.features["direction"] == 0.0)
    assert heads.size[current.to_numpy()].min() > heads.size[~current.to_numpy()].max()
    shown.jobs.wait(60)


def test_the_legend_takes_single_tubes_away_and_brings_them_back(shown, viewer, qtbot):
    legend = viewer.window.dock_widgets["Stimulus categories"]
    box = legend.findChild(QCheckBox, f"tube_{STUDIED[1]}")
    on_box = QPoint(8, box.rect().center().y())
    before = bundles_drawn(shown)
    n_vertices = len(shown.world.find(Role.TUBES).vertices)
    qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=on_box)
    assert shown.tubes.hidden_bundles == {STUDIED[1]}
    assert len(before - bundles_drawn(shown)) == 1
    assert len(shown.world.find(Role.TUBES).vertices) == n_vertices * 5 // 6
    assert STUDIED[1] not in set(shown.world.find(Role.TUBE_HEADS).features["category"])
    qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=on_box)
    assert bundles_drawn(shown) == before


def test_without_any_tube_the_axes_stay(shown):
    shown.tubes.hidden_bundles = STUDIED
    assert shown.world.find(Role.TUBES) is None
    assert len(shown.world.find(Role.TUBE_AXES).data) == 3
    shown.show_view(View.TUBES)
    shown.tubes.hidden_bundles = ()
    assert shown.world.find(Role.TUBES).visible


def test_another_site_brings_its_own_tubes(shown):
    shown.session.selection.site = OTHER
    assert shown.tubes.tube_site == OTHER
    assert headings(shown)[3].startswith("Output, tubes")
    shown.session.add_responses({"third": make_tubes(seed=5)})
    shown.session.selection.site = "third"  # not scored: the tubes that there are stay
    assert shown.tubes.tube_site == OTHER


def test_layers_removed_by_hand_come_back_when_shown_again(shown, viewer):
    viewer.layers.remove(shown.world.find(Role.TUBES))
    viewer.scene.camera.angles = (0.0, 50.0, 12.0)
    shown.world.tubes.face_camera()
    assert shown.world.find(Role.TUBES) is None
    viewer.layers.clear()
    viewer.dims.ndisplay = 2
    viewer.dims.ndisplay = 3
    shown.tubes.show_tubes(SITE)
    assert all(shown.world.find(role) is not None for role in TUBE_ROLES)


def test_hiding_takes_all_of_it_away(shown):
    told = []
    shown.tubes.tubes_changed.connect(lambda: told.append(shown.tubes.tube_site))
    shown.tubes.hide_tubes()
    assert not any(shown.world.find(role) for role in TUBE_ROLES)
    assert told == [None]
    assert shown.tubes.bundles == {}


def test_intervals_that_come_later_do_not_draw_anew(shown):
    layer = shown.world.find(Role.CENTRELINES)
    drawn = shown.world.tubes.shown
    shown.tubes.score(SITE, TubeSettings(n_bootstrap=3))
    shown.jobs.wait(60)
    assert shown.session.scores[SITE].interval_mean_s_tight is not None
    assert shown.world.find(Role.CENTRELINES) is layer
    assert shown.world.tubes.shown is drawn


def test_outlines_and_text_follow_the_theme(shown, viewer):
    before = shown.world.find(Role.TUBE_TITLES).text.color.constant.copy()
    viewer.theme = "light"
    assert not np.array_equal(shown.world.find(Role.TUBE_TITLES).text.color.constant, before)


def test_tubes_make_room_for_what_appears_above(shown):
    before = shown.world.find(Role.TUBE_AXES).data[0, 0, 1]
    shown.show_trajectories(SITE)
    shown.jobs.wait(60)
    assert shown.world.find(Role.TUBE_AXES).data[0, 0, 1] > before + 256
