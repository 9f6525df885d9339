"""What the tool reads out of the demo twin is the truth of the synthetic mouse, within margins."""

import numpy as np
import pytest
import xarray as xr
from demo_twin.evaluation import FIRST_FRAME, apart, grating_tuning
from demo_twin.tuning_stimuli import drifting_gratings

from napari_nfm.fnn import embedded_checkpoint, load_twin
from napari_nfm.recording import receptive_field_sta
from napari_nfm.stimuli import flow_ensemble


@pytest.fixture(scope="module")
def twin():
    return load_twin(embedded_checkpoint(), device="cpu")


@pytest.fixture(scope="module")
def units(twin):
    return twin.units


def play(twin, stimuli):
    """Responses to all sequences of one instance, (unit, category, direction, time)."""
    movies = [
        stimuli.frames(category, direction)
        for category in stimuli.categories
        for direction in stimuli.directions
    ]
    rates = np.concatenate(
        [twin.predict(np.stack(movies[i : i + 8], axis=1)) for i in range(0, len(movies), 8)],
        axis=1,
    )
    shape = (len(rates), len(stimuli.categories), len(stimuli.directions), -1)
    return xr.DataArray(
        rates.reshape(shape).transpose(3, 1, 2, 0),
        dims=("unit", "category", "direction", "time"),
        coords={"category": list(stimuli.categories), "direction": list(stimuli.directions)},
    )


@pytest.fixture(scope="module")
def tuned(twin):
    gratings = drifting_gratings()
    responses = play(twin, gratings)
    return grating_tuning(gratings, responses.values.transpose(1, 2, 3, 0))


@pytest.fixture(scope="module")
def flow(twin):
    return play(twin, flow_ensemble(instances=1))[..., FIRST_FRAME:]


def is_selective(units):
    return units["cell_kind"].str.endswith("direction selective").to_numpy()


def is_gabor(units):
    return units["true_direction"].notna().to_numpy()


def test_preferred_directions_are_the_true_ones(units, tuned):
    selective = is_selective(units)
    error = apart(tuned["preferred_direction"], units["true_direction"], 360)[selective]
    assert error.median() < 11.25  # half a step of the sixteen directions
    assert (error < 45).mean() > 0.95


def test_preferred_orientations_are_the_true_ones(units, tuned):
    error = apart(tuned["preferred_direction"], units["true_direction"], 180)[is_gabor(units)]
    assert error.median() < 11.25
    assert (error < 22.5).mean() > 0.9


def test_direction_selectivity_is_that_of_the_mouse(units, tuned):
    gabor = is_gabor(units)
    dsi, truth = tuned["dsi"][gabor], units["true_dsi"].to_numpy()[gabor]
    assert np.median(np.abs(dsi - truth)) < 0.15
    assert np.corrcoef(dsi, truth)[0, 1] > 0.6
    assert np.median(tuned["dsi"][is_selective(units)]) > 3 * np.median(
        tuned["dsi"][gabor & ~is_selective(units)]
    )


def test_orientation_selectivity_is_that_of_the_mouse(units, tuned):
    gabor = is_gabor(units)
    error = np.abs(tuned["osi"] - units["true_osi"])
    assert np.median(error[gabor]) < 0.08
    assert np.median(tuned["osi"][gabor]) > 2.5 * np.median(tuned["osi"][~gabor])


def test_receptive_fields_lie_where_the_cells_look(twin, units):
    # Reverse correlation on noise finds the linear part, which complex cells do not have.
    linear = units.index[~units["cell_kind"].str.startswith("complex")]
    fields = receptive_field_sta(twin, "output", linear.to_numpy()).table
    truth = units.loc[linear].reset_index(drop=True)
    distance = np.hypot(fields["centre_x"] - truth["rf_x"], fields["centre_y"] - truth["rf_y"])
    found = (fields["remark"] == "").to_numpy()
    assert found.mean() > 0.9
    assert distance[found].median() < 10  # pixels of 0.45 degrees; blocks of noise have 16
    assert (distance[found] < 24).mean() > 0.85


def test_units_read_the_core_where_the_cells_look(twin, units):
    x, y = np.tanh(twin.network.readout.position.mu.detach().numpy()).T
    azimuth, elevation = 48 * x, -32 * y
    distance = np.hypot(azimuth - units["rf_azimuth"], elevation - units["rf_elevation"])
    assert distance.median() < 3.5
    assert (distance < 10).mean() > 0.85


def test_neighbours_in_response_space_are_of_one_kind(units, flow):
    kinds = units["cell_kind"].to_numpy(dtype=str)
    broad = np.where(is_gabor(units), "Gabor", kinds)
    neighbours = nearest(flow)
    assert purity(broad, neighbours) > 0.96  # 0.76 by chance
    chance = np.mean([np.mean(kinds == kind) for kind in kinds])
    assert purity(kinds, neighbours) > 1.9 * chance


def test_neighbours_among_selective_units_prefer_similar_directions(units, flow):
    selective = is_selective(units)
    direction = units["true_direction"].to_numpy()[selective]
    neighbours = nearest(flow[selective])
    difference = np.abs((direction[neighbours] - direction[:, None] + 180) % 360 - 180)
    assert np.median(difference) < 40  # 90 by chance


def nearest(responses, n=5):
    """The n units whose responses correlate most with each unit's, (unit, n)."""
    flat = np.sqrt(responses.values.reshape(len(responses), -1).astype(float))
    similar = np.corrcoef(flat)
    np.fill_diagonal(similar, -np.inf)
    return np.argsort(-similar, axis=1)[:, :n]


def purity(labels, neighbours):
    return (labels[neighbours] == labels[:, None]).mean()
