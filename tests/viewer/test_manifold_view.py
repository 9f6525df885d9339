"""The encoding manifold in the world, and its units linked with the feature maps."""

from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr
from manifold_builders import make_manifold, make_responses

from napari_nfm.session import Session
from napari_nfm.viewer.layers import ROLE, World
from napari_nfm.viewer.manifold_view import ManifoldView
from napari_nfm.viewer.roles import MANIFOLD_ROLES, Role
from napari_nfm.viewer.scene import Scene
from napari_nfm.viewer.scenes import TrajectoryScene
from napari_nfm.viewer.units_on_maps import UnitsOnMaps
from napari_nfm.viewer.views import View, show_view

SITE = "encoder.L1"
N_UNITS = 60
ALONG_Z = np.array([1.0, 0.0, 0.0])

pytestmark = pytest.mark.usefixtures("view")


@pytest.fixture
def model():
    from napari.components import ViewerModel

    return ViewerModel(ndisplay=3)


@pytest.fixture
def session():
    return Session()


@pytest.fixture
def world(model):
    return World(model)


@pytest.fixture
def view(model, session, world):
    """A manifold of 60 units on five feature maps, and the view that shows it."""
    view = ManifoldView(model, session, world)
    session.add_responses({SITE: make_responses(N_UNITS, site=SITE)})
    session.add_manifold(SITE, make_manifold(N_UNITS, site=SITE))
    session.selection.site = SITE
    view.show(SITE)
    return view


@pytest.fixture
def on_maps(model, session, world):
    return UnitsOnMaps(model, session, world)


@pytest.fixture
def maps(view, on_maps, model, session, world):  # noqa: ARG001
    """The feature maps of channels 0 to 2 below a movie, of the site that `view` has chosen."""
    scene = Scene(model, session, world)
    session.selection.channels = (0, 1, 2)
    scene.show_movie(np.zeros((4, 144, 256), np.uint8))
    scene.show_maps(np.random.default_rng(0).random((4, 5, 16, 24)), np.arange(5))
    on_maps.mark()
    return scene


@pytest.fixture
def said(view, on_maps):
    sentences = []
    on_maps.said.connect(sentences.append)
    view.said.connect(sentences.append)
    return sentences


def drawn_units(world):
    layer = world.find(Role.SELECTED_UNITS)
    return [] if layer is None else layer.features["unit"].tolist()


def where_on_maps(world, map_index, y, x):
    """Return the position in the world of a pixel of one of the maps."""
    layer = world.find(Role.MAPS)
    pixel = np.add(world.movie_and_maps.maps_shown.montage.corner(map_index), (y, x))
    return np.array([0.0, *(pixel * layer.scale[-2:] + layer.translate[-2:])])


def test_every_unit_is_a_point_with_its_table_as_features(world, session):
    layer, manifold = world.find(Role.MANIFOLD), session.manifolds[SITE]
    assert layer.ndim == 3
    assert len(layer.data) == len(manifold.units)
    assert set(manifold.units.columns) <= set(layer.features.columns)
    assert layer.features["unit"].tolist() == manifold.units.index.tolist()


def test_the_axes_are_named_and_the_heading_counts_the_units(world):
    titles = world.find(Role.MANIFOLD_TITLES).features["text"].tolist()
    assert titles[:3] == [f"Diffusion component {i}" for i in (1, 2, 3)]
    assert titles[3] == "Encoder L1, encoding manifold\n54 units"


def test_the_look_changes_the_picture(world, session):
    layer, manifold = world.find(Role.MANIFOLD), session.manifolds[SITE]
    before = layer.face_color.copy()
    session.look.colour_by = "osi"
    assert world.find(Role.MANIFOLD) is layer
    assert not np.array_equal(layer.face_color, before)
    session.look.coordinates = "principal components"
    session.look.axes = (4, 1, 0)
    assert "principal_component_5" in layer.features
    np.testing.assert_allclose(
        layer.features["principal_component_5"], manifold.principal_coordinates[:, 4]
    )
    order = np.argsort(manifold.principal_coordinates[:, 4])
    assert (np.diff(layer.data[order, 2]) >= 0).all()


def test_edges_are_drawn_where_they_are_asked_for(world, session):
    assert world.find(Role.EDGES) is None
    session.look.edges = True
    n_edges = len(session.manifolds[SITE].edges)
    assert len(world.find(Role.EDGES).data) == n_edges
    assert f"{n_edges} edges" in world.find(Role.MANIFOLD_TITLES).features["text"].iloc[3]
    session.look.edges = False
    assert world.find(Role.EDGES) is None


def test_a_column_or_axis_that_the_manifold_lacks_gives_way(session):
    session.look.colour_by = "factor_9"
    assert session.look.colour_by == "preferred_stimulus"
    session.look.axes = (0, 1, 50)
    session.add_manifold(SITE, make_manifold(N_UNITS, seed=1))
    assert session.look.axes == (0, 1, 2)


def test_selected_units_stand_out_larger_and_outlined(world, session):
    session.selection.units = (3, 30, 2)  # unit 2 is not on the manifold
    picked, points = world.find(Role.SELECTED_UNITS), world.find(Role.MANIFOLD)
    assert drawn_units(world) == [3, 30]
    assert picked.size.min() > points.size.max()
    assert picked.border_width.min() > 0
    rows = points.features["unit"].isin([3, 30]).to_numpy()
    np.testing.assert_array_equal(picked.data, points.data[rows])
    np.testing.assert_allclose(picked.face_color, points.face_color[rows])
    session.look.colour_by = "osi"
    np.testing.assert_allclose(picked.face_color, points.face_color[rows])
    session.selection.units = ()
    assert drawn_units(world) == []


def test_a_click_selects_the_unit_under_the_cursor(view, world, session, said):
    points = world.find(Role.MANIFOLD).data
    view.click(points[10] - 500 * ALONG_Z, ALONG_Z, add=False)
    first = session.selection.units
    found = session.manifolds[SITE].units.index.get_indexer(first)
    assert np.linalg.norm(points[found[0], 1:] - points[10, 1:]) < 6
    assert said[-1].startswith(f"Unit {first[0]}, channel ")
    view.click(points[40] - 500 * ALONG_Z, ALONG_Z, add=True)
    assert len(session.selection.units) == 2
    view.click(points[10] - 500 * ALONG_Z, ALONG_Z, add=True)
    assert first[0] not in session.selection.units
    assert not view.click(np.array([0.0, -900.0, -900.0]), ALONG_Z, add=False)


def test_an_outline_selects_what_is_inside(view, world, session, said):
    points = world.find(Role.MANIFOLD).data
    low, high = points.min(axis=0) - 1, np.median(points, axis=0)
    corners = np.array(
        [[0, low[1], low[2]], [0, high[1], low[2]], [0, *high[1:]], [0, low[1], high[2]]]
    )
    view.enclose(corners, np.tile(ALONG_Z, (4, 1)), add=False)
    inside = ((points > low) & (points < high))[:, 1:].all(axis=1)
    index = session.manifolds[SITE].units.index
    assert set(session.selection.units) == set(index[inside])
    assert f"{inside.sum()} units selected" in said[-1]


@pytest.mark.usefixtures("maps")
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


@pytest.mark.usefixtures("maps")
def test_units_on_no_map_that_is_shown_bring_their_own(session):
    session.selection.units = (1, 40)  # channel 0 is shown, so nothing changes
    assert session.selection.channels == (0, 1, 2)
    session.selection.units = (40, 50, 59)
    assert session.selection.channels == (3, 4)


@pytest.mark.usefixtures("maps")
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


@pytest.mark.usefixtures("maps")
def test_a_pixel_without_a_sampled_unit_is_said_and_changes_nothing(on_maps, world, session, said):
    session.selection.units = (3,)
    on_maps.click(where_on_maps(world, 1, 14, 20), ALONG_Z, add=False)
    assert session.selection.units == (3,)
    assert said[-1].startswith("Channel 1, row 14, column 20: no sampled unit sits here")
    assert "nearest" in said[-1]


@pytest.mark.usefixtures("maps")
def test_units_left_out_are_selected_on_their_map_and_say_why(on_maps, world, session, said):
    responses = session.responses[SITE]
    y, x, channel = (int(responses[name][2]) for name in ("y", "x", "channel"))
    on_maps.click(where_on_maps(world, channel, y, x), ALONG_Z, add=False)
    assert session.selection.units == (2,)
    assert said[-1].endswith("not on the manifold: silent.")
    assert drawn_units(world) == []


def test_units_belong_to_their_site(view, world, session):
    session.selection.units = (3, 30)
    session.selection.site = "output"
    assert session.selection.units == ()
    points = world.find(Role.MANIFOLD).data
    view.click(points[10] - 500 * ALONG_Z, ALONG_Z, add=False)
    assert session.selection.site == SITE
    assert len(session.selection.units) == 1


def test_another_site_with_a_manifold_takes_its_place(view, world, session):
    session.add_manifold("output", make_manifold(40, site="output"))
    session.selection.site = "output"
    assert view.site == "output"
    assert len(world.find(Role.MANIFOLD).data) == 34


def test_a_manifold_that_is_gone_is_taken_away(view, world, session):
    session.look.edges = True
    session.selection.units = (3,)
    session.manifolds = {}
    assert view.site is None
    assert all(world.find(role) is None for role in MANIFOLD_ROLES)


def test_what_naparis_tools_edit_is_put_back(world, session):
    layer = world.find(Role.MANIFOLD)
    before = layer.data.copy()
    layer.selected_data = {4, 9}
    index = session.manifolds[SITE].units.index
    assert session.selection.units == (index[4], index[9])
    layer.remove_selected()
    np.testing.assert_array_equal(world.find(Role.MANIFOLD).data, before)
    world.find(Role.MANIFOLD).add([1.0, 2.0, 3.0])
    np.testing.assert_array_equal(world.find(Role.MANIFOLD).data, before)


def test_two_dimensions_are_flat(world, model, session):
    session.selection.units = (3,)
    assert np.ptp(world.find(Role.MANIFOLD).data[:, 0]) > 10
    model.dims.ndisplay = 2
    assert np.ptp(world.find(Role.MANIFOLD).data[:, 0]) == 0
    assert world.find(Role.SELECTED_UNITS).data[0, 0] == 0


@pytest.mark.usefixtures("maps")
@pytest.mark.parametrize(
    ("preset", "stimulus", "manifold"),
    [(View.MANIFOLD, False, True), (View.ALL, True, True), (View.MOVIE_AND_MAPS, True, False)],
)
def test_views_show_and_hide_the_manifold(world, model, session, preset, stimulus, manifold):
    session.selection.units = (3,)
    show_view(model, world, preset)
    visible = {Role(layer.metadata[ROLE]) for layer in model.layers if layer.visible}
    assert (Role.MOVIE in visible) == stimulus
    assert (Role.UNIT_MARKERS in visible) == stimulus
    assert (Role.MANIFOLD in visible) == manifold
    assert (Role.SELECTED_UNITS in visible) == manifold
    # A selection made in a view that hides the manifold does not bring it back.
    session.selection.units = (3, 4)
    assert world.find(Role.SELECTED_UNITS).visible == manifold


def test_it_makes_room_for_the_trajectories_above(world):
    alone = world.find(Role.MANIFOLD).extent.world
    curves = xr.DataArray(
        np.random.default_rng(0).normal(size=(2, 2, 5, 3)),
        dims=("category", "direction", "time", "component"),
        coords={"category": ["a", "b"], "direction": [0.0, 90.0]},
    )
    world.trajectories.show(TrajectoryScene(curves, np.ones(3) / 3, ("a", "b"), "Output"))
    tracks, manifold = (world.find(r).extent.world for r in (Role.TRACKS, Role.MANIFOLD))
    assert manifold[0][-2] > tracks[1][-2]
    assert manifold[0][-2] > alone[0][-2]


def test_the_mouse_over_a_point_makes_its_unit_the_hovered_one(view, world, session, said):
    points = world.find(Role.MANIFOLD)
    view.hover(points.data[10] - 500 * ALONG_Z, ALONG_Z)
    unit = session.selection.hovered
    assert unit is not None
    ring = world.find(Role.HOVERED_UNIT)
    row = session.manifolds[SITE].units.index.get_loc(unit)
    np.testing.assert_array_equal(ring.data[0], points.data[row])
    assert said[-1].startswith(f"Unit {unit}, channel ")
    assert session.selection.units == ()
    view.hover(np.array([0.0, -900.0, -900.0]), ALONG_Z)
    assert session.selection.hovered is None
    assert len(world.find(Role.HOVERED_UNIT).data) == 0


@pytest.mark.usefixtures("maps")
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


@pytest.mark.usefixtures("maps")
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
