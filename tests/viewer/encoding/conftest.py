"""Docks of the encoding manifold over a viewer without a window, and responses of two sites."""

import pytest
from manifold_builders import SITE, make_manifold, populate
from panel_events import seen

from napari_nfm.viewer import encoding_tasks
from napari_nfm.viewer.explorer import explorer_of
from napari_nfm.viewer.panels.analyse import AnalysePanel
from napari_nfm.viewer.panels.factors import FactorsPanel
from napari_nfm.viewer.panels.manifold import ManifoldPanel
from napari_nfm.viewer.panels.rank import RankPanel


@pytest.fixture
def explorer(model):
    """The explorer with the responses of two sites."""
    explorer = explorer_of(model)
    populate(explorer)
    yield explorer
    explorer.close()


@pytest.fixture
def shown(explorer):
    """The explorer with the manifold of one of its two sites on screen."""
    explorer.session.add_manifold(SITE, make_manifold())
    explorer.encoding.show_manifold(SITE)
    return explorer


@pytest.fixture
def analyse(explorer, qtbot):
    panel = AnalysePanel(explorer)
    qtbot.addWidget(panel)
    return panel


@pytest.fixture
def dock(shown, model, qtbot):
    assert shown.encoding.manifold_site == SITE
    panel = ManifoldPanel(model)
    qtbot.addWidget(panel)
    return panel


@pytest.fixture
def factors(shown, model, qtbot):
    assert shown.encoding.manifold_site == SITE
    return seen(qtbot, FactorsPanel(model), 900, 400)


@pytest.fixture
def rank(explorer, model, qtbot):
    assert SITE in explorer.session.responses
    panel = RankPanel(model)
    qtbot.addWidget(panel)
    return panel


@pytest.fixture
def calls(monkeypatch):
    """What the encoding job was asked for; it answers at once."""
    asked = []

    def encode(site, responses, settings, **_):
        asked.append((site, settings))
        return site, make_manifold(n_units=responses.sizes["unit"], rank=settings.rank, site=site)

    monkeypatch.setattr(encoding_tasks, "encode", encode)
    return asked
