"""Many starts of one decomposition, in groups that share evaluations."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from napari_nfm.analysis.permuted.descent import StopRule, descend
from napari_nfm.analysis.permuted.objective import Objective
from napari_nfm.analysis.permuted.result import Factors
from napari_nfm.analysis.permuted.spectrum import Spectrum
from napari_nfm.jobs import Progress, ShouldStop, check_stop, report
from napari_nfm.side_by_side import one_thread_each, side_by_side

__all__ = ["Ends", "descend_all"]

MOST_TOGETHER = 5
"""Starts of a group on the CPU; more share no more work, and their memory leaves the cache."""

MOST_TOGETHER_ON_DEVICE = 64
"""Starts of a group elsewhere, where a small batch leaves most of the device idle."""

LEFT_OUT = 1e-10
"""Share of the squared norm that the float32 spectrum may lack."""

RESOLVED_BY_FLOAT32 = 1e-3
"""Share of the squared norm below which a start goes on in float64."""

FLOAT32_ROUNDING, FLOAT64_ROUNDING = 1e-6, 1e-13
"""Share of the squared norm below which nothing is left to fit but rounding."""


@dataclass(frozen=True)
class Ends:
    """Where the starts ended, in the order in which they were given.

    Attributes
    ----------
    factors
        Of each start, as they came.
    percent_errors
        ``(start,)``.
    shifts
        ``(start, unit, stimulus)``, the roll ``d -> d + k`` that fits best.
    """

    factors: list[Factors]
    percent_errors: npt.NDArray[np.float64]
    shifts: npt.NDArray[np.int64]


def descend_all(
    values: npt.NDArray[np.float64],
    starts: Sequence[Factors],
    *,
    max_iterations: int,
    tolerance: float,
    device: torch.device,
    progress: Progress | None,
    should_stop: ShouldStop | None,
) -> Ends:
    """Descend from every start on `values` ``(unit, stimulus, direction, time)``.

    Each group is computed in one thread of the CPU: the number of threads would change the order
    of sums, hence the minimum in which a start ends.
    """
    check_stop(should_stop)
    report(progress, 0, len(starts), "Decomposing")
    points = torch.as_tensor(np.stack([np.concatenate(start).T for start in starts]))
    groups = points.split(MOST_TOGETHER if device.type == "cpu" else MOST_TOGETHER_ON_DEVICE)
    converged: list[int] = []

    def count(some: int) -> None:
        converged.append(some)
        report(progress, sum(converged), len(starts), "Decomposing")

    players = torch.get_num_threads() if device.type == "cpu" else 1
    with one_thread_each():
        solver = _Solver(values, tolerance, max_iterations, device)

        def descend_group(
            _number: int, group: torch.Tensor, stop: ShouldStop
        ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
            return solver.descend(group.to(device), count, stop)

        outcomes = side_by_side(descend_group, groups, players, should_stop)
    ends, errors, shifts = (torch.cat(parts).cpu().numpy() for parts in zip(*outcomes, strict=True))
    return Ends([_unpack(end, values.shape) for end in ends], errors, shifts)


class _Solver:
    """One tensor in both precisions."""

    def __init__(
        self,
        values: npt.NDArray[np.float64],
        tolerance: float,
        max_iterations: int,
        device: torch.device,
    ) -> None:
        self.single = Spectrum.of(values, device=device, dtype=torch.float32, tolerance=LEFT_OUT)
        self.double = Spectrum.of(values, device=device, dtype=torch.float64)
        self.coarse, self.fine = (
            StopRule(tolerance=tolerance, rounding=rounding, max_iterations=max_iterations)
            for rounding in (FLOAT32_ROUNDING, FLOAT64_ROUNDING)
        )

    def descend(
        self, points: torch.Tensor, count: Callable[[int], None], should_stop: ShouldStop | None
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return where a group ends, its percent errors, both in float64, and its shifts.

        Descends in float32, and goes on in float64 where that is too coarse; `count` is told how
        many starts have just ended.
        """
        found = descend(self.single, points.float(), self.coarse, should_stop=should_stop)
        ends = found.points.double()
        half_norm = 0.5 * self.double.squared_norm
        unresolved = (found.values < RESOLVED_BY_FLOAT32 * half_norm).nonzero()[:, 0]
        count(len(points) - len(unresolved))
        if len(unresolved):
            refined = descend(self.double, ends[unresolved], self.fine, should_stop=should_stop)
            ends[unresolved] = refined.points
            count(len(unresolved))
        exact = Objective(self.double)
        confirmed = [exact.evaluate(end[None]) for end in ends]
        values = torch.cat([evaluation.values for evaluation in confirmed])
        shifts = torch.cat([evaluation.shifts for evaluation in confirmed])
        return ends, 100 * values / half_norm, (shifts + 1) % self.double.shape[2]


def _unpack(point: npt.NDArray[np.float64], shape: Sequence[int]) -> Factors:
    """Return the three factors of a point ``(component, unit + stimulus + fibre)``."""
    neural, stimulus, response = np.split(point.T, [shape[0], shape[0] + shape[1]])
    return neural, stimulus, response
