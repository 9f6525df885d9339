import torch

from napari_nfm.fnn import interpolate
from napari_nfm.recording.interpolation import Taps, weighted_rows


def test_units_read_what_the_network_reads(twin):
    maps = torch.randn(6, 3, 4 * 6, generator=torch.Generator().manual_seed(0))
    taps = Taps.of(twin.network.readout, (4, 6))
    positions = twin.network.readout.position.mu.detach().tanh()
    wanted = interpolate(maps.unflatten(2, (4, 6)).transpose(0, 1), positions)
    assert taps.units == len(positions) == 20

    for frame in range(3):
        found = taps.read(maps[:, frame])
        torch.testing.assert_close(found, wanted[frame].T)
        anywhere = weighted_rows(maps[:, frame].T, taps.pixels, taps.weights)
        torch.testing.assert_close(anywhere, found)

    channels, units = torch.tensor([5, 0, 5]), torch.tensor([19, 3, 0])
    torch.testing.assert_close(taps.read_pairs(maps, channels, units), wanted[:, channels, units].T)
