import pytest

from napari_nfm.fnn import SITES, sites


def test_sites_say_what_is_captured(tiny, movie):
    capture = next(tiny.capture(movie[:2], SITES))
    assert tuple(sites(tiny)) == SITES
    for name, site in sites(tiny).items():
        assert site.name == name
        assert site.title
        assert capture.activity[name].shape == (2, 1, *site.shape)


def test_published_shapes(load_network):
    found = {name: site.shape for name, site in sites(load_network("full")).items()}
    assert found == {
        "encoder.L1": (128, 64, 96),
        "encoder.L2": (128, 64, 96),
        "encoder.L4": (256, 32, 48),
        "encoder.L5": (256, 32, 48),
        "encoder.L7": (512, 16, 24),
        "encoder.L8": (512, 16, 24),
        "recurrent.hidden": (1024, 16, 24),
        "recurrent.out": (512, 16, 24),
        "readout.position": (512, 20, 1),
        "output": (1, 20, 1),
    }


@pytest.mark.parametrize("name", SITES)
def test_only_units_are_no_maps(tiny, name):
    assert sites(tiny)[name].is_map == (name not in ("readout.position", "output"))


def test_a_twin_has_the_sites_of_its_network(tiny):
    class Holder:
        network = tiny

    assert sites(Holder()) == sites(tiny)
