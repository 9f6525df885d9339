import json
import shutil
from dataclasses import dataclass

import numpy as np
import pytest
import torch

from napari_nfm.fnn.network import FNN


@dataclass(frozen=True)
class Case:
    """A golden case: what the published package was shown, and what it answered."""

    arrays: dict
    meta: dict

    def __getitem__(self, name):
        return self.arrays[name]

    @property
    def inputs(self):
        return {name: self.arrays.get(name) for name in ("perspectives", "modulations")}

    def activation(self, name, number):
        """Return (values, flat index or None) at the number-th listed frame, if it is there."""
        if f"act/{name}" in self.arrays:
            array = self.arrays[f"act/{name}"]
            missing = len(self.meta["frames"]) - len(array)  # the full case keeps the last alone
            return (array[number - missing], None) if number >= missing else None
        size = int(np.prod(self.meta["activations"][name]))
        index = np.arange(2048, dtype=np.int64) * 2654435761 % size if size > 2048 else None
        return self.arrays[f"sub/{name}"][number], index


@pytest.fixture(scope="session")
def golden(data_directory, shared):
    def case(architecture, name):
        directory = (
            data_directory / "fnn/tiny" if architecture == "tiny" else shared("golden/fnn/full")
        )
        with np.load(directory / f"{name}.npz") as file:
            arrays = {key: file[key] for key in file.files}
        meta = json.loads(str(arrays.pop("meta")))
        return Case(arrays, meta)

    return case


@pytest.fixture(scope="session")
def state_dict(data_directory, shared):
    def load(architecture="tiny", scan="8_5"):
        directory = (
            data_directory / "fnn/tiny_checkpoint"
            if architecture == "tiny"
            else shared("golden/fnn/full_checkpoint")
        )
        return {
            key: value
            for name in ("core", scan)
            for key, value in torch.load(directory / f"params_{name}.pt", weights_only=True).items()
        }

    return load


@pytest.fixture(scope="session")
def load_network(state_dict):
    cache = {}

    def load(architecture="tiny", scan="8_5", dtype=torch.float32):
        key = architecture, scan, dtype
        if key not in cache:
            cache[key] = FNN.from_state_dict(state_dict(architecture, scan)).to(dtype)
        return cache[key]

    return load


@pytest.fixture
def tiny(load_network):
    return load_network()


@pytest.fixture
def movie():
    return np.random.default_rng(3).integers(0, 256, (9, 144, 256), dtype=np.uint8)


@pytest.fixture
def folder(tmp_path, data_directory):
    """A sound checkpoint that a test may break."""
    return shutil.copytree(data_directory / "fnn" / "tiny_checkpoint", tmp_path / "ck")
