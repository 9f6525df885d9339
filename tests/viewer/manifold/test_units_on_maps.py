"""Units of a manifold on the feature maps: marked, clicked, and brought on screen."""

from types import SimpleNamespace

import numpy as np
import pytest
from manifold_builders import SITE, drawn_units

from napari_nfm.viewer.roles import Role

ALONG_Z = np.array([1.0, 0.0, 0.0])


pytestmark = pytest.mark.usefixtures("view", "maps")


def where_on_maps(world, map_index, y, x):
    """Return the position in the world of a pixel of one of the maps."""
    layer = world.find(Role.MAPS)
    pixel = np.add(world.movie_and_maps.maps_shown.montage.corner(map_index), (y, x))
    return np.array([0.0, *(pixel * layer.scale[-2:] + layer.translate[-2:])])


def test_selected_units_are_marked_on_their_maps(world, session):
    responses = session.responses[SITE]
    session.selection.units = (3, 30)  # of channels 0 and 2
    markers = world.find(Role.UNIT_MARKERS)
    assert markers.features["unit"].tolist() == [3, 30]
    for marker, unit in zip(markers.data, (3, 30), strict=True):
        y, x = int(responses["y"][unit]), int(responses["x"][unit])
        place = where_on_maps(world, int(responses["channel"][unit]), y, x)
        np.testing.assert_allclose(marker, place)
    session.selection.units = ()
    assert world.find(Role.UNIT_MARKERS) is None


def test_units_on_no_map_that_is_shown_bring_their_own(session):
    session.selection.units = (1, 40)  # channel 0 is shown, so nothing changes
    assert session.selection.channels == (0, 1, 2)
    session.selection.units = (40, 50, 59)
    assert session.selection.channels == (3, 4)


def test_a_click_on_a_map_selects_the_unit_at_this_pixel(on_maps, world, session):
    responses = session.responses[SITE]
    unit = 17
    y, x, channel = (int(responses[name][unit]) for name in ("y", "x", "channel"))
    on_maps.click(where_on_maps(world, channel, y + 0.3, x - 0.3), ALONG_Z, add=False)
    assert session.selection.units == (unit,)
    assert drawn_units(world) == [unit]
    # From the side, the same pixel is elsewhere on the screen.
    sideways = np.array([0.8, 0.0, 0.6])
    session.selection.units = ()
    on_maps.click(where_on_maps(world, channel, y, x) - 70 * sideways, sideways, add=False)
    assert session.selection.units == (unit,)


def test_a_pixel_without_a_sampled_unit_is_said_and_changes_nothing(on_maps, world, session, said):
    session.selection.units = (3,)
    on_maps.click(where_on_maps(world, 1, 14, 20), ALONG_Z, add=False)
    assert session.selection.units == (3,)
    assert said[-1].startswith("Channel 1, row 14, column 20: no sampled unit sits here")
    assert "nearest" in said[-1]


def test_units_left_out_are_selected_on_their_map_and_say_why(on_maps, world, session, said):
    responses = session.responses[SITE]
    y, x, channel = (int(responses[name][2]) for name in ("y", "x", "channel"))
    on_maps.click(where_on_maps(world, channel, y, x), ALONG_Z, add=False)
    assert session.selection.units == (2,)
    assert said[-1].endswith("not on the manifold: silent.")
    assert drawn_units(world) == []


def test_all_units_are_dots_on_their_pixels(on_maps, world, session):
    assert world.find(Role.SAMPLED_UNITS) is None
    on_maps.shows_all = True
    dots, responses = world.find(Role.SAMPLED_UNITS), session.responses[SITE]
    units = dots.features["unit"].to_numpy()
    assert units.tolist() == np.flatnonzero(np.isin(responses["channel"], (0, 1, 2))).tolist()
    for unit, dot in zip(units[::7], dots.data[::7], strict=True):
        y, x, channel = (int(responses[name][unit]) for name in ("y", "x", "channel"))
        np.testing.assert_allclose(dot, where_on_maps(world, channel, y, x))
    on_maps.shows_all = False
    assert world.find(Role.SAMPLED_UNITS) is None


def test_the_recorded_part_is_outlined_on_each_map(on_maps, world, session):
    recorded = SimpleNamespace(full_shape=(5, 16, 24), rows=(2, 14), columns=(3, 21))
    session.recording = SimpleNamespace(sites=(SITE,), site=lambda _: recorded)
    on_maps.shows_all = True
    lines = world.find(Role.RECORDED_PART).data
    assert len(lines) == 3 * 4
    first, second = where_on_maps(world, 1, 2, 3), where_on_maps(world, 1, 13, 20)
    scale = world.find(Role.MAPS).scale[-1]
    np.testing.assert_allclose(lines[4, 0, 1:], first[1:] - scale / 2)
    np.testing.assert_allclose(lines[6, 0, 1:], second[1:] + scale / 2)
    np.testing.assert_allclose(lines[4:8, 1].sum(axis=0), 0, atol=1e-9)  # closed
    recorded.rows, recorded.columns = (0, 16), (0, 24)
    on_maps.mark()
    assert world.find(Role.RECORDED_PART) is None
