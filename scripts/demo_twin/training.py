"""Fit the network to counted spikes: Poisson loss, Adam, seeded, and resumable to the bit."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from demo_twin.experiment import Experiment
from demo_twin.network import new_network, responses
from demo_twin.receptive_fields import first_positions
from napari_nfm.fnn.architecture import Architecture
from napari_nfm.fnn.network import FNN
from numpy.typing import NDArray

__all__ = ["Schedule", "Trained", "train"]


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
        The highest, reached after `warm_up` steps; from there it falls along a cosine to 1 % of
        it.
    warm_up
        Steps.
    largest_gradient
        Norm to which longer gradients are shortened.
    """

    steps: int = 1200
    sequences: int = 8
    trials: int = 10
    learning_rate: float = 4e-3
    warm_up: int = 40
    largest_gradient: float = 0.5

    def rate(self, step: int) -> float:
        """Return the learning rate of one step."""
        if step < self.warm_up:
            return self.learning_rate * (step + 1) / self.warm_up
        share = (step - self.warm_up) / max(self.steps - self.warm_up, 1)
        return self.learning_rate * (0.01 + 0.99 * (1 + math.cos(math.pi * share)) / 2)


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
    save_every: int = 50,
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
        File that is written every `save_every` steps and at the end.
    stop_after
        Stop at this step of the schedule, as if interrupted.
    save_every
        Steps between two writes.
    """
    shown = experiment.training
    counts = np.mean([shown.spikes(seed, trial) for trial in range(schedule.trials)], axis=0)
    counts = counts.astype(np.float32)
    network = new_network(
        seed, first_positions(shown.images, counts), counts.mean(axis=(0, 1)), architecture
    )
    learned = [weight for weight in network.parameters() if weight.requires_grad]
    optimiser = torch.optim.Adam(learned, lr=schedule.learning_rate)
    losses: list[float] = []
    if checkpoint is not None and checkpoint.is_file():
        saved = torch.load(checkpoint, weights_only=True)
        network.load_state_dict(saved["network"])
        optimiser.load_state_dict(saved["optimiser"])
        losses = saved["losses"]
    images, body, targets = map(torch.from_numpy, (shown.images, shown.body, counts))
    last = schedule.steps if stop_after is None else min(stop_after, schedule.steps)
    for step in range(len(losses), last):
        chosen = _movies(step, len(counts), schedule.sequences, seed)
        for group in optimiser.param_groups:
            group["lr"] = schedule.rate(step)
        rates = responses(network, images[chosen], body[chosen])
        loss = torch.nn.functional.poisson_nll_loss(rates, targets[chosen], log_input=False)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learned, schedule.largest_gradient)
        optimiser.step()
        losses.append(loss.item())
        if step % 20 == 19:
            print(f"step {step + 1} of {last}: loss {np.mean(losses[-20:]):.4f}", flush=True)
        if checkpoint is not None and ((step + 1) % save_every == 0 or step + 1 == last):
            _save(checkpoint, network, optimiser, losses)
    return Trained(network, losses)


def _movies(step: int, n_movies: int, n_sequences: int, seed: int) -> NDArray[np.int64]:
    """Return the movies of one step; each round through all of them is in another order."""
    per_round = n_movies // n_sequences
    order = np.random.default_rng([seed, 3, step // per_round]).permutation(n_movies)
    first = step % per_round * n_sequences
    return order[first : first + n_sequences]


def _save(path: Path, network: FNN, optimiser: torch.optim.Optimizer, losses: list[float]) -> None:
    """Replace the file at once, so that an interruption leaves a whole one."""
    saved = {
        "network": network.state_dict(),
        "optimiser": optimiser.state_dict(),
        "losses": losses,
    }
    filling = path.with_suffix(".part")
    torch.save(saved, filling)
    filling.replace(path)
