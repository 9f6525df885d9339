import pytest
import torch
import torch.nn.functional as F

from napari_nfm.fnn.causal import CausalConvolution, pooled_kernel


def by_definition(frames, weight, bias, groups, padding, stride):
    n_history = weight.shape[2] - 1
    out = []
    for t in range(n_history, frames.shape[1]):
        total = sum(
            F.conv2d(
                frames[:, t - n_history + j],
                weight[:, :, j],
                stride=stride,
                padding=padding,
                groups=groups,
            )
            for j in range(n_history + 1)
        )
        out.append(total + bias[:, None, None])
    return torch.stack(out, dim=1)


@pytest.mark.parametrize("n_frames", [1, 3, 4, 9])
@pytest.mark.parametrize(("temporal", "stride"), [(3, 1), (3, 2), (2, 1)])
def test_equal_to_the_definition(n_frames, temporal, stride):
    torch.manual_seed(n_frames)
    weight = torch.randn(6, 2, temporal, 3, 3, dtype=torch.float64)
    bias = torch.randn(6, dtype=torch.float64)
    frames = torch.randn(2, temporal - 1 + n_frames, 4, 7, 8, dtype=torch.float64)
    shape = {"groups": 2, "padding": 1, "stride": stride}
    convolution = CausalConvolution.prepare(weight, bias, **shape)
    found = convolution(*frames.split((temporal - 1, n_frames), dim=1))
    torch.testing.assert_close(found, by_definition(frames, weight, bias, **shape))


def test_runs_of_frames_lose_little_precision():
    torch.manual_seed(0)
    weight, bias = torch.randn(32, 32, 3, 3, 3), torch.zeros(32)
    frames = torch.randn(1, 6, 32, 16, 24)
    shape = {"groups": 1, "padding": 1, "stride": 1}
    expected = by_definition(frames.double(), weight.double(), bias.double(), **shape)
    error = (
        CausalConvolution.prepare(weight, bias, **shape)(*frames.split((2, 4), dim=1)) - expected
    )
    assert error.std() < 3e-6 * expected.std()


@pytest.mark.parametrize("size", [(6, 8), (7, 9)])
@pytest.mark.parametrize("pool", [1, 2, 3])
def test_pooled_kernel_convolves_and_pools(size, pool):
    torch.manual_seed(pool)
    maps = torch.randn(1, 2, *size, dtype=torch.float64)
    weight = torch.randn(3, 2, 3, 3, dtype=torch.float64)
    expected = F.avg_pool2d(F.conv2d(maps, weight, padding=1), pool)
    found = F.conv2d(maps, pooled_kernel(weight, pool), stride=pool, padding=1)
    torch.testing.assert_close(found, expected)
