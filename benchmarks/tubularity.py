"""Time of tubularity beside a plain port of the study's way, and coverage of its intervals.

Both sides score the same population, in turns, with one BLAS thread; ours spreads curves and
bootstraps over the cores. The port's components are those of the study, scikit-learn's random
ones. Agreement is measured against the port with its exact solver, whose time is given too. Last
come what a selection in the window waits for, a score of all 11 categories' responses, and both
decoding sweeps, as in readouts.py. Takes several minutes.

    python benchmarks/tubularity.py --data ../shared/data --json tubularity.json
    python benchmarks/tubularity.py --quick
    python benchmarks/tubularity.py --coverage 200
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import readouts
from numpy.typing import NDArray
from populations import drawn_factors, responses
from record import processor
from reference_tubularity import bootstraps, score
from threadpoolctl import threadpool_limits

from napari_nfm.analysis import tubularity

TARGETS = {"one score": 15, "30 bootstraps": 20}
AGREEMENT = 1e-4
LIVE = 0.5
"""Seconds within which the window has to score a selection anew."""

N_CATEGORIES = 11


@dataclass(frozen=True)
class Row:
    """One comparison: seconds of each round, and the largest relative difference."""

    population: str
    step: str
    ours: list[float]
    reference: list[float]
    reference_scaled: float
    difference: float

    @property
    def ratio(self) -> float:
        """How many times as long the reference takes, by the fastest round of each side."""
        return min(self.reference) * self.reference_scaled / min(self.ours)

    @property
    def verdict(self) -> str:
        """Whether the target was met."""
        least = TARGETS.get(self.step)
        if least is None:
            return ""
        met = self.ratio >= least and self.difference <= AGREEMENT
        return f">= {least} x {'met' if met else 'MISSED'}"


def measure(
    n_units: int, data: Path | None, *, n_bootstrap: int, part: int, rounds: int
) -> list[Row]:
    """Return the comparisons; of the reference's bootstraps only `part` are run and scaled up."""
    rows = []
    for what, tensor in populations(n_units, data):
        rng = np.random.default_rng(0)
        drawn = rng.integers(n_units, size=(n_bootstrap, n_units))
        both = [np.arange(n_units), *drawn[:1]]
        exact_seconds, exact = timed(bootstraps, tensor, both, solver="full")
        found = tubularity(tensor, n_bootstrap=1, seed=0)
        ours = found.s_tight, found.s_cross
        again = found.bootstrap_s_tight[0], found.bootstrap_s_cross[0]
        one, many = [], []
        for _ in range(rounds):
            one.append((seconds(tubularity, tensor), seconds(score, tensor)))
            many.append(
                (
                    seconds(tubularity, tensor, n_bootstrap=n_bootstrap),
                    seconds(bootstraps, tensor, drawn[:part]),
                )
            )
        times = [[list(side) for side in zip(*turns, strict=True)] for turns in (one, many)]
        apart = difference(ours, exact, 0)
        rows.append(Row(what, "one score", *times[0], 1, apart))
        rows.append(
            Row(what, "one score, exact port", times[0][0], [exact_seconds / len(both)], 1, apart)
        )
        scale = n_bootstrap / part
        rows.append(
            Row(what, f"{n_bootstrap} bootstraps", *times[1], scale, difference(again, exact, 1))
        )
    return rows


def live(n_units: int, data: Path | None, rounds: int) -> list[float]:
    """Return the seconds that a score takes of responses to all categories of the study."""
    tensor, _ = responses(n_units, data)
    categories = np.arange(N_CATEGORIES) % tensor.shape[1]
    return [seconds(tubularity, tensor[:, categories]) for _ in range(rounds)]


def populations(n_units: int, data: Path | None) -> list[tuple[str, NDArray[np.float64]]]:
    """Return responses of low rank, and the same with noise, in which last components drown."""
    noisy, what = responses(n_units, data)
    path = None if data is None else data / "fnn_decompositions" / "b1_R08_best.npz"
    if path is not None and path.is_file():
        with np.load(path, allow_pickle=False) as file:
            factors = file["neural"] * file["lambdas"], file["stimulus"], file["response"]
        factors = factors[0][:n_units], *factors[1:]
    else:
        factors = drawn_factors(n_units, 9, np.random.default_rng(n_units))
    fibres = np.einsum("nr,sr,pr->nsp", *factors, optimize=True)
    plain = fibres.reshape(*fibres.shape[:2], -1, 8).swapaxes(2, 3)
    return [(what, np.ascontiguousarray(plain)), (f"{what}, noise", noisy)]


def timed(call: Callable[..., Any], *arguments: Any, **named: Any) -> tuple[float, Any]:
    """Return how long a call takes, with one BLAS thread and without FITPACK's remarks."""
    with threadpool_limits(limits=1), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        start = time.perf_counter()
        found = call(*arguments, **named)
        return time.perf_counter() - start, found


def seconds(call: Callable[..., Any], *arguments: Any, **named: Any) -> float:
    """Return only how long a call takes."""
    return timed(call, *arguments, **named)[0]


def difference(ours: Any, exact: Any, number: int) -> float:
    """Return the largest relative difference of the scores; equal zeros do not differ."""
    largest = 0.0
    for mine, theirs in zip(ours, exact, strict=True):
        gaps = np.abs(mine - theirs[number])
        largest = max(largest, float(np.max(gaps / np.where(gaps > 0, np.abs(theirs[number]), 1))))
    return largest


def coverage(repeats: int, *, n_units: int = 100, n_bootstrap: int = 60) -> dict[str, Any]:
    """Return how often 95 % intervals hold the mean score expected of such a population.

    Units are drawn from a world in which each follows four latent courses with loadings of its
    own and has noise of its own. What is to be held is the mean score of that many units, over
    five fresh draws per repeat.
    """
    names = ("s_tight", "s_cross")
    settings = {"n_points": 60, "n_bins": 30}
    fresh = [
        tubularity(drawn_world(n_units, 10**6 + seed), **settings) for seed in range(5 * repeats)
    ]
    held = {f"{name}, {kind}": 0 for name in names for kind in ("centred", "percentile")}
    shifts: dict[str, list[float]] = {name: [] for name in names}
    expected = {name: np.mean([getattr(f, f"mean_{name}") for f in fresh]) for name in names}
    for seed in range(repeats):
        found = tubularity(
            drawn_world(n_units, seed), n_bootstrap=n_bootstrap, seed=seed, **settings
        )
        for name in names:
            for kind in ("centred", "percentile"):
                low, high = getattr(replace(found, interval=kind), f"interval_mean_{name}")
                held[f"{name}, {kind}"] += bool(low <= expected[name] <= high)
            centre = np.mean(getattr(found, f"bootstrap_mean_{name}"))
            shifts[name].append(float(centre / getattr(found, f"mean_{name}") - 1))
    return {
        "repeats": repeats,
        "units": n_units,
        "bootstraps": n_bootstrap,
        "coverage": {name: count / repeats for name, count in held.items()},
        "mean_shift_of_bootstraps": {name: float(np.mean(s)) for name, s in shifts.items()},
    }


def drawn_world(n_units: int, seed: int) -> NDArray[np.float64]:
    """Return responses ``(unit, category, direction, time)`` of units drawn from one world."""
    world, units = np.random.default_rng(0), np.random.default_rng(seed)
    along = np.linspace(0, 1, 15)
    phases = world.uniform(0, 6, (3, 1, 4, 1)) + 0.3 * world.normal(size=(3, 6, 4, 1))
    latent = np.sin(2 * np.pi * along * np.array([0.5, 1, 0.7, 1.2])[:, np.newaxis] + phases)
    signal = np.einsum("uk,sdkt->usdt", units.normal(size=(n_units, 4)), latent)
    return signal + 0.3 * units.normal(size=signal.shape)


def table(rows: list[Row]) -> str:
    """Return the comparisons as lines to read."""
    lines = [f"{'':58}{'ours':>9}{'port':>9}{'ratio':>7}{'differ':>10}"]
    for row in rows:
        times = f"{min(row.ours):8.3f}s{min(row.reference) * row.reference_scaled:8.2f}s"
        name = f"{row.step}, {row.population}"
        lines.append(f"{name:58}{times}{row.ratio:6.1f}x{row.difference:10.1e}  {row.verdict}")
    return "\n".join(lines)


def main() -> None:
    """Measure, print, and keep what was found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder of the published decompositions")
    parser.add_argument("--units", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--part", type=int, default=5, help="bootstraps of the port that are run")
    parser.add_argument("--coverage", type=int, metavar="REPEATS", help="only the intervals")
    parser.add_argument(
        "--quick", action="store_true", help="a smoke test; its figures mean little"
    )
    parser.add_argument("--json", type=Path, help="file to keep the figures in")
    given = parser.parse_args()
    result: dict[str, Any] = {
        "date": date.today().isoformat(),
        "processor": processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
    }
    if given.coverage:
        result["intervals"] = coverage(given.coverage)
        print(json.dumps(result["intervals"], indent=1))
    else:
        size = (60, 3, 1, 1) if given.quick else (given.units, 30, given.part, given.rounds)
        n_units, n_bootstrap, part, rounds = size
        rows = measure(n_units, given.data, n_bootstrap=n_bootstrap, part=part, rounds=rounds)
        result["rows"] = [asdict(row) | {"ratio": row.ratio} for row in rows]
        result["live"] = live(n_units, given.data, rounds)
        print(table(rows))
        verdict = "met" if min(result["live"]) < LIVE else "MISSED"
        what = f"a selection of {n_units} units, all categories"
        print(f"{what:58}{min(result['live']):8.3f}s  < {LIVE} s {verdict}")
        decoding = readouts.measure_as_asked(n_units, rounds, quick=given.quick)
        print(readouts.table(decoding))
        result["decoding"] = [asdict(row) for row in decoding["rows"]]
    if given.json:
        given.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
