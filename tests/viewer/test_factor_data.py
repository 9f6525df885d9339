import dataclasses
from types import SimpleNamespace

import numpy as np
from manifold_builders import DIRECTIONS, make_manifold

from napari_nfm.viewer.factor_data import factor_page


def with_tensor(manifold, values):
    return dataclasses.replace(
        manifold, tensor=SimpleNamespace(values=values, silent=manifold.tensor.silent)
    )


def test_units_are_named_by_their_place_in_the_given_responses():
    manifold = make_manifold(n_units=30, maps=3)
    page = factor_page(manifold)
    assert sorted(page.units) == [0, 1, *range(3, 30)]
    given = np.setdiff1d(np.arange(30), [2])
    for r, factor in enumerate(page.factors):
        expected = dict(zip(given, manifold.decomposition.factors[0][:, r], strict=True))
        np.testing.assert_array_equal(factor.neural, [expected[unit] for unit in page.units])


def test_units_stand_map_by_map_and_within_a_map_by_place():
    manifold = make_manifold(n_units=30, maps=3)
    page = factor_page(manifold)
    assert page.grouped_by == "map"
    assert [group.title for group in page.groups] == ["0", "1", "2"]
    assert [group.start for group in page.groups[1:]] == [g.stop for g in page.groups[:-1]]
    assert page.groups[-1].stop == len(page.units) == 29
    first = page.units[: page.groups[0].stop]
    assert set(first) <= set(range(10))
    places = [(unit % 7, unit % 11) for unit in first]
    assert places == sorted(places)


def test_several_sites_are_the_groups():
    manifold = make_manifold(n_units=20)
    sites = np.where(np.arange(19) % 2, "a", "b")
    page = factor_page(
        with_tensor(manifold, manifold.tensor.values.assign_coords(site=("unit", sites)))
    )
    assert page.grouped_by == "site"
    assert [(g.title, g.stop - g.start) for g in page.groups] == [("a", 9), ("b", 10)]


def test_units_without_a_place_keep_their_order():
    manifold = make_manifold(n_units=20)
    page = factor_page(
        with_tensor(manifold, manifold.tensor.values.drop_vars(["site", "channel", "y", "x"]))
    )
    assert page.groups == ()
    assert list(page.units) == [0, 1, *range(3, 20)]


def test_responses_are_direction_by_time():
    manifold = make_manifold(n_frames=12)
    page = factor_page(manifold)
    fibre = manifold.decomposition.factors[2][:, 1]
    assert page.factors[1].response.shape == (8, 12)
    assert page.factors[1].response[3, 5] == fibre[5 * 8 + 3]
    assert page.directions == DIRECTIONS


def test_times_are_seconds_only_where_the_responses_say_so():
    manifold = make_manifold(n_frames=12)
    page = factor_page(manifold)
    assert page.time_unit == "s"
    np.testing.assert_allclose(page.times, np.arange(12) / 30)
    bare = with_tensor(manifold, manifold.tensor.values.drop_vars("time"))
    page = factor_page(bare)
    assert page.time_unit == "frame"
    assert list(page.times) == list(range(12))


def test_directions_are_as_shown_only_where_nothing_was_shifted():
    manifold = make_manifold()
    assert factor_page(manifold).aligned
    manifold.decomposition.shifts[:] = 0
    assert not factor_page(manifold).aligned


def test_all_factors_share_the_scales_of_the_largest():
    manifold = make_manifold()
    page = factor_page(manifold)
    assert page.highest == tuple(f.max() for f in manifold.decomposition.factors)
    assert sum(factor.share for factor in page.factors) == 1.0


def test_places_of_units_that_have_no_factors_are_left_out():
    page = factor_page(make_manifold(n_units=30, maps=3))
    places = page.places_of((2, 7, 0))
    assert set(page.units[places]) == {0, 7}
