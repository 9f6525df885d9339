"""The permuted decomposition of a response tensor into nonnegative components.

Dyballa et al. (2024) and Bertram et al. (arXiv 2601.21508) describe each unit by a few components
(units x stimuli x response over directions and time), where the preferred direction of a unit does
not matter: each fibre may be rolled along its directions. The shifts are chosen anew at every
evaluation, so that they and the components are found together; schemes that alternate freeze the
shifts early and end in worse minima.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from napari_nfm.analysis.arguments import check_count
from napari_nfm.analysis.permuted.result import Factors, PermutedCP, best_of
from napari_nfm.analysis.responses import labelled
from napari_nfm.jobs import Progress, ShouldStop
from napari_nfm.provenance import Provenance, name_or_given

__all__ = ["permuted_cp", "permuted_cp_objective"]


def permuted_cp_objective(
    tensor: Any, factors: Any
) -> tuple[float, Factors, npt.NDArray[np.int64]]:
    """Return half the squared error of a sum of components, its gradients and the best shifts.

    Parameters
    ----------
    tensor
        ``(unit, stimulus, direction, time)``, nonnegative: an `EncodingTensor`, a DataArray or an
        array.
    factors
        Neural ``(unit, R)``, stimulus ``(stimulus, R)`` and response ``(fibre, R)``, nonnegative;
        fibre entry ``time * n_directions + direction``. Weights, if any, are in the columns.

    Returns
    -------
    value
        ``|X - M|^2 / 2`` over all fibres, each rolled to fit best.
    gradients
        With respect to the three factors, at fixed shifts (where the best shift is unique this is
        the gradient).
    shifts
        ``(unit, stimulus)``, the roll ``d -> d + k`` that fits best, 0 to ``n_directions - 1``.
        Where all fit exactly alike, as for a silent unit, it is 1, as in the study, which tries
        1, 2, ... and last 0.

    Raises
    ------
    ResponseTensorError
        `tensor` is not such a tensor.
    AnalysisError
        `factors` do not fit it.
    """
    import torch

    from napari_nfm.analysis.permuted.inputs import as_tensor_values, check_factors
    from napari_nfm.analysis.permuted.objective import Objective
    from napari_nfm.analysis.permuted.spectrum import Spectrum

    values = as_tensor_values(tensor)
    matrices = check_factors(factors, values.shape)
    spectrum = Spectrum.of(values, device=torch.device("cpu"), dtype=torch.float64)
    point = torch.as_tensor(np.concatenate(matrices).T[np.newaxis])
    found = Objective(spectrum).evaluate(point)
    rows = np.cumsum([len(matrix) for matrix in matrices])[:-1]
    neural, stimulus, response = np.split(found.gradients[0].T.numpy(), rows)
    shifts = (found.shifts[0].numpy() + 1) % values.shape[2]
    return float(found.values[0]), (neural, stimulus, response), shifts


def permuted_cp(
    tensor: Any,
    rank: int,
    *,
    n_starts: int = 10,
    seed: int = 0,
    init: Any = None,
    max_iterations: int = 1000,
    tolerance: float = 1e-5,
    device: Any = "auto",
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> PermutedCP:
    """Decompose a response tensor into nonnegative components, up to shifts of the directions.

    Parameters
    ----------
    tensor
        ``(unit, stimulus, direction, time)``, nonnegative: an `EncodingTensor`, a DataArray or an
        array.
    rank
        Number of components.
    n_starts
        Number of descents, of which the best is kept; the study used 50 (30 for some layers).
    seed
        Of the random starts.
    init
        Where to begin: a `PermutedCP` or three factors, or a list of these. They take the first
        starts, filled up with random columns if their rank is lower; the others begin at random.
    max_iterations
        Most iterations of a start; the study's number.
    tolerance
        A start has converged when its error falls by less than this share of itself per
        iteration, over 20 iterations, or when the largest entry of the projected gradient is at
        most 1e-4 (the study's only rule), or when nothing but rounding is left.
    device
        Where to compute; "auto" takes CUDA where there is one, else the CPU.
    progress, should_stop
        As in `napari_nfm.jobs`; a step is a start.

    Returns
    -------
    PermutedCP
        The best start, and the errors and neural factors of all.

    Raises
    ------
    ResponseTensorError
        `tensor` is not such a tensor: wrong axes, NaN, negative, zero throughout.
    AnalysisError
        No such rank, number of starts, seed, `init` or device, or a tolerance below zero.
    Cancelled
        `should_stop` said so.

    Notes
    -----
    Minimises the same objective from the same kind of start as the MATLAB code of the study,
    which is L-BFGS-B with memory 5. All starts are computed in float32; the error of each is
    confirmed in float64, and those that fit to within what float32 resolves go on in float64.
    Groups of starts share the cores, each group on one thread, so that the result does not depend
    on how many there are.
    """
    from napari_nfm.analysis.permuted.inputs import (
        as_tensor_values,
        check_rank,
        check_tolerance,
        choose_device,
        starting_factors,
    )
    from napari_nfm.analysis.permuted.starts import descend_all

    values = as_tensor_values(tensor)
    rank = check_rank(rank, values.shape)
    n_starts = check_count(n_starts, "n_starts")
    starts = starting_factors(init, values.shape, rank, n_starts, seed)
    ends = descend_all(
        values,
        starts,
        max_iterations=check_count(max_iterations, "max_iterations"),
        tolerance=check_tolerance(tolerance),
        device=choose_device(device),
        progress=progress,
        should_stop=should_stop,
    )
    return best_of(
        ends.factors,
        ends.percent_errors,
        ends.shifts,
        values.shape[2],
        Provenance.of(
            "napari_nfm.analysis.permuted_cp",
            labelled(tensor),
            rank=rank,
            n_starts=n_starts,
            seed=seed,
            init=name_or_given(init),
            max_iterations=max_iterations,
            tolerance=tolerance,
        ),
    )
