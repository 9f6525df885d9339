"""The encoding manifold in the world, as a picture and under the mouse."""

import numpy as np
import pytest
import xarray as xr
from manifold_builders import SITE, drawn_units, make_manifold

from napari_nfm.viewer.layers import ROLE
from napari_nfm.viewer.roles import MANIFOLD_ROLES, Role
from napari_nfm.viewer.scenes import TrajectoryScene
from napari_nfm.viewer.views import View, show_view

ALONG_Z = np.array([1.0, 0.0, 0.0])


pytestmark = pytest.mark.usefixtures("view")


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
    session.add_manifold(SITE, make_manifold(seed=1))
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
