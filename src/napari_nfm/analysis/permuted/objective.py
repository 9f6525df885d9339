"""Value and gradient of the permuted decomposition, for many starts at once.

Half the squared error between the tensor, each fibre rolled along its directions to fit best, and
a sum of components. Where the best shift is unique the gradient is that of the rolled tensor.
"""

from dataclasses import dataclass

import torch

from napari_nfm.analysis.permuted.spectrum import Frequency, Spectrum

__all__ = ["Evaluation", "evaluate", "squared_model_norms"]

BLOCK_BYTES = 2_000_000
"""Size of the largest temporary of a block on the CPU, so that it stays in the second cache."""


@dataclass(frozen=True)
class Evaluation:
    """What one evaluation found; ``start`` is the first axis throughout.

    Attributes
    ----------
    values
        ``(start,)`` float64.
    gradients
        ``(start, component, unit + stimulus + fibre)``.
    shifts
        ``(start, stimulus, unit)``, the roll ``d -> d + k`` that fits best as ``k - 1``.
    """

    values: torch.Tensor
    gradients: torch.Tensor
    shifts: torch.Tensor


def evaluate(spectrum: Spectrum, points: torch.Tensor) -> Evaluation:
    """Evaluate the objective at `points` ``(start, component, unit + stimulus + fibre)``.

    A point holds the transposed factors side by side. Units are worked through in blocks that fit
    the processor's cache.
    """
    units, stimuli, directions, times = spectrum.shape
    sizes = [units, stimuli, directions * times]
    neural, stimulus, response = points.split(sizes, dim=2)
    gradients = torch.empty_like(points)
    neural_part, stimulus_part, response_part = gradients.split(sizes, dim=2)
    stimulus_part.zero_()
    kernels = [_kernel(frequency, response) for frequency in spectrum.frequencies]
    collected = [torch.zeros_like(kernel) for kernel in kernels]
    aligned = torch.zeros(len(points), dtype=torch.float64, device=points.device)
    shifts = []
    for block in _blocks(spectrum, points):
        members = neural[:, :, block]
        mixtures = stimulus[:, :, :, None] * members[:, :, None, :]
        channels = _channels(spectrum, kernels, mixtures, block)
        best, found = _best_shifts(spectrum, channels, mixtures)
        aligned += best.sum(dim=(1, 2), dtype=torch.float64)
        turned = spectrum.phases[:, found]  # (channel, start, stimulus, unit)
        products = (turned[:, :, None] * channels).sum(0)
        neural_part[:, :, block] = (stimulus[:, :, :, None] * products).sum(2)
        stimulus_part += (products @ members[..., None])[..., 0]
        torch.mul(turned[:, :, None], mixtures, out=channels)
        _collect(spectrum, channels, collected, block)
        shifts.append(found)
    response_part.zero_()
    for frequency, kernel in zip(spectrum.frequencies, collected, strict=True):
        response_part += _response_gradient(frequency, kernel)
    half_model = _subtract_model(points, sizes, gradients)
    values = 0.5 * spectrum.squared_norm - aligned + half_model
    return Evaluation(values, gradients, torch.cat(shifts, dim=2))


def squared_model_norms(points: torch.Tensor, sizes: list[int]) -> torch.Tensor:
    """Return the squared norms ``(start,)`` of the sums of components, in float64."""
    product = torch.ones((), dtype=torch.float64, device=points.device)
    for factor in points.split(sizes, dim=2):
        double = factor.double()
        product = product * (double @ double.mT)
    return product.sum(dim=(1, 2))


def _subtract_model(
    points: torch.Tensor, sizes: list[int], gradients: torch.Tensor
) -> torch.Tensor:
    """Turn products with the tensor into gradients, in place; return half the model's norm."""
    factors = points.split(sizes, dim=2)
    # In float32 the small difference of large sums would drown in rounding.
    grams = [factor.double() @ factor.double().mT for factor in factors]
    for mode, part in enumerate(gradients.split(sizes, dim=2)):
        others = torch.stack([gram for other, gram in enumerate(grams) if other != mode]).prod(0)
        part.neg_().add_(others.to(points.dtype) @ factors[mode])
    return 0.5 * torch.stack(grams).prod(0).sum(dim=(1, 2))


def _blocks(spectrum: Spectrum, points: torch.Tensor) -> list[slice]:
    """Divide the units so that the channels of all starts of a block stay in the cache."""
    units, stimuli, directions, _ = spectrum.shape
    starts, rank = points.shape[:2]
    if points.device.type != "cpu":
        return [slice(0, units)]
    per_unit = starts * rank * stimuli * directions * points.element_size()
    width = max(16, BLOCK_BYTES // per_unit)
    return [slice(first, min(first + width, units)) for first in range(0, units, width)]


def _kernel(frequency: Frequency, response: torch.Tensor) -> torch.Tensor:
    """Return ``(channel, start, component, K or 2 K)``, the response columns of one frequency."""
    components = response @ frequency.analysis.T
    if frequency.n_channels == 1:
        return components[None]
    real, imaginary = components.chunk(2, dim=2)
    turned = torch.cat([imaginary, -real], dim=2)
    return torch.stack([components, turned])


def _channels(
    spectrum: Spectrum, kernels: list[torch.Tensor], mixtures: torch.Tensor, block: slice
) -> torch.Tensor:
    """Return ``(channel, start, component, stimulus, unit)``, products of fibres and components."""
    n_channels = len(spectrum.phases)
    channels = mixtures.new_empty((n_channels, *mixtures.shape))
    width = mixtures.shape[2] * mixtures.shape[3]
    for frequency, kernel in zip(spectrum.frequencies, kernels, strict=True):
        first = frequency.first_channel
        rows = channels[first : first + frequency.n_channels].view(-1, width)
        fibres = frequency.coefficients[:, :, block].reshape(-1, width)
        torch.mm(kernel.reshape(-1, kernel.shape[-1]), fibres, out=rows)
    return channels


def _best_shifts(
    spectrum: Spectrum, channels: torch.Tensor, mixtures: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the largest product over shifts and its shift, both ``(start, stimulus, unit)``."""
    spectra = (channels * mixtures).sum(2)
    by_shift = spectrum.phases.T @ spectra.reshape(len(spectra), -1)
    best, found = by_shift.max(dim=0)
    shape = spectra.shape[1:]
    return best.view(shape), found.view(shape)


def _collect(
    spectrum: Spectrum, weights: torch.Tensor, collected: list[torch.Tensor], block: slice
) -> None:
    """Add the block's fibres, weighted by each component's turned mixture, to `collected`."""
    width = weights.shape[3] * weights.shape[4]
    for frequency, total in zip(spectrum.frequencies, collected, strict=True):
        first = frequency.first_channel
        rows = weights[first : first + frequency.n_channels].view(-1, width)
        fibres = frequency.coefficients[:, :, block].reshape(-1, width)
        total.view(-1, total.shape[-1]).addmm_(rows, fibres.T)


def _response_gradient(frequency: Frequency, collected: torch.Tensor) -> torch.Tensor:
    """Take the sums of one frequency back to the response columns ``(start, component, fibre)``."""
    if frequency.n_channels == 1:
        return collected[0] @ frequency.analysis
    real, imaginary = collected[1].chunk(2, dim=2)
    return (collected[0] + torch.cat([-imaginary, real], dim=2)) @ frequency.analysis
