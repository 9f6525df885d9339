"""The published network's inference as plain PyTorch modules, one frame per call.

This is the slow side of `record.py`: a straightforward implementation of the convolutional and
recurrent model of Wang et al. (2025, Nature 640:470, "Foundation model of neural activity predicts
response to new stimulus types"), run as the public package runs it. Nothing here is tuned and
nothing is held back: weights are standardised once per sequence, all streams share one grouped
convolution, every temporal convolution keeps its own past inputs, attention is written as in the
equations, and the readout samples the core by `grid_sample` and puts the feature weights of the
streams together on every frame.

Module paths and parameter names are those of the published state dict. Channel axes are
stream-major, and group-major inside a stream. Only what the network's answer needs is here; the
project's own implementation is `napari_nfm.fnn`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

GELU_GAIN = 1.7015043497085571  # keeps the variance of a normal input
EPSILON = 1e-5

StateDict = Mapping[str, Tensor]


def scaled_gelu(x: Tensor) -> Tensor:
    """Return the exact GELU of x, scaled to keep the variance of a standard normal input."""
    return functional.gelu(x) * GELU_GAIN


def concatenate_groups(tensors: Sequence[Tensor], groups: int) -> Tensor:
    """Concatenate the channels of (N, C, y, x) tensors inside each of `groups` groups."""
    split = [tensor.unflatten(1, (groups, -1)) for tensor in tensors]
    return torch.cat(split, dim=2).flatten(1, 2)


def standardise(weight: Tensor, gain: Tensor | None) -> Tensor:
    """Standardise a weight (out, ...) over all axes but the first, and scale it by its gain.

    Zero mean and unit variance per output channel, divided by the root of the fan-in.
    """
    axes = tuple(range(1, weight.ndim))
    fan = weight[0].numel()
    variance = weight.var(dim=axes, unbiased=False, keepdim=True)
    standard = (weight - weight.mean(dim=axes, keepdim=True)) / (variance * fan + EPSILON).sqrt()
    if gain is None:
        return standard
    return standard * gain.flatten().reshape(-1, *[1] * (weight.ndim - 1))


def parameters_of(state: StateDict, prefix: str) -> nn.ParameterList:
    """Return the parameters `prefix.0`, `prefix.1`, ... (one for each stream) that exist."""
    found: list[nn.Parameter] = []
    while (name := f"{prefix}.{len(found)}") in state:
        found.append(nn.Parameter(state[name].clone()))
    return nn.ParameterList(found)


class Sequential(nn.Module):
    """A module that remembers something from frame to frame until it is reset."""

    def reset(self) -> None:
        """Forget everything since the start of the sequence."""
        self.memory: dict = {}


class Conv(Sequential):
    """Grouped convolution over all streams, causal in time: (N, C, y, x) to (N, C', y', x').

    Where a kernel spans several frames, frames before the sequence count as zero inputs.
    """

    def __init__(
        self,
        state: StateDict,
        prefix: str,
        *,
        groups: int = 1,
        padding: int = 0,
        padding_mode: str = "constant",
        stride: int = 1,
        standardised: bool = True,
    ) -> None:
        super().__init__()
        self.weights = parameters_of(state, f"{prefix}.weights")
        self.gains = parameters_of(state, f"{prefix}.gains")
        self.biases = parameters_of(state, f"{prefix}.biases")
        self.groups = groups * len(self.weights)
        self.padding = [padding] * 4
        self.padding_mode = padding_mode
        self.stride = (1, stride, stride)
        self.standardised = standardised
        self.frames = self.weights[0].shape[2]
        self.reset()

    def weight(self) -> Tensor:
        """Return the weights of all streams, (streams * out, in, time, y, x)."""
        if not self.standardised:
            return torch.cat(list(self.weights))
        gains = self.gains if len(self.gains) else [None] * len(self.weights)
        pairs = zip(self.weights, gains, strict=True)
        return torch.cat([standardise(weight, gain) for weight, gain in pairs])

    def bias(self) -> Tensor | None:
        """Return the biases of all streams, (streams * out), where the layer has any."""
        return torch.cat(list(self.biases)).flatten() if len(self.biases) else None

    def forward(self, x: Tensor) -> Tensor:
        """Convolve the present frame and those before it."""
        if any(self.padding):
            x = functional.pad(x, self.padding, mode=self.padding_mode)
        if not self.memory:
            self.memory.update(weight=self.weight(), past=[torch.zeros_like(x)] * (self.frames - 1))
        window = [*self.memory["past"], x]
        self.memory["past"] = window[1:]
        return functional.conv3d(
            torch.stack(window, dim=2) if self.frames > 1 else x[:, :, None],
            self.memory["weight"],
            self.bias(),
            stride=self.stride,
            groups=self.groups,
        )[:, :, 0]


class BetweenGroups(Sequential):
    """1x1 convolution from every group of a stream to every other group, never to itself."""

    def __init__(self, state: StateDict, prefix: str) -> None:
        super().__init__()
        self.weights = parameters_of(state, f"{prefix}.weights")
        self.gains = parameters_of(state, f"{prefix}.gains")
        for constant in ("mask", "zero"):
            self.register_buffer(constant, state[f"{prefix}.{constant}"].clone())
        self.reset()

    def weight(self) -> Tensor:
        """Return the weights of all streams, (streams * out, in, 1, 1), blank from self to self."""
        dense = []
        for weight, gain in zip(self.weights, self.gains, strict=True):
            groups, sources, outputs, inputs = weight.shape
            rows = weight.transpose(1, 2).reshape(groups * outputs, sources * inputs)
            rows = standardise(rows, gain).reshape(groups, outputs, sources, inputs)
            full = rows.new_zeros(groups, outputs, groups, inputs)
            for target in range(groups):
                others = [source for source in range(groups) if source != target]
                full[target][:, others] = rows[target]
            dense.append(full.reshape(groups * outputs, groups * inputs, 1, 1))
        return torch.cat(dense)

    def forward(self, x: Tensor) -> Tensor:
        """Project every group to the others."""
        if not self.memory:
            self.memory["weight"] = self.weight()
        return functional.conv2d(x, self.memory["weight"], groups=len(self.weights))


class MultilayerPerceptron(nn.Module):
    """Linear layers with scaled GELU after each of the first `activated`; (N, C, 1, 1) maps."""

    def __init__(self, state: StateDict, prefix: str, *, activated: int) -> None:
        super().__init__()
        layers: list[Conv] = []
        while f"{prefix}.linears.{len(layers)}.weights.0" in state:
            name = f"{prefix}.linears.{len(layers)}"
            layers.append(Conv(state, name, standardised=len(layers) > 0))
        self.linears = nn.ModuleList(layers)
        self.activated = activated

    def forward(self, x: Tensor) -> Tensor:
        """Apply the layers in order."""
        for index, linear in enumerate(self.linears):
            x = linear(x)
            if index < self.activated:
                x = scaled_gelu(x)
        return x


def rotation(angles: Tensor) -> Tensor:
    """Return Rz Ry Rx for angles (N, 3) in radians about x, y and z, as (N, 3, 3)."""
    cosines, sines = angles.cos().unbind(1), angles.sin().unbind(1)
    turned = torch.eye(3, dtype=angles.dtype)
    for axis in (2, 1, 0):
        first, second = (axis + 1) % 3, (axis + 2) % 3
        matrix = torch.eye(3, dtype=angles.dtype).repeat(len(angles), 1, 1)
        matrix[:, first, first] = matrix[:, second, second] = cosines[axis]
        matrix[:, second, first] = sines[axis]
        matrix[:, first, second] = -sines[axis]
        turned = turned @ matrix
    return turned


class Monitor(Sequential):
    """Pose of the monitor; casts rays (N, y, x, 3) onto its plane, (N, y, x, 2)."""

    center: Tensor
    angle: Tensor

    def __init__(self, state: StateDict, prefix: str) -> None:
        super().__init__()
        for name in ("center", "angle", "center_std", "angle_std"):
            self.register_parameter(name, nn.Parameter(state[f"{prefix}.{name}"].clone()))
        self.reset()

    def forward(self, rays: Tensor) -> Tensor:
        """Return where the rays meet the plane, in units of half the monitor's width."""
        if not self.memory:
            self.memory["axes"] = rotation(self.angle[None])[0]
        axes = self.memory["axes"]
        facing = (rays @ axes[:, 2]).clamp(min=EPSILON)
        distance = (axes[:, 2] @ self.center) / facing
        return (distance[..., None] * rays - self.center) @ axes[:, :2]


class Values(nn.Module):
    """Stored values under one name of the state dict, and nothing to call."""

    power: Tensor
    scale: Tensor
    offset: Tensor
    logit: Tensor
    grid: Tensor
    mu: Tensor

    def __init__(self, state: StateDict, prefix: str, *, buffers: bool, names: str) -> None:
        super().__init__()
        for name in names.split():
            value = state[f"{prefix}.{name}"].clone()
            if buffers:
                self.register_buffer(name, value)
            else:
                self.register_parameter(name, nn.Parameter(value))


class Perspective(nn.Module):
    """What the retina sees of the monitor: pixels (N, 1, H, W) to (N, 1, y, x)."""

    def __init__(self, state: StateDict, prefix: str = "perspective") -> None:
        super().__init__()
        self.monitor = Monitor(state, f"{prefix}.monitor")
        names = "power scale offset"
        self.monitor_pixel = Values(state, f"{prefix}.monitor_pixel", buffers=True, names=names)
        self.retina = Values(state, f"{prefix}.retina", buffers=True, names="grid")
        names = "logit scale offset"
        self.retina_pixel = Values(state, f"{prefix}.retina_pixel", buffers=False, names=names)
        self.mlp = MultilayerPerceptron(state, f"{prefix}.mlp", activated=3)

    def forward(self, pixels: Tensor, eye: Tensor) -> Tensor:
        """Sample the monitor's luminance along the rays of an eye turned by (N, 2) positions."""
        turn = rotation(self.mlp(eye[:, :, None, None])[:, :, 0, 0])
        rays = torch.einsum("nij,yxj->nyxi", turn, self.retina.grid)
        place = self.monitor(rays)
        height, width = pixels.shape[2:]
        rows, columns = place.shape[1:3]
        # The factors of the output grid's size (not the image's) are the published ones.
        x = place[..., 0] * (width / (width - 1)) * (columns - 1) / columns
        y = place[..., 1] * width / height * (width / (width - 1)) * (rows - 1) / rows
        screen = self.monitor_pixel
        luminance = pixels**screen.power * screen.scale + screen.offset
        seen = functional.grid_sample(
            luminance, torch.stack([x, y], dim=3), padding_mode="zeros", align_corners=False
        )
        pixel = self.retina_pixel
        return (seen + EPSILON) ** pixel.logit.sigmoid() * pixel.scale + pixel.offset


class Lstm(Sequential):
    """Long short-term memory on (N, C, 1, 1) maps of all streams."""

    proj_i: Conv
    proj_f: Conv
    proj_g: Conv
    proj_o: Conv

    def __init__(self, state: StateDict, prefix: str) -> None:
        super().__init__()
        for gate in "ifgo":
            self.add_module(f"proj_{gate}", Conv(state, f"{prefix}.proj_{gate}"))
        self.streams = len(self.proj_i.weights)
        self.features = sum(len(weight) for weight in self.proj_i.weights)
        self.reset()

    def forward(self, x: Tensor) -> Tensor:
        """Advance by one frame and return the hidden state."""
        if not self.memory:
            self.memory["h"] = self.memory["c"] = x.new_zeros(len(x), self.features, 1, 1)
        xh = concatenate_groups([x, self.memory["h"]], self.streams)
        update_cell(self, xh)
        return self.memory["h"]


def update_cell(lstm: Lstm | Recurrent, z: Tensor) -> None:
    """Advance the cell and hidden state kept in `lstm.memory` by the gates' input z."""
    i, f = lstm.proj_i(z).sigmoid(), lstm.proj_f(z).sigmoid()
    g, o = lstm.proj_g(z).tanh(), lstm.proj_o(z).sigmoid()
    lstm.memory["c"] = f * lstm.memory["c"] + i * g
    lstm.memory["h"] = o * lstm.memory["c"].tanh()


class Modulation(nn.Module):
    """Behaviour (N, 2) to modulation of every stream, (N, streams * features, 1, 1)."""

    def __init__(self, state: StateDict, prefix: str = "modulation") -> None:
        super().__init__()
        self.mlp = MultilayerPerceptron(state, f"{prefix}.mlp", activated=1)
        self.lstm = Lstm(state, f"{prefix}.lstm")

    def forward(self, behaviour: Tensor) -> Tensor:
        """Advance every stream by one frame of the same behaviour."""
        repeated = behaviour.repeat(1, self.lstm.streams)
        return self.lstm(self.mlp(repeated[:, :, None, None]))


class Block(nn.Module):
    """Dense block of two 3x3x3 convolutions, then average pooling."""

    def __init__(self, state: StateDict, prefix: str, *, pool: int) -> None:
        super().__init__()
        groups = len(state[f"{prefix}.convs.0.gains.0"])
        convs = [
            Conv(state, f"{prefix}.convs.{layer}", groups=groups, padding=1) for layer in (0, 1)
        ]
        self.convs = nn.ModuleList(convs)
        # The published list starts with an entry without parameters: layer 0 has no skip.
        skip = Conv(state, f"{prefix}.skips.1", groups=groups)
        self.skips = nn.ModuleList([nn.Identity(), skip])
        self.groups = convs[0].groups
        self.pool = pool

    def forward(self, x0: Tensor) -> Tensor:
        """Return x0 and the two convolutions side by side in every group, pooled."""
        y0 = scaled_gelu(x0)
        x1 = self.convs[0](y0)
        x2 = self.convs[1](scaled_gelu(x1)) + self.skips[1](y0)
        x = concatenate_groups([x0, x1, x2], self.groups)
        return functional.avg_pool2d(x, self.pool) if self.pool > 1 else x


class Feedforward(nn.Module):
    """The encoder: (N, streams, y, x) to (N, streams * features, y / 8, x / 8)."""

    def __init__(self, state: StateDict, prefix: str) -> None:
        super().__init__()
        first = Conv(
            state,
            f"{prefix}.inputs.0",
            padding=2,
            padding_mode="replicate",
            stride=2,
            standardised=False,
        )
        others = [Conv(state, f"{prefix}.inputs.{stage}") for stage in (1, 2)]
        self.inputs = nn.ModuleList([first, *others])
        pools = (2, 2, 1)
        self.blocks = nn.ModuleList(
            Block(state, f"{prefix}.blocks.{stage}", pool=pool) for stage, pool in enumerate(pools)
        )
        self.out = Conv(state, f"{prefix}.out")

    def forward(self, x: Tensor) -> Tensor:
        """Apply the three stages and the output projection."""
        for project, block in zip(self.inputs, self.blocks, strict=True):
            x = block(project(x))
        return self.out(x)


class Recurrent(Sequential):
    """Convolutional vision-transformer LSTM on the encoder's grid."""

    proj_q: Conv
    proj_k: Conv
    proj_v: Conv
    proj_i: Conv
    proj_f: Conv
    proj_g: Conv
    proj_o: Conv

    def __init__(self, state: StateDict, prefix: str) -> None:
        super().__init__()
        self.scales = parameters_of(state, f"{prefix}.scales")
        self.streams, self.groups = len(self.scales), len(self.scales[0])
        self.proj_x = nn.ModuleList(
            [
                BetweenGroups(state, f"{prefix}.proj_x.0"),
                Conv(state, f"{prefix}.proj_x.1"),
                Conv(state, f"{prefix}.proj_x.2"),
            ]
        )
        self.conv = Conv(state, f"{prefix}.conv", groups=self.groups, padding=1)
        for name in "qkvifgo":
            self.add_module(
                f"proj_{name}", Conv(state, f"{prefix}.proj_{name}", groups=self.groups)
            )
        self.out = Conv(state, f"{prefix}.out")
        self.features = sum(len(weight) for weight in self.proj_i.weights)
        self.reset()

    def attend(self, z: Tensor) -> Tensor:
        """Return what each position of z (N, C, y, x) gathers from all positions of its group."""
        shape = (self.streams, self.groups, -1)
        q, k, v = (
            project(z).flatten(2).unflatten(1, shape)
            for project in (self.proj_q, self.proj_k, self.proj_v)
        )
        scale = torch.stack(list(self.scales))[..., None]
        q = q / q.norm(dim=3, keepdim=True) * scale
        k = k / k.norm(dim=3, keepdim=True)
        w = torch.einsum("nsgci,nsgcj->nsgij", q, k).softmax(dim=-1)
        return torch.einsum("nsgij,nsgcj->nsgci", w, v).reshape(z.shape)

    def forward(self, features: Tensor, modulation: Tensor) -> Tensor:
        """Advance by one frame and return the projected hidden state."""
        if not self.memory:
            blank = features.new_zeros(len(features), self.features, *features.shape[2:])
            self.memory["h"] = self.memory["c"] = blank
        h = self.memory["h"]
        x = self.proj_x[0](h) + self.proj_x[1](features) + self.proj_x[2](modulation)
        groups = self.streams * self.groups
        z = self.conv(concatenate_groups([x.tanh(), h], groups))
        update_cell(self, concatenate_groups([z, self.attend(z)], groups))
        return self.out(self.memory["h"])


class Core(nn.Module):
    """Encoder and recurrent part."""

    def __init__(self, state: StateDict, prefix: str = "core") -> None:
        super().__init__()
        self.feedforward = Feedforward(state, f"{prefix}.feedforward")
        self.recurrent = Recurrent(state, f"{prefix}.recurrent")

    def forward(self, retina: Tensor, modulation: Tensor) -> Tensor:
        """Return the core's output for one frame."""
        return self.recurrent(self.feedforward(retina), modulation)


class Feature(nn.Module):
    """Feature weights of the units, one parameter for each stream."""

    def __init__(self, state: StateDict, prefix: str) -> None:
        super().__init__()
        self.weights = parameters_of(state, f"{prefix}.weights")


class Readout(nn.Module):
    """Each unit reads the core at its own position: (N, C, y, x) to (N, streams, units)."""

    def __init__(self, state: StateDict, prefix: str = "readout") -> None:
        super().__init__()
        self.position = Values(state, f"{prefix}.position", buffers=False, names="mu sigma")
        self.feature = Feature(state, f"{prefix}.feature")
        self.biases = parameters_of(state, f"{prefix}.biases")

    def interpolate(self, core: Tensor) -> Tensor:
        """Return the core (N, C, y, x) at every unit's position, (N, C, units, 1)."""
        grid = self.position.mu.tanh().expand(len(core), -1, -1)[:, :, None]
        return functional.grid_sample(core, grid, padding_mode="border", align_corners=False)

    def forward(self, core: Tensor) -> Tensor:
        """Weigh the channels at every unit's position, stream by stream."""
        streams = len(self.biases)
        at_units = self.interpolate(core).squeeze(3).unflatten(1, (streams, -1))
        weights = torch.stack([weight[:, 0] for weight in self.feature.weights])
        read = torch.einsum("suc,nscu->nsu", weights, at_units)
        return read + torch.cat(list(self.biases), dim=1).T


class StudyNetwork(nn.Module):
    """The published network, evaluated one frame per call.

    Parameters
    ----------
    state
        One scan's model: the union of ``params_core.pt`` and ``params_{session}_{scan}.pt``.

    Raises
    ------
    KeyError
        If the state dict lacks a key, or has one that no module uses.
    """

    def __init__(self, state: StateDict) -> None:
        super().__init__()
        self.perspective = Perspective(state)
        self.modulation = Modulation(state)
        self.core = Core(state)
        self.readout = Readout(state)
        unused = set(state) ^ set(self.state_dict())
        if unused:
            raise KeyError(f"keys that do not fit the published network: {sorted(unused)}")
        self.eval()

    @property
    def streams(self) -> int:
        """Number of streams."""
        return len(self.readout.biases)

    def reset(self) -> None:
        """Start a new sequence."""
        for module in self.modules():
            if isinstance(module, Sequential):
                module.reset()

    def forward(self, pixels: Tensor, eye: Tensor, behaviour: Tensor) -> Tensor:
        """Return the response (N, units) to one frame (N, 1, y, x) of values in [0, 1]."""
        retina = self.perspective(pixels, eye).repeat(1, self.streams, 1, 1)
        raw = self.readout(self.core(retina, self.modulation(behaviour)))
        return raw.mean(dim=1).exp()

    @torch.no_grad()
    def predict(
        self,
        stimuli: np.ndarray,
        perspectives: np.ndarray | None = None,
        modulations: np.ndarray | None = None,
    ) -> np.ndarray:
        """Return the responses (time, units) to a sequence uint8 (time, y, x) from a fresh start.

        Eye positions and behaviour are (time, 2); zeros where they are not given.
        """
        self.reset()
        dtype = self.core.feedforward.out.weights[0].dtype
        nothing = np.zeros((len(stimuli), 2))
        eyes = nothing if perspectives is None else perspectives
        behaviours = nothing if modulations is None else modulations
        responses = []
        for frame, eye, behaviour in zip(stimuli, eyes, behaviours, strict=True):
            pixels = torch.from_numpy(frame).float() / 255
            inputs = (torch.from_numpy(values).float()[None] for values in (eye, behaviour))
            given, moving = (values.to(dtype) for values in inputs)
            responses.append(self(pixels[None, None].to(dtype), given, moving)[0].numpy())
        return np.stack(responses)
