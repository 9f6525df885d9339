import numpy as np
import pytest
import xarray as xr

from napari_nfm.selection_history import LONGEST, SelectionHistory
from napari_nfm.session import Session


@pytest.fixture
def session():
    session = Session()
    session.add_responses({site: responses() for site in ("output", "encoder.L1")})
    session.selection.site = "output"
    # As the window does: units belong to a site.
    session.selection.events.site_changed.connect(lambda: setattr(session.selection, "units", ()))
    return session


@pytest.fixture
def history(session):
    return SelectionHistory(session)


def responses():
    return xr.DataArray(np.zeros((9, 1, 1, 1)), dims=("unit", "category", "direction", "time"))


def select(session, *selections):
    for units in selections:
        session.selection.units = units


def test_steps_back_and_forth(session, history):
    select(session, (1,), (1, 2), ())
    assert history.back()
    assert session.selection.units == (1, 2)
    assert history.back()
    assert session.selection.units == (1,)
    assert history.forward()
    assert session.selection.units == (1, 2)
    assert history.back()
    assert history.back()
    assert session.selection.units == ()
    assert not history.can_go_back
    assert not history.back()


def test_a_new_selection_ends_the_way_forward(session, history):
    select(session, (1,), (2,))
    history.back()
    select(session, (3,))
    assert not history.can_go_forward
    history.back()
    assert session.selection.units == (1,)


def test_another_site_is_gone_back_from_with_its_units(session, history):
    select(session, (1,))
    session.selection.site = "encoder.L1"
    assert session.selection.units == ()
    assert history.back()
    assert (session.selection.site, session.selection.units) == ("output", (1,))
    session.selection.site = "encoder.L1"
    select(session, (4,))
    history.back()
    assert (session.selection.site, session.selection.units) == ("output", (1,))
    history.forward()
    assert (session.selection.site, session.selection.units) == ("encoder.L1", (4,))


def test_units_of_replaced_responses_are_forgotten(session, history):
    select(session, (1,))
    session.selection.site = "encoder.L1"
    select(session, (4,), (5,))
    session.add_responses({"output": responses()})
    assert history.back()
    assert session.selection.units == (4,)
    assert not history.can_go_back


def test_it_does_not_grow_without_end(session, history):
    select(session, *((unit,) for unit in range(LONGEST + 50)))
    n_back = 0
    while history.back():
        n_back += 1
    assert n_back == LONGEST - 1
