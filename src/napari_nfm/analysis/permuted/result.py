"""The result of a decomposition into nonnegative components."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from napari_nfm.provenance import Provenance

if TYPE_CHECKING:
    from tensorly.cp_tensor import CPTensor

__all__ = ["Factors", "PermutedCP", "best_of"]

FloatArray = npt.NDArray[np.float64]
Factors = tuple[FloatArray, FloatArray, FloatArray]
"""Neural ``(unit, R)``, stimulus ``(stimulus, R)`` and response ``(fibre, R)`` factors."""


@dataclass(frozen=True)
class PermutedCP:
    """A sum of nonnegative components, and the shift of each fibre that fits it best.

    Attributes
    ----------
    factors
        Neural ``(unit, R)``, stimulus ``(stimulus, R)`` and response ``(fibre, R)`` loadings of
        the best start, columns of unit norm. Fibre entry ``time * n_directions + direction``.
        A component that vanished has zeros and weight zero.
    weights
        ``(R,)``, norms of the components, largest first.
    percent_error
        Squared error of the best start in percent of the tensor's squared norm.
    percent_errors
        ``(start,)``, of all starts, smallest first.
    shifts
        ``(unit, stimulus)``, the roll of directions ``d -> d + k`` that fits best, 0 to
        ``n_directions - 1``.
    neural_factors
        ``(start, unit, R)`` float32, neural loadings of all starts in the order of
        `percent_errors`.
    n_directions
        Number of directions of motion.
    provenance
        The call that made this result.
    """

    factors: Factors
    weights: FloatArray
    percent_error: float
    percent_errors: FloatArray
    shifts: npt.NDArray[np.int64]
    neural_factors: npt.NDArray[np.float32]
    n_directions: int
    provenance: Provenance

    def to_tensorly(self) -> "CPTensor":
        """Return weights and factors as TensorLy's type, for its plots and measures."""
        from tensorly.cp_tensor import CPTensor

        return CPTensor((self.weights.copy(), [factor.copy() for factor in self.factors]))


def best_of(
    ends: Sequence[Factors],
    percent_errors: FloatArray,
    shifts: Sequence[npt.NDArray[np.int64]] | npt.NDArray[np.int64],
    n_directions: int,
    provenance: Provenance,
) -> PermutedCP:
    """Return the start of least error, with the errors and neural factors of all.

    Parameters
    ----------
    ends, percent_errors, shifts
        Factors, error and ``(unit, stimulus)`` shifts of each start, in one order.
    n_directions
        Number of directions of motion.
    provenance
        The call that made them.
    """
    order = np.argsort(percent_errors, kind="stable")
    normalised = [_normalise(ends[start]) for start in order]
    weights, factors = normalised[0]
    return PermutedCP(
        factors=factors,
        weights=weights,
        percent_error=float(percent_errors[order[0]]),
        percent_errors=percent_errors[order],
        shifts=shifts[order[0]],
        neural_factors=np.stack([neural for _, (neural, _, _) in normalised]).astype(np.float32),
        n_directions=n_directions,
        provenance=provenance,
    )


def _normalise(factors: Factors) -> tuple[FloatArray, Factors]:
    """Return the components' norms, largest first, and factors with columns of unit norm."""
    norms = [np.linalg.norm(factor, axis=0) for factor in factors]
    weights = np.prod(norms, axis=0)
    order = np.argsort(-weights, kind="stable")
    neural, stimulus, response = (
        np.ascontiguousarray((factor / np.where(norm > 0, norm, 1))[:, order])
        for factor, norm in zip(factors, norms, strict=True)
    )
    return weights[order], (neural, stimulus, response)
