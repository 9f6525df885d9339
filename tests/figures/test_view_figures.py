import numpy as np
import pandas as pd
import pytest
from manifold_builders import make_manifold, make_responses

from napari_nfm.analysis import decoding_accuracy, decoding_trajectories, tubularity
from napari_nfm.colouring import colour_units
from napari_nfm.figures import (
    FigureError,
    FigureStyle,
    SiteReadouts,
    feature_maps_figure,
    manifold_figure,
    study_figure,
    trajectories_figure,
    unit_figure,
)

SMALL = FigureStyle(dpi=50)


@pytest.fixture(scope="module")
def responses():
    return make_responses()


@pytest.fixture(scope="module")
def trajectories(responses):
    return decoding_trajectories(responses)


@pytest.fixture(scope="module")
def manifold():
    return make_manifold()


def test_trajectories_in_planes_are_the_rows_of_the_table(trajectories):
    found = trajectories_figure(trajectories, projection="planes", style=SMALL)
    table = found.tables["trajectories"]
    assert len(table) == 6 * 8 * 12
    first = table[(table["category"] == "Dark dots") & (table["direction"] == 45.0)]
    for panel, (across, up) in zip(
        found.figure.axes, (("pc_1", "pc_2"), ("pc_1", "pc_3"), ("pc_2", "pc_3")), strict=True
    ):
        drawn = {
            (line.get_xdata().tobytes(), line.get_ydata().tobytes())
            for line in panel.lines
            if len(line.get_xdata()) == 12
        }
        assert len(drawn) == 48
        assert (first[across].to_numpy().tobytes(), first[up].to_numpy().tobytes()) in drawn
    assert f"{trajectories.explained_variance_ratio[0] * 100:.0f} %" in (
        found.figure.axes[0].get_xlabel()
    )


def test_trajectories_in_space_end_in_their_markers_and_have_a_legend(trajectories):
    found = trajectories_figure(
        trajectories, site="encoder.L8", categories=["Dark dots", "Bright triplets"], style=SMALL
    )
    assert set(found.tables["trajectories"]["category"]) == {"Dark dots", "Bright triplets"}
    texts = [text.get_text() for text in found.figure.legends[0].get_texts()]
    assert texts == ["Dark dots", "Bright triplets"]
    for words in ("Encoder L8", "60 units", "2 stimulus categories", "8 directions, 16 in all"):
        assert words in found.caption


def test_units_on_the_figure_are_those_of_the_manifold_with_their_colours(manifold):
    selected = manifold.units.index[:5]
    found = manifold_figure(
        manifold, colour_by="osi", selected=selected, projection="planes", style=SMALL
    )
    table = found.tables["units"]
    assert table["unit"].to_list() == manifold.units.index.to_list()
    assert table.loc[table["selected"], "unit"].to_list() == list(selected)
    pd.testing.assert_series_equal(
        table["osi"], manifold.units["osi"].reset_index(drop=True), check_names=False
    )
    colours = colour_units(manifold, "osi").colours
    points, rings = found.figure.axes[1].collections
    np.testing.assert_allclose(points.get_facecolors(), colours, atol=1e-6)
    np.testing.assert_allclose(points.get_offsets(), manifold.coordinates[:, [0, 2]])
    assert len(rings.get_offsets()) == 5
    assert "5 selected units" in found.caption


def test_the_legend_of_a_manifold_is_that_of_the_window(manifold):
    found = manifold_figure(manifold, axes=(0, 2, 1), style=SMALL)
    legend = colour_units(manifold, "preferred_stimulus").legend
    texts = [text.get_text() for text in found.figure.legends[0].get_texts()]
    assert texts == [f"{entry.label} ({entry.n_units})" for entry in legend.entries]
    np.testing.assert_array_equal(found.tables["units"]["dm3"], manifold.coordinates[:, 2])
    assert "components 1, 3, 2" in found.caption
    assert f"{len(manifold.left_out)} units are left out" in found.caption


def test_every_heat_map_of_a_unit_shares_one_scale_and_marks_what_it_prefers(responses):
    found = unit_figure(responses, 7, site="output", style=SMALL)
    values = responses.values[7]
    panels = [panel for panel in found.figure.axes if panel.images]
    for panel, shown in zip(panels, values, strict=True):
        np.testing.assert_allclose(panel.images[0].get_array(), shown)
        assert panel.images[0].get_clim() == (0, pytest.approx(values.max()))
        marked = panel.lines[0].get_ydata()[0]
        assert marked == shown.mean(axis=1).argmax()
    table = found.tables["responses"]
    assert set(table["unit"]) == {7}
    np.testing.assert_allclose(table["response"], values.ravel())
    assert "OSI" in found.figure.get_suptitle()


def test_a_unit_with_negative_responses_is_drawn_without_selectivity(responses):
    found = unit_figure(responses - 0.5, 0, style=SMALL)
    assert "negative" in found.caption
    assert "OSI" not in found.figure.get_suptitle()


def test_a_direction_is_marked_only_where_one_is_preferred(responses):
    flat = responses.copy()
    flat[0, 0], flat[0, 1] = 0.1, 0.0  # alike for all directions, and no response
    flat[0, 0, 0] += 1e-15  # rounding
    panels = [panel for panel in unit_figure(flat, 0, style=SMALL).figure.axes if panel.images]
    assert [len(panel.lines) for panel in panels][:3] == [0, 0, 1]


def test_maps_share_one_scale_and_are_the_rows_of_the_table():
    maps = np.random.default_rng(0).normal(size=(5, 6, 9))
    found = feature_maps_figure(
        maps, [3, 1, 4, 0, 2], site="encoder.L1", stimulus="Dark dots, 45°", style=SMALL
    )
    panels = [panel for panel in found.figure.axes if panel.images]
    for panel, channel, shown in zip(panels, [3, 1, 4, 0, 2], maps, strict=True):
        np.testing.assert_array_equal(panel.images[0].get_array(), shown)
        assert panel.images[0].get_clim() == (maps.min(), maps.max())
        assert panel.get_title() == f"channel {channel}"
    table = found.tables["maps"].set_index(["channel", "y", "x"])["activity"]
    assert table[4, 5, 8] == maps[2, 5, 8]
    assert "Dark dots, 45°" in found.caption
    difference = feature_maps_figure(maps, range(5), is_difference=True, style=SMALL)
    low, high = difference.figure.axes[0].images[0].get_clim()
    assert -low == high == np.abs(maps).max()


def test_the_figure_of_all_readouts_has_a_row_per_site_and_says_what_is_missing(
    responses, trajectories, manifold, tmp_path
):
    sites = {
        "encoder.L1": SiteReadouts(
            trajectories, manifold, tubularity(responses), decoding_accuracy(responses)
        ),
        "output": SiteReadouts(trajectories=trajectories),
        "recurrent.out": SiteReadouts(),
    }
    found = study_figure(sites, style=SMALL)
    assert len(found.figure.axes) == 2 * 4
    missing = [text.get_text() for panel in found.figure.axes for text in panel.texts].count(
        "not computed"
    )
    assert missing == 3
    assert set(found.tables) == {"trajectories", "units", "bundles", "windows"}
    assert set(found.tables["trajectories"]["site"]) == {"encoder.L1", "output"}
    assert found.tables["units"]["unit"].to_list() == manifold.units.index.to_list()
    assert "Recurrent" not in found.caption
    written = found.save(tmp_path / "study.pdf")
    assert len(written) == 6


@pytest.mark.parametrize(
    "draw",
    [
        lambda trajectories, _: trajectories_figure(trajectories, categories=["dots"]),
        lambda trajectories, _: trajectories_figure(trajectories, categories=[]),
        lambda trajectories, _: trajectories_figure(trajectories, projection="4-D"),
        lambda _, manifold: manifold_figure(manifold, colour_by="mood"),
        lambda _, manifold: manifold_figure(manifold, coordinates="UMAP"),
        lambda _, manifold: manifold_figure(manifold, axes=(0, 1, 99)),
        lambda *_: unit_figure(make_responses(), 60),
        lambda *_: feature_maps_figure(np.zeros((2, 3, 4)), [1]),
        lambda *_: study_figure({"output": SiteReadouts()}),
    ],
)
def test_what_cannot_be_drawn_is_said(draw, trajectories, manifold, assert_one_clear_sentence):
    with pytest.raises(FigureError) as found:
        draw(trajectories, manifold)
    assert_one_clear_sentence(found.value)


def test_two_components_are_too_few(responses, assert_one_clear_sentence):
    with pytest.raises(FigureError) as found:
        trajectories_figure(decoding_trajectories(responses, n_components=2))
    assert_one_clear_sentence(found.value, "n_components=3")
