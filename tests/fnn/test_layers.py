"""Each layer alone: published weights on golden inputs give golden outputs."""

import pytest
import torch
import torch.nn.functional as F

from napari_nfm.fnn.layers import concatenate_groups, gelu, standardise

STREAMS = range(4)


@pytest.fixture(scope="module")
def frames(golden):
    """Golden activations of successive frames 0, 1, 2 (then 9), by module path."""
    case = golden("tiny", "inputs_8_5")

    def get(name):
        return torch.from_numpy(case.arrays[f"act/{name}"])[:, 0]

    return get


def assert_close(found, expected):
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4 * float(expected.std()))


@pytest.mark.parametrize("block", range(3))
def test_dense_block(tiny, frames, block):
    path = f"core.feedforward.blocks.{block}"
    layer = tiny.core.feedforward.blocks[block]
    groups = 4 * tiny.architecture.blocks[block].groups
    y0, y1 = (
        gelu(frames(name)) for name in (f"core.feedforward.inputs.{block}", f"{path}.convs.0")
    )
    for number, y in enumerate((y0, y1)):
        convolution = layer.convs[number]
        out = F.conv3d(
            y[:3].transpose(0, 1)[None],
            convolution.weight(STREAMS),
            convolution.bias(STREAMS),
            padding=(0, 1, 1),
            groups=groups,
        )
        assert_close(out[0, :, 0], frames(f"{path}.convs.{number}")[2])
    skip = F.conv2d(y0, layer.skips[1].weight(STREAMS)[:, :, 0], groups=groups)
    assert_close(skip, frames(f"{path}.skips.1"))
    parts = [frames(f"core.feedforward.inputs.{block}"), frames(f"{path}.convs.0")]
    parts.append(frames(f"{path}.convs.1") + skip)
    pool = tiny.architecture.blocks[block].pool
    assert_close(F.avg_pool2d(concatenate_groups(parts, groups), pool), frames(path))


def test_queries_keys_values_and_gates(tiny, frames):
    recurrent = tiny.core.recurrent
    groups = 4 * tiny.architecture.recurrent_groups
    z = frames("core.recurrent.conv")
    q, k, v = (
        F.conv2d(z, recurrent.projection(name).weight(STREAMS)[:, :, 0], groups=groups)
        for name in "qkv"
    )
    for name, value in zip("qkv", (q, k, v), strict=True):
        assert_close(value, frames(f"core.recurrent.proj_{name}"))
    q, k, v = (t.flatten(2).unflatten(1, (groups, -1)) for t in (q, k, v))
    scale = torch.cat(list(recurrent.scales))[..., None]
    scores = (F.normalize(q, dim=2) * scale).mT @ F.normalize(k, dim=2)
    attended = (v @ scores.softmax(dim=-1).mT).view_as(z)
    for name in "ifgo":
        projection = recurrent.projection(name)
        gate = F.conv2d(
            concatenate_groups([z, attended], groups),
            projection.weight(STREAMS)[:, :, 0],
            projection.bias(STREAMS),
            groups=groups,
        )
        assert_close(gate, frames(f"core.recurrent.proj_{name}"))


def test_recurrent_step_equals_its_golden_parts(tiny, frames):
    prepared = tiny.core.recurrent.prepare(STREAMS)
    encoded = frames("core.feedforward.out")[None]
    modulation = frames("modulation").view(1, len(encoded[0]), 4, -1)
    drive = prepared.drive(encoded, modulation)
    maps = drive.transpose(1, 2).flatten(2).mT.unflatten(-1, encoded.shape[-2:])
    # At the first frame h is zero, so x depends on the drive alone.
    assert_close(maps[0].tanh(), frames("core.recurrent.proj_x")[0].tanh())
    parts = frames("core.recurrent.proj_x.1") + frames("core.recurrent.proj_x.2")
    assert_close(maps, parts)
    values = frames("core.recurrent.hidden")[0].flatten(1).T
    out = prepared.output(values[None])[0].T.unflatten(-1, encoded.shape[-2:])
    assert_close(out, frames("core.recurrent.out")[0])


def test_no_projection_from_a_group_to_itself(tiny):
    groups = tiny.architecture.recurrent_groups
    dense = tiny.core.recurrent.proj_x[0].matrix([1])[0]
    blocks = dense.unflatten(1, (groups, -1)).unflatten(0, (groups, -1)).abs().sum(dim=(1, 3))
    assert (blocks.diagonal() == 0).all()
    assert (blocks + torch.eye(groups) > 0).all()


def test_standardised_weights_have_zero_mean_and_the_gains_norm():
    weight = torch.randn(5, 4, 3, 3, 3, dtype=torch.float64)
    gain = torch.arange(1.0, 6.0, dtype=torch.float64)
    flat = standardise(weight, gain).flatten(1)
    torch.testing.assert_close(flat.mean(dim=1), torch.zeros(5, dtype=torch.float64))
    torch.testing.assert_close(flat.norm(dim=1), gain, rtol=1e-5, atol=0)
    torch.testing.assert_close(
        standardise(weight).flatten(1).norm(dim=1), gain / gain, rtol=1e-5, atol=0
    )


def test_groupwise_concatenation_interleaves():
    a, b = torch.tensor([[1, 2, 3, 4]]), torch.tensor([[5, 6]])
    assert concatenate_groups([a, b], 2).tolist() == [[1, 2, 5, 3, 4, 6]]
