from dataclasses import replace

import numpy as np
import pytest
from manifold_builders import DIRECTIONS, STIMULI, make_manifold
from test_palette import VISION, seen_with

from napari_nfm.colouring import CategoricalLegend, ScaleLegend, colour_units, legend_of
from napari_nfm.palette import MISSING, angle_colours, angle_name, many_looks
from napari_nfm.unit_columns import colour_columns, unit_column


@pytest.fixture
def manifold():
    return make_manifold(120)


def with_column(manifold, **columns):
    return replace(manifold, units=manifold.units.assign(**columns))


def hexes(colours):
    return ["#" + "".join(f"{round(255 * float(c)):02X}" for c in row[:3]) for row in colours]


def test_every_column_can_be_chosen_and_has_a_title(manifold):
    columns = colour_columns(manifold.units)
    assert set(columns) == set(manifold.units.columns)
    assert columns["preferred_direction"] == "Preferred direction (°)"
    assert columns["factor_3"] == "Factor 3 (loading)"
    for column in columns:
        drawn = colour_units(manifold, column)
        assert drawn.colours.shape == (len(manifold.units), 4)
        assert drawn.symbols.shape == (len(manifold.units),)
        assert drawn.legend.title == columns[column]
        assert legend_of(manifold, column) == drawn.legend


def test_the_legend_of_categories_says_how_each_unit_is_drawn(manifold):
    drawn = colour_units(manifold, "preferred_stimulus")
    assert isinstance(drawn.legend, CategoricalLegend)
    labels = [entry.label for entry in drawn.legend.entries]
    assert labels == [name for name in STIMULI if name in set(manifold.units["preferred_stimulus"])]
    names = manifold.units["preferred_stimulus"].to_numpy()
    for entry in drawn.legend.entries:
        rows = names == entry.label
        assert rows.sum() == entry.n_units
        assert set(hexes(drawn.colours[rows])) == {entry.colour.upper()}
        assert set(drawn.symbols[rows]) == {entry.symbol}


def test_units_of_no_cluster_are_grey_and_last(manifold):
    legend = legend_of(manifold, "cluster")
    assert [entry.label for entry in legend.entries] == ["0", "1", "2", "none"]
    assert legend.entries[-1].colour == MISSING


def test_directions_go_around(manifold):
    legend = legend_of(manifold, "preferred_direction")
    assert legend.cyclic
    assert [entry.label for entry in legend.entries][:3] == ["→ 0°", "↗ 45°", "↑ 90°"]
    np.testing.assert_allclose(angle_colours(0.0), angle_colours(360.0))
    assert np.abs(angle_colours(359.0) - angle_colours(1.0)).max() < 0.05
    assert angle_name(30.0) == "30°"


def test_many_directions_have_a_scale_that_closes(manifold):
    degrees = np.random.default_rng(0).uniform(0, 360, len(manifold.units))
    legend = legend_of(with_column(manifold, preferred_direction=degrees), "preferred_direction")
    assert isinstance(legend, ScaleLegend)
    assert (legend.low, legend.high, legend.cyclic) == (0.0, 360.0, True)
    assert legend.colours[0] == legend.colours[-1]


def test_numbers_lie_between_the_ends_of_the_scale(manifold):
    values = manifold.units["osi"].to_numpy()
    legend = legend_of(manifold, "osi")
    assert isinstance(legend, ScaleLegend)
    np.testing.assert_allclose([legend.low, legend.high], np.percentile(values, [1, 99]))
    drawn = hexes(colour_units(manifold, "osi").colours)
    assert drawn[values.argmax()] == legend.colours[-1]
    assert drawn[values.argmin()] == legend.colours[0]


def test_missing_and_constant_numbers_are_no_trouble(manifold):
    values = manifold.units["osi"].to_numpy().copy()
    values[:7] = np.nan
    drawn = colour_units(with_column(manifold, osi=values), "osi")
    assert drawn.legend.n_missing == 7
    assert set(hexes(drawn.colours[:7])) == {MISSING}
    nothing = colour_units(with_column(manifold, osi=values * np.nan), "osi")
    assert nothing.legend.n_missing == len(values)
    constant = colour_units(with_column(manifold, osi=values * 0 + 0.5), "osi").legend
    assert constant.low == constant.high == 0.5


def test_categories_of_the_flow_ensemble_have_their_titles(manifold):
    names = np.resize(["grat_W12", "pos1dotflow_D2_bg"], len(manifold.units))
    legend = legend_of(
        replace(with_column(manifold, preferred_stimulus=names), stimuli=tuple(names[:2])),
        "preferred_stimulus",
    )
    assert legend.entries[0].label == "Grating, low spatial frequency"


@pytest.mark.parametrize("vision", VISION)
def test_the_directions_stay_apart_in_colour(vision):
    from skimage.color import deltaE_ciede2000

    lab = seen_with(vision, hexes(angle_colours(DIRECTIONS)))
    apart = deltaE_ciede2000(lab[:, np.newaxis], lab[np.newaxis])
    assert apart[~np.eye(len(lab), dtype=bool)].min() > 8


def test_up_to_42_names_look_different():
    looks = many_looks([str(i) for i in range(40)])
    assert len(set(looks)) == 40
    few = many_looks(["a", "b", "c"])
    assert len({look.colour for look in few}) == len({look.symbol for look in few}) == 3


def test_what_is_no_column_of_ours_speaks_for_itself():
    assert unit_column("my score").title == "my score"
    assert "principal component 2" in unit_column("principal_component_2").meaning


def test_labels_of_a_twins_units_are_columns_too(manifold):
    n_units = len(manifold.units)
    labelled = with_column(
        manifold,
        readout_id=np.arange(n_units),
        cell_kind=np.where(np.arange(n_units) % 2, "ON", "OFF"),
        true_direction=np.linspace(0, 359, n_units),
    )
    columns = colour_columns(labelled.units)
    assert columns["cell_kind"] == "True kind of cell"
    assert "readout_id" not in columns
    kinds = colour_units(labelled, "cell_kind").legend
    assert {entry.label for entry in kinds.entries} == {"ON", "OFF"}
    assert colour_units(labelled, "true_direction").legend.cyclic
