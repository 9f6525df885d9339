import numpy as np
import pytest
import xarray as xr
from napari.layers import Points

from napari_nfm.viewer.layers import ROLE, World
from napari_nfm.viewer.layers.store import LayerStore
from napari_nfm.viewer.roles import Role
from napari_nfm.viewer.scenes import TrajectoryScene
from napari_nfm.viewer.views import View, show_view

CATEGORIES = ["grat_W12", "neg3dotflow_D1_bg", "pos1dotflow_D2_bg"]
DIRECTIONS = [0.0, 90.0]


@pytest.fixture
def world(model):
    return World(model)


@pytest.fixture
def frames():
    return np.random.default_rng(0).integers(0, 255, (8, 144, 256), dtype=np.uint8)


@pytest.fixture
def maps():
    return np.random.default_rng(1).normal(size=(8, 5, 24, 36)).astype(np.float32)


@pytest.fixture
def scene():
    values = np.random.default_rng(2).normal(size=(3, 2, 8, 3))
    curves = xr.DataArray(
        values,
        dims=("category", "direction", "time", "component"),
        coords={"category": CATEGORIES, "direction": DIRECTIONS},
    )
    return TrajectoryScene(curves, np.array([0.479, 0.2, 0.1]), ("a", "b", "c"), "Output")


@pytest.fixture
def everything(world, frames, maps, scene):
    world.movie_and_maps.show_movie(frames, "a movie")
    world.movie_and_maps.show_maps(maps, "encoder.L1", range(5), "Feature maps")
    world.trajectories.show(scene)
    return world


def test_all_moving_layers_share_time_z_y_x(everything, model):
    for role in (Role.MOVIE, Role.MAPS, Role.TRACKS, Role.HEADS):
        layer = everything.find(role)
        assert layer.ndim == 4
        assert tuple(layer.axis_labels) == ("time", "z", "y", "x")
    assert model.dims.ndim == 4
    assert model.dims.range[0].stop == 7


def test_nothing_overlaps(everything):
    def box(role):
        layer = everything.find(role)
        low, high = layer.extent.world
        # Pixels reach half a step beyond their centres.
        half = 0.5 * layer.scale[-2:] if role in (Role.MOVIE, Role.MAPS) else 0.0
        return low[-2:] - half, high[-2:] + half

    movie, maps, tracks = box(Role.MOVIE), box(Role.MAPS), box(Role.TRACKS)
    assert maps[0][0] > movie[1][0]  # below the movie
    assert tracks[0][1] > max(movie[1][1], maps[1][1])  # right of both
    # Their left and right edges are in line.
    np.testing.assert_allclose([maps[0][1], maps[1][1]], [movie[0][1], movie[1][1]], atol=0.01)


def test_layers_are_found_by_role_after_renaming(everything, model, frames):
    n_layers = len(model.layers)
    movie = everything.find(Role.MOVIE)
    movie.name = "mine"
    everything.movie_and_maps.show_movie(255 - frames, "another")
    assert len(model.layers) == n_layers
    assert everything.find(Role.MOVIE) is movie
    np.testing.assert_array_equal(movie.data[:, 0], 255 - frames)


def test_layers_removed_by_hand_come_back_where_they_are_shown_again(
    everything, model, frames, scene
):
    model.layers.clear()
    model.dims.ndisplay = 3
    everything.trajectories.highlight("grat_W12", 0.0)
    everything.trajectories.set_tail_length(3)
    everything.movie_and_maps.show_movie(frames, "back")
    everything.trajectories.show(scene)
    assert everything.find(Role.MOVIE) is not None
    assert everything.find(Role.TRACKS).tail_length == 3


def test_other_layers_are_left_alone(everything, model, scene):
    other = model.add_image(np.zeros((4, 4)), name="Stimulus movie")
    everything.set_visible(Role.MOVIE)
    everything.trajectories.show(scene)
    assert other.visible
    assert other in model.layers


def test_two_dimensions_are_flat_so_no_slider_hides_the_planes(everything, model):
    model.dims.ndisplay = 3
    assert np.ptp(everything.find(Role.TRACKS).data[:, 2]) > 100
    model.dims.ndisplay = 2
    assert np.ptp(everything.find(Role.TRACKS).data[:, 2]) == 0
    assert model.dims.nsteps[1] == 1
    model.dims.ndisplay = 3
    assert np.ptp(everything.find(Role.TRACKS).data[:, 2]) > 100


def test_a_users_name_and_visibility_survive_new_data(everything, model, scene):
    layer = everything.find(Role.TRACKS)
    layer.name, layer.visible = "my paths", False
    position = model.layers.index(layer)
    everything.trajectories.show(scene)
    layer = everything.find(Role.TRACKS)
    assert (layer.name, layer.visible) == ("my paths", False)
    assert model.layers.index(layer) == position


def test_categories_keep_their_colours_and_markers(everything):
    heads, tracks = everything.find(Role.HEADS), everything.find(Role.TRACKS)
    first = heads.features["category"].to_numpy() == "neg3dotflow_D1_bg"
    assert first.sum() == 16
    np.testing.assert_allclose(heads.face_color[first], [[1, 2 / 3, 0xBB / 255, 1]] * 16)
    assert {str(symbol) for symbol in heads.symbol[first]} == {"triangle_up"}
    np.testing.assert_allclose(tracks.track_colors[first], heads.face_color[first], atol=1e-6)
    assert tracks.blending != "additive"


def test_the_current_stimulus_stands_out(everything):
    everything.trajectories.highlight("pos1dotflow_D2_bg", 90.0)
    heads = everything.find(Role.HEADS)
    current = (heads.features["category"] == "pos1dotflow_D2_bg") & (
        heads.features["direction"] == 90.0
    )
    assert current.sum() == 8
    assert heads.size[current.to_numpy()].min() > heads.size[~current.to_numpy()].max()
    assert (heads.border_width[current.to_numpy()] > 0).all()
    everything.trajectories.highlight(None, None)
    assert len(np.unique(heads.size)) == 1


def test_axes_state_the_explained_variance(everything, model):
    model.dims.ndisplay = 3
    titles = list(everything.find(Role.AXIS_TITLES).features["text"])
    assert titles == ["PC 1 (47.9 %)", "PC 2 (20.0 %)", "PC 3 (10.0 %)", "Output"]
    assert len(everything.find(Role.AXES).data) == 3


def test_map_contrast_is_one_for_all_frames(everything, maps):
    layer = everything.find(Role.MAPS)
    np.testing.assert_allclose(layer.contrast_limits, np.percentile(maps, [0.5, 99.5]), rtol=1e-5)


def test_fewer_maps_take_the_place_of_more(everything, model, maps):
    n_layers = len(model.layers)
    everything.movie_and_maps.show_maps(maps[:, :2] * 10, "encoder.L1", (0, 1), "Feature maps")
    assert len(model.layers) == n_layers
    assert len(everything.find(Role.MAP_CAPTIONS).data) == 3
    limits = everything.find(Role.MAPS).contrast_limits
    np.testing.assert_allclose(limits, np.percentile(maps[:, :2] * 10, [0.5, 99.5]), rtol=1e-5)


def test_text_follows_the_theme(everything, model):
    before = everything.find(Role.AXIS_TITLES).text.color.constant.copy()
    model.theme = "light"
    after = everything.find(Role.AXIS_TITLES).text.color.constant
    assert after[:3].mean() < 0.3 < before[:3].mean()


@pytest.mark.parametrize(
    ("view", "ndisplay", "seen", "hidden"),
    [
        (View.MOVIE_AND_MAPS, 2, {Role.MOVIE, Role.MAPS}, {Role.TRACKS, Role.HEADS}),
        (View.TRAJECTORIES, 3, {Role.TRACKS, Role.AXES}, {Role.MOVIE, Role.MAPS}),
        (View.ALL, 3, {Role.MOVIE, Role.MAPS, Role.TRACKS, Role.HEADS}, set()),
    ],
)
def test_views_set_dimensions_and_visibility(everything, model, view, ndisplay, seen, hidden):
    show_view(model, everything, view)
    assert model.dims.ndisplay == ndisplay
    visible = {Role(layer.metadata[ROLE]) for layer in model.layers if layer.visible}
    assert seen <= visible
    assert not hidden & visible


def test_views_of_an_empty_world_do_nothing(world, model):
    for view in View:
        show_view(model, world, view)
    assert len(model.layers) == 0


def test_another_set_of_categories_gets_its_own_colours(everything, scene):
    everything.find(Role.HEADS).name = "mine"
    curves = scene.curves.isel(category=[2, 0])
    everything.trajectories.show(
        TrajectoryScene(curves, scene.explained_variance_ratio, ("c", "a"), "Output")
    )
    heads = everything.find(Role.HEADS)
    assert heads.name == "mine"
    assert len(heads.data) == 2 * 2 * 8
    np.testing.assert_allclose(heads.face_color[0], [0xCC / 255, 0x33 / 255, 0x11 / 255, 1])


def test_the_extent_follows_when_hidden_layers_become_solid(model, world, scene, frames):
    world.movie_and_maps.show_movie(frames, "caption")
    model.dims.ndisplay = 3
    world.trajectories.show(scene)
    solid = world.find(Role.PATHS).extent.world.copy()
    show_view(model, world, View.MOVIE_AND_MAPS)
    assert (world.find(Role.PATHS).extent.world[:, 0] == 0).all()
    show_view(model, world, View.TRAJECTORIES)
    np.testing.assert_allclose(world.find(Role.PATHS).extent.world, solid)


def test_hidden_points_change_without_another_layer(viewer):
    # where a layer goes, napari collects garbage among all that is loaded, for up to a second
    store = LayerStore(viewer)
    viewer.dims.ndisplay = 3

    def put(count):
        places = np.arange(3.0 * count).reshape(count, 3)
        colours = np.tile([1.0, 0.0, 0.0, 1.0], (count, 1))
        return store.put(
            Role.SELECTED_UNITS, Points, places, is_part=True, face_color=colours, visible=True
        )

    layer = put(3)
    for count in (1, 20, 5):
        layer.visible = False
        assert put(count) is layer
        store.clear(Role.SELECTED_UNITS)
        assert len(layer.data) == 0
        assert put(count) is layer
        layer.visible = True
        np.testing.assert_array_equal(layer.data, np.arange(3.0 * count).reshape(count, 3))
        viewer.dims.ndisplay = 2
        viewer.dims.ndisplay = 3
    assert list(viewer.layers) == [layer]
