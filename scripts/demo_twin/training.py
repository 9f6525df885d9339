"""Fit the network to counted spikes: Poisson loss, Adam, seeded, and resumable to the bit."""

import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from demo_twin.experiment import Experiment
from demo_twin.network import new_network, responses
from demo_twin.receptive_fields import first_positions
from napari_nfm.fnn.architecture import Architecture
from napari_nfm.fnn.network import FNN

__all__ = ["Schedule", "Trained", "train"]


KERNEL_PACE = 4.0
READOUT_PACE = 2.0
SAVE_EVERY = 50
"""Steps between two writes of the checkpoint."""


@dataclass(frozen=True)
class Schedule:
    """How long and how fast to learn.

    Parameters
    ----------
    steps
        Updates of the weights.
    sequences
        Movies per update, in lockstep.
    trials
        How often each training movie was shown; the loss sees the mean count.
    learning_rate
        The highest, reached after `warm_up` steps.
    warm_up, half_period, cool_down
        Steps in which the learning rate rises, in which it would fall along a cosine to 1 %, and
        at the end of all, in which it falls to nothing.
    largest_gradient
        Norm to which longer gradients are shortened.
    """

    steps: int = 950
    sequences: int = 4
    trials: int = 10
    learning_rate: float = 6e-3
    warm_up: int = 40
    half_period: int = 2000
    cool_down: int = 250
    largest_gradient: float = 0.5

    def rate(self, step: int) -> float:
        """Return the learning rate of one step."""
        if step < self.warm_up:
            return self.learning_rate * (step + 1) / self.warm_up
        share = (step - self.warm_up) / (self.half_period - self.warm_up)
        rate = self.learning_rate * (0.01 + 0.99 * (1 + math.cos(math.pi * share)) / 2)
        return rate * min(1.0, (self.steps - step) / self.cool_down)


@dataclass(frozen=True)
class Trained:
    """What training made.

    Parameters
    ----------
    network
        The network, in its last state.
    losses
        Poisson loss of each step.
    """

    network: FNN
    losses: list[float]


def train(
    experiment: Experiment,
    architecture: Architecture,
    schedule: Schedule,
    seed: int,
    checkpoint: Path | None = None,
    *,
    stop_after: int | None = None,
) -> Trained:
    """Train, going on from `checkpoint` where there is one.

    Weights, optimiser and losses are all there is to resume: which movies a step sees depends
    on the seed and the number of the step alone.

    Parameters
    ----------
    experiment
        Only its training movies are used.
    architecture
        The size of the network.
    schedule
        How long and how fast to learn.
    seed
        Of weights, spikes and order.
    checkpoint
        File that is written every `SAVE_EVERY` steps and at the end.
    stop_after
        Stop at this step of the schedule, as if interrupted.

    Raises
    ------
    ValueError
        The checkpoint is of another seed or schedule.
    """
    shown = experiment.training
    counts = np.mean([shown.spikes(seed, trial) for trial in range(schedule.trials)], axis=0)
    counts = counts.astype(np.float32)
    network = new_network(
        seed, first_positions(shown.images, counts), counts.mean(axis=(0, 1)), architecture
    )
    groups = _learning_groups(network)
    learned = [group["params"][0] for group in groups]
    optimiser = torch.optim.Adam(groups, lr=schedule.learning_rate)
    losses: list[float] = []
    if checkpoint is not None and checkpoint.is_file():
        saved = torch.load(checkpoint, weights_only=True)
        if saved["schedule"] != asdict(schedule) or saved["seed"] != seed:
            raise ValueError(
                f"File {checkpoint} is of a training with another seed or schedule; delete it or "
                "name another file."
            )
        network.load_state_dict(saved["network"])
        optimiser.load_state_dict(saved["optimiser"])
        losses = saved["losses"]
    images, body, targets = map(torch.from_numpy, (shown.images, shown.body, counts))
    last = schedule.steps if stop_after is None else min(stop_after, schedule.steps)
    for step in range(len(losses), last):
        chosen = _movies(step, len(counts), schedule.sequences, seed)
        for group in optimiser.param_groups:
            group["lr"] = schedule.rate(step) * group["pace"]
        rates = responses(network, images[chosen], body[chosen])
        loss = torch.nn.functional.poisson_nll_loss(rates, targets[chosen], log_input=False)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learned, schedule.largest_gradient)
        optimiser.step()
        losses.append(loss.item())
        if step % 20 == 19:
            print(f"step {step + 1} of {last}: loss {np.mean(losses[-20:]):.4f}", flush=True)
        if checkpoint is not None and ((step + 1) % SAVE_EVERY == 0 or step + 1 == last):
            _save(
                checkpoint,
                {
                    "network": network.state_dict(),
                    "optimiser": optimiser.state_dict(),
                    "losses": losses,
                    "schedule": asdict(schedule),
                    "seed": seed,
                },
            )
    return Trained(network, losses)


def _learning_groups(network: FNN) -> list[dict[str, Any]]:
    """Give every learned tensor a pace, by which its learning rate is multiplied.

    Kernels are standardised, so that only their change relative to their size counts; readout
    weights start near zero and have a long way to go.
    """
    groups = []
    for name, weight in network.named_parameters():
        if not weight.requires_grad:
            continue
        if name.startswith("readout.feature"):
            pace = READOUT_PACE
        elif ".weights." in name:
            pace = KERNEL_PACE * float(weight.detach().square().mean().sqrt())
        else:
            pace = 1.0
        groups.append({"params": [weight], "pace": pace})
    return groups


def _movies(step: int, n_movies: int, n_sequences: int, seed: int) -> NDArray[np.int64]:
    """Return the movies of one step; each round through all of them is in another order."""
    per_round = n_movies // n_sequences
    order = np.random.default_rng([seed, 3, step // per_round]).permutation(n_movies)
    first = step % per_round * n_sequences
    return order[first : first + n_sequences]


def _save(path: Path, contents: dict[str, Any]) -> None:
    """Replace the file at once, so that an interruption leaves a whole one."""
    filling = path.with_suffix(".part")
    torch.save(contents, filling)
    filling.replace(path)
