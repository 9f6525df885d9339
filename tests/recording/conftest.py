import importlib.util
from pathlib import Path

import pytest

_specification = importlib.util.spec_from_file_location(
    "recording_experiment", Path(__file__).with_name("experiment.py")
)
experiment_module = importlib.util.module_from_spec(_specification)
_specification.loader.exec_module(experiment_module)


@pytest.fixture(scope="session")
def experiment():
    """The small experiment: twin, stimuli, sites, sampling."""
    return experiment_module


@pytest.fixture(scope="session")
def twin(experiment):
    return experiment.tiny_twin()


@pytest.fixture(scope="session")
def stimuli(experiment):
    return experiment.small_stimuli()


@pytest.fixture(scope="session")
def recorded(experiment, twin, stimuli, tmp_path_factory):
    """Finished recordings in float32 by what they keep; tests must not change them."""
    from napari_nfm.fnn import SITES
    from napari_nfm.recording import record

    folder = tmp_path_factory.mktemp("recorded")
    return {
        keep: record(
            twin,
            stimuli,
            SITES,
            folder / f"{keep}.zarr",
            keep=keep,
            sampling=experiment.SAMPLING,
            dtype="float32",
        )
        for keep in ("units", "maps")
    }
