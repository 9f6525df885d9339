"""Time of the encoding path, beside plain ports of the study's way, in one run.

Both sides work on the same populations of the study's size, in processes of their own that take
turns: ours on two threads, the reference on one BLAS thread, the setting that favours it. What
would take days (many starts, many ranks) is scaled up from a part and marked so. Takes ten minutes
and more; with ``--brief`` four, and slow parts of the reference are quoted from a machine of the
same kind; with ``--whole`` an hour and more, for a whole start of the reference and our whole
sweep.

    python benchmarks/encode.py --data ../shared/data --json encode.json
    python benchmarks/encode.py --only graph dimension
    python benchmarks/encode.py --quick
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from encode_sides import OurSide, ReferenceSide
from record import processor
from sides import Worker

ITERATIONS = 1000
"""Iterations of a start of the reference, which meets no other condition at the study's size."""

SWEEP_RANKS, SWEEP_STARTS = range(2, 31), 30


@dataclass(frozen=True)
class Plan:
    """How much of everything is run."""

    fit_units: int = 1000
    fit_rank: int = 10
    fit_starts: int = 30
    reference_iterations: int = 30
    sweep_units: int = 2000
    sweep_ranks: tuple[int, ...] = (4, 12, 20, 30)
    sweep_starts: int = 3
    matrix_units: int = 2000
    matrix_rank: int = 8
    graph_units: tuple[int, ...] = (500, 1000, 2000)
    reference_graph_units: tuple[int, ...] = (500, 1000, 2000)
    dimension_units: tuple[int, ...] = (500, 2000)
    reference_dimension_units: tuple[int, ...] = (500, 2000)
    path_units: int = 2000
    path_rank: int = 10


WHOLE = Plan(
    reference_iterations=ITERATIONS,
    sweep_ranks=tuple(SWEEP_RANKS),
    sweep_starts=SWEEP_STARTS,
)
BRIEF = Plan(reference_graph_units=(500,), reference_dimension_units=(500,))
QUICK = Plan(
    fit_units=60,
    fit_rank=3,
    fit_starts=3,
    reference_iterations=3,
    sweep_units=60,
    sweep_ranks=(2, 4),
    sweep_starts=2,
    matrix_units=60,
    matrix_rank=3,
    graph_units=(60, 80),
    reference_graph_units=(60,),
    dimension_units=(60,),
    reference_dimension_units=(60,),
    path_units=60,
    path_rank=3,
)

PLANS = {"quick": QUICK, "brief": BRIEF, "whole": WHOLE}


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes
    ----------
    step
        What was done.
    ours, reference
        Seconds; None where there is nothing to compare with.
    ours_how, reference_how
        "measured", "scaled up" from a part, or "quoted".
    least_ratio, most_seconds
        The targets, where there are any.
    note
        What shows that both sides did the same.
    """

    step: str
    ours: float
    reference: float | None = None
    ours_how: str = "measured"
    reference_how: str = "measured"
    least_ratio: float | None = None
    most_seconds: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """How many times faster ours is."""
        return None if self.reference is None else self.reference / self.ours

    @property
    def verdicts(self) -> list[str]:
        """Each target with "met" or "MISSED"."""
        found = []
        if self.least_ratio is not None and self.ratio is not None:
            met = "met" if self.ratio >= self.least_ratio else "MISSED"
            found.append(f">= {self.least_ratio:g} x {met}")
        if self.most_seconds is not None:
            met = "met" if self.ours <= self.most_seconds else "MISSED"
            found.append(f"<= {self.most_seconds:g} s {met}")
        return found


# Seconds of the study's own code on two cores of an AMD EPYC with one BLAS thread.
QUOTED_GRAPH = {500: 10.7, 1000: 52.7, 2000: 220.0}
QUOTED_DIMENSION = {2000: 147.0}
GRAPH_TARGETS = {500: 12, 1000: 12, 2000: 25}


class Sides:
    """Our process and the reference's.

    Parameters
    ----------
    ours
        Makes an `OurSide`.
    reference
        Makes a `ReferenceSide`.
    """

    def __init__(self, ours: Worker, reference: Worker) -> None:
        self.ours, self.reference = ours, reference

    def time_ours(self, method: str, *arguments: Any) -> tuple[float, Any]:
        """Return seconds and result of a method of our side."""
        timed = self.ours.call(method, *arguments)
        return timed.seconds, timed.value

    def time_reference(self, method: str, *arguments: Any) -> tuple[float, Any]:
        """Return seconds and result of a method of the reference."""
        timed = self.reference.call(method, *arguments)
        return timed.seconds, timed.value

    def prepare(self, n_units: int) -> str:
        """Make a population on both sides, and return what it is."""
        self.reference.call("describe", n_units)
        return self.ours.call("describe", n_units).value


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--threads", type=int, default=2, help="threads of our side (default 2)")
    parser.add_argument("--data", type=Path, help="folder of the published decompositions")
    parser.add_argument("--only", nargs="+", choices=list(SECTIONS), help="some sections alone")
    parser.add_argument("--quick", action="store_true", help="tiny sizes: a smoke test")
    parser.add_argument("--brief", action="store_true", help="quote where the reference is slow")
    parser.add_argument("--whole", action="store_true", help="a whole start, and our whole sweep")
    parser.add_argument("--json", type=Path, help="where to write every figure")
    options = parser.parse_args()
    chosen = [plan for name, plan in PLANS.items() if getattr(options, name)]
    plan = chosen[0] if chosen else Plan()
    result = measure(plan, options.only or list(SECTIONS), options.data, options.threads)
    print(table(result))
    if options.json is not None:
        content = result | {"rows": [asdict(row) for row in result["rows"]]}
        options.json.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def measure(plan: Plan, sections: Sequence[str], data: Path | None, threads: int) -> dict[str, Any]:
    """Run the sections, and return their rows and on what machine that was."""
    rows: list[Row] = []
    with (
        _worker(OurSide, data, threads=threads) as ours,
        _worker(ReferenceSide, data, threads=1) as reference,
    ):
        sides = Sides(ours, reference)
        for name in sections:
            for row in SECTIONS[name](sides, plan):
                print(f"{row.step}: {row.ours:.3g} s", file=sys.stderr, flush=True)
                rows.append(row)
    packages = ("torch", "numpy", "scipy", "highspy")
    return {
        "date": date.today().isoformat(),
        "processor": processor(),
        "threads": threads,
        "python": platform.python_version(),
        "packages": {name: version(name) for name in packages},
        "plan": asdict(plan),
        "targets_apply": plan != QUICK,
        "rows": rows,
    }


@contextmanager
def _worker(side: Any, data: Path | None, *, threads: int) -> Iterator[Worker]:
    """Start a side whose BLAS has as many threads; it reads that when it is loaded."""
    names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    os.environ.update(dict.fromkeys(names, str(threads)))
    with Worker(side, data, threads=threads) as worker:
        yield worker


def decomposition(sides: Sides, plan: Plan) -> Iterator[Row]:
    """Time one evaluation, one start and many starts of the permuted decomposition."""
    units, rank, starts = plan.fit_units, plan.fit_rank, plan.fit_starts
    what = f"{units} x 6 x 296, rank {rank}"
    note = sides.prepare(units)
    repetitions, at_once = 10, 2
    sides.time_ours("transform", units)
    sides.time_ours("evaluate", units, rank, at_once, 1)  # loads kernels; not counted
    ours, our_value = sides.time_ours("evaluate", units, rank, at_once, repetitions)
    theirs, their_value = sides.time_reference("evaluate", units, rank, repetitions)
    _check_close(our_value, their_value, 1e-4, "values of the objective")
    yield Row(
        f"objective and gradient, {what}",
        *(ours / repetitions / at_once, theirs / repetitions),
        least_ratio=10,
        note=f"{note}; ours in one thread, of {at_once} starts together, per start",
    )
    seconds, (error, _) = sides.time_reference("decompose", units, rank, plan.reference_iterations)
    theirs = seconds * ITERATIONS / plan.reference_iterations
    how = "measured" if plan.reference_iterations == ITERATIONS else "scaled up"
    one, _ = sides.time_ours("decompose", units, rank, 1)
    yield Row(
        f"one start, {what}",
        *(one, theirs),
        reference_how=how,
        note=f"reference: {plan.reference_iterations} of {ITERATIONS} iterations",
    )
    many, errors = sides.time_ours("decompose", units, rank, starts)
    reached = f", reference's one start {error:.3f} %" if how == "measured" else ""
    yield Row(
        f"{starts} starts, {what}",
        *(many, theirs * starts),
        reference_how="scaled up",
        least_ratio=50,
        most_seconds=60,
        note=f"error {min(errors):.3f} to {max(errors):.3f} %{reached}",
    )


def sweep(sides: Sides, plan: Plan) -> Iterator[Row]:
    """Time the rank sweep, or a few of its ranks with a few starts."""
    units, ranks = plan.sweep_units, plan.sweep_ranks
    sides.prepare(units)
    ours, theirs = [], []
    for rank in ranks:
        seconds, _ = sides.time_ours("decompose", units, rank, plan.sweep_starts)
        ours.append(seconds / plan.sweep_starts)
        seconds, _ = sides.time_reference("evaluate", units, rank, 1)
        theirs.append(seconds * ITERATIONS)
    whole = tuple(ranks) == tuple(SWEEP_RANKS) and plan.sweep_starts == SWEEP_STARTS
    yield Row(
        f"ranks 2 to 30, {SWEEP_STARTS} starts each, {units} units",
        *(_whole_sweep(ranks, ours), _whole_sweep(ranks, theirs)),
        ours_how="measured" if whole else "scaled up",
        reference_how="scaled up",
        most_seconds=3600,
        note=f"ours: {plan.sweep_starts} starts at ranks {', '.join(map(str, ranks))}; "
        f"reference: one evaluation at each, {ITERATIONS} a start",
    )


def _whole_sweep(ranks: Sequence[int], seconds_per_start: Sequence[float]) -> float:
    """Return the seconds of the whole sweep, from those of a start at some ranks."""
    return SWEEP_STARTS * float(np.interp(SWEEP_RANKS, ranks, seconds_per_start).sum())


def matrix(sides: Sides, plan: Plan) -> Iterator[Row]:
    """Time the neural matrix."""
    units, rank = plan.matrix_units, plan.matrix_rank
    note = sides.prepare(units)
    _, (factors, weights) = sides.time_ours("components", units, rank)
    sides.time_ours("neural_matrix", units, factors, weights)
    ours, our_matrix = sides.time_ours("neural_matrix", units, factors, weights)
    theirs, their_matrix = sides.time_reference("neural_matrix", units, factors, weights)
    difference = float(np.quantile(np.abs(our_matrix - their_matrix), 0.99))
    yield Row(
        f"neural matrix, {units} units, rank {rank}",
        *(ours, theirs),
        least_ratio=100,
        note=f"{note}; 99 % of entries within {difference:.1g}",
    )


def graph(sides: Sides, plan: Plan) -> Iterator[Row]:
    """Time the exact graph at several sizes."""
    for units in plan.graph_units:
        ours, our_edges = sides.time_ours("graph", units)
        theirs, how, note = QUOTED_GRAPH.get(units), "quoted", f"{len(our_edges)} edges"
        if units in plan.reference_graph_units:
            theirs, their_edges = sides.time_reference("graph", units)
            same = len(our_edges) == len(their_edges) and (our_edges == their_edges).all()
            how, note = "measured", f"{note}, {'the same' if same else 'NOT THE SAME'}"
        yield Row(
            f"graph, l1, {units} units",
            *(ours, theirs),
            reference_how=how,
            least_ratio=GRAPH_TARGETS.get(units),
            note=note,
        )


def dimension(sides: Sides, plan: Plan) -> Iterator[Row]:
    """Time the local dimension of order 3."""
    for units in plan.dimension_units:
        _, edges = sides.time_ours("graph", units)
        ours, our_values = sides.time_ours("local_dimension", units)
        theirs, how, note = QUOTED_DIMENSION.get(units), "quoted", ""
        if units in plan.reference_dimension_units:
            theirs, their_values = sides.time_reference("local_dimension", units, edges)
            how = "measured"
            note = f"within {np.abs(our_values - their_values).max():.1g}"
        yield Row(
            f"local dimension, {units} units",
            *(ours, theirs),
            reference_how=how,
            least_ratio=15,
            note=note,
        )


def path(sides: Sides, plan: Plan) -> Iterator[Row]:
    """Time everything from responses to points."""
    note = sides.prepare(plan.path_units)
    ours, found = sides.time_ours("whole_path", plan.path_units, plan.path_rank)
    came_out = ", ".join(f"{count} {name}" for name, count in found.items())
    yield Row(
        f"the whole path, {plan.path_units} units, rank {plan.path_rank}, 10 starts",
        ours,
        most_seconds=180,
        note=f"{note}; {came_out}",
    )


SECTIONS: dict[str, Callable[[Sides, Plan], Iterator[Row]]] = {
    "decomposition": decomposition,
    "sweep": sweep,
    "matrix": matrix,
    "graph": graph,
    "dimension": dimension,
    "path": path,
}


def table(result: dict[str, Any]) -> str:
    """Return the rows as text, with the targets beside them."""
    packages = ", ".join(f"{name} {number}" for name, number in result["packages"].items())
    lines = [
        f"{result['processor']}, ours on {result['threads']} threads, reference on 1; "
        f"Python {result['python']}, {packages}, {result['date']}",
        "times are measured but where * is scaled up from a part and q is quoted",
        "",
        f"{'':52}{'ours, s':>12}{'reference, s':>15}{'ratio':>10}   target",
    ]
    for row in result["rows"]:
        ratio = "" if row.ratio is None else f"{row.ratio:.3g} x"
        lines.append(
            f"{row.step:52}{_seconds(row.ours, row.ours_how):>12}"
            f"{_seconds(row.reference, row.reference_how):>15}{ratio:>10}   "
            f"{', '.join(row.verdicts) if result['targets_apply'] else ''}"
        )
        if row.note:
            lines.append(f"    {row.note}")
    return "\n".join(lines)


def _seconds(value: float | None, how: str) -> str:
    if value is None:
        return "-"
    mark = {"measured": "", "scaled up": "*", "quoted": "q"}[how]
    digits = f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
    return digits + mark


def _check_close(ours: float, theirs: float, tolerance: float, what: str) -> None:
    if abs(ours - theirs) > tolerance * abs(theirs):
        raise SystemExit(f"the two sides differ in {what}: {ours} and {theirs}")


if __name__ == "__main__":
    main()
