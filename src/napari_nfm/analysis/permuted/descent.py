"""Descent of many starts at once to nonnegative minima: a projected L-BFGS method.

Each start keeps its own memory, step and stop; all starts share every evaluation, and one that
has converged leaves the batch. As in L-BFGS-B (Byrd, Lu, Nocedal & Zhu 1995) the quasi-Newton
direction is taken in the free variables, those that are positive or would become so, and the step
is projected back onto the nonnegative numbers (Bertsekas 1982). The recursion begins at a
multiple of the identity and, once the shifts have settled, at the damped inverse curvature of each
factor.
"""

from dataclasses import dataclass

import torch

from napari_nfm.analysis.permuted.objective import Evaluation, Objective
from napari_nfm.analysis.permuted.spectrum import Spectrum
from napari_nfm.jobs import ShouldStop, check_stop

__all__ = ["Descent", "StopRule", "descend"]

MEMORY = 5
SUFFICIENT_DECREASE = 1e-4
SMALLEST_CURVATURE = 1e-10
"""Pairs whose step times change of gradient is below this share of the change's norm are left."""
FIRST_STEP = 0.05
"""Norm of the first step, along the gradient, as a share of the point's.

With 0.01 starts end in worse minima: on 64 golden units at rank 8 a third of 24 starts ended
within 2.5 % of the best minimum, against 75 % with this and 71 % for SciPy's L-BFGS-B from the
same starts.
"""
SETTLED_FALL = 0.01
"""Fall of the objective within a window, as a share of it, from which the shifts are settled.

Before that the recursion begins at a multiple of the identity. Using the curvature from the
beginning is faster but settles on shifts early, and ends in worse minima more often.
"""
DAMPING = 0.3
"""Added to the curvature of a factor, in units of its mean diagonal."""
UNSETTLED_DAMPING = 1e3
"""The same while shifts change: so large that only the scale of the curvature counts."""
MOST_BACKTRACKS = 20


@dataclass(frozen=True)
class StopRule:
    """When a start has converged.

    It has when over the last `window` iterations the objective fell by less than
    ``tolerance * window`` of itself, or when the largest entry of the projected gradient is at
    most `projected_gradient`, or when it is no more than `rounding` of the tensor's (half) squared
    norm, or after `max_iterations`.
    """

    tolerance: float
    rounding: float
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
    """

    points: torch.Tensor
    values: torch.Tensor
    iterations: torch.Tensor


def descend(
    spectrum: Spectrum,
    points: torch.Tensor,
    rule: StopRule,
    *,
    should_stop: ShouldStop | None = None,
) -> Descent:
    """Descend from `points` ``(start, component, unit + stimulus + fibre)`` until all converge."""
    ends = points.clone()
    values = torch.zeros(len(points), dtype=torch.float64, device=points.device)
    iterations = torch.zeros(len(points), dtype=torch.int64, device=points.device)
    batch = _Batch(Objective(spectrum), points, rule.window)
    while len(batch.index):
        check_stop(should_stop)
        batch.advance()
        done = batch.converged(rule)
        if done.any():
            left = batch.index[done]
            ends[left] = batch.point[done]
            values[left] = batch.value[done]
            iterations[left] = batch.iterations[done]
            batch.keep(~done)
    return Descent(ends, values, iterations)


class _Batch:
    """The starts that still descend; every tensor has ``start`` first."""

    def __init__(self, objective: Objective, points: torch.Tensor, window: int) -> None:
        self.objective = objective
        self.index = torch.arange(len(points), device=points.device)
        self.point = points.clone()
        found = objective.evaluate(points)
        self.value, self.gradient = found.values, found.gradients
        self.curvatures = found.curvatures.transpose(0, 1)
        memory = (len(points), MEMORY, *points.shape[1:])
        self.steps = points.new_zeros(memory)  # newest first
        self.changes = points.new_zeros(memory)
        self.remembered = torch.zeros(memory[:2], dtype=torch.bool, device=points.device)
        self.iterations = torch.zeros_like(self.index)
        self.backtracks = torch.zeros_like(self.index)
        self.history = torch.full_like(self.value[:, None], torch.inf).repeat(1, window)
        self.direction = -self.gradient * self._free()
        self.length = self._first_length()

    def advance(self) -> None:
        """Try one step of every start; those that fall enough take it, the others shorten it."""
        trial = _spread(self.length).mul(self.direction).add_(self.point).clamp_(min=0)
        found = self.objective.evaluate(trial)
        step = trial - self.point
        promised = _dot(self.gradient, step).double()
        taken = found.values <= self.value + SUFFICIENT_DECREASE * promised
        # The parabola through value, slope and trial value says where to look next.
        excess = (found.values - self.value - promised).clamp(min=torch.finfo(torch.double).tiny)
        shorter = (-0.5 * promised / excess).clamp(0.1, 0.5).to(self.length.dtype)
        self.length = self.length * shorter
        self.backtracks = torch.where(taken, 0, self.backtracks + 1)
        if taken.any():
            self._take_step(taken, trial, step, found)
            first = torch.where(self.remembered[:, 0], 1.0, self._first_length())
            self.length = torch.where(taken, first, self.length)

    def converged(self, rule: StopRule) -> torch.Tensor:
        """Tell which starts are done."""
        flat = (self.gradient * self._free()).abs().amax(dim=(1, 2)) <= rule.projected_gradient
        slow = self._fall() <= rule.tolerance * rule.window * self.value
        exact = self.value <= rule.rounding * 0.5 * self.objective.spectrum.squared_norm
        return (
            flat
            | slow
            | exact
            | (self.iterations >= rule.max_iterations)
            | (self.backtracks >= MOST_BACKTRACKS)
        )

    def keep(self, rows: torch.Tensor) -> None:
        """Let the other starts leave."""
        for name, value in vars(self).items():
            if isinstance(value, torch.Tensor):
                setattr(self, name, value[rows])

    def _take_step(
        self, taken: torch.Tensor, trial: torch.Tensor, step: torch.Tensor, found: Evaluation
    ) -> None:
        self._remember(taken, step, found.gradients - self.gradient)
        self.point = torch.where(_spread(taken), trial, self.point)
        self.gradient = torch.where(_spread(taken), found.gradients, self.gradient)
        self.curvatures = torch.where(
            taken[:, None, None, None], found.curvatures.transpose(0, 1), self.curvatures
        )
        self.value = torch.where(taken, found.values, self.value)
        self.iterations += taken
        recent = torch.cat([self.history[:, 1:], self.value[:, None]], dim=1)
        self.history = torch.where(taken[:, None], recent, self.history)
        self.direction = torch.where(_spread(taken), self._find_direction(), self.direction)

    def _fall(self) -> torch.Tensor:
        """Return how much the objective fell over the window; without end in the first window."""
        return self.history[:, 0] - self.value

    def _first_length(self) -> torch.Tensor:
        """Return the length of a step along the gradient, while no curvature is known."""
        norm = torch.linalg.vector_norm(self.direction, dim=(1, 2)).clamp_(min=1e-30)
        return FIRST_STEP * torch.linalg.vector_norm(self.point, dim=(1, 2)) / norm

    def _remember(self, taken: torch.Tensor, step: torch.Tensor, change: torch.Tensor) -> None:
        """Put the newest pair first where the step was taken and the curvature is positive."""
        good = taken & (_dot(step, change) > SMALLEST_CURVATURE * _dot(change, change))
        rows = torch.nonzero(good)[:, 0]
        for held, newest in (
            (self.steps, step),
            (self.changes, change),
            (self.remembered, torch.ones_like(good)),
        ):
            held[rows] = torch.cat([newest[rows, None], held[rows, :-1]], dim=1)

    def _free(self) -> torch.Tensor:
        """Return one for variables that may move: positive, or at zero and about to rise."""
        return ((self.point > 0) | (self.gradient < 0)).to(self.point.dtype)

    def _find_direction(self) -> torch.Tensor:
        """Return the quasi-Newton direction in the free variables, by the two-loop recursion."""
        free = self._free()
        steps, changes = self.steps * free[:, None], self.changes * free[:, None]
        products = (steps * changes).sum(dim=(2, 3))
        good = self.remembered & (products > SMALLEST_CURVATURE * (changes**2).sum(dim=(2, 3)))
        inverse = torch.where(good, 1 / torch.where(good, products, 1), 0)
        gradient = self.gradient * free
        result = gradient.clone()
        weights = []
        for slot in range(MEMORY):
            weight = inverse[:, slot] * _dot(steps[:, slot], result)
            result.sub_(_spread(weight) * changes[:, slot])
            weights.append(weight)
        settled = self._fall() < SETTLED_FALL * self.value
        damping = torch.where(settled, DAMPING, UNSETTLED_DAMPING)
        factor_curvatures = _damped_inverse(self.curvatures, damping)
        newest = changes[:, 0]
        scale = products[:, 0] / _dot(newest, self._apply(factor_curvatures, newest) * free).clamp(
            min=torch.finfo(newest.dtype).tiny
        )
        result = self._apply(factor_curvatures, result) * free
        result *= _spread(torch.where(good[:, 0], scale, 1))
        for slot in reversed(range(MEMORY)):
            weight = inverse[:, slot] * _dot(changes[:, slot], result)
            result.add_(_spread(weights[slot] - weight) * steps[:, slot])
        result *= -free
        uphill = _dot(result, gradient) >= 0
        return torch.where(_spread(uphill), -gradient, result)

    def _apply(self, matrices: torch.Tensor, vector: torch.Tensor) -> torch.Tensor:
        """Multiply each factor of `vector` by its matrix ``(start, factor, ...)``."""
        parts = vector.split(self.objective.sizes, dim=2)
        return torch.cat([matrices[:, mode] @ part for mode, part in enumerate(parts)], dim=2)


def _damped_inverse(curvatures: torch.Tensor, damping: torch.Tensor) -> torch.Tensor:
    """Return the inverse of each damped curvature; a vanished model has that of the identity."""
    exact = curvatures.double()
    mean = torch.diagonal(exact, dim1=-2, dim2=-1).mean(-1)[..., None, None]
    mean = torch.where(mean > 0, mean, 1)
    identity = torch.eye(exact.shape[-1], dtype=exact.dtype, device=exact.device)
    return torch.linalg.inv(exact + damping[:, None, None, None] * mean * identity).to(
        curvatures.dtype
    )


def _dot(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    """Return inner products ``(start,)``."""
    return torch.linalg.vecdot(first.flatten(1), second.flatten(1))


def _spread(per_start: torch.Tensor) -> torch.Tensor:
    """Give a number per start the axes of a point."""
    return per_start[:, None, None]
