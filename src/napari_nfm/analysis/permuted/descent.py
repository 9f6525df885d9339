"""Descent of many starts at once to nonnegative minima: a projected L-BFGS method.

Each start keeps its own memory, step and stop; all starts share every evaluation, and one that
has converged leaves the batch. As in L-BFGS-B (Byrd, Lu, Nocedal & Zhu 1995) the quasi-Newton
direction is taken in the free variables, those that are positive or would become so, and the step
is projected back onto the nonnegative numbers (Bertsekas 1982).
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch

from napari_nfm.analysis.permuted.objective import evaluate
from napari_nfm.analysis.permuted.spectrum import Spectrum
from napari_nfm.jobs import ShouldStop, check_stop

__all__ = ["Descent", "StopRule", "descend"]

MEMORY = 5
SUFFICIENT_DECREASE = 1e-4
LARGEST_GROWTH = 10.0
MOST_BACKTRACKS = 20


@dataclass(frozen=True)
class StopRule:
    """When a start has converged.

    It has when over the last `window` iterations the objective fell by less than
    ``tolerance * window`` of itself, or when the largest entry of the projected gradient is at
    most `projected_gradient`, or after `max_iterations`.
    """

    tolerance: float
    window: int = 20
    projected_gradient: float = 1e-4
    max_iterations: int = 1000


@dataclass(frozen=True)
class Descent:
    """Where the starts ended.

    Attributes
    ----------
    points
        ``(start, component, unit + stimulus + fibre)``.
    values
        ``(start,)`` float64.
    iterations
        ``(start,)``, steps taken.
    evaluations
        ``(start,)``, evaluations of the objective.
    """

    points: torch.Tensor
    values: torch.Tensor
    iterations: torch.Tensor
    evaluations: torch.Tensor


class _Batch:
    """The state of the starts that still descend; every attribute has ``start`` first."""

    def __init__(self, spectrum: Spectrum, points: torch.Tensor, rule: StopRule) -> None:
        self.spectrum = spectrum
        self.shape = points.shape[1:]
        self.index = torch.arange(len(points), device=points.device)
        self.point = points.reshape(len(points), -1).clone()
        self.value, self.gradient = self.evaluate(self.point)
        memory = (len(points), MEMORY, self.point.shape[1])
        self.steps = self.point.new_zeros(memory)
        self.changes = self.point.new_zeros(memory)
        self.used = torch.zeros(len(points), MEMORY, dtype=torch.bool, device=points.device)
        self.iterations = torch.zeros_like(self.index)
        self.evaluations = torch.ones_like(self.index)
        self.backtracks = torch.zeros_like(self.index)
        self.history = self.value[:, None].repeat(1, rule.window)
        self.direction = self.find_direction()
        self.length = self.first_length()

    def evaluate(self, point: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        found = evaluate(self.spectrum, point.view(-1, *self.shape))
        return found.values, found.gradients.reshape(len(point), -1)

    def free(self) -> torch.Tensor:
        """Variables that may move: positive ones, and those at zero that descent would raise."""
        return (self.point > 0) | (self.gradient < 0)

    def first_length(self) -> torch.Tensor:
        """Step along the gradient that changes the point by about a hundredth of its norm."""
        gradient = torch.linalg.vector_norm(self.gradient * self.free(), dim=1)
        norm = torch.linalg.vector_norm(self.point, dim=1)
        known = self.used.any(1)
        first = 0.01 * norm / gradient.clamp(min=torch.finfo(gradient.dtype).tiny)
        return torch.where(known, torch.ones_like(first), first)

    def find_direction(self) -> torch.Tensor:
        """Return minus the quasi-Newton direction in the free variables."""
        free = self.free().to(self.point.dtype)
        steps, changes = self.steps * free[:, None], self.changes * free[:, None]
        curvature = (steps * changes).sum(2)
        size = (changes * changes).sum(2)
        good = self.used & (curvature > 1e-8 * size * 1e-3) & (size > 0)
        inverse = torch.where(good, 1 / torch.where(good, curvature, 1), 0)
        gradient = self.gradient * free
        result = gradient.clone()
        weights = []
        for slot in range(MEMORY):  # newest first
            weight = inverse[:, slot] * (steps[:, slot] * result).sum(1)
            result -= weight[:, None] * changes[:, slot]
            weights.append(weight)
        newest = good.to(torch.int8).argmax(1)
        rows = torch.arange(len(newest), device=newest.device)
        scale = curvature[rows, newest] / torch.where(good, size, 1)[rows, newest]
        result *= torch.where(good.any(1), scale, torch.ones_like(scale))[:, None]
        for slot in reversed(range(MEMORY)):
            weight = inverse[:, slot] * (changes[:, slot] * result).sum(1)
            result += (weights[slot] - weight)[:, None] * steps[:, slot]
        result *= -free
        uphill = (result * gradient).sum(1) >= 0
        return torch.where(uphill[:, None], -gradient, result)

    def advance(self) -> None:
        """Try one step of every start; those that fall enough take it, the others shorten it."""
        trial = (self.point + self.length[:, None] * self.direction).clamp_(min=0)
        value, gradient = self.evaluate(trial)
        self.evaluations += 1
        step = trial - self.point
        promised = (self.gradient * step).sum(1).double()
        taken = value <= self.value + SUFFICIENT_DECREASE * promised
        self.remember(taken, step, gradient - self.gradient)
        self.point = torch.where(taken[:, None], trial, self.point)
        self.gradient = torch.where(taken[:, None], gradient, self.gradient)
        self.value = torch.where(taken, value, self.value)
        self.iterations += taken
        self.history = torch.where(
            taken[:, None], torch.cat([self.history[:, 1:], self.value[:, None]], 1), self.history
        )
        self.backtracks = torch.where(taken, 0, self.backtracks + 1)
        # The parabola through value, slope and trial value says where to look next.
        excess = (value - self.value - promised).clamp(min=1e-300)
        shorter = (-0.5 * promised / excess).clamp(0.1, 0.5).to(self.length.dtype)
        self.direction = torch.where(taken[:, None], self.find_direction(), self.direction)
        self.length = torch.where(taken, self.first_length(), self.length * shorter)

    def remember(self, taken: torch.Tensor, step: torch.Tensor, change: torch.Tensor) -> None:
        """Put the newest pair first where the step was taken and the curvature is positive."""
        curvature = (step * change).sum(1)
        keep = taken & (curvature > 1e-10 * (change * change).sum(1))
        if keep.all():
            self.steps = torch.cat([step[:, None], self.steps[:, :-1]], 1)
            self.changes = torch.cat([change[:, None], self.changes[:, :-1]], 1)
            self.used = torch.cat([keep[:, None], self.used[:, :-1]], 1)
            return
        for row in torch.nonzero(keep)[:, 0].tolist():
            self.steps[row] = torch.cat([step[row, None], self.steps[row, :-1]])
            self.changes[row] = torch.cat([change[row, None], self.changes[row, :-1]])
            self.used[row] = torch.cat([keep[row, None], self.used[row, :-1]])

    def converged(self, rule: StopRule) -> torch.Tensor:
        """Tell which starts are done."""
        moved = torch.where(self.free(), self.gradient, torch.zeros_like(self.gradient))
        flat = torch.minimum(moved, self.point).abs().amax(1) <= rule.projected_gradient
        fall = self.history[:, 0] - self.value
        slow = (fall <= rule.tolerance * rule.window * self.value) & (
            self.iterations >= rule.window
        )
        return (
            flat
            | slow
            | (self.iterations >= rule.max_iterations)
            | (self.backtracks >= MOST_BACKTRACKS)
        )

    def keep(self, rows: torch.Tensor) -> None:
        """Let the other starts leave."""
        for name, value in vars(self).items():
            if isinstance(value, torch.Tensor):
                setattr(self, name, value[rows])


def descend(
    spectrum: Spectrum,
    points: torch.Tensor,
    rule: StopRule,
    *,
    on_converged: Callable[[int], None] | None = None,
    should_stop: ShouldStop | None = None,
) -> Descent:
    """Descend from `points` ``(start, component, unit + stimulus + fibre)`` until all converge.

    `on_converged` is called with the number of starts that have just left.
    """
    result = points.clone()
    values = torch.zeros(len(points), dtype=torch.float64, device=points.device)
    iterations = torch.zeros(len(points), dtype=torch.int64, device=points.device)
    evaluations = torch.zeros_like(iterations)
    batch = _Batch(spectrum, points, rule)
    while len(batch.index):
        check_stop(should_stop)
        done = batch.converged(rule)
        if done.any():
            left = batch.index[done]
            result[left] = batch.point[done].view(-1, *batch.shape)
            values[left] = batch.value[done]
            iterations[left] = batch.iterations[done]
            evaluations[left] = batch.evaluations[done]
            batch.keep(~done)
            if on_converged is not None:
                on_converged(len(left))
            continue
        batch.advance()
    return Descent(result, values, iterations, evaluations)
