import pytest
import torch
import torch.nn.functional as F

from napari_nfm.fnn.architecture import Architecture
from napari_nfm.fnn.readout import Readout, interpolate


@pytest.fixture
def positions():
    torch.manual_seed(2)
    corners = torch.tensor([[-1.0, -1.0], [1.0, 1.0], [0.0, 0.0], [-1.0, 1.0], [0.999, -0.2]])
    return torch.cat([corners, torch.rand(40, 2) * 2 - 1]).double()


def by_grid_sample(maps, positions):
    grid = positions[None, :, None].expand(len(maps), -1, -1, -1)
    sampled = F.grid_sample(maps, grid, mode="bilinear", padding_mode="border", align_corners=False)
    return sampled[..., 0]


def test_interpolation_equals_grid_sample(positions):
    maps = torch.randn(3, 5, 4, 6, dtype=torch.float64)
    found = interpolate(maps, positions)
    torch.testing.assert_close(found, by_grid_sample(maps, positions))
    torch.testing.assert_close(interpolate(maps[0], positions), found[0])
    torch.testing.assert_close(interpolate(maps.view(3, 1, 5, 4, 6), positions), found[:, None])


@pytest.mark.parametrize("n_units", [1, 45, 300])
@pytest.mark.parametrize("streams", [(0, 1, 2, 3), (2,)])
@pytest.mark.parametrize("spread", [0.01, 2.0])
def test_responses_equal_the_formula(n_units, streams, spread):
    torch.manual_seed(n_units)
    readout = Readout(Architecture(features=6), n_units).double()
    for parameter in readout.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    torch.nn.init.normal_(readout.position.mu, std=spread)
    with torch.no_grad():
        prepared = readout.prepare(streams)
        maps = torch.randn(11, len(streams) * 6, 16, 24, dtype=torch.float64)
        sampled = by_grid_sample(maps, readout.position.mu.tanh())
        logs = [
            torch.einsum("ncu,uc->nu", part, readout.feature.weights[s][:, 0])
            + readout.biases[s][:, 0]
            for s, part in zip(streams, sampled.split(6, dim=1), strict=True)
        ]
        expected = torch.exp(torch.stack(logs).mean(dim=0))
        torch.testing.assert_close(prepared(maps.flatten(2).mT), expected)
