import json

import pytest

from napari_nfm.fnn import embedded_checkpoint, list_scans, load_twin
from napari_nfm.fnn.kept import kept_checkpoints


@pytest.fixture(scope="module")
def twin():
    return load_twin(embedded_checkpoint(), device="cpu")


def test_the_demo_twin_comes_with_the_package(twin):
    assert len(twin.units) == 300
    assert twin.name.startswith("demo twin")
    assert "not the MICrONS twin" in twin.note
    assert list_scans(embedded_checkpoint()).iloc[0].to_dict() == {
        "session": 1,
        "scan_idx": 1,
        "units": 300,
    }
    assert kept_checkpoints()[0] == embedded_checkpoint()


def test_it_is_small_and_says_what_it_is():
    folder = embedded_checkpoint()
    assert sum(path.stat().st_size for path in folder.iterdir()) < 6e6
    card = (folder / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "not the MICrONS twin" in card
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    assert config["training"]["seed"] == 0
    assert config["architecture"]["retina"] == [48, 72]


def test_units_carry_their_truth(twin):
    assert twin.units["cell_kind"].value_counts().to_dict() == {
        "complex": 70,
        "complex, direction selective": 70,
        "simple": 60,
        "simple, direction selective": 60,
        "ON": 20,
        "OFF": 20,
    }
    assert twin.units["rf_x"].between(0, 255).all()
    assert twin.units["rf_y"].between(0, 143).all()
