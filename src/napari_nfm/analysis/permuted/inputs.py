"""Reading what a decomposition is asked for: the tensor, the rank, where to start and compute."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from napari_nfm.analysis.arguments import check_count, check_seed
from napari_nfm.analysis.errors import AnalysisError, ResponseTensorError
from napari_nfm.analysis.permuted.result import Factors, PermutedCP
from napari_nfm.analysis.responses import STIMULUS_AXES, labelled, with_axes

__all__ = [
    "as_tensor_values",
    "check_factors",
    "check_rank",
    "check_tolerance",
    "choose_device",
    "starting_factors",
]

FEWEST_UNITS = 3


def as_tensor_values(tensor: Any) -> npt.NDArray[np.float64]:
    """Return `tensor` as float64 numbers ``(unit, stimulus, direction, time)``.

    Raises
    ------
    ResponseTensorError
        Wrong axes or type, NaN, infinite or negative numbers, fewer than three units, or nothing
        but zeros.
    """
    values = np.asarray(with_axes(labelled(tensor), STIMULUS_AXES).values, dtype=np.float64)
    if len(values) < FEWEST_UNITS:
        raise ResponseTensorError(
            f"The tensor has {_count(len(values), 'unit')}",
            f"give at least {FEWEST_UNITS}, as a population is decomposed",
        )
    lowest, highest = values.min(), values.max()  # NaN where any is
    if not np.isfinite([lowest, highest]).all():
        bad = ~np.isfinite(values)
        raise ResponseTensorError(
            f"The tensor is NaN or infinite for {_count(_units_with(bad), 'unit')}",
            "leave these units out or fill the gaps",
        )
    if lowest < 0:
        raise ResponseTensorError(
            f"The tensor is negative for {_count(_units_with(values < 0), 'unit')}, "
            f"down to {lowest:.3g}",
            "subtract the minimum or rectify the responses, as encoding_tensor does",
        )
    if highest == 0:
        raise ResponseTensorError(
            "The tensor is zero throughout", "choose units that respond to these stimuli"
        )
    return values


def check_rank(rank: Any, shape: Sequence[int]) -> int:
    """Return `rank` as a number of components that a tensor of this shape can have.

    Raises
    ------
    AnalysisError
        It is no whole number, below one, or above the number of units or of responses per unit.
    """
    n_responses = int(np.prod(shape[1:]))
    most = min(shape[0], n_responses)
    rank = check_count(rank, "rank")
    if rank > most:
        raise AnalysisError(
            f"The rank is {rank} for {shape[0]} units with {n_responses} responses each",
            f"ask for 1 to {most}",
        )
    return rank


def check_tolerance(value: Any) -> float:
    """Return `value` as a share of the error, zero or more."""
    if not isinstance(value, int | float | np.number) or not 0 <= value < 1:
        raise AnalysisError(
            f"The argument tolerance is {value!r}", "give a number from 0, such as 1e-5"
        )
    return float(value)


def check_factors(factors: Any, shape: Sequence[int]) -> Factors:
    """Return three nonnegative matrices that fit a tensor ``(unit, stimulus, direction, time)``.

    Raises
    ------
    AnalysisError
        They are not three, differ in their number of columns, do not fit the tensor, or have NaN,
        infinite or negative entries.
    """
    expected = (shape[0], shape[1], shape[2] * shape[3])
    try:
        neural, stimulus, response = (np.asarray(factor, dtype=np.float64) for factor in factors)
    except (TypeError, ValueError) as error:
        raise AnalysisError(
            "The factors are not three matrices of numbers",
            "give (unit, R), (stimulus, R) and (direction * time, R)",
        ) from error
    matrices = (neural, stimulus, response)
    shapes = [matrix.shape for matrix in matrices]
    columns = {matrix.shape[-1] if matrix.ndim else 0 for matrix in matrices}
    if any(matrix.ndim != 2 for matrix in matrices) or len(columns) != 1 or 0 in columns:
        raise AnalysisError(
            f"The factors have the shapes {shapes}", "give three matrices with R columns each"
        )
    if tuple(len(matrix) for matrix in matrices) != expected:
        raise AnalysisError(
            f"The factors have {[len(matrix) for matrix in matrices]} rows for a tensor of "
            f"{expected[0]} units, {expected[1]} stimuli and fibres of {expected[2]}",
            "give the factors of this tensor",
        )
    if any(not np.isfinite(matrix).all() or (matrix < 0).any() for matrix in matrices):
        raise AnalysisError(
            "The factors have NaN, infinite or negative entries", "give nonnegative numbers"
        )
    return matrices


def starting_factors(
    init: Any, shape: Sequence[int], rank: int, n_starts: int, seed: int
) -> list[Factors]:
    """Return where the starts begin: those in `init` first, the others at random.

    Random columns are uniform on 0 to 1 and scaled to unit norm, as in the study. Start number i
    is the same whatever the number of starts.

    Raises
    ------
    AnalysisError
        `init` does not fit the tensor or the rank, or has more than `n_starts` starts; or `seed`
        is no whole number from zero.
    """
    seed = check_seed(seed)
    given = _given_starts(init, shape)
    if len(given) > n_starts:
        raise AnalysisError(
            f"The argument init has {len(given)} starts of {n_starts}",
            "ask for at least as many with n_starts",
        )
    sizes = (shape[0], shape[1], shape[2] * shape[3])
    starts = []
    for number in range(n_starts):
        generator = np.random.default_rng([seed, number])
        neural, stimulus, response = (_random_columns(generator, size, rank) for size in sizes)
        factors = (neural, stimulus, response)
        if number < len(given):
            factors = _extend(given[number], factors)
        starts.append(factors)
    return starts


def choose_device(device: Any) -> torch.device:
    """Return the device to compute on; "auto" takes CUDA where there is one, else the CPU.

    Raises
    ------
    AnalysisError
        There is no such device here, or it has no float64, which confirms every result.
    """
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        chosen = torch.device(device)
        torch.empty(0, device=chosen, dtype=torch.float64)
    # torch says AssertionError where it was built without CUDA.
    except (RuntimeError, AssertionError, NotImplementedError, TypeError) as error:
        raise AnalysisError(
            f"Device {str(device)!r} is not available here or has no double precision",
            "use 'auto' or 'cpu'",
        ) from error
    return chosen


def _given_starts(init: Any, shape: Sequence[int]) -> list[Factors]:
    """Read one decomposition, one triple of factors, or several of either."""
    if init is None:
        return []
    if isinstance(init, PermutedCP):
        init = [init]
    if not isinstance(init, Sequence) or not len(init):
        raise AnalysisError(
            f"The argument init is of type {type(init).__name__}",
            "give a decomposition, three factors, or a list of these",
        )
    if isinstance(init[0], np.ndarray):
        init = [init]
    return [
        check_factors(
            _with_weights(start) if isinstance(start, PermutedCP) else start,
            shape,
        )
        for start in init
    ]


def _with_weights(fit: PermutedCP) -> Factors:
    """Spread the weights of a decomposition evenly over its factors."""
    neural, stimulus, response = (factor * np.cbrt(fit.weights) for factor in fit.factors)
    return neural, stimulus, response


def _extend(given: Factors, columns: Factors) -> Factors:
    """Put `given` in front of as many of `columns` as are missing."""
    rank, has = columns[0].shape[1], given[0].shape[1]
    if has > rank:
        raise AnalysisError(
            f"The argument init has {has} components for rank {rank}",
            "start from a decomposition of this rank or a lower one",
        )
    neural, stimulus, response = (
        np.concatenate([ours, theirs[:, has:]], axis=1)
        for ours, theirs in zip(given, columns, strict=True)
    )
    return neural, stimulus, response


def _random_columns(
    generator: np.random.Generator, size: int, rank: int
) -> npt.NDArray[np.float64]:
    columns = generator.uniform(size=(size, rank))
    return columns / np.linalg.norm(columns, axis=0)


def _units_with(mask: npt.NDArray[np.bool_]) -> int:
    return int(mask.any(axis=(1, 2, 3)).sum())


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
