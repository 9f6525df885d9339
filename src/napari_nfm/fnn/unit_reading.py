"""How one unit of the output reads the core: where on the maps, and which features it weighs."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from napari_nfm.fnn.errors import UnknownUnitError
from napari_nfm.fnn.network import FNN

__all__ = ["UnitReadout", "unit_readout"]


@dataclass(frozen=True)
class UnitReadout:
    """The readout of one unit.

    Attributes
    ----------
    row, column
        Where on the maps of ``recurrent.out`` it reads, in pixels counted from the centre of the
        first; between pixels, and beyond the outermost centres at most by half a pixel.
    weights
        ``(channel,)``: weight of each channel of ``recurrent.out``, as it enters the logarithm of
        the response.
    bias
        What is added to the weighted sum.
    """

    row: float
    column: float
    weights: NDArray[np.float32]
    bias: float


def unit_readout(network: FNN, unit: int) -> UnitReadout:
    """Return how unit number `unit` of the output reads the core.

    Raises
    ------
    UnknownUnitError
        There is no such unit.
    """
    readout = network.readout
    if not 0 <= unit < network.units:
        raise UnknownUnitError(
            f"The network has no unit {unit}", f"choose from 0 to {network.units - 1}"
        )
    height, width = readout.map_size
    x, y = readout.position.mu[unit].detach().tanh().tolist()
    streams = [weights[unit, 0].detach().cpu() for weights in readout.feature.weights]
    biases = [bias[unit].item() for bias in readout.biases]
    return UnitReadout(
        row=((y + 1) * height - 1) / 2,
        column=((x + 1) * width - 1) / 2,
        # The mean over streams is taken of their logarithms.
        weights=(torch.cat(streams) / len(streams)).float().numpy(),
        bias=float(np.mean(biases)),
    )
