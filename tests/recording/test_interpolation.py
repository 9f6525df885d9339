import torch

from napari_nfm.fnn import interpolate
from napari_nfm.recording.interpolation import Taps, weighted_rows
from napari_nfm.recording.statistics import SMALLEST_PEAK, add_interpolated


def test_units_read_what_the_network_reads(twin):
    maps = torch.randn(6, 3, 4 * 6, generator=torch.Generator().manual_seed(0))
    taps = Taps.of(twin.network.readout, (4, 6))
    positions = twin.network.readout.position.mu.detach().tanh()
    wanted = interpolate(maps.unflatten(2, (4, 6)).transpose(0, 1), positions)
    assert taps.units == len(positions) == 20

    for frame in range(3):
        found = taps.read(maps[:, frame].T.contiguous())
        torch.testing.assert_close(found, wanted[frame].T)
        anywhere = weighted_rows(maps[:, frame].T, taps.pixels, taps.weights)
        torch.testing.assert_close(anywhere, found)

    channels, units = torch.tensor([5, 0, 5]), torch.tensor([19, 3, 0])
    torch.testing.assert_close(taps.read_pairs(maps, channels, units), wanted[:, channels, units].T)


def test_what_units_read_is_normalised_and_summed():
    generator = torch.Generator().manual_seed(1)
    units, channels, frames, positions = 1200, 100, 4, 24
    weights = torch.rand(units, 4, generator=generator)
    pixels = torch.randint(positions, (units, 4), generator=generator)
    taps = Taps(pixels, weights / weights.sum(1, keepdim=True))
    maps = torch.randn(channels, frames, positions, generator=generator)
    maps[:, 1] -= 9  # nothing is left of it when rectified
    maps[70, 2] += 9  # one channel above all
    before = torch.rand(units, channels, generator=generator)
    read = [taps.read(maps[:, frame].T.contiguous()).relu() for frame in range(frames)]
    largest = torch.stack([frame.max() for frame in read])
    wanted = before + sum(
        frame / most.clamp_min(SMALLEST_PEAK) for frame, most in zip(read, largest, strict=True)
    )

    total, kept = before.clone(), maps.clone()
    assert torch.equal(add_interpolated(total, maps, taps), largest)
    torch.testing.assert_close(total, wanted)
    assert torch.equal(maps, kept)
