"""What is drawn of a population without some of its units."""

import numpy as np
import pytest
from tube_builders import make_tubes

from napari_nfm.analysis.removal import removal_sweep
from napari_nfm.analysis.subpopulations import compare_subpopulation
from napari_nfm.viewer.panels.plots import PlotColours
from napari_nfm.viewer.panels.removal_plot import RemovalPlot
from napari_nfm.viewer.removal_data import parts, removal_curves


@pytest.fixture(scope="module")
def responses():
    return make_tubes(24, noise=0.2, n_frames=8)


@pytest.fixture(scope="module")
def sweep(responses):
    return removal_sweep(responses, np.arange(24), shares=(0, 0.25, 0.5, 0.75), n_random=4)


def test_the_parts_are_whole_selected_and_rest(responses):
    found = compare_subpopulation(responses, range(12), n_bootstrap=3)
    whole, selected, rest = parts(found)
    assert [part.n_units for part in (whole, selected, rest)] == [24, 12, 12]
    assert whole.tight.value == found.whole.tubularity.mean_s_tight
    assert rest.tight.interval == tuple(found.removed.tubularity.interval_mean_s_tight)
    assert selected.cross.value == found.selected.tubularity.mean_s_cross
    growing = found.selected.accuracy.growing
    assert selected.accuracy.value == pytest.approx(100 * float(growing.mean[-1]))
    assert selected.accuracy.interval[0] == pytest.approx(100 * float(growing.interval[-1, 0]))
    assert whole.why_not == ""


def test_a_part_that_cannot_be_scored_says_why(responses):
    _, selected, _ = parts(compare_subpopulation(responses, [3]))
    assert selected.tight is None
    assert "1 unit cannot span" in selected.why_not


def test_curves_are_the_table_in_percent_of_the_population(sweep):
    curves = removal_curves(sweep)
    np.testing.assert_allclose(curves["s_tight"].removed, [0, 25, 50, 75])
    np.testing.assert_array_equal(curves["s_tight"].ordered, sweep.table["s_tight"])
    np.testing.assert_allclose(curves["accuracy"].random, 100 * sweep.table["random_accuracy"])
    assert curves["accuracy"].chance == pytest.approx(100 / 11)
    assert curves["s_cross"].chance is None
    assert np.isnan(curves["s_tight"].ordered[-1]), "6 units cannot be scored"


@pytest.mark.parametrize("readout", ["s_tight", "s_cross", "accuracy"])
def test_the_removal_is_drawn_beside_random_ones(qtbot, sweep, readout):
    plot = RemovalPlot("removal", "Readout", "Units removed (%)")
    qtbot.addWidget(plot)
    curve = removal_curves(sweep)[readout]
    plot.show_curve(curve)
    plot.set_colours(PlotColours.of("dark"))
    shown = {
        "ordered": plot._ordered.getData()[1],
        "random": plot._random.getData()[1],
        "low": plot._lower.getData()[1],
        "high": plot._upper.getData()[1],
    }
    for name, values in shown.items():
        expected = getattr(curve, name)
        np.testing.assert_allclose(10**values if curve.logarithmic else values, expected)
    assert plot._chance.isVisible() == (readout == "accuracy")
    low, high = plot.getViewBox().viewRange()[1]
    finite = shown["ordered"][np.isfinite(shown["ordered"])]
    assert low < finite.min() <= finite.max() < high
    assert f"25 % removed: {curve.ordered[1]:.3g}" in plot.toolTip()
    assert plot.getAxis("bottom").labelText == "Units removed (%)"
