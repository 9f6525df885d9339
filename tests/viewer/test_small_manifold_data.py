"""What small manifolds are drawn from: one scale on all axes, the large one's colours and units."""

import numpy as np
import pytest
from manifold_builders import make_manifold

from napari_nfm.colouring import CategoricalLegend, LegendEntry, ScaleLegend, colour_units
from napari_nfm.session import ManifoldLook
from napari_nfm.viewer.small_manifold_data import row_legend, rows_of_units, small_manifold


def small(site="encoder.L1", **look):
    return small_manifold(site, make_manifold(site=site), ManifoldLook(**look))


def test_all_axes_have_one_scale():
    coordinates = make_manifold().coordinates[:, :3]
    points = small().points
    assert np.abs(points).max() == pytest.approx(1)
    np.testing.assert_allclose((points.min(axis=0) + points.max(axis=0)) / 2, 0, atol=1e-6)
    ratio = np.ptp(points, axis=0) / np.ptp(coordinates, axis=0)
    np.testing.assert_allclose(ratio, ratio[0], rtol=1e-5)


def test_coordinates_and_axes_are_those_of_the_large_manifold():
    manifold = make_manifold()
    points = small(coordinates="principal components", axes=(2, 0, 1)).points
    chosen = manifold.principal_coordinates[:, [2, 0, 1]]
    for axis in range(3):
        assert np.corrcoef(points[:, axis], chosen[:, axis])[0, 1] == pytest.approx(1)


def test_colours_and_markers_are_those_of_the_large_manifold():
    manifold = make_manifold()
    found, expected = small(colour_by="cluster"), colour_units(manifold, "cluster")
    np.testing.assert_array_equal(found.colours, expected.colours)
    np.testing.assert_array_equal(found.symbols, expected.symbols)
    assert found.title == "Encoder L1"
    assert list(found.units) == list(manifold.units.index)


def test_a_manifold_without_the_column_has_the_colours_of_stimuli():
    assert small(colour_by="true_direction").legend.title == "Preferred stimulus"


def test_units_are_found_on_their_own_manifold_alone():
    manifolds = [small("encoder.L1"), small("output")]
    rows = rows_of_units(manifolds, "output", (0, 2, 8))
    assert list(rows) == ["output"]
    assert manifolds[1].units[rows["output"]].tolist() == [0, 8], "2 is left out"
    assert rows_of_units(manifolds, "retina", (1,)) == {}
    assert rows_of_units(manifolds, "output", ()) == {}


def test_a_unit_is_found_in_a_population_of_several_layers():
    own, both = make_manifold(site="encoder.L1"), make_manifold(90, seed=3, site="encoder.L1")
    both.units["channel"] = both.units["channel"] + 1
    place = own.units.loc[8, ["channel", "y", "x"]]
    both.units.loc[41, ["channel", "y", "x"]] = place
    look = ManifoldLook()
    manifolds = [small_manifold("encoder.L1", own, look), small_manifold("both", both, look)]
    rows = rows_of_units(manifolds, "encoder.L1", (8,))
    assert manifolds[1].units[rows["both"]].tolist() == [41]


def test_a_legend_of_categories_has_those_of_all_sites():
    manifolds = [make_manifold(seed=seed) for seed in range(2)]
    for manifold in manifolds:  # each has no unit that prefers another stimulus
        lacking, *_, kept = sorted(manifold.units["preferred_stimulus"].unique())
        manifold.units["preferred_stimulus"] = manifold.units["preferred_stimulus"].replace(
            *((lacking, kept) if manifold is manifolds[0] else (kept, lacking))
        )
    legends = [small_manifold("a", m, ManifoldLook()).legend for m in manifolds]
    legend = row_legend(legends, "preferred_stimulus")
    assert legend.title == "Preferred stimulus"
    labels = [{entry.label for entry in each.entries} for each in legends]
    assert [len(each) for each in labels] == [5, 5]
    assert set(legend.entries) == labels[0] | labels[1]
    assert len(legend.entries) == 6


def test_the_legend_is_that_of_the_sites_that_have_the_column():
    known = make_manifold(seed=1)
    known.units["true_osi"] = known.units["osi"]
    look = ManifoldLook(colour_by="true_osi")
    legends = [small_manifold("a", m, look).legend for m in (make_manifold(), known)]
    assert legends[0].title == "Preferred stimulus"
    assert row_legend(legends, "true_osi").title == "True OSI"
    assert row_legend(legends[:1], "true_osi").title == "Preferred stimulus", "none has it"


def test_what_has_no_common_legend_says_so():
    one = CategoricalLegend("Cluster", (LegendEntry("0", "#111111", "disc", 3),))
    other = CategoricalLegend("Cluster", (LegendEntry("0", "#222222", "disc", 3),))
    assert not row_legend([one, other], "cluster").entries
    assert "of its own" in row_legend([one, other], "cluster").remark
    many = CategoricalLegend(
        "Channel", tuple(LegendEntry(str(i), "#111111", "disc", 1) for i in range(40))
    )
    assert row_legend([many], "channel").remark == "40 colours and markers"
    scale = ScaleLegend("Mean activity", 0.0, 1.0, ("#000000", "#FFFFFF"))
    assert row_legend([scale], "mean_activity").scale == scale.colours
    assert "percentile of each site" in row_legend([scale], "mean_activity").remark
    assert row_legend([], "osi") is None
