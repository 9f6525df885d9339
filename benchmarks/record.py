"""Time and memory of a recording, beside the study's way of making it, in one run.

Both sides load the same full-size network (untrained, written on the spot) or the checkpoint given,
run in processes of their own on the same number of threads, and take turns. The study's whole job
(ten layers, one pass each, over 88 x 3 sequences of 37 frames) takes hours, so both sides do a
part, which is stated, and are scaled up to the whole.

    python benchmarks/record.py --threads 2 --sequences 2 --json record.json
    python benchmarks/record.py --quick
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import date
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from sides import CheckpointWriter, Machine, Ours, Study, Timed, Worker
from study_way import PASSES
from upstream import Upstream

CONDITIONS = 88
INSTANCES = 3
FRAMES = 37
CATEGORIES = ("grat_W1", "neg1dotflow_D1_bg")  # in the ensemble as 24 to 192 sequences
TARGETS = {
    "ratio": 28,
    "least_ratio": 20,
    "frame_ratio": 2.4,
    "seconds_per_frame": 0.038,
    "peak_gigabytes": 3.0,
}

Result = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--threads", type=int, default=2, help="threads for each side (default 2)")
    parser.add_argument(
        "--sequences",
        type=int,
        default=2,
        help="sequences that every pass of the study plays; ours plays 16 for each (default 2)",
    )
    parser.add_argument("--quick", action="store_true", help="1 sequence of 8 frames: a smoke test")
    parser.add_argument(
        "--checkpoint", type=Path, help="a directory in the published layout with session 8 scan 5"
    )
    parser.add_argument("--upstream", type=Path, help="a checkout of the published package")
    parser.add_argument(
        "--whole",
        action="store_true",
        help="also record the whole ensemble our way (minutes), instead of trusting the scaling",
    )
    parser.add_argument("--json", type=Path, help="where to write every figure")
    options = parser.parse_args()
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = str(options.threads)
    with tempfile.TemporaryDirectory() as directory:
        checkpoint = options.checkpoint
        if checkpoint is None:
            checkpoint = Path(directory) / "checkpoint"
            with Worker(CheckpointWriter, threads=options.threads) as writer:
                writer.call("write", checkpoint)
        result = measure(
            checkpoint,
            threads=options.threads,
            rounds=1 if options.quick else options.sequences,
            n_frames=8 if options.quick else FRAMES,
            upstream=options.upstream,
            whole=options.whole,
        )
    print(table(result))
    if options.json is not None:
        options.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def measure(
    checkpoint: Path,
    *,
    threads: int,
    rounds: int,
    n_frames: int,
    upstream: Path | None = None,
    whole: bool = False,
) -> Result:
    """Let the sides take turns, and return every figure.

    Parameters
    ----------
    checkpoint
        Directory in the published layout.
    threads
        Threads of each side.
    rounds
        How often the sides take turns; in each round every pass of the study plays one sequence.
    n_frames
        Frames of a sequence.
    upstream
        Checkout of the published package, to be timed as well.
    whole
        Whether our side also records the whole ensemble.
    """
    with ExitStack() as stack:

        def start(*what: Any) -> Worker:
            return stack.enter_context(Worker(*what, threads=threads))

        machine, ours = start(Machine), start(Ours, checkpoint, n_frames)
        study = start(Study, checkpoint)
        sides = {"ours": ours, "study": study}
        if upstream is not None:
            sides["upstream"] = start(Upstream, upstream, checkpoint)
        sequence = ours.call("sequence", CATEGORIES[1], 0, 0).value
        frame = _frame_seconds(sides, machine, sequence, repetitions=rounds + 1)
        recording = _recording_seconds(ours, study, rounds)
        flop = study.call("flop_per_frame", sequence).value
        unique = ours.call("unique_sequences").value
        estimate = ours.call("estimate").value
        at_once = ours.call("record_whole") if whole else None
        needed = {
            site: study.call(
                "full_size_memory", site, sequence, CONDITIONS * FRAMES, INSTANCES
            ).value
            for site in PASSES
        }
    return {
        "date": date.today().isoformat(),
        "machine": {
            "processor": processor(),
            "threads": threads,
            "python": platform.python_version(),
            "torch": version("torch"),
        },
        "part": {"rounds": rounds, "frames_per_sequence": n_frames},
        "flop_per_frame": flop,
        "study_memory_of_whole_pass": needed,
        **frame,
        **recording,
        "job": whole_job(recording["ours_recording"], recording["study_passes"], unique),
        "our_estimate_of_whole": estimate,
        "ours_whole": None if at_once is None else _seconds_and_peak(at_once),
    }


def _frame_seconds(
    sides: dict[str, Worker], machine: Worker, sequence: Any, repetitions: int
) -> Result:
    """Time the responses of all units to one sequence, side after side."""
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    rates: dict[str, list[float]] = {"matrix_product": [], "convolution": []}
    for worker in sides.values():
        worker.call("predict", sequence)  # loads kernels and memory; not counted
    for turn in range(repetitions):
        _say(f"one frame, turn {turn + 1} of {repetitions}")
        for name, worker in sides.items():
            seconds[name].append(worker.call("predict", sequence).seconds / len(sequence))
        for operation in rates:
            rates[operation].append(machine.call(operation).value)
    return {"frame_seconds": seconds, "operations_per_second": rates}


def _recording_seconds(ours: Worker, study: Worker, rounds: int) -> Result:
    """Time a part of our recording and of every pass of the study, in turns."""
    directions = (0, 45, 90, 135, 180, 225, 270, 315)
    recorded: list[float] = []
    passes: dict[str, list[float]] = {site: [] for site in PASSES}
    our_peak = study_peak = 0
    for index in range(rounds):
        half = tuple(directions[(index + k) % 8] for k in range(4))
        sequence = ours.call("sequence", CATEGORIES[1], half[0], 0).value
        for site in PASSES:
            _say(f"recording, round {index + 1} of {rounds}: {site}")
            # Ours comes again half-way, so that a busy spell of the machine meets both sides.
            if site in ("encoder.L1", "encoder.L8"):
                timed = ours.call("record", CATEGORIES, half)
                recorded.append(timed.seconds / (timed.value * len(sequence)))
                our_peak = timed.peak_bytes
            timed = study.call("record", site, sequence)
            passes[site].append(timed.seconds / len(sequence))
            study_peak = timed.peak_bytes
    return {
        "ours_recording": recorded,
        "study_passes": passes,
        "peak_bytes": {"ours": our_peak, "study": study_peak},
    }


def whole_job(
    recorded: Sequence[float], passes: dict[str, list[float]], unique_sequences: int
) -> Result:
    """Scale the measured parts up to the study's whole job.

    Ours plays every different sequence once for all sites; the study plays all of them in the pass
    of every layer.

    Parameters
    ----------
    recorded
        Our seconds per frame, all sites, statistics and store included.
    passes
        The study's seconds per frame in every pass.
    unique_sequences
        How many different sequences the ensemble has.
    """
    job: Result = {
        "our_frames": unique_sequences * FRAMES,
        "study_frames": CONDITIONS * INSTANCES * FRAMES * len(passes),
    }
    for name, reduce in (("minimum", min), ("median", median)):
        ours = reduce(recorded) * job["our_frames"]
        study = (
            sum(reduce(seconds) for seconds in passes.values()) * CONDITIONS * INSTANCES * FRAMES
        )
        job[name] = {"ours_seconds": ours, "study_seconds": study, "ratio": study / ours}
    # A pass that met a busy machine in every round would flatter us; no pass is below this.
    quickest = min(map(min, passes.values()))
    study = quickest * job["study_frames"]
    job["least_ratio"] = study / job["minimum"]["ours_seconds"]
    return job


def table(result: Result) -> str:
    """Return the figures as text, with the targets beside them."""
    machine, job, frame = result["machine"], result["job"], result["frame_seconds"]
    rates = {name: max(values) for name, values in result["operations_per_second"].items()}
    lines = [
        f"{machine['processor']}, {machine['threads']} threads, torch {machine['torch']}, "
        f"Python {machine['python']}, {result['date']}",
        f"{result['part']['rounds']} round(s) of {result['part']['frames_per_sequence']} frames; "
        f"minimum (median)",
        "",
        f"{'one frame, responses of all units':44}{'s':>16}"
        + "".join(f"{'of ' + name.replace('_', ' '):>20}" for name in rates),
    ]
    for name, seconds in frame.items():
        shares = "".join(
            f"{result['flop_per_frame'] / min(seconds) / rate:>19.0%} " for rate in rates.values()
        )
        lines.append(f"  {name:42}{_span(seconds):>16}{shares}")
    lines += [
        f"  {'ours, times faster than the study':42}"
        f"{min(frame['study']) / min(frame['ours']):>16.2f}",
        f"  {result['flop_per_frame'] / 1e9:.2f} GFLOP a frame; this machine reaches "
        + " and ".join(f"{rate / 1e9:.0f} GFLOP/s ({name})" for name, rate in rates.items()),
        "",
        f"{'recording':44}{'s a frame':>16}{'GB of a whole pass':>20}",
        f"  {'ours, all ten sites, statistics and store':42}{_span(result['ours_recording']):>16}",
    ]
    for site, seconds in result["study_passes"].items():
        needed = result["study_memory_of_whole_pass"][site] / 1e9
        lines.append(f"  {'study, ' + site:42}{_span(seconds):>16}{needed:>20.1f}")
    peak = {name: value / 1e9 for name, value in result["peak_bytes"].items()}
    lines += [
        f"  peak memory of this run: ours {peak['ours']:.2f} GB, study {peak['study']:.2f} GB "
        "(of its part)",
        "",
        f"{'the whole job, extrapolated':44}{'frames':>16}{'s':>16}",
        f"  {'ours, every different sequence once':42}{job['our_frames']:>16,}"
        f"{job['minimum']['ours_seconds']:>16,.0f}",
        f"  {'study, one pass for each site':42}{job['study_frames']:>16,}"
        f"{job['minimum']['study_seconds']:>16,.0f}",
        f"  ratio {job['minimum']['ratio']:.1f} (of medians {job['median']['ratio']:.1f}; "
        f"{job['least_ratio']:.1f} if all the study's passes were as quick as its quickest)",
        f"  ours keeps {result['our_estimate_of_whole']['temporary_bytes'] / 1e9:.1f} GB in its "
        f"{result['our_estimate_of_whole']['strategy']} until it is done",
    ]
    if result["ours_whole"] is not None:
        seconds, peak["ours"] = (result["ours_whole"][key] for key in ("seconds", "peak_bytes"))
        peak["ours"] /= 1e9
        ratio = job["minimum"]["study_seconds"] / seconds
        lines.append(
            f"  ours, really played: {seconds:,.0f} s, peak {peak['ours']:.2f} GB, "
            f"ratio to the study's extrapolated time {ratio:.1f}"
        )
    lines += [
        "",
        _verdict("ratio", job["minimum"]["ratio"], at_least=TARGETS["ratio"]),
        _verdict(
            "ratio, all passes as the quickest", job["least_ratio"], at_least=TARGETS["least_ratio"]
        ),
        _verdict(
            "one frame, times faster",
            min(frame["study"]) / min(frame["ours"]),
            at_least=TARGETS["frame_ratio"],
        ),
        _verdict("seconds a frame", min(frame["ours"]), at_most=TARGETS["seconds_per_frame"]),
        _verdict("peak GB of ours", peak["ours"], at_most=TARGETS["peak_gigabytes"]),
    ]
    return "\n".join(lines)


def _say(what: str) -> None:
    """Tell on the error stream what is being measured; the table alone goes to standard output."""
    print(what, file=sys.stderr, flush=True)


def _seconds_and_peak(timed: Timed) -> Result:
    return {"seconds": timed.seconds, "peak_bytes": timed.peak_bytes}


def _span(seconds: Sequence[float]) -> str:
    return f"{min(seconds):.4f} ({median(seconds):.4f})"


def _verdict(
    what: str, value: float, *, at_least: float | None = None, at_most: float | None = None
) -> str:
    met = value >= at_least if at_least is not None else value <= (at_most or 0)
    bound = f"at least {at_least:g}" if at_least is not None else f"at most {at_most:g}"
    return f"  {what}: {value:.3g}, target {bound}: {'met' if met else 'MISSED'}"


def processor() -> str:
    if sys.platform == "linux":
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


if __name__ == "__main__":
    main()
