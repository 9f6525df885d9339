"""Two scored sites in a real window, and the tubes of one."""

import pytest
from tube_builders import OTHER, SITE, make_tubes

from napari_nfm.viewer.plans import TubeSettings


@pytest.fixture
def scored(explorer):
    """Two scored sites."""
    explorer.session.add_responses(
        {SITE: make_tubes(), OTHER: make_tubes(n_units=24, seed=1, site=OTHER)}
    )
    explorer.session.selection.site = SITE
    explorer.tubes.score_sites([SITE, OTHER], TubeSettings(n_bootstrap=0))
    explorer.jobs.wait(60)
    return explorer


@pytest.fixture
def shown(scored):
    """The tubes of one site on screen."""
    scored.tubes.show_tubes(SITE)
    return scored
