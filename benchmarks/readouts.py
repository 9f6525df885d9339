"""Time of both decoding sweeps beside a plain port of the study's way, in one run.

Both sides decode the same drawn responses of the study's size (11 categories, 8 directions, 37
frames), in processes of their own that take turns: ours on two threads, the reference on one BLAS
thread, the setting that favours it. The minimum of the rounds counts. The reference's logistic
regressions are run for every sixth frame and scaled up, but with ``--whole``.

    python benchmarks/readouts.py --json readouts.json
    python benchmarks/readouts.py --quick
"""

from __future__ import annotations

import argparse
import json
import os
import platform
from contextlib import ExitStack
from dataclasses import asdict
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from encode import Row, table
from populations import N_FRAMES
from readouts_sides import OurSide, ReferenceSide
from record import processor
from sides import Worker

TARGETS = {"knn": 9, "logistic": 15}
EVERY = {"knn": 1, "logistic": 6}
"""Of how many frames the reference decodes one."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--threads", type=int, default=2, help="threads of our side (default 2)")
    parser.add_argument("--units", type=int, default=2000, help="units (default 2000)")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each side (default 3)")
    parser.add_argument("--whole", action="store_true", help="every frame of the reference")
    parser.add_argument("--quick", action="store_true", help="tiny sizes: a smoke test")
    parser.add_argument("--json", type=Path, help="where to write every figure")
    options = parser.parse_args()
    result = measure_as_asked(
        options.units, options.rounds, options.threads, whole=options.whole, quick=options.quick
    )
    print(table(result))
    if options.json is not None:
        content = result | {"rows": [asdict(row) for row in result["rows"]]}
        options.json.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def measure_as_asked(
    units: int, rounds: int, threads: int = 2, *, whole: bool = False, quick: bool = False
) -> dict[str, Any]:
    """Time both classifiers with part of the reference, all of it, or as a smoke test."""
    if quick:
        result = measure(30, dict.fromkeys(EVERY, 18), 1, threads)
    else:
        result = measure(units, dict.fromkeys(EVERY, 1) if whole else EVERY, rounds, threads)
    return result | {"targets_apply": not quick}


def measure(units: int, every: dict[str, int], rounds: int, threads: int) -> dict[str, Any]:
    """Time both classifiers, and return rows and on what machine that was."""
    with ExitStack() as stack:
        ours = stack.enter_context(_worker(OurSide, threads))
        reference = stack.enter_context(_worker(ReferenceSide, 1))
        for side in (ours, reference):
            side.call("prepare", units)
        rows = [
            _row(ours, reference, units, classifier, every[classifier], rounds)
            for classifier in TARGETS
        ]
    return {
        "date": date.today().isoformat(),
        "processor": processor(),
        "threads": threads,
        "python": platform.python_version(),
        "packages": {name: version(name) for name in ("numpy", "scipy", "scikit-learn")},
        "rows": rows,
    }


def _row(
    ours: Worker, reference: Worker, units: int, classifier: str, every: int, rounds: int
) -> Row:
    """Return the shortest times of one classifier, and how far the accuracies agree."""
    frames = tuple(range(every // 2, N_FRAMES, every))
    seconds: dict[str, list[float]] = {"ours": [], "reference": []}
    for _ in range(rounds):
        mine = ours.call("decode", units, classifier)
        theirs = reference.call("decode", units, classifier, frames)
        seconds["ours"].append(mine.seconds)
        seconds["reference"].append(theirs.seconds)
    difference = np.abs(np.stack(mine.value)[:, list(frames)] - np.stack(theirs.value))
    ratios = sorted(
        scaled * N_FRAMES / len(frames) / own
        for scaled, own in zip(seconds["reference"], seconds["ours"], strict=True)
    )
    return Row(
        f"{classifier} sweep, {2 * N_FRAMES} windows, {units} units",
        min(seconds["ours"]),
        min(seconds["reference"]) * N_FRAMES / len(frames),
        reference_how="measured" if every == 1 else "scaled up",
        least_ratio=TARGETS[classifier],
        note=f"{rounds} rounds, ratios {ratios[0]:.3g} to {ratios[-1]:.3g}; accuracies within "
        f"{difference.max():.3f}, on average {difference.mean():.4f}",
    )


def _worker(side: Any, threads: int) -> Worker:
    """Start a side whose BLAS has as many threads; it reads that when it is loaded."""
    names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    os.environ.update(dict.fromkeys(names, str(threads)))
    return Worker(side, threads=threads)


if __name__ == "__main__":
    main()
