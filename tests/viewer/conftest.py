"""A small twin and few stimuli, so that real jobs take a second."""

from dataclasses import replace

import pytest

from napari_nfm.viewer.plans import RecordingPlan

SITES = ("encoder.L1", "recurrent.hidden", "output")


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory):
    from napari_nfm.fnn import write_seeded_checkpoint

    return write_seeded_checkpoint(tmp_path_factory.mktemp("twin") / "seeded", units=20)


@pytest.fixture(scope="session")
def twin(checkpoint):
    from napari_nfm.fnn import load_twin

    return load_twin(checkpoint, device="cpu")


@pytest.fixture(scope="session")
def stimuli():
    """Three categories in two directions, eight frames each."""
    from napari_nfm.stimuli import flow_ensemble

    whole = flow_ensemble(instances=2, n_frames=8)
    return replace(
        whole,
        categories=whole.categories[:3],
        titles=whole.titles[:3],
        directions=whole.directions[:2],
    )


@pytest.fixture(scope="session")
def store(twin, stimuli, tmp_path_factory):
    """A finished recording."""
    from napari_nfm.recording import Sampling, record

    path = tmp_path_factory.mktemp("recording") / "small.zarr"
    record(twin, stimuli, SITES, path, sampling=Sampling(maps=5, units_per_map=4))
    return path


@pytest.fixture
def plan(tmp_path):
    return RecordingPlan(SITES, tmp_path / "new.zarr", maps=5, units_per_map=4)


@pytest.fixture
def model(qapp):
    """A viewer without a window: all that a panel needs of one."""
    from napari.components import ViewerModel

    assert qapp is not None
    return ViewerModel()


@pytest.fixture
def viewer(make_napari_viewer):
    return make_napari_viewer()


@pytest.fixture
def panel(viewer):
    from napari_nfm.viewer import open_explorer

    return open_explorer(viewer)[1]


@pytest.fixture
def explorer(panel):
    return panel.explorer


@pytest.fixture
def loaded(explorer, twin, stimuli):
    """The explorer with twin and stimuli, and its movie and maps on screen."""
    explorer.session.twin = twin
    explorer.session.selection.site = "encoder.L1"
    explorer.session.use_stimuli(stimuli)
    explorer.jobs.wait(60)
    return explorer


@pytest.fixture
def recorded(loaded, store):
    """The explorer with a finished recording, and one site's trajectories on screen."""
    loaded.open_recording(store)
    loaded.jobs.wait(60)
    return loaded
