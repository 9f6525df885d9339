"""The plain nonnegative decomposition, without shifts: TensorLy's."""

from typing import Any

import numpy as np

from napari_nfm.analysis.arguments import check_count
from napari_nfm.analysis.fibres import to_fibres
from napari_nfm.analysis.permuted.result import Factors, PermutedCP, best_of
from napari_nfm.analysis.responses import labelled
from napari_nfm.jobs import Progress, ShouldStop, check_stop, report
from napari_nfm.provenance import Provenance

__all__ = ["nonnegative_cp"]


def nonnegative_cp(
    tensor: Any,
    rank: int,
    *,
    n_starts: int = 10,
    seed: int = 0,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> PermutedCP:
    """Decompose a response tensor into nonnegative components, directions as they are.

    Parameters
    ----------
    tensor
        ``(unit, stimulus, direction, time)``, nonnegative: an `EncodingTensor`, a DataArray or an
        array.
    rank
        Number of components.
    n_starts
        Number of descents, of which the best is kept.
    seed
        Of the random starts.
    progress, should_stop
        As in `napari_nfm.jobs`; a step is a start.

    Returns
    -------
    PermutedCP
        With all shifts zero.

    Raises
    ------
    ResponseTensorError
        `tensor` is not such a tensor: wrong axes, NaN, negative, zero throughout.
    AnalysisError
        No such rank or number of starts.
    Cancelled
        `should_stop` said so.

    Notes
    -----
    TensorLy's ``non_negative_parafac_hals``: one factor after the other by hierarchical
    alternating least squares (Gillis & Glineur 2012).
    """
    from tensorly.decomposition import non_negative_parafac_hals
    from threadpoolctl import threadpool_limits

    from napari_nfm.analysis.permuted.inputs import (
        as_tensor_values,
        check_rank,
        starting_factors,
    )

    values = as_tensor_values(tensor)
    rank = check_rank(rank, values.shape)
    n_starts = check_count(n_starts, "n_starts")
    fibres = to_fibres(values)
    ends: list[Factors] = []
    starts = starting_factors(None, values.shape, rank, n_starts, seed)
    for done, start in enumerate(starts):
        report(progress, done, n_starts, "Decomposing")
        check_stop(should_stop)
        with threadpool_limits(limits=1):
            found = non_negative_parafac_hals(
                fibres, rank, n_iter_max=500, init=(None, list(start)), tol=1e-7
            )
        neural, stimulus, response = (np.asarray(factor) for factor in found.factors)
        ends.append((neural * found.weights, stimulus, response))
    report(progress, n_starts, n_starts, "Decomposing")
    unshifted = np.zeros(values.shape[:2], dtype=np.int64)
    return best_of(
        ends,
        np.array([_percent_error(fibres, factors) for factors in ends]),
        [unshifted] * n_starts,
        values.shape[2],
        Provenance.of(
            "napari_nfm.analysis.nonnegative_cp",
            labelled(tensor),
            rank=rank,
            n_starts=n_starts,
            seed=seed,
        ),
    )


def _percent_error(fibres: np.ndarray, factors: Factors) -> float:
    """Return the squared error in percent of the squared norm."""
    model = np.einsum("nr,sr,pr->nsp", *factors, optimize=True)
    return float(100 * np.sum((fibres - model) ** 2) / np.sum(fibres**2))
