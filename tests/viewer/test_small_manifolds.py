"""The 3-D pictures of small manifolds: what is where, seen from which side, in which colours."""

import gc

import numpy as np
import pytest
from manifold_builders import make_manifold
from napari.utils.colormaps.standardize_color import transform_color
from qtpy.QtWidgets import QApplication, QWidget

from napari_nfm.session import ManifoldLook
from napari_nfm.viewer.small_manifold_data import small_manifold
from napari_nfm.viewer.small_manifolds import SmallManifolds

DARK, TEXT = "#262930", "#d8d8d8"
WIDTH, HEIGHT, RATIO = 120, 100, 2.0


def manifolds(n_sites=3):
    sites = [f"encoder.L{number}" for number in range(n_sites)]
    return [
        small_manifold(site, make_manifold(40, seed=number, site=site), ManifoldLook())
        for number, site in enumerate(sites)
    ]


@pytest.fixture
def owner(qtbot):
    owner = QWidget()
    qtbot.addWidget(owner)
    return owner


@pytest.fixture
def drawn(owner):
    drawn = SmallManifolds(owner)
    drawn.resize(WIDTH, HEIGHT, RATIO)
    drawn.show(manifolds(), TEXT)
    return drawn


def at(picture, place):
    """Return the colour of a picture at a place in pixels of the widget."""
    column, row = np.round(np.array(place[:2]) * RATIO).astype(int)
    return picture[row, column, :3]


def frontmost(drawn, number):
    """Return the rows of units that no other is near to."""
    places = drawn.places(number)[:, :2]
    apart = np.linalg.norm(places[:, None] - places[None], axis=-1) + 1e3 * np.eye(len(places))
    return np.flatnonzero(apart.min(axis=1) > 8)


def test_units_have_their_colours_where_they_are_said_to_be(drawn):
    pictures = drawn.pictures(range(3), DARK)
    assert [picture.shape for picture in pictures] == [(HEIGHT * RATIO, WIDTH * RATIO, 4)] * 3
    for number, (picture, manifold) in enumerate(zip(pictures, manifolds(), strict=True)):
        rows = frontmost(drawn, number)
        assert len(rows) > 5
        for row in rows:
            expected = 255 * manifold.colours[row, :3]
            np.testing.assert_allclose(at(picture, drawn.places(number)[row]), expected, atol=2)


def test_one_picture_is_that_of_the_row(drawn):
    row = drawn.pictures(range(3), DARK)
    (alone,) = drawn.pictures(range(1, 2), DARK)
    assert np.abs(alone.astype(int) - row[1]).max() <= 2


def test_axes_stand_as_in_the_large_canvas(drawn):
    """The first coordinate goes to the right, the second upwards, the third away."""
    x, y, _ = drawn.places(0).T
    points = manifolds()[0].points
    assert np.corrcoef(x, points[:, 0])[0, 1] > 0.8
    assert np.corrcoef(-y, points[:, 1])[0, 1] > 0.8
    drawn.turn(*drawn.viewpoint[:2])
    assert drawn.viewpoint[:2] == (0, 0)
    x, y, depth = drawn.places(0).T
    assert np.corrcoef(x, points[:, 0])[0, 1] == pytest.approx(1)
    assert np.corrcoef(-y, points[:, 1])[0, 1] == pytest.approx(1)
    assert np.corrcoef(depth, points[:, 2])[0, 1] == pytest.approx(1)
    scale = np.ptp(x) / np.ptp(points[:, 0]), np.ptp(y) / np.ptp(points[:, 1])
    assert scale[0] == pytest.approx(scale[1], rel=1e-4), "one scale on all axes"


def test_all_are_seen_from_the_same_side(drawn):
    before = [drawn.places(number).copy() for number in range(3)]
    drawn.turn(40, 10)
    drawn.zoom(1.5)
    for number, places in enumerate(before):
        assert np.abs(drawn.places(number) - places).max() > 5
    drawn.go_home()
    for number, places in enumerate(before):
        np.testing.assert_allclose(drawn.places(number), places, atol=1e-3)


def test_turning_has_no_end_and_the_poles_are_not_crossed(drawn):
    drawn.turn(800, -300)
    azimuth, elevation, _ = drawn.viewpoint
    assert -180 <= azimuth <= 180
    assert elevation == 90
    for _ in range(60):
        drawn.zoom(1.3)
    assert drawn.viewpoint[2] == 20


def test_the_unit_in_front_is_the_one_under_the_mouse(drawn):
    rows = frontmost(drawn, 2)
    for row in rows:
        x, y, _ = drawn.places(2)[row]
        assert drawn.row_at(2, x, y) == row
    assert drawn.row_at(2, 1, 1) is None
    pair = small_manifold("a", make_manifold(40), ManifoldLook())
    pair.points[:] = np.linspace(-1, 1, len(pair.points))[:, None] * [0, 0, 1]
    drawn.show([pair], TEXT)
    drawn.go_home()
    drawn.turn(*drawn.viewpoint[:2])
    x, y, _ = drawn.places(0)[5]
    assert drawn.row_at(0, x, y) == 0, "the nearest to the eye has the lowest third coordinate"


def test_units_that_stand_out_are_seen_over_all_others(drawn):
    nothing = {}
    plain = drawn.pictures(range(3), DARK)
    row = frontmost(drawn, 1)[0]
    site = "encoder.L1"
    assert drawn.mark({site: np.array([row])}, nothing) == {1}
    assert drawn.mark({site: np.array([row])}, nothing) == set(), "nothing has changed"
    marked = drawn.pictures(range(3), DARK)
    assert [np.abs(a.astype(int) - b).max() > 5 for a, b in zip(plain, marked, strict=True)] == [
        False,
        True,
        False,
    ]
    assert drawn.mark(nothing, {site: np.array([row])}) == {1}
    ringed = drawn.pictures(range(1, 2), DARK)[0][..., :3].astype(int)
    ring = np.round(255 * transform_color("#D55E00")[0, :3])
    assert (np.abs(ringed - ring).max(axis=-1) < 12).sum() > 20
    assert drawn.mark(nothing, nothing) == {1}
    again = drawn.pictures(range(3), DARK)
    assert np.abs(again[1].astype(int) - plain[1]).max() <= 2


@pytest.mark.parametrize(("background", "text"), [(DARK, TEXT), ("#efebe9", "#202020")])
def test_both_themes_have_their_background_and_lines(drawn, background, text):
    drawn.show(manifolds(1), text)
    (picture,) = drawn.pictures(range(1), background)
    np.testing.assert_allclose(picture[0, 0, :3], 255 * transform_color(background)[0, :3], atol=1)
    line = 255 * transform_color(text)[0, :3]
    assert (np.abs(picture[..., :3] - line).max(axis=-1) < 60).sum() > 50


def test_fewer_and_more_manifolds_are_shown(drawn):
    drawn.show(manifolds(1), TEXT)
    assert len(drawn.pictures(range(1), DARK)) == 1
    drawn.show(manifolds(7), TEXT)
    pictures = drawn.pictures(range(7), DARK)
    assert all(picture.std() > 10 for picture in pictures)


def canvases():
    return [w for w in QApplication.topLevelWidgets() if type(w).__name__ == "CanvasBackendDesktop"]


@pytest.mark.parametrize("way", ["deleted", "collected"])
def test_the_canvas_goes_with_its_owner(qtbot, way):
    gc.collect()
    before = set(canvases())
    for _ in range(4):
        owner = QWidget()
        owner.drawn = drawn = SmallManifolds(owner)
        drawn.resize(WIDTH, HEIGHT, 1.0)
        drawn.show(manifolds(1), TEXT)
        drawn.pictures(range(1), DARK)
        assert len(set(canvases()) - before) == 1
        if way == "deleted":
            owner.deleteLater()
        del owner, drawn
        gc.collect()
        qtbot.wait(1)
        assert set(canvases()) <= before
