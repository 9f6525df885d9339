import numpy as np
import pytest

from napari_nfm.analysis import tubularity_sensitivity
from napari_nfm.figures import FigureStyle, sensitivity_figure


@pytest.fixture(scope="module")
def sweep(site_responses):
    return tubularity_sensitivity(
        site_responses, quantiles=[0.5], n_bins=[50], smoothing=[1.0], n_components=[3]
    )


def test_every_score_and_agreement_is_drawn_where_the_tables_say(sweep):
    found = sensitivity_figure(sweep)
    panels = found.figure.axes
    assert len(panels) == 15  # tightness, crossing and agreement of five settings
    assert [panel.get_xlabel() for panel in panels[10:]] == [
        "Quantile",
        "Bins",
        "Smoothing",
        "Components",
        "Bundles by",
    ]
    table = sweep.table
    first = table[(table["setting"] == "quantile") & (table["site"] == "encoder.L1")]
    np.testing.assert_array_equal(panels[0].lines[0].get_ydata(), first["s_tight"])
    np.testing.assert_array_equal(panels[5].lines[0].get_ydata(), first["s_cross"])
    assert [tick.get_text() for tick in panels[10].get_xticklabels()] == ["0.5", "0.9"]
    kendall = sweep.kendall
    tau = kendall[(kendall["setting"] == "quantile") & (kendall["score"] == "s_tight")]["tau"]
    np.testing.assert_array_equal(panels[10].lines[1].get_ydata(), tau)
    preset = panels[0].patches[0].get_window_extent().transformed(panels[0].transData.inverted())
    assert preset.x0 < 1 < preset.x1  # 0.9
    assert found.tables["sensitivity"] is table
    assert "'study'" in found.caption
    assert "Not scored: Output" in found.caption


def test_one_site_has_no_order_and_the_caption_says_so(site_responses):
    alone = tubularity_sensitivity(
        {"encoder.L1": site_responses["encoder.L1"]}, labels=[], n_components=[3]
    )
    found = sensitivity_figure(alone, style=FigureStyle(width_mm=120, background="dark"))
    assert len(found.figure.axes) == 10
    assert "An order takes two sites" in found.caption
