import os
import re
from pathlib import Path

# Two BLAS threads collapse on small problems; set before numpy and torch are imported.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
os.environ.setdefault("NAPARI_CONFIG", "")

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("NFM_SHARED", ROOT.parent / "shared"))


@pytest.fixture(scope="session", autouse=True)
def _single_thread():
    import torch

    torch.set_num_threads(1)


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory):
    """Keep out of the user's cache: neither find anything there nor leave anything."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def data_directory():
    """Small golden arrays that belong to the project."""
    return ROOT / "tests" / "data"


@pytest.fixture(scope="session")
def shared():
    """Return a finder of reference files beside the checkout, which skips where one is missing."""

    def find(relative):
        path = SHARED / relative
        if not path.exists():
            pytest.skip(f"needs {relative} in the shared folder ({SHARED}), which is not here")
        return path

    return find


@pytest.fixture(scope="session")
def assert_one_clear_sentence():
    """Return a check that an error reads as one sentence which names what it should."""
    from napari_nfm.errors import NeuralFoundationModelError

    def check(error, *mentions):
        assert isinstance(error, NeuralFoundationModelError), repr(error)
        text = str(error)
        assert text.endswith("."), text
        assert "\n" not in text, text
        assert len(text) < 300, text
        assert not re.search(r"[.!?] +[A-Z]", text), f"more than one sentence: {text}"
        assert not text[0].islower(), f"no capital: {text}"
        assert len(error.remedy.split()) >= 2, f"no remedy: {text}"
        for mention in mentions:
            assert str(mention) in text, f"{mention!r} is not named in: {text}"

    return check
