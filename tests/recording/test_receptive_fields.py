"""Receptive fields against a known filter, finite differences, and each other."""

import numpy as np
import pytest
import torch

from napari_nfm.fnn import embedded_checkpoint, load_twin, write_seeded_checkpoint
from napari_nfm.fnn.errors import UnknownSiteError
from napari_nfm.fnn.layers import GELU_GAIN
from napari_nfm.jobs import Cancelled
from napari_nfm.recording import receptive_field_gradient, receptive_field_sta
from napari_nfm.recording.errors import RecordingArgumentError
from napari_nfm.recording.noise_average import (
    NoiseResponses,
    respond_to_noise,
    spike_triggered_average,
)
from napari_nfm.stimuli.errors import StimulusArgumentError
from napari_nfm.stimuli.noise import BlockNoise

SHORT = BlockNoise(n_movies=2, n_frames=8)


@pytest.fixture(scope="module")
def seeded(tmp_path_factory):
    return load_twin(
        write_seeded_checkpoint(tmp_path_factory.mktemp("seeded") / "twin", units=30), device="cpu"
    )


@pytest.fixture(scope="module")
def precise(tmp_path_factory):
    """The same network in float64."""
    path = write_seeded_checkpoint(tmp_path_factory.mktemp("precise") / "twin", units=30)
    twin = load_twin(path, device="cpu")
    twin.network.double()
    return twin


def linear_field(network, channel, row, column, grey):
    """Return the gradient ``(y, x)`` of a unit of encoder.L1 on a grey screen, by hand."""
    perspective, height, width = network.perspective, 144, 256
    pixel, retina = perspective.monitor_pixel, perspective.retina_pixel
    power, scale = float(pixel.power), float(pixel.scale)
    luminance = grey**power * scale + float(pixel.offset)
    exponent = torch.sigmoid(retina.logit).item()
    seen_slope = exponent * (luminance + 1e-5) ** (exponent - 1) * retina.scale.item()
    pixel_slope = power * grey ** (power - 1) * scale
    grid = perspective.sampling_grid(torch.zeros(1, 2, dtype=torch.float64), (height, width))[0]
    grid = grid.detach().numpy()
    (weight, bias), kernel = network._prepared.of(network, None).feedforward.inputs[0], 6
    weight, bias = weight[channel, 0].double().numpy(), bias[channel].item()
    field, drive = np.zeros((height, width)), bias
    for i, j in np.ndindex(kernel, kernel):
        x, y = grid[2 * row - 2 + i, 2 * column - 2 + j]  # stride 2, padding 2
        x, y = ((x + 1) * width - 1) / 2, ((y + 1) * height - 1) / 2
        assert 0 <= x <= width - 1
        assert 0 <= y <= height - 1
        for px, share_x in ((int(x), 1 - x % 1), (int(x) + 1, x % 1)):
            for py, share_y in ((int(y), 1 - y % 1), (int(y) + 1, y % 1)):
                field[py, px] += weight[i, j] * share_x * share_y
        seen = (luminance + 1e-5) ** exponent * retina.scale.item() + retina.offset.item()
        drive += weight[i, j] * seen
    normal = np.exp(-(drive**2) / 2) / np.sqrt(2 * np.pi)
    cumulative = 0.5 * (1 + torch.erf(torch.tensor(drive / np.sqrt(2), dtype=torch.float64)).item())
    return field * seen_slope * pixel_slope * GELU_GAIN * (cumulative + drive * normal)


def test_the_gradient_of_a_linear_unit_is_its_filter(precise):
    units = [[3, 12, 18], [7, 9, 20]]
    with torch.no_grad():
        fields = receptive_field_gradient(precise, "encoder.L1", units, around="grey", lags=3)
    for values, unit in zip(fields.values.values, units, strict=True):
        expected = linear_field(precise.network, *unit, grey=127 / 255)
        np.testing.assert_allclose(values[0], expected, rtol=2e-6, atol=1e-6 * abs(expected).max())
        assert not values[1:].any()  # one frame is all it sees
    assert fields.values.dims == ("unit", "lag", "y", "x")
    assert fields.table["remark"].tolist() == ["", ""]


@pytest.mark.parametrize(
    ("site", "unit"),
    [
        ("encoder.L5", (3, 6, 9)),
        ("recurrent.hidden", (5, 3, 4)),
        ("readout.position", (2, 7, 0)),
        ("output", (0, 4, 0)),
    ],
)
def test_the_gradient_agrees_with_finite_differences(precise, site, unit):
    lags, noise = 3, SHORT
    values = receptive_field_gradient(precise, site, [unit], lags=lags, noise=noise).values[0]
    frames = torch.from_numpy(noise.frames()).double() / 255
    generator = np.random.default_rng(0)
    channel, row, column = unit

    def mean_response(stimuli):
        with torch.no_grad():
            return precise.network.respond(stimuli, site)[-1, :, channel, row, column].mean()

    for lag in range(lags):
        direction = generator.standard_normal((144, 256))
        step = torch.zeros_like(frames)
        step[noise.n_frames - 1 - lag] = torch.from_numpy(direction)
        # Each movie is stepped, and responses are averaged over movies, as the gradient is.
        slope = (mean_response(frames + 1e-6 * step) - mean_response(frames - 1e-6 * step)) / 2e-6
        assert float(slope) == pytest.approx(
            float((values[lag] * direction).sum()), rel=1e-5, abs=1e-9
        )


def test_a_gradient_needs_no_other_units_beside_it(seeded):
    both = receptive_field_gradient(seeded, "output", [2, 5], lags=2, noise=SHORT)
    alone = receptive_field_gradient(seeded, "output", [5], lags=2, noise=SHORT)
    np.testing.assert_array_equal(both.values[1], alone.values[0])
    assert seeded.network.training is False
    assert all(parameter.grad is None for parameter in seeded.network.parameters())


def test_both_kinds_of_field_lie_at_the_same_place(seeded):
    # Deeper units of an untrained network are hardly linear around noise.
    for site, units in (
        ("encoder.L1", [[3, 12, 18], [7, 9, 20], [12, 8, 12]]),
        ("encoder.L5", [[3, 6, 9], [5, 3, 4]]),
    ):
        gradient = receptive_field_gradient(seeded, site, units)
        average = receptive_field_sta(seeded, site, units)
        assert (average.table["remark"] == "").all()
        for axis in ("centre_y", "centre_x"):
            away = np.abs(gradient.table[axis] - average.table[axis])
            assert (away < 10).all(), (site, away)  # a block has 16 pixels
        # The same filter, seen through blocks.
        blocks = gradient.values.values.reshape(len(units), 12, 9, 16, 16, 16).sum(axis=(3, 5))
        for unit in range(len(units)):
            pair = blocks[unit].ravel(), average.values[unit].values.ravel()
            assert np.corrcoef(*pair)[0, 1] > 0.3


def test_fields_of_the_demo_twin_lie_where_its_synthetic_cells_look():
    twin = load_twin(embedded_checkpoint(), device="cpu")
    cells = twin.units[twin.units["held_out_correlation"] > 0.6].iloc[::12]
    fields = receptive_field_gradient(twin, "output", cells.index.to_numpy()).table
    assert len(cells) > 15
    for found, true in (("centre_x", "rf_x"), ("centre_y", "rf_y")):
        assert np.corrcoef(fields[found], cells[true])[0, 1] > 0.8
    away = np.hypot(
        fields["centre_x"].to_numpy() - cells["rf_x"].to_numpy(),
        fields["centre_y"].to_numpy() - cells["rf_y"].to_numpy(),
    )
    assert np.median(away) < 12  # a retinal pixel of this network is 4 pixels of the screen


def played(responses, noise):
    places = np.array([[0, unit, 0] for unit in range(len(responses))])
    return NoiseResponses(responses.astype(np.float32), places, "output", noise, "")


def test_the_average_of_a_linear_unit_is_its_filter():
    noise = BlockNoise(n_movies=6, n_frames=400)
    filter_ = np.zeros((4, *noise.n_blocks))
    filter_[1, 3:5, 6] = 2.0
    filter_[2, 3, 6] = -1.0
    signs = noise.signs() * noise.contrast / 2
    drive = np.full(signs.shape[:2], 10.0)
    for lag in range(4):
        shown = np.roll(signs, lag, axis=1)
        drive += (shown * filter_[lag]).sum(axis=(2, 3))
    fields = spike_triggered_average(played(drive[np.newaxis], noise), lags=4)
    # For r = 10 + f * s it is f times the variance of s over the mean of r.
    expected = filter_ * (noise.contrast / 2) ** 2 / 10
    error = fields.values.values[0] - expected
    assert np.abs(error).max() < 0.2 * expected.max()
    row = fields.table.iloc[0]
    assert row["peak_lag"] == 1
    assert row["peak"] == pytest.approx(expected.max(), rel=0.1)
    assert row["centre_y"] == pytest.approx(3.5 * 16 + 7.5, abs=4)
    assert row["centre_x"] == pytest.approx(6 * 16 + 7.5, abs=2)
    assert row["width"] == pytest.approx(2 * 16 * np.sqrt(2 / np.pi))
    np.testing.assert_array_equal(fields.values["x"][:2], [7.5, 23.5])


def test_what_has_no_field_is_said_in_a_sentence(seeded):
    noise = BlockNoise(n_movies=4, n_frames=100)
    chance = np.random.default_rng(1).random((4, 100))
    responses = np.stack([np.zeros((4, 100)), np.full((4, 100), 0.3), chance])
    fields = spike_triggered_average(played(responses, noise))
    never, alike, by_chance = fields.table["remark"]
    assert never == "Unit 0 of the output never responds to the noise, so it has no average of it."
    assert alike.startswith("Unit 1 of the output responds alike")
    assert "not above chance" in by_chance
    assert fields.table[["centre_y", "centre_x", "width", "peak"]].isna().all(axis=None)
    assert np.isfinite(fields.values).all()
    # The corner of the retina looks beside the monitor.
    beside = receptive_field_gradient(seeded, "encoder.L1", [[0, 0, 0]], lags=2, noise=SHORT)
    assert beside.table["remark"][0].startswith(
        "The unit at channel 0, row 0, column 0 of encoder.L1 has no receptive field"
    )


def test_noise_responses_are_those_of_the_network(seeded):
    found = respond_to_noise(seeded, "output", [3, 8], noise=SHORT)
    expected = seeded.predict(SHORT.frames())
    np.testing.assert_allclose(found.values, expected[:, :, [3, 8]].transpose(2, 1, 0), rtol=1e-6)


def test_large_networks_go_movie_by_movie_with_the_same_result(seeded, monkeypatch):
    together = receptive_field_gradient(seeded, "encoder.L4", [[1, 5, 5]], lags=3, noise=SHORT)
    monkeypatch.setattr("napari_nfm.recording.receptive_fields.is_worth_threads", lambda _: True)
    reports = []
    apart = receptive_field_gradient(
        seeded,
        "encoder.L4",
        [[1, 5, 5]],
        lags=3,
        noise=SHORT,
        progress=lambda done, total, _message="": reports.append((done, total)),
    )
    scale = np.abs(together.values.values).max()
    np.testing.assert_allclose(apart.values, together.values, atol=1e-5 * scale)
    assert reports == [(1, 2), (2, 2)]


def test_the_job_stops_when_asked(seeded):
    with pytest.raises(Cancelled):
        receptive_field_gradient(seeded, "output", [0], noise=SHORT, lags=2, should_stop=lambda: 1)
    with pytest.raises(Cancelled):
        receptive_field_sta(seeded, "output", [0], should_stop=lambda: True)


@pytest.mark.parametrize(
    ("site", "units", "keywords", "words"),
    [
        ("encoder.L3", [[0, 0, 0]], {}, "no site 'encoder.L3'"),
        ("encoder.L1", [[0, 99, 0]], {}, "no unit at channel 0, row 99, column 0"),
        ("encoder.L1", [3], {}, "shape (1,)"),
        ("output", [0.5], {}, "type float64"),
        ("output", [0], {"lags": 9, "noise": SHORT}, "noise of 8 frames"),
    ],
)
def test_unusable_arguments_are_named(
    seeded, site, units, keywords, words, assert_one_clear_sentence
):
    for function in (receptive_field_gradient, receptive_field_sta):
        with pytest.raises((RecordingArgumentError, UnknownSiteError)) as error:
            function(seeded, site, units, **keywords)
        assert_one_clear_sentence(error.value, words)


def test_noise_is_seeded_balanced_and_checked(assert_one_clear_sentence):
    noise = BlockNoise(n_movies=2, n_frames=30, block=20)
    frames = noise.frames()
    assert frames.shape == (30, 2, 144, 256)
    assert sorted(np.unique(frames)) == [25, 230]
    np.testing.assert_array_equal(frames, BlockNoise(2, 30, 20).frames())
    assert abs(noise.signs().mean()) < 0.02
    np.testing.assert_array_equal(frames[:, 0, 3, 39] > 127, noise.signs()[0, :, 0, 1] > 0)
    with pytest.raises(StimulusArgumentError) as error:
        BlockNoise(contrast=0.0)
    assert_one_clear_sentence(error.value, "contrast of 0.0")
