import pytest
import torch

from napari_nfm.fnn import Architecture
from napari_nfm.fnn.cores import ENOUGH_WORK, worthwhile_threads
from napari_nfm.fnn.seeded import REDUCED


@pytest.fixture
def two_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def test_the_work_is_that_of_the_large_convolutions():
    millions = 679.5 * 2 + 339.7 * 2 + 169.9 * 2  # spec, section 11
    assert Architecture().multiply_adds == pytest.approx(millions * 1e6, rel=1e-3)
    assert REDUCED.multiply_adds < ENOUGH_WORK / 5


@pytest.mark.usefixtures("two_threads")
def test_a_small_network_gets_one_thread_and_gives_the_others_back():
    with worthwhile_threads(REDUCED):
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == 2
    with worthwhile_threads(Architecture()):
        assert torch.get_num_threads() == 2
