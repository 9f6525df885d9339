"""Going from unit to unit, comparing them, and what is computed of them in the background."""

import gc
import weakref
from types import SimpleNamespace

import numpy as np
import pytest
from manifold_builders import make_responses
from napari.components import ViewerModel
from qtpy.QtCore import QObject, QTimer

from napari_nfm.recording import open_recording, receptive_field_gradient
from napari_nfm.session import Session
from napari_nfm.viewer.explorer import explorer_of
from napari_nfm.viewer.layers import World
from napari_nfm.viewer.roles import Role
from napari_nfm.viewer.running import Jobs
from napari_nfm.viewer.unit_actions import REST_MS, UnitActions

SITE = "encoder.L1"


@pytest.fixture(scope="module")
def responses(store):
    """The sampled responses of each site of the recording."""
    recording = open_recording(store)
    return {site: recording[site] for site in recording.sites}


@pytest.fixture
def recorded(qapp, twin, stimuli, responses):
    """What a recording leaves in a window, without the window."""
    from napari.components import ViewerModel

    owner, model, session = QObject(qapp), ViewerModel(), Session()
    world, jobs = World(model), Jobs(owner)
    world.movie_and_maps.show_movie(np.zeros((8, 144, 256), np.uint8), "")
    session.twin = twin
    session.use_stimuli(stimuli)
    session.responses = responses
    units = UnitActions(model, session, world, jobs, owner)
    session.selection.site = SITE
    yield SimpleNamespace(
        owner=owner, model=model, session=session, world=world, jobs=jobs, units=units
    )
    jobs.close()
    for timer in owner.findChildren(QTimer):
        timer.stop()  # as the explorer does when its window closes


@pytest.fixture
def units(recorded):
    return recorded.units


@pytest.fixture
def settle(recorded, qtbot):
    """Return a function that waits until what is looked at is computed."""

    def wait():
        qtbot.wait(REST_MS + 60)
        recorded.jobs.wait(60)

    return wait


@pytest.fixture
def selection(recorded):
    return recorded.session.selection


def test_stepping_goes_around_all_units(units, selection):
    units.step(1)
    assert (selection.unit, selection.units) == (0, (0,))
    units.step(-1)
    last = units.responses.sizes["unit"] - 1
    assert (selection.unit, selection.units) == (last, (last,))
    units.step(1)
    assert selection.unit == 0


def test_stepping_stays_among_several_that_are_selected(units, selection):
    selection.units = (2, 5, 7)
    assert selection.unit is None
    assert units.shown == (2, 5, 7)  # their mean
    units.step(1)
    units.step(1)
    assert (selection.unit, units.shown) == (5, (5,))
    assert selection.units == (2, 5, 7)
    units.step(-2)
    assert selection.unit == 7
    units.look_at_mean()
    assert units.shown == (2, 5, 7)


def test_a_number_that_no_unit_has_is_said(units, selection, qtbot):
    with qtbot.waitSignal(units.said) as said:
        units.look_at(5000)
    assert "no unit 5000" in said.args[0]
    assert selection.unit is None


def test_units_of_another_site_are_forgotten(units, selection):
    units.look_at(3)
    units.toggle_pin()
    selection.hovered = 2
    selection.site = "output"
    assert (selection.unit, selection.pinned, selection.hovered) == (None, (), None)


def test_pins_are_kept_while_others_are_looked_at(units, selection):
    for unit in (1, 2, 3, 4):
        units.look_at(unit)
        units.toggle_pin()
    assert selection.pinned == (2, 3, 4)  # the oldest made room
    units.look_at(3)
    units.toggle_pin()
    assert selection.pinned == (2, 4)
    units.unpin_all()
    assert selection.pinned == ()


def test_the_receptive_field_comes_by_itself_and_lights_up_on_the_movie(units, recorded, settle):
    rows, columns = (units.responses[name].values for name in "yx")
    middle = np.hypot(rows - 12, columns - 18).argmin()
    units.look_at(int(middle))
    settle()
    field, place = units.fields.current, units.responses[int(middle)]
    expected = receptive_field_gradient(
        recorded.session.twin, SITE, [[int(place[name]) for name in ("channel", "y", "x")]]
    )
    assert field.facts["centre_x"] == expected.table["centre_x"][0]
    lines = recorded.world.find(Role.FIELDS)
    around = lines.data[:, 0, 1:].mean(axis=0)
    centre = (field.facts["centre_y"], field.facts["centre_x"])
    np.testing.assert_allclose(around, centre, atol=field.facts["width"])
    assert (lines.features["unit"] == middle).all()
    # Pinned, it stays while another is looked at; both are outlined.
    units.toggle_pin()
    units.step(1)
    settle()
    shown = set(recorded.world.find(Role.FIELDS).features["unit"])
    assert int(middle) in shown
    units.fields.toggle_on_movie()
    assert recorded.world.find(Role.FIELDS) is None


def test_a_receptive_field_is_computed_once(units, recorded, settle):
    units.look_at(3)
    settle()
    first = units.fields.current
    units.look_at(4)
    settle()
    units.look_at(3)
    assert units.fields.current is first
    assert units.fields.compute() is None
    recorded.session.twin = None
    assert units.fields.current is None
    assert "load it first" in units.fields.why_not


def test_noise_is_played_once_for_all_units_of_a_site(units, settle, monkeypatch):
    from napari_nfm.recording import noise_average

    calls = []
    play = noise_average.respond_to_noise
    monkeypatch.setattr(
        noise_average, "respond_to_noise", lambda *a, **k: calls.append(1) or play(*a, **k)
    )
    units.fields.kind = "average"
    for unit in (3, 4):
        units.look_at(unit)
        settle()
        assert units.fields.current.kind == "average"
        assert units.fields.current.block == 16
    assert len(calls) == 1


def test_units_that_are_not_the_networks_have_no_field(units, recorded, settle):
    recorded.session.add_responses({"retina": make_responses(10, site="retina")})
    recorded.session.selection.site = "retina"
    units.look_at(2)
    settle()
    assert units.fields.current is None
    assert "not of the network" in units.fields.why_not
    assert "not of the network" in units.instances.why_not


def test_instances_average_to_what_the_recording_keeps(units, recorded, selection, settle):
    session = recorded.session
    best = int(units.responses.values.mean(axis=(1, 2, 3)).argmax())
    units.look_at(best)
    units.instances.wanted = True
    settle()
    played = units.instances.current
    assert played.rates.shape == (session.stimuli.n_instances, session.stimuli.n_frames)
    kept = units.responses[best].sel(category=selection.category, direction=selection.direction)
    # The recording keeps half precision at most, and rectifies the mean.
    np.testing.assert_allclose(played.rates.mean(axis=0), kept, rtol=0.02, atol=2e-3)
    units.step(1)
    assert units.instances.current is None


def test_published_properties_are_read_for_this_twin(units, recorded, tmp_path):
    path = tmp_path / "properties.csv"
    path.write_text("readout_id,cc_max\n3,0.5\n1,0.25\n")
    units.open_published(path)
    recorded.jobs.wait(30)
    assert recorded.session.published["cc_max"].to_dict() == {1: 0.25, 3: 0.5}
    recorded.session.twin = None
    assert recorded.session.published is None


def test_a_timer_that_outlives_its_viewer_does_nothing(qtbot):
    viewer = ViewerModel()
    explorer = explorer_of(viewer)
    gone = weakref.ref(viewer)
    explorer.session.selection.unit = 3  # starts the timer
    assert explorer.units._resting.isActive()
    del viewer
    gc.collect()
    assert gone() is None
    with qtbot.capture_exceptions() as raised:
        qtbot.waitUntil(lambda: not explorer.units._resting.isActive(), timeout=3000)
    assert raised == []
