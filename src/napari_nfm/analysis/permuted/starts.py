"""Many starts of one decomposition, in groups that share evaluations, on all cores."""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from threading import Event
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import torch

from napari_nfm.analysis.permuted.descent import StopRule, descend
from napari_nfm.analysis.permuted.objective import Objective
from napari_nfm.analysis.permuted.result import Factors
from napari_nfm.analysis.permuted.spectrum import Spectrum
from napari_nfm.jobs import Progress, ShouldStop, check_stop, report

__all__ = ["Ends", "descend_all"]

MOST_TOGETHER = 5
"""Starts of a group. It does not depend on the number of cores, so neither do the results."""

LEFT_OUT = 1e-10
"""Share of the squared norm that the float32 spectrum may lack."""

RESOLVED_BY_FLOAT32 = 1e-3
"""Share of the squared norm below which a start goes on in float64."""

FLOAT32_ROUNDING, FLOAT64_ROUNDING = 1e-6, 1e-13
"""Share of the squared norm below which nothing is left to fit but rounding."""

WAIT_SECONDS = 0.05

Outcome: TypeAlias = "tuple[torch.Tensor, torch.Tensor]"


@dataclass(frozen=True)
class Ends:
    """Where the starts ended, in the order in which they were given."""

    factors: list[Factors]
    percent_errors: npt.NDArray[np.float64]


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

    `progress` and `should_stop` are called by this thread only.
    """
    check_stop(should_stop)
    rules = tuple(
        StopRule(tolerance=tolerance, rounding=rounding, max_iterations=max_iterations)
        for rounding in (FLOAT32_ROUNDING, FLOAT64_ROUNDING)
    )
    points = torch.as_tensor(np.stack([np.concatenate(start).T for start in starts]))
    groups = points.split(MOST_TOGETHER)
    finished: list[int] = []
    cancelled = Event()
    report(progress, 0, len(starts), "Decomposing")

    def transform() -> tuple[Spectrum, Spectrum]:
        return (
            Spectrum.of(values, device=device, dtype=torch.float32, tolerance=LEFT_OUT),
            Spectrum.of(values, device=device, dtype=torch.float64),
        )

    threads = torch.get_num_threads()
    # Each worker computes in one thread: sums in other orders would round otherwise.
    pool = ThreadPoolExecutor(
        threads if device.type == "cpu" else 1, initializer=torch.set_num_threads, initargs=(1,)
    )
    try:
        single, double = pool.submit(transform).result()

        def run(group: torch.Tensor) -> Outcome:
            return _descend_group(
                single, double, group.to(device), rules, finished, should_stop=cancelled.is_set
            )

        futures = [pool.submit(run, group) for group in groups]
        _watch(futures, finished, len(starts), progress, should_stop)
        outcomes = [future.result() for future in futures]
    finally:
        cancelled.set()
        pool.shutdown(cancel_futures=True)
        torch.set_num_threads(threads)
    ends = torch.cat([outcome[0] for outcome in outcomes]).cpu().numpy()
    errors = torch.cat([outcome[1] for outcome in outcomes]).cpu().numpy()
    return Ends([_unpack(end, values.shape) for end in ends], errors)


def _descend_group(
    single: Spectrum,
    double: Spectrum,
    points: torch.Tensor,
    rules: Sequence[StopRule],
    finished: list[int],
    *,
    should_stop: ShouldStop,
) -> Outcome:
    """Descend in float32, go on in float64 where that is too coarse, and confirm the errors."""
    found = descend(single, points.float(), rules[0], should_stop=should_stop)
    ends = found.points.double()
    half_norm = 0.5 * double.squared_norm
    fine = (found.values < RESOLVED_BY_FLOAT32 * half_norm).nonzero()[:, 0]
    if len(fine):
        ends[fine] = descend(double, ends[fine], rules[1], should_stop=should_stop).points
    confirmed = Objective(double)
    values = torch.cat([confirmed.evaluate(end[None]).values for end in ends])
    finished.append(len(points))
    return ends, 100 * values / half_norm


def _watch(
    futures: Sequence[Future[Outcome]],
    finished: list[int],
    total: int,
    progress: Progress | None,
    should_stop: ShouldStop | None,
) -> None:
    """Wait for the groups, reporting how many starts are done, until one fails or all end."""
    pending = set(futures)
    while pending:
        done, pending = wait(pending, timeout=WAIT_SECONDS)
        for future in done:
            future.result()
        check_stop(should_stop)
        report(progress, sum(finished), total, "Decomposing")


def _unpack(point: npt.NDArray[np.float64], shape: Sequence[int]) -> Factors:
    """Return the three factors of a point ``(component, unit + stimulus + fibre)``."""
    neural, stimulus, response = np.split(point.T, [shape[0], shape[0] + shape[1]])
    return neural, stimulus, response
