import pytest
from encoding_population import FEW, population

from napari_nfm.analysis import encoding_manifold


@pytest.fixture(scope="session")
def responses():
    given = population()
    given[17] = 0.0  # silent
    given[40] = given[39]  # the same unit twice
    return given


@pytest.fixture(scope="session")
def manifold(responses):
    return encoding_manifold(responses, **FEW)
