"""The dock of the factors, by mouse and keyboard."""

import numpy as np
import pytest
from manifold_builders import SITE, STIMULI, make_manifold
from panel_events import text
from qtpy.QtCore import QPoint, Qt


def test_one_row_per_factor_with_titled_axes(factors):
    assert len(factors.rows) == 4
    row = factors.rows[1]
    assert row.neural.getAxis("bottom").labelText == "59 units by map"
    assert row.response.getAxis("bottom").labelText == "Time (s)"
    assert row.response.getAxis("left").labelText == "Direction (°)"
    ticks = row.stimulus.getAxis("left")._tickLevels[0]
    assert [name for _, name in sorted(ticks, reverse=True)] == list(STIMULI)
    assert "rotation" in text(factors, "about_factors")


def test_what_is_drawn_is_the_decomposition(shown, factors):
    decomposition = shown.session.manifolds[SITE].decomposition
    row = factors.rows[2]
    np.testing.assert_allclose(row._bars.opts["width"], decomposition.factors[1][:, 2])
    fibre = decomposition.factors[2][:, 2]
    np.testing.assert_allclose(row._image.image, fibre.reshape(12, 8).T)
    assert row._stems.getData()[1].max() == decomposition.factors[0][:, 2].max()
    levels = {tuple(other._image.levels) for other in factors.rows}
    assert levels == {(0.0, decomposition.factors[2].max())}


@pytest.mark.parametrize("plot", ["neural", "stimulus", "response"])
def test_a_click_on_a_factor_colours_the_manifold(shown, factors, qtbot, plot):
    plot = getattr(factors.rows[1], plot)
    qtbot.mouseClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(plot.width() - 30, 40))
    qtbot.waitUntil(lambda: shown.session.look.colour_by == "factor_2", timeout=3000)
    assert factors.rows[1].button.isChecked()
    shown.session.look.colour_by = "cluster"
    assert not factors.rows[1].button.isChecked()


def test_a_factor_is_chosen_by_keyboard(shown, factors, qtbot):
    qtbot.keyClick(factors.rows[3].button, Qt.Key.Key_Space)
    assert shown.session.look.colour_by == "factor_4"


def test_selected_units_are_marked_in_the_loadings(shown, factors):
    loadings = shown.session.manifolds[SITE].decomposition.factors[0]
    shown.session.selection.units = (0, 3, 2)
    for r, row in enumerate(factors.rows):
        _, marked = row._marks.getData()
        assert sorted(marked) == sorted(loadings[[0, 2], r]), "unit 2 is silent: no loading"
    shown.session.selection.units = ()
    assert len(factors.rows[0]._marks.getData()[0]) == 0


def test_factors_follow_the_manifold_and_the_theme(shown, factors, model):
    shown.session.add_manifold(SITE, make_manifold(rank=2))
    shown.encoding.show_manifold(SITE)
    assert len(factors.rows) == 2
    model.theme = "light"
    assert factors.rows[0].neural.backgroundBrush().color().lightness() > 150
    model.theme = "dark"
    assert factors.rows[0].neural.backgroundBrush().color().lightness() < 80
