"""Orders of sites under other constants, as they are drawn."""

import numpy as np
import pytest
from tube_builders import make_tubes

from napari_nfm.analysis.tubes.sensitivity import tubularity_sensitivity
from napari_nfm.viewer.panels.plots import PlotColours
from napari_nfm.viewer.panels.sensitivity_plot import SensitivityPlot
from napari_nfm.viewer.sensitivity_data import sensitivity_sheet, setting_curves


@pytest.fixture(scope="module")
def sensitivity():
    sites = {
        "output": make_tubes(12, noise=0.4, n_frames=6),
        "encoder.L1": make_tubes(12, noise=0.05, seed=1, n_frames=6),
    }
    return tubularity_sensitivity(
        sites, quantiles=(0.5, 0.9), n_bins=(10,), smoothing=(), n_components=(3,)
    )


def test_curves_are_the_scores_by_site(sensitivity):
    curves = setting_curves(sensitivity, "quantile", "s_tight")
    assert curves.values == ("0.5", "0.9")
    assert curves.preset == 1
    assert [site.title for site in curves.sites] == ["Output", "Encoder L1"]
    table = sensitivity.table
    rows = table[(table["setting"] == "quantile") & (table["site"] == "output")]
    np.testing.assert_array_equal(curves.sites[0].scores, rows["s_tight"])
    assert curves.agreement.tolist() == [1.0, 1.0]


def test_the_table_has_every_setting_with_its_order(sensitivity):
    sheet = sensitivity_sheet(sensitivity, "s_tight")
    texts = [row[0].text for row in sheet.rows]
    assert texts[:2] == ["quantile 0.5", "quantile 0.9 (preset)"]
    assert any(text.startswith("components 3") for text in texts)
    assert sheet.rows[0][2].text == "Encoder L1 < Output"
    assert sheet.rows[0][1].value == 1.0


@pytest.mark.parametrize("quantity", ["s_tight", "s_cross"])
def test_the_plot_has_a_curve_per_site_and_an_agreement_per_value(qtbot, sensitivity, quantity):
    plot = SensitivityPlot()
    qtbot.addWidget(plot)
    curves = setting_curves(sensitivity, "n_components", quantity)
    for _ in range(2):
        plot.show_curves(curves, PlotColours.of("dark"))
    assert len(plot._curves) == 2
    assert len(plot._agreements) == len(curves.values)
    assert plot._preset.value() == curves.preset
    drawn = 10 ** plot._curves[1].getData()[1]
    np.testing.assert_allclose(drawn, np.maximum(curves.sites[1].scores, 1e-9))
