"""The network's parts with standardised weights, kept until parameters change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from napari_nfm.fnn.feedforward import PreparedFeedforward
from napari_nfm.fnn.modulation import PreparedModulation
from napari_nfm.fnn.readout import PreparedReadout
from napari_nfm.fnn.recurrence import PreparedRecurrent

if TYPE_CHECKING:
    from torch import nn

    from napari_nfm.fnn.network import FNN

__all__ = ["PreparedParts", "PreparedWeights"]


@dataclass(frozen=True)
class PreparedParts:
    """The parts of the network with standardised weights, for some streams."""

    feedforward: PreparedFeedforward
    modulation: PreparedModulation
    recurrent: PreparedRecurrent
    readout: PreparedReadout


class PreparedWeights:
    """Standardises the weights of a network once."""

    def __init__(self) -> None:
        self._kept: tuple[list[nn.Parameter], tuple, PreparedParts] | None = None

    def of(self, network: FNN, stream: int | None) -> PreparedParts:
        """Return what was standardised last, unless parameters or the stream have changed."""
        parameters = list(network.parameters())
        key = (stream, *((p._version, p.data_ptr(), p.dtype, p.device) for p in parameters))
        if self._kept is not None:
            kept_parameters, kept_key, prepared = self._kept
            same = all(a is b for a, b in zip(parameters, kept_parameters, strict=True))
            if same and key == kept_key:
                return prepared
        streams = range(network.architecture.streams) if stream is None else (stream,)
        with torch.no_grad():
            prepared = PreparedParts(
                feedforward=network.core.feedforward.prepare(streams),
                modulation=network.modulation.prepare(streams),
                recurrent=network.core.recurrent.prepare(streams),
                readout=network.readout.prepare(streams),
            )
        self._kept = (parameters, key, prepared)
        return prepared
