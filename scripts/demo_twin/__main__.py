"""Train the demo twin, hold it against the truth, and write what the package ships."""

import argparse
import json
from dataclasses import asdict
from pathlib import Path

import torch

from demo_twin.evaluation import evaluate
from demo_twin.experiment import run_experiment
from demo_twin.figures import draw_figures
from demo_twin.network import ARCHITECTURE
from demo_twin.release import write_release
from demo_twin.training import Schedule, train

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "src" / "napari_nfm" / "resources" / "demo_twin"


def main() -> None:
    """Run the command line."""
    options = _parser().parse_args()
    torch.set_num_threads(1)  # the same sums in the same order on every machine
    print("Drawing movies and simulating the mouse …", flush=True)
    experiment = run_experiment(
        options.seed, options.movies, options.held_out_movies, options.frames
    )
    schedule = Schedule(steps=options.steps)
    trained = train(experiment, ARCHITECTURE, schedule, options.seed, options.checkpoint)
    print("Comparing the twin with the mouse …", flush=True)
    report = evaluate(trained.network, experiment)
    setup = {
        "seed": options.seed,
        "training movies": options.movies,
        "held-out movies": options.held_out_movies,
        "frames per movie": options.frames,
        **asdict(schedule),
    }
    write_release(options.output, trained.network, report, setup)
    draw_figures(report, experiment, trained.losses, options.figures)
    print(json.dumps(report.summary(), indent=1, ensure_ascii=False))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/train_demo_twin",
        description=__doc__,
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--seed", type=int, default=0, help="of everything that is random")
    parser.add_argument("--steps", type=int, default=Schedule.steps, help="updates of the weights")
    parser.add_argument("--movies", type=int, default=320, help="shown for training")
    parser.add_argument("--held-out-movies", type=int, default=40, help="shown for the report")
    parser.add_argument("--frames", type=int, default=40, help="frames of each movie")
    parser.add_argument(
        "--checkpoint",
        type=Path,
        default=ROOT / "demo_twin_training.pt",
        help="written while training; where it exists, training goes on from it",
    )
    parser.add_argument("--output", type=Path, default=SHIPPED, help="folder of the twin")
    parser.add_argument(
        "--figures", type=Path, default=ROOT / "docs" / "images", help="folder of the figures"
    )
    return parser


if __name__ == "__main__":
    main()
