"""A whole recording, with the reference activity in place of a network's, gives its samples."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from napari_nfm.fnn import Site
from napari_nfm.recording import Sampling, record, sample_units
from napari_nfm.stimuli import StimulusSet
from napari_nfm.stimuli.ensemble import CATEGORIES, DIRECTIONS


class ReferenceActivity:
    """Plays back the golden activity; the grey level of a frame is the number of its sequence."""

    def __init__(self, activity):
        self.activity = activity
        self.architecture = SimpleNamespace(multiply_adds=0)

    def parameters(self):
        return iter(())

    def capture(self, frames, sites, *, state=None, frames_per_call=4, windows=None):
        first = state or 0
        n_sequences = frames.size // len(frames) // 4
        for start in range(0, len(frames), frames_per_call):
            sequences = frames[start : start + frames_per_call].reshape(-1, n_sequences, 4)[..., 0]
            times = first + start + np.arange(len(sequences))
            chosen = self.activity[sequences, times[:, None]]
            yield SimpleNamespace(
                start=start,
                activity={
                    site: torch.from_numpy(chosen)[..., *(windows or {}).get(site, ())]
                    for site in sites
                },
                state=first + start + len(sequences),
            )


@pytest.fixture(scope="module")
def golden(data_directory):
    with np.load(data_directory / "analysis" / "02_sampling.npz") as file:
        return dict(file)


@pytest.fixture
def reference(golden, monkeypatch):
    """Return a twin that plays back reference activity at one site."""

    def make(name):
        site = "encoder.L1" if name == "activity_q" else "output"
        values = golden[name].astype(np.float32) * golden["activity_scale"]
        if site == "encoder.L1":
            values = values.transpose(0, 3, 1, 2)
        else:
            values = values.transpose(0, 3, 1, 2).reshape(len(values), 1, -1, 1)
        activity = np.ascontiguousarray(values).reshape(88, 37, *values.shape[1:])
        available = {
            site: Site(site, site, values.shape[1:]),
            "recurrent.out": Site("recurrent.out", "", (1, 1, 1)),
        }
        for module in ("plan", "sizes"):
            monkeypatch.setattr(f"napari_nfm.recording.{module}.sites_of", lambda _: available)
        return site, SimpleNamespace(
            network=ReferenceActivity(activity),
            device=torch.device("cpu"),
            name="reference",
            note="",
            fingerprint="0",
        )

    return make


STIMULI = StimulusSet(
    name="reference",
    categories=tuple(CATEGORIES),
    titles=tuple(CATEGORIES),
    directions=DIRECTIONS,
    n_instances=3,
    n_frames=37,
    draw=lambda category, direction, _: np.full((37, 2, 2), category * 8 + direction, np.uint8),
    key=lambda category, direction, _: f"{category} {direction}",
)


@pytest.mark.parametrize("keep", ["units", "maps"])
@pytest.mark.parametrize(
    ("name", "condition"), [("activity_q", "c0"), ("activity_q", "c2"), ("out_activity_q", "out0")]
)
def test_samples_equal_the_study(golden, reference, tmp_path, name, condition, keep):
    site, twin = reference(name)
    *numbers, seed = (int(n) for n in golden[f"{condition}_params"])
    maps, units_per_map = numbers if len(numbers) == 2 else (1, *numbers)
    recording = record(
        twin,
        STIMULI,
        [site],
        tmp_path / "reference.zarr",
        keep=keep,
        sampling=Sampling(maps, units_per_map, seed=seed, like_study=True),
        dtype="float32",
        crop=0,
    )
    units = sample_units(recording, site, maps=maps, units_per_map=units_per_map, seed=seed)

    np.testing.assert_array_equal(units, golden[f"{condition}_tensor4d"])
    used = golden[f"{condition}_neurons_used"]
    np.testing.assert_array_equal(units.channel, used[:, 1])
    np.testing.assert_array_equal(np.column_stack([units.y, units.x]), used[:, 2:4])
