"""Value and gradient of the permuted decomposition, for many starts at once.

Half the squared error between the tensor, each fibre rolled along its directions to fit best, and
a sum of components. Where the best shift is unique the gradient is that of the rolled tensor.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

import torch

from napari_nfm.analysis.permuted.spectrum import Frequency, Spectrum

__all__ = ["Evaluation", "Objective"]

CACHED_BYTES = 2_000_000
"""Size of a block's products on the CPU, so that they stay in the processor's second cache."""

DEVICE_BYTES = 500_000_000
"""Size of a block's products elsewhere; the whole of a start, but not of hundreds."""


@dataclass(frozen=True)
class Evaluation:
    """What one evaluation found; ``start`` is the first axis throughout.

    Attributes
    ----------
    values
        ``(start,)`` float64.
    gradients
        ``(start, component, unit + stimulus + fibre)``.
    curvatures
        ``(factor, start, component, component)``: at fixed shifts, and as one factor alone varies,
        the objective is quadratic in each of its rows with this matrix.
    shifts
        ``(start, unit, stimulus)``, the roll ``d -> d + k`` that fits best as ``k - 1``.
    """

    values: torch.Tensor
    gradients: torch.Tensor
    curvatures: torch.Tensor
    shifts: torch.Tensor


class Objective:
    """Half the squared error of one tensor, with the memory that an evaluation works in.

    A point holds the transposed factors side by side. Units are worked through in blocks, whose
    memory is kept: fetching it anew costs as much as the arithmetic. One object serves one thread.
    """

    def __init__(self, spectrum: Spectrum) -> None:
        self.spectrum = spectrum
        units, stimuli, directions, times = spectrum.shape
        self.sizes = [units, stimuli, directions * times]
        self._memory: dict[str, torch.Tensor] = {}

    def evaluate(self, points: torch.Tensor) -> Evaluation:
        """Evaluate at `points` ``(start, component, unit + stimulus + fibre)``."""
        neural, stimulus, response = points.split(self.sizes, dim=2)
        gradients = torch.empty_like(points)
        neural_part, stimulus_part, response_part = gradients.split(self.sizes, dim=2)
        stimulus_part.zero_()
        frequencies = self.spectrum.frequencies
        kernels = [_kernel(frequency, response) for frequency in frequencies]
        collected = [torch.zeros_like(kernel) for kernel in kernels]
        aligned = torch.zeros(len(points), dtype=torch.float64, device=points.device)
        shifts = []
        for block in self._blocks(points):
            members = neural[:, :, block]
            mixtures = self._mix(members, stimulus)
            channels = self._channels(kernels, mixtures, block)
            best, found = self._best_shifts(channels, mixtures)
            aligned += best.sum(1, dtype=torch.float64)
            turned = self.spectrum.phases.index_select(1, found.view(-1))
            turned = turned.view(-1, len(points), 1, mixtures.shape[2])
            scratch = torch.mul(turned, channels, out=self._take("scratch", channels.shape))
            products = scratch.sum(0).view(*members.shape, -1)
            neural_part[:, :, block] = (products @ stimulus[..., None])[..., 0]
            stimulus_part += (members[:, :, None] @ products)[:, :, 0]
            torch.mul(turned, mixtures, out=channels)
            self._collect(channels, collected, block)
            shifts.append(found.view(len(points), -1, self.sizes[1]))
        response_part.zero_()
        for frequency, kernel in zip(frequencies, collected, strict=True):
            response_part += _response_gradient(frequency, kernel)
        half_model, curvatures = _subtract_model(points, gradients, self.sizes)
        values = 0.5 * self.spectrum.squared_norm - aligned + half_model
        return Evaluation(values, gradients, curvatures, torch.cat(shifts, dim=1))

    def _take(self, name: str, shape: tuple[int, ...]) -> torch.Tensor:
        """Return memory of this shape, which holds anything."""
        size = prod(shape)
        held = self._memory.get(name)
        if held is None or held.numel() < size:
            phases = self.spectrum.phases
            held = self._memory[name] = torch.empty(size, dtype=phases.dtype, device=phases.device)
        return held[:size].view(shape)

    def _blocks(self, points: torch.Tensor) -> Iterator[slice]:
        """Divide the units into equal blocks whose products stay in the cache."""
        units, stimuli, directions, _ = self.spectrum.shape
        starts, rank = points.shape[:2]
        bytes_per_unit = starts * rank * stimuli * directions * points.element_size()
        budget = CACHED_BYTES if points.device.type == "cpu" else DEVICE_BYTES
        n_blocks = -(-units * bytes_per_unit // budget)
        width = -(-units // n_blocks)
        for first in range(0, units, width):
            yield slice(first, min(first + width, units))

    def _mix(self, members: torch.Tensor, stimulus: torch.Tensor) -> torch.Tensor:
        """Return ``(start, component, unit * stimulus)``, what scales each component's fibre."""
        shape = (*members.shape, stimulus.shape[2])
        mixtures = self._take("mixtures", shape).view(-1, *shape[2:])
        columns, rows = members.flatten(0, 1)[..., None], stimulus.flatten(0, 1)[:, None]
        torch.bmm(columns, rows, out=mixtures)
        return mixtures.view(*shape[:2], -1)

    def _channels(
        self, kernels: list[torch.Tensor], mixtures: torch.Tensor, block: slice
    ) -> torch.Tensor:
        """Return ``(channel, start, component, unit * stimulus)``: fibres times components."""
        channels = self._take("channels", (len(self.spectrum.phases), *mixtures.shape))
        for rows, fibres, kernel in self._by_frequency(channels, kernels, block):
            torch.mm(kernel, fibres, out=rows)
        return channels

    def _collect(self, weights: torch.Tensor, collected: list[torch.Tensor], block: slice) -> None:
        """Add the block's fibres, weighted by each component's turned mixture, to `collected`."""
        for rows, fibres, total in self._by_frequency(weights, collected, block):
            total.addmm_(rows, fibres.T)

    def _by_frequency(
        self, channels: torch.Tensor, kernels: list[torch.Tensor], block: slice
    ) -> Iterator[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
        """Yield each frequency's channels, fibres and kernel as matrices."""
        stimuli = self.sizes[1]
        columns = slice(block.start * stimuli, block.stop * stimuli)
        for frequency, kernel in zip(self.spectrum.frequencies, kernels, strict=True):
            first = frequency.first_channel
            rows = channels[first : first + frequency.n_channels].view(-1, channels.shape[-1])
            yield rows, frequency.coefficients[:, columns], kernel.view(len(rows), kernel.shape[-1])

    def _best_shifts(
        self, channels: torch.Tensor, mixtures: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the largest product over shifts and its shift, ``(start, unit * stimulus)``."""
        scratch = torch.mul(channels, mixtures, out=self._take("scratch", channels.shape))
        spectra = scratch.sum(2)
        by_shift = self.spectrum.phases.T @ spectra.view(len(spectra), -1)
        best, found = by_shift.max(dim=0)
        return best.view(spectra.shape[1:]), found.view(spectra.shape[1:])


def _kernel(frequency: Frequency, response: torch.Tensor) -> torch.Tensor:
    """Return ``(channel, start, component, K or 2 K)``, the response columns of one frequency."""
    components = response @ frequency.analysis.T
    if frequency.n_channels == 1:
        return components[None]
    real, imaginary = components.chunk(2, dim=2)
    turned = torch.cat([imaginary, -real], dim=2)
    return torch.stack([components, turned])


def _response_gradient(frequency: Frequency, collected: torch.Tensor) -> torch.Tensor:
    """Take the sums of one frequency back to the response columns ``(start, component, fibre)``."""
    if frequency.n_channels == 1:
        return collected[0] @ frequency.analysis
    real, imaginary = collected[1].chunk(2, dim=2)
    return (collected[0] + torch.cat([-imaginary, real], dim=2)) @ frequency.analysis


def _subtract_model(
    points: torch.Tensor, gradients: torch.Tensor, sizes: list[int]
) -> tuple[torch.Tensor, torch.Tensor]:
    """Turn products with the tensor into gradients, in place.

    Returns half the model's squared norm, and the curvatures.
    """
    factors = points.split(sizes, dim=2)
    # In float32 the small difference of large sums would drown in rounding.
    neural, stimulus, response = (factor.double() @ factor.double().mT for factor in factors)
    exact = torch.stack([stimulus * response, neural * response, neural * stimulus])
    curvatures = exact.to(points.dtype)
    parts = gradients.split(sizes, dim=2)
    for part, curvature, factor in zip(parts, curvatures, factors, strict=True):
        part.neg_().baddbmm_(curvature, factor)
    return 0.5 * (neural * exact[0]).sum(dim=(1, 2)), curvatures
