from dataclasses import replace

import numpy as np
import pytest
import torch

from napari_nfm.fnn import FNN, SITES, Architecture, DenseBlock, expected_shapes, sites

OTHER = Architecture(
    streams=2,
    retina=(24, 40),
    eye_features=5,
    eye_layers=2,
    behaviour_features=6,
    behaviour_cells=3,
    input_kernel=4,
    blocks=(
        DenseBlock(4, 2, layers=3, spatial=5),
        DenseBlock(6, 3),
        DenseBlock(8, 2, temporal=2, pool=1),
    ),
    encoder_features=10,
    recurrent_inputs=8,
    recurrent_hidden=12,
    recurrent_common=20,
    recurrent_groups=4,
    recurrent_kernel=1,
    features=7,
)


def test_the_defaults_are_the_published_numbers(state_dict):
    assert Architecture.from_state_dict(state_dict("full")) == Architecture()


def test_numbers_of_a_reduced_network(state_dict):
    found = Architecture.from_state_dict(state_dict("tiny"))
    assert found == Architecture(
        retina=(32, 48),
        blocks=(DenseBlock(8, 1), DenseBlock(16, 2), DenseBlock(32, 4, pool=1)),
        encoder_features=16,
        recurrent_inputs=32,
        recurrent_hidden=32,
        recurrent_common=64,
        features=16,
    )


@pytest.mark.parametrize("architecture", ["tiny", "full"])
def test_expected_shapes_are_the_published_table(state_dict, architecture):
    published = {key: tuple(value.shape) for key, value in state_dict(architecture).items()}
    found = expected_shapes(Architecture.from_state_dict(published_shapes(published)), 20)
    assert list(found.items()) == list(published.items())
    assert len(found) == 338


def published_shapes(shapes):
    return {key: torch.empty(shape, device="meta") for key, shape in shapes.items()}


def test_every_number_can_be_read_back():
    network = FNN(OTHER, 3)
    assert Architecture.from_state_dict(network.state_dict()) == OTHER
    assert FNN.from_state_dict(network.state_dict()).architecture == OTHER


def test_another_network_of_the_family_runs_in_any_number_of_frames_per_call():
    torch.manual_seed(0)
    network = FNN(OTHER, 3).double()
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter)
    directions = torch.randn(24, 40, 3, dtype=torch.float64)
    directions[..., 2] = 2
    network.perspective.retina.grid.copy_(directions / directions.norm(dim=-1, keepdim=True))
    movie = np.random.default_rng(1).integers(0, 256, (9, 30, 40), dtype=np.uint8)
    results = []
    for frames_per_call in (1, 4):
        captures = list(network.capture(movie, SITES, frames_per_call=frames_per_call))
        results.append({s: torch.cat([c.activity[s] for c in captures]) for s in SITES})
    for name, site in sites(network).items():
        assert results[0][name].shape == (9, 1, *site.shape)
        torch.testing.assert_close(results[0][name], results[1][name], rtol=1e-8, atol=1e-9)


def test_a_key_to_read_from_is_missing(state_dict):
    incomplete = state_dict()
    del incomplete["core.recurrent.scales.0"]
    with pytest.raises(KeyError, match=r"core\.recurrent\.scales\.0"):
        Architecture.from_state_dict(incomplete)


def test_a_tensor_to_read_from_has_other_axes(state_dict):
    wrong = state_dict()
    wrong["core.recurrent.out.weights.0"] = torch.zeros(3, 3)
    with pytest.raises(ValueError, match=r"core\.recurrent\.out\.weights\.0 has shape \(3, 3\)"):
        Architecture.from_state_dict(wrong)


def test_there_are_three_blocks():
    shapes = expected_shapes(OTHER, 1)
    for key in [key for key in shapes if ".blocks.2." in key]:
        del shapes[key]
    with pytest.raises(ValueError, match="2 blocks, not 3"):
        Architecture.from_state_dict(published_shapes(shapes))


def test_map_sizes_follow_the_retina():
    assert Architecture().map_sizes() == ((64, 96), (32, 48), (16, 24))
    assert replace(OTHER, retina=(30, 50)).map_sizes() == ((15, 25), (7, 12), (3, 6))
