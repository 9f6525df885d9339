"""What the unit inspector draws and writes, against responses of known tuning."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from manifold_builders import make_manifold, make_responses

from napari_nfm.analysis import tuning
from napari_nfm.viewer.unit_data import (
    MOST_OVERLAID,
    overlaid,
    response_page,
    traces,
    tuning_curves,
)
from napari_nfm.viewer.unit_table import unit_table

DIRECTIONS = np.arange(0, 360, 45.0)


@pytest.fixture
def responses():
    """Three units: the first likes 90° of the second category, the second nothing, third all."""
    values = np.zeros((3, 2, 8, 5))
    values[0, 0] = 1.0
    values[0, 1] = np.exp(np.cos(np.deg2rad(DIRECTIONS - 90)))[:, np.newaxis] * np.arange(1, 6)
    values[2] = 2.0
    return xr.DataArray(
        values,
        dims=("unit", "category", "direction", "time"),
        coords={
            "category": ["grat_W12", "pos1dotflow_D1_bg"],
            "direction": DIRECTIONS,
            "time": ("time", np.arange(5) / 30, {"units": "s"}),
            "site": ("unit", ["output"] * 3),
            "channel": ("unit", [0, 0, 0]),
            "y": ("unit", [12, 40, 7]),
            "x": ("unit", [0, 0, 0]),
        },
    )


def test_a_page_holds_one_units_responses_on_a_common_scale(responses):
    page = response_page(responses, (0,))
    np.testing.assert_array_equal(page.rates, responses.values[0])
    assert page.highest == responses.values[0].max()
    assert page.preferred == (-1, 2)  # the first category is flat
    assert page.directions[page.preferred[1]] == 90
    assert page.preferred_category == 1
    assert page.titles[0] != "grat_W12"
    assert page.time_unit == "s"


def test_a_page_of_several_units_is_their_mean(responses):
    page = response_page(responses, (0, 1, 2))
    np.testing.assert_allclose(page.rates, responses.values.mean(axis=0))


def test_a_unit_that_never_responds_prefers_nothing(responses):
    page = response_page(responses, (1,))
    assert page.preferred == (-1, -1)
    assert page.preferred_category == -1
    assert page.highest == 0


def test_missing_frames_are_left_out(responses):
    responses[0, 1, :, 4] = np.nan
    page = response_page(responses, (0,))
    assert np.isfinite(page.highest)
    assert page.preferred[1] == 2


def test_tuning_curves_carry_both_definitions(responses):
    curves = tuning_curves(responses, (0, 1), "pos1dotflow_D1_bg")
    np.testing.assert_allclose(curves.rates, responses.values[:2, 1].mean(axis=-1))
    expected = tuning(responses)
    for name in ("osi", "dsi", "vector_osi", "vector_dsi"):
        np.testing.assert_allclose(
            curves.indices[name], expected[f"{name}_by_category"].values[:2, 1]
        )
        assert np.isnan(curves.indices[name][1])
    np.testing.assert_array_equal(curves.preferred, [90, np.nan])
    assert curves.why_not == ""


def test_tuning_says_why_it_has_no_indices(responses):
    curves = tuning_curves(responses.isel(direction=[0, 1]), (0,), "grat_W12")
    assert curves.indices == {}
    assert "partner" in curves.why_not
    assert curves.rates.shape == (1, 2)


def test_traces_are_those_of_the_chosen_stimulus(responses):
    found = traces(responses, (2, 0), "pos1dotflow_D1_bg", 90.0)
    np.testing.assert_array_equal(found.rates, responses.values[[2, 0], 1, 2])
    # A stimulus that was not recorded gives way to the first.
    other = traces(responses, (0,), "film", None)
    np.testing.assert_array_equal(other.rates, responses.values[[0], 0, 0])


def test_many_units_are_thinned_evenly_and_always_alike():
    few = tuple(range(MOST_OVERLAID))
    assert overlaid(few) == few
    many = overlaid(tuple(range(1000)))
    assert len(many) == MOST_OVERLAID
    assert (many[0], many[-1]) == (0, 999)
    assert many == overlaid(tuple(range(1000)))


def described(responses, site="output", unit=0, **known):
    page = response_page(responses, (unit,))
    curves = tuning_curves(responses, (unit,), "pos1dotflow_D1_bg")
    groups = unit_table(responses, site, page, curves, **known)
    return {group.title: {line.title: line.value for line in group.properties} for group in groups}


def test_the_table_says_where_a_unit_is_and_what_it_prefers(responses):
    table = described(responses)
    assert table["Place"] == {"Unit": "0", "Site": "Output", "Readout id": "12"}
    assert table["Responses"]["Preferred direction"] == "90°"
    assert {"OSI", "DSI", "OSI (vector)", "DSI (vector)"} <= set(table["Responses"])
    assert described(responses, unit=1)["Responses"]["Preferred stimulus"] == "none"


def test_the_table_takes_published_properties_by_readout_id(responses):
    published = pd.DataFrame({"cc_max": [0.5, 0.25], "area": ["V1", "LM"]}, index=[40, 12])
    assert described(responses, published=published)["Published"] == {
        "cc_max": "0.25",
        "area": "LM",
    }
    assert described(responses, unit=2, published=published)["Published"] == {
        "Published": "not in the table"
    }
    assert "Published" not in described(make_responses(), site="encoder.L1", published=published)


def test_the_table_takes_what_the_network_itself_says_of_its_units(responses):
    listed = pd.DataFrame({"unit_id": [77, 5], "kind": ["simple", "complex"]}, index=[12, 40])
    assert described(responses, listed=listed)["Units table"] == {"unit_id": "77", "kind": "simple"}
    assert "Units table" not in described(responses, unit=2, listed=listed)


def test_the_table_says_why_a_unit_is_not_on_the_manifold():
    responses, manifold = make_responses(), make_manifold()
    inside = described(responses, "encoder.L1", 0, manifold=manifold)["Encoding manifold"]
    assert any(title.startswith("Factor 1") for title in inside)
    left_out = described(responses, "encoder.L1", 9, manifold=manifold)["Encoding manifold"]
    assert left_out == {"Left out": "near-duplicate"}


def test_the_table_describes_the_receptive_field(responses):
    field = {"centre_x": 10.25, "centre_y": 4.0, "width": 7.0, "peak_lag": 3.0, "remark": ""}
    lines = described(responses, field=field)["Receptive field"]
    assert lines["Centre (x, y)"] == "10.2, 4.0"
    assert lines["Strongest lag"] == "3 frames"
    silent = described(responses, field={**field, "remark": "It never responds."})
    assert silent["Receptive field"] == {"Receptive field": "none"}
