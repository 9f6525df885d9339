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
        spectra = torch.fft.rfft(double, dim=2)
        squared_norm = float((double**2).sum())
        weights = torch.full((spectra.shape[2],), 2.0 / directions, dtype=torch.float64)
        weights[0] = 1.0 / directions
        if directions % 2 == 0:
            weights[-1] = 1.0 / directions
        bases = _time_bases(spectra, weights.to(device), tolerance * squared_norm)
        angles = torch.arange(directions, dtype=torch.float64, device=device) * (
            2 * torch.pi / directions
        )
        shifts = torch.arange(1, directions + 1, dtype=torch.float64, device=device)
        frequencies: list[Frequency] = []
        phases: list[torch.Tensor] = []
        for index, basis in enumerate(bases):
            n_channels = 1 if weights[index] == 1.0 / directions else 2
            first = len(phases)
            turn = 2 * torch.pi / directions * index * shifts
            phases.append(weights[index] * torch.cos(turn))
            wave = torch.polar(torch.ones_like(angles), -index * angles)
            # (component, time, direction) is the fibre's own order
            kernel = (basis.mH[:, :, None] * wave).reshape(basis.shape[1], times * directions)
            coefficients = basis.mH @ spectra[:, :, index].reshape(-1, times).T
            if n_channels == 2:
                phases.append(-weights[index] * torch.sin(turn))
                kernel = torch.cat([kernel.real, kernel.imag])
                coefficients = torch.cat([coefficients.real, coefficients.imag])
            else:
                kernel, coefficients = kernel.real, coefficients.real
            frequencies.append(
                Frequency(
                    coefficients=coefficients.to(dtype).contiguous(),
                    analysis=kernel.to(dtype).contiguous(),
                    first_channel=first,
                    n_channels=n_channels,
                )
            )
        return cls(
            frequencies=tuple(frequencies),
            phases=torch.stack(phases).to(dtype),
            squared_norm=squared_norm,
            shape=(units, stimuli, directions, times),
        )


def _time_bases(
    spectra: torch.Tensor, weights: torch.Tensor, may_lose: float
) -> list[torch.Tensor]:
    """Return an orthonormal basis ``(time, component)`` of the time courses at each frequency.

    The directions of least energy are left out, over all frequencies together, while their energy
    sums to less than `may_lose`.
    """
    energies, vectors = [], []
    for index in range(spectra.shape[2]):
        rows = spectra[:, :, index].reshape(-1, spectra.shape[3])
        if weights[index] == weights[0]:  # real frequencies have a real basis
            rows = rows.real
        covariance = weights[index] * (rows.T @ rows.conj())
        values, basis = torch.linalg.eigh(covariance)
        energies.append(values.clamp(min=0))
        vectors.append(basis.to(spectra.dtype))
    if may_lose <= 0:
        identity = torch.eye(spectra.shape[3], dtype=spectra.dtype, device=spectra.device)
        return [identity] * len(vectors)
    ascending = torch.sort(torch.cat(energies)).values
    n_left_out = int((torch.cumsum(ascending, 0) < may_lose).sum())
    smallest_kept = ascending[min(n_left_out, len(ascending) - 1)]
    return [
        basis[:, values >= smallest_kept].flip(1)
        for values, basis in zip(energies, vectors, strict=True)
    ]
