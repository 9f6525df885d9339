"""What the plots of readouts draw, and what a click on them says."""

import numpy as np
import pytest
from qtpy.QtCore import QPointF, Qt
from tube_builders import make_tubes

from napari_nfm.analysis import decoding_accuracy, tube_calibration, tubularity
from napari_nfm.viewer.accuracy_data import accuracy_page, confusion
from napari_nfm.viewer.panels.accuracy_plot import AccuracyPlot
from napari_nfm.viewer.panels.confusion_plot import ConfusionPlot
from napari_nfm.viewer.panels.plots import PlotColours, logarithmic_ticks
from napari_nfm.viewer.panels.radius_plot import RadiusPlot
from napari_nfm.viewer.panels.score_plot import ScorePlot
from napari_nfm.viewer.panels.tube_icons import tube_icon
from napari_nfm.viewer.radius_data import profiles
from napari_nfm.viewer.tube_data import score_page

SITE = "encoder.L8"


@pytest.fixture(scope="module")
def scores():
    sites = ("encoder.L1", "output")
    return {site: tubularity(make_tubes(seed=i), n_bootstrap=4) for i, site in enumerate(sites)}


@pytest.fixture(scope="module")
def accuracy():
    return decoding_accuracy(make_tubes(noise=0.2, n_frames=8))


def shown(qtbot, plot, width=420, height=300):
    qtbot.addWidget(plot)
    plot.resize(width, height)
    with qtbot.waitExposed(plot):
        plot.show()
    return plot


@pytest.fixture
def plot(qtbot, scores):
    plot = shown(qtbot, ScorePlot("s_tight"))
    page = score_page(
        scores,
        site="output",
        selection=tubularity(make_tubes()[:8]),
        calibration=tube_calibration(),
    )
    plot.show_axis(page.tight, "output")
    return plot


def click(qtbot, plot, x, y):
    scene = plot.getViewBox().mapViewToScene(QPointF(x, y))
    qtbot.mouseClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=plot.mapFromScene(scene))


def test_filled_marks_are_measured_and_hollow_ones_published(plot, scores):
    x, y = plot._measured.getData()
    ticks = {place: text for place, text in plot.getAxis("left")._tickLevels[0]}
    drawn = {ticks[place]: value for place, value in zip(y, x, strict=True)}
    assert drawn == {
        "Encoder L1": np.log10(scores["encoder.L1"].mean_s_tight),
        "Output": np.log10(scores["output"].mean_s_tight),
    }
    x, y = plot._published.getData()
    assert len(x) == 8
    assert {ticks[place] for place in y} >= {"Retina", "V1", "Output"}
    assert plot._published.opts["brush"].style() == Qt.BrushStyle.NoBrush
    assert plot._measured.opts["brush"].style() != Qt.BrushStyle.NoBrush


def test_intervals_and_the_selection_are_drawn(plot, scores):
    ends, _ = plot._intervals.getData()
    expected = np.concatenate([score.interval_mean_s_tight for score in scores.values()])
    np.testing.assert_allclose(10**ends, expected)
    x, y = plot._selection.getData()
    assert len(x) == 1
    assert y[0] == 0, "Output is the last row"


def test_known_tubes_stand_at_their_scores_with_their_shapes(plot):
    table = tube_calibration()
    x, _ = plot._tubes.getData()
    assert all(np.isclose(table["s_tight"], 10**value).any() for value in x)
    assert "One tube of radius 0.01" in plot._tubes.data["data"][0]


def test_the_axis_says_which_direction_is_better(plot):
    plot.set_colours(PlotColours.of("light"))
    assert "lower is tighter" in plot.getAxis("bottom").labelText


def test_a_click_on_a_row_names_its_site(qtbot, plot):
    with qtbot.waitSignal(plot.site_clicked, timeout=3000) as told:
        click(qtbot, plot, -1, len(plot._axis.rows) - 3)
    assert told.args == ["encoder.L1"]


def test_scores_of_nothing_stand_at_the_edge(qtbot, scores):
    plot = shown(qtbot, ScorePlot("s_cross"))
    axis = score_page(scores).cross
    low = min(row.measured.value for row in axis.rows if row.measured is not None)
    assert low < 1e-3
    plot.show_axis(axis, None, named=False)
    assert plot._measured.getData()[0].min() >= -9
    assert not any(text for _, text in plot.getAxis("left")._tickLevels[0])


@pytest.mark.parametrize(
    ("low", "high", "texts"),
    [
        (-2.2, 0.3, ["0.01", "0.1", "1"]),
        (-1.1, 0.1, ["0.1", "0.2", "0.5", "1"]),
        (-9, -3, ["10⁻⁹", "10⁻⁸", "10⁻⁷", "10⁻⁶", "10⁻⁵", "10⁻⁴", "0.001"]),
        (-5.5, -4.5, ["5·10⁻⁶", "10⁻⁵", "2·10⁻⁵"]),
        (-4.66, -4.35, ["3·10⁻⁵", "4·10⁻⁵"]),
        (-1.02, -0.93, ["0.102", "0.11"]),
    ],
)
def test_ticks_of_a_logarithmic_axis(low, high, texts):
    assert [text for _, text in logarithmic_ticks(low, high)] == texts


def test_icons_have_the_shape_of_their_tubes():
    from napari_nfm.viewer.known_tubes import KnownTube

    one = tube_icon(KnownTube("one tube", 0.1, 0, 0, 0.1, "")).boundingRect()
    assert (one.width(), one.height()) == pytest.approx((1, 0.2))
    two = tube_icon(KnownTube("side by side", 0.1, 0.4, 0, 0.1, "")).boundingRect()
    assert two.height() == pytest.approx(0.6)
    crossing = tube_icon(KnownTube("crossing", 0.05, 0, 90, 0.1, "")).boundingRect()
    assert crossing.height() == pytest.approx(crossing.width(), rel=0.01)


def test_radii_are_drawn_in_the_colours_of_the_categories(qtbot, scores):
    plot = shown(qtbot, RadiusPlot())
    drawn = profiles(scores["output"])
    plot.show_profiles(drawn, by_length=True)
    assert [curve.opts["pen"].color().name() for curve in plot._curves] == [
        profile.look.colour.lower() for profile in drawn
    ]
    np.testing.assert_allclose(plot._curves[0].getData()[1], drawn[0].radius / drawn[0].length)
    plot.show_profiles(drawn, by_length=False)
    np.testing.assert_allclose(plot._curves[2].getData()[1], drawn[2].radius)
    plot.show_profiles((), by_length=True)
    assert plot._curves == []


def test_both_kinds_of_windows_are_drawn_with_chance(qtbot, accuracy):
    plot = shown(qtbot, AccuracyPlot())
    page = accuracy_page(accuracy, SITE)
    plot.show_page(page)
    for kind, curve in plot._curves.items():
        np.testing.assert_allclose(curve.getData()[1], 100 * page.curves[kind].mean)
        low, high = plot._bands[kind]
        np.testing.assert_allclose(high.getData()[1], 100 * page.curves[kind].high)
        np.testing.assert_allclose(low.getData()[1], 100 * page.curves[kind].low)
    assert plot._guess.value() == pytest.approx(100 / 11)
    assert plot._published.getData()[1] == [100 * page.published]
    styles = {curve.opts["pen"].style() for curve in plot._curves.values()}
    assert len(styles) == 2, "told apart without colour"


def test_a_click_picks_the_window(qtbot, accuracy):
    plot = shown(qtbot, AccuracyPlot())
    plot.show_page(accuracy_page(accuracy, SITE))
    with qtbot.waitSignal(plot.window_clicked, timeout=3000) as told:
        click(qtbot, plot, 3.2, 50)
    assert told.args == [3]
    plot.mark_window(3)
    assert plot._picked.value() == 3


def test_a_cell_of_the_confusions_is_explained(qtbot, accuracy):
    plot = shown(qtbot, ConfusionPlot())
    matrix = confusion(accuracy, "growing", 7)
    plot.show_confusion(matrix)
    np.testing.assert_array_equal(plot._image.image, matrix.shares)
    right = 100 * matrix.shares[2, 2]
    words = plot.explanation(2, 2)
    assert words == f"Grating, medium spatial frequency: {right:.0f} % right"
    assert "taken for Grating, high" in plot.explanation(0, 1)
    assert plot.explanation(-1, 3) == plot.explanation(0, 11) == ""
    assert len(plot._rows.getData()[0]) == len(plot._columns.getData()[0]) == 11


def test_a_site_is_picked_by_key(qtbot, plot):
    sites = [row.site for row in plot._axis.rows if row.site]
    plot.activateWindow()
    plot.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(plot.hasFocus)
    assert plot.picked_site == "output", "the current one"
    assert len(plot._frame.opts["y"]) == 1, "in a frame"
    qtbot.keyClick(plot, Qt.Key.Key_Up)
    assert plot.picked_site == sites[sites.index("output") - 1] == "encoder.L1"
    assert plot._axis.rows[len(plot._axis.rows) - 1 - plot._frame.opts["y"][0]].site == "encoder.L1"
    with qtbot.waitSignal(plot.site_clicked, timeout=3000) as told:
        qtbot.keyClick(plot, Qt.Key.Key_Return)
    assert told.args == ["encoder.L1"]
    for _ in range(20):
        qtbot.keyClick(plot, Qt.Key.Key_Down)
    assert plot.picked_site == sites[-1]
    plot.clearFocus()
    qtbot.waitUntil(lambda: not plot.hasFocus())
    assert len(plot._frame.opts["y"]) == 0
