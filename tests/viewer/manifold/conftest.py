"""A manifold of 60 units on five feature maps, in a world without a window."""

import numpy as np
import pytest
from manifold_builders import SITE, make_manifold, make_responses

from napari_nfm.session import Session
from napari_nfm.viewer.layers import World
from napari_nfm.viewer.manifold_view import ManifoldView
from napari_nfm.viewer.scene import Scene
from napari_nfm.viewer.units_on_maps import UnitsOnMaps


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
    session.add_responses({SITE: make_responses(site=SITE)})
    session.add_manifold(SITE, make_manifold(site=SITE))
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
