"""Record the network in the study's way: one sequence at a time, one layer per pass.

The manifold study of the twin (arXiv 2601.21508; its public sampling notebooks) hooks one layer,
plays every 37-frame sequence from a fresh start, keeps the hook's outputs as float32 views in
Python lists, joins them at the end of an instance, adds the three instances and divides by three.
This module does the same with `StudyNetwork`, so that `record.py` can time it.

Run ``python benchmarks/study_way.py --check tests/data/fnn`` to hold the network and all ten
passes against the reference arrays.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from study_network import StudyNetwork, scaled_gelu
from torch import Tensor, nn

# Our name of the site, and the module that the study hooks for it.
PASSES = {
    "encoder.L1": "core.feedforward.inputs.0",
    "encoder.L2": "core.feedforward.blocks.0.convs.0",
    "encoder.L4": "core.feedforward.inputs.1",
    "encoder.L5": "core.feedforward.blocks.1.convs.0",
    "encoder.L7": "core.feedforward.inputs.2",
    "encoder.L8": "core.feedforward.blocks.2.convs.0",
    "recurrent.hidden": "core.recurrent",
    "recurrent.out": "core.recurrent.out",
    "readout.position": "core.recurrent.out",
    "output": "",
}
FIRST_CHANNELS = 40  # all that the study keeps of the layers it does not crop


def load_network(directory: Path, session: int, scan_idx: int) -> StudyNetwork:
    """Load one scan of a directory in the published layout."""
    state: dict[str, Tensor] = {}
    for name in ("params_core.pt", f"params_{session}_{scan_idx}.pt"):
        state |= torch.load(directory / name, map_location="cpu", weights_only=True)
    return StudyNetwork(state)


def observe(network: StudyNetwork, site: str, output: Tensor) -> Tensor:
    """Return what the study's hook keeps of a hooked module's output, (1, channel, y, x)."""
    if site.startswith("encoder."):
        return scaled_gelu(output.detach())
    if site == "recurrent.hidden":
        return network.core.recurrent.memory["h"].clone()
    if site == "readout.position":
        return network.readout.interpolate(output.detach())
    return output.detach()


def cut(site: str, activity: np.ndarray) -> np.ndarray:
    """Return the part (1, y, x, channel) that the study keeps, a view of (1, channel, y, x).

    A quarter of the rows off the top and as many columns off the left; or, of the core's output
    and the interpolated readout, the first 40 channels.
    """
    if site in ("recurrent.out", "readout.position"):
        part = activity[:, :FIRST_CHANNELS]
    else:
        border = activity.shape[2] // 4
        part = activity[:, :, border:, border:]
    return part.transpose(0, 2, 3, 1)


def play_sequence(
    network: StudyNetwork, site: str, stimuli: np.ndarray, *inputs: np.ndarray | None
) -> list[np.ndarray]:
    """Play one sequence and return one layer's activity, one array (1, y, x, channel) a frame.

    The unit axis stands in y at the output and at the interpolated readout. `inputs` are eye
    positions and behaviour, as in `StudyNetwork.predict`.
    """
    if site == "output":
        return list(network.predict(stimuli, *inputs)[:, None, :, None, None])
    kept: list[Tensor] = []

    def keep(_module: nn.Module, _arguments: tuple, output: Tensor) -> None:
        kept.append(observe(network, site, output))

    hook = network.get_submodule(PASSES[site]).register_forward_hook(keep)
    try:
        network.predict(stimuli, *inputs)
    finally:
        hook.remove()
    return [cut(site, activity.cpu().numpy()) for activity in kept]


def record_layer(
    network: StudyNetwork, site: str, instances: Sequence[Sequence[np.ndarray]]
) -> np.ndarray:
    """Record one layer in one pass over all sequences of all instances.

    Parameters
    ----------
    network, site
        The network, and one of `PASSES`.
    instances
        For every instance the stimulus sequences, each uint8 (time, y, x).

    Returns
    -------
    ndarray
        Mean over instances, float32 (sequence * time, y, x, channel).
    """
    total: np.ndarray | None = None
    single: np.ndarray | None = None
    for index, sequences in enumerate(instances):
        frames: list[np.ndarray] = []
        for sequence in sequences:
            frames += play_sequence(network, site, sequence)
        joined = np.concatenate(frames)
        if total is None or single is None:
            total = np.zeros_like(joined)
            single = np.zeros((len(instances), *joined.shape), dtype=np.float32)
        total += joined
        single[index] = joined  # the study keeps every instance beside their mean
    if total is None:
        raise ValueError("there is no instance to record")
    total /= len(instances)
    return total


def full_size_memory(site: str, frame: np.ndarray, *, frames: int, instances: int) -> int:
    """Return the bytes that a pass of the study holds at its end, from one kept frame.

    The kept frames are views, so that each holds its whole hooked array; to these come the joined
    frames, their running sum, and the copy of every instance.
    """
    whole = frame if frame.base is None else frame.base
    held = frame.nbytes if site == "output" else whole.nbytes
    return frames * (held + frame.nbytes * (2 + instances))


def compare(network: StudyNetwork, case: dict[str, np.ndarray]) -> Iterator[tuple[str, float]]:
    """Yield (quantity, error relative to its tolerance) for one reference case.

    The tolerances are those stated beside the reference arrays: how far the published package
    strays from itself between threads, batches and instruction sets, with a margin.
    """
    inputs = (case["stimuli"], case.get("perspectives"), case.get("modulations"))
    tolerance = 1e-3 if len(case["stimuli"]) == 37 else 2e-4
    error = np.abs(network.predict(*inputs) / case["response"] - 1).max()
    yield "response", error / tolerance
    error = np.abs(network.double().predict(*inputs) / case["response_f64"] - 1).max()
    network.float()
    yield "response in double", error / 1e-9

    shown = json.loads(str(case["meta"]))["frames"]
    elsewhere = {
        "recurrent.hidden": "core.recurrent.hidden",
        "readout.position": "readout.position",
        "output": "unit",
    }
    for site, module in PASSES.items():
        name = f"act/{elsewhere.get(site, module)}"
        if name not in case:
            continue
        wanted = case[name]
        if site.startswith("encoder."):
            wanted = scaled_gelu(torch.from_numpy(wanted)).numpy()
        played = play_sequence(network, site, *inputs)
        for frame, activity in zip(shown, wanted, strict=True):
            expected = (activity if site == "output" else cut(site, activity)).ravel()
            difference = played[frame].ravel() - expected
            rms = np.sqrt(np.mean(difference**2) / np.mean(expected**2))
            yield f"{site}, frame {frame}, root mean square", rms / 1e-4
            largest = np.abs(difference).max() / np.abs(expected).max()
            yield f"{site}, frame {frame}, largest difference", largest / 2e-3


def check(directory: Path) -> list[str]:
    """Compare the network and its passes with the reference cases in a directory.

    Parameters
    ----------
    directory
        Holds ``tiny_checkpoint/`` in the published layout, and ``tiny/{case}_{session}_{scan}.npz``
        for sequences played alone, from a fresh start, in the dark.

    Returns
    -------
    list of str
        A sentence for every quantity outside its tolerance.
    """
    failures = []
    for scan in ("8_5", "4_7"):
        network = load_network(directory / "tiny_checkpoint", *map(int, scan.split("_")))
        for name in ("seq37", "inputs", "continue", "size_90x160", "size_64x64"):
            path = directory / "tiny" / f"{name}_{scan}.npz"
            if not path.exists():
                continue
            with np.load(path) as arrays:
                case = dict(arrays)
            errors = dict(compare(network, case))
            worst = max(errors, key=lambda quantity: errors[quantity])
            print(
                f"{path.stem}: {len(errors)} quantities, at most {errors[worst]:.2g} of the "
                f"tolerance ({worst})"
            )
            failures += [
                f"{path.stem}: {quantity} is off by {error:.3g} times its tolerance"
                for quantity, error in errors.items()
                if not error <= 1
            ]
    return failures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--check",
        type=Path,
        required=True,
        metavar="DIRECTORY",
        help="compare with the reference arrays in DIRECTORY (tests/data/fnn)",
    )
    failures = check(parser.parse_args().check)
    print("\n".join(failures) or "equal to the published package within its tolerances")
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
