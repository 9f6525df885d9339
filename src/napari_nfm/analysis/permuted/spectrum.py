"""A response tensor in the Fourier basis of its directions, where a shift is a rotation.

A cyclic shift of the directions multiplies each Fourier coefficient by a phase. The products of a
fibre with a component at all shifts therefore follow from one product per frequency, which takes
``D / 2 + 1`` small complex matrices instead of ``D`` real ones. Smoothed responses need fewer
numbers still: at each frequency their time courses lie in a subspace, and what is outside it is
left out where it is below the precision asked for.
"""

from dataclasses import dataclass

import numpy as np
import torch

__all__ = ["Frequency", "Spectrum"]


@dataclass(frozen=True)
class Frequency:
    """Fourier coefficients of all fibres at one frequency of the directions.

    Attributes
    ----------
    coefficients
        ``(2 * K or K, unit * stimulus)``: real parts of K time components, then their imaginary
        parts (none at frequency zero and at half the number of directions); stimulus fastest.
    analysis
        ``(2 * K or K, fibre)``, takes a response column to the same K time components.
    first_channel
        Row of the first channel of this frequency in `Spectrum.phases`.
    n_channels
        Two, real and imaginary, or one.
    """

    coefficients: torch.Tensor
    analysis: torch.Tensor
    first_channel: int
    n_channels: int


@dataclass(frozen=True)
class Spectrum:
    """The tensor of one decomposition, on one device and in one precision.

    Attributes
    ----------
    frequencies
        Coefficients at each frequency, lowest first.
    phases
        ``(channel, shift)``: the product of a fibre rolled by a shift with a component is the sum
        over channels of phase times channel. Column ``k - 1`` is the roll ``d -> d + k``, and the
        last is no shift, the order in which the study breaks ties.
    squared_norm
        Squared norm of the tensor, in float64.
    shape
        Number of units, stimuli, directions and time points.
    """

    frequencies: tuple[Frequency, ...]
    phases: torch.Tensor
    squared_norm: float
    shape: tuple[int, int, int, int]

    @classmethod
    def of(
        cls,
        values: np.ndarray,
        *,
        device: torch.device,
        dtype: torch.dtype,
        tolerance: float = 0.0,
    ) -> "Spectrum":
        """Transform `values` ``(unit, stimulus, direction, time)``.

        `tolerance` is the share of the squared norm that may be left out, over all frequencies.
        """
        units, stimuli, directions, times = values.shape
        double = torch.as_tensor(values, dtype=torch.float64, device=device)
        fibres = double.permute(2, 3, 0, 1).reshape(directions, -1)
        angle = 2 * torch.pi / directions
        turns = torch.arange(directions, dtype=torch.float64, device=device) * angle
        shifts = torch.arange(1, directions + 1, dtype=torch.float64, device=device) * angle
        squared_norm = float(torch.linalg.vector_norm(fibres) ** 2)
        waves: list[torch.Tensor] = []
        phases: list[torch.Tensor] = []
        spectra: list[torch.Tensor] = []
        for order in range(directions // 2 + 1):
            alone = order in (0, directions / 2)  # these waves have no imaginary part
            share = (1 if alone else 2) / directions
            wave, phase = torch.cos(order * turns)[None], torch.cos(order * shifts)[None]
            if not alone:
                wave = torch.cat([wave, -torch.sin(order * turns)[None]])
                phase = torch.cat([phase, -torch.sin(order * shifts)[None]])
            waves.append(wave)
            phases.append(share * phase)
            # For so few directions a product is quicker than the fast transform.
            spectra.append((wave @ fibres).view(-1, units * stimuli))
        bases = _time_bases(spectra, phases, times, tolerance * squared_norm)
        first_channels = np.cumsum([0, *map(len, waves)])
        frequencies = []
        for wave, spectrum, basis, first in zip(
            waves, spectra, bases, first_channels, strict=False
        ):
            coefficients, kernel = spectrum, _fibre_kernel(wave, times)
            if basis is not None:
                coefficients, kernel = basis @ coefficients, basis @ kernel
            frequencies.append(
                Frequency(coefficients.to(dtype), kernel.to(dtype), int(first), len(wave))
            )
        return cls(
            frequencies=tuple(frequencies),
            phases=torch.cat(phases).to(dtype),
            squared_norm=squared_norm,
            shape=(units, stimuli, directions, times),
        )


def _fibre_kernel(wave: torch.Tensor, times: int) -> torch.Tensor:
    """Return ``(channel * time, fibre)``, what takes a response column to its time courses."""
    identity = torch.eye(times, dtype=wave.dtype, device=wave.device)
    # (channel, time, time, direction), the last two in a fibre's own order
    return (wave[:, None, None] * identity[..., None]).reshape(len(wave) * times, -1)


def _time_bases(
    spectra: list[torch.Tensor], phases: list[torch.Tensor], times: int, may_lose: float
) -> list[torch.Tensor | None]:
    """Return what takes the time courses of each frequency to components, as one real matrix.

    The components are principal ones; those of least energy are left out, over all frequencies
    together, while their energy sums to less than `may_lose`. None stands for the identity.
    """
    if may_lose <= 0:
        return [None] * len(spectra)
    energies, vectors = [], []
    for spectrum, phase in zip(spectra, phases, strict=True):
        products = spectrum @ spectrum.T
        if len(phase) == 1:
            covariance = products
        else:
            top, bottom = products.split(times)
            (real, across), (back, imaginary) = top.split(times, 1), bottom.split(times, 1)
            covariance = torch.complex(real + imaginary, back - across)
        share = phase[0, -1]  # no shift turns nothing
        values, basis = torch.linalg.eigh(covariance)
        energies.append(share * values.clamp(min=0))
        vectors.append(basis)
    ascending = torch.sort(torch.cat(energies)).values
    n_left_out = int((torch.cumsum(ascending, 0) < may_lose).sum())
    smallest_kept = ascending[min(n_left_out, len(ascending) - 1)]
    return [
        _as_real(basis[:, values >= smallest_kept].mH)
        for values, basis in zip(energies, vectors, strict=True)
    ]


def _as_real(matrix: torch.Tensor) -> torch.Tensor:
    """Return the real matrix that acts on real parts above imaginary parts as `matrix` does."""
    if not matrix.is_complex():
        return matrix
    real, imaginary = matrix.real, matrix.imag
    return torch.cat([torch.cat([real, -imaginary], 1), torch.cat([imaginary, real], 1)])
