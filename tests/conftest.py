import os
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
