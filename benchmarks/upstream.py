"""The published package, from a checkout that the user has: the third side of `record.py`.

It shows how close the plain modules of `study_network.py` are to the real thing in speed. None of
the package's code is here; its public classes are put together and its own weights loaded.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sides import SCAN_IDX, SESSION


class Upstream:
    """The network of the public package github.com/cajal/fnn.

    Parameters
    ----------
    checkout
        The folder that holds the package ``fnn``.
    checkpoint
        A directory in the published layout, of the published size.
    """

    def __init__(self, checkout: Path, checkpoint: Path) -> None:
        sys.path.insert(0, str(checkout))
        state: dict[str, torch.Tensor] = {}
        for name in ("params_core.pt", f"params_{SESSION}_{SCAN_IDX}.pt"):
            state |= torch.load(checkpoint / name, weights_only=True)
        self.network = _published_network(units=len(state["readout.position.mu"]))
        self.network.load_state_dict(state, strict=True)

    def predict(self, sequence: np.ndarray) -> np.ndarray:
        """Return the responses (time, unit) to one sequence."""
        with torch.no_grad():
            return np.stack(list(self.network.generate_response(sequence)))


def _published_network(units: int) -> Any:
    from fnn.model import (
        bounds,
        cores,
        features,
        feedforwards,
        modulations,
        monitors,
        networks,
        perspectives,
        pixels,
        positions,
        readouts,
        recurrents,
        reductions,
        retinas,
    )
    from fnn.model import units as responses

    feedforward = feedforwards.InputDense(
        input_spatial=6,
        input_stride=2,
        block_channels=[32, 64, 128],
        block_groups=[1, 2, 4],
        block_layers=[2, 2, 2],
        block_temporals=[3, 3, 3],
        block_spatials=[3, 3, 3],
        block_pools=[2, 2, 1],
        out_channels=128,
        nonlinear="gelu",
    )
    recurrent = recurrents.CvtLstm(
        in_channels=256, out_channels=128, hidden_channels=256, common_channels=512, groups=8
    )
    perspective = perspectives.MlpMonitorRetina(
        mlp_features=16,
        mlp_layers=3,
        mlp_nonlinear="gelu",
        monitor=monitors.Plane(),
        monitor_pixel=pixels.StaticPower(),
        retina=retinas.Angular(),
        retina_pixel=pixels.SigmoidPower(),
        height=128,
        width=192,
    )
    network = networks.Visual(
        core=cores.FeedforwardRecurrent(feedforward, recurrent),
        perspective=perspective,
        modulation=modulations.MlpLstm(
            mlp_features=16, mlp_layers=1, mlp_nonlinear="gelu", lstm_features=16
        ),
        readout=readouts.PositionFeature(
            position=positions.Gaussian(), bound=bounds.Tanh(), feature=features.Vanilla()
        ),
        reduce=reductions.Mean(),
        unit=responses.Poisson(),
    )
    network._init(stimuli=1, perspectives=2, modulations=2, units=units, streams=4)
    return network
