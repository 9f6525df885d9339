"""Where in the network activity can be recorded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from napari_nfm.fnn.errors import UnknownSiteError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from napari_nfm.fnn.architecture import Architecture
    from napari_nfm.fnn.network import FNN
    from napari_nfm.fnn.twin import Twin

__all__ = ["SITES", "Site", "depth_of", "site_shapes", "sites"]

TITLES = {
    "encoder.L1": "Encoder L1",
    "encoder.L2": "Encoder L2",
    "encoder.L4": "Encoder L4",
    "encoder.L5": "Encoder L5",
    "encoder.L7": "Encoder L7",
    "encoder.L8": "Encoder L8",
    "recurrent.hidden": "Recurrent, hidden",
    "recurrent.out": "Recurrent, output",
    "readout.position": "Readout, interpolated",
    "output": "Output",
}

SITES = tuple(TITLES)
"""Names of the recording sites, from the stimulus to the response.

The encoder's layers are numbered as in the study of its manifolds (github.com/JohannesBertram/
FNN_Manifolds), which records the first and second of the three convolutions of each block.
"""


@dataclass(frozen=True)
class Site:
    """A place in the network where activity is recorded.

    Parameters
    ----------
    name
        As in `SITES`.
    title
        What a person reads.
    shape
        (channel, y, x) of one frame. Where there are units in place of maps, y runs over units.
    """

    name: str
    title: str
    shape: tuple[int, int, int]

    @property
    def is_map(self) -> bool:
        """Whether the site has maps over visual space, not one value per unit."""
        return self.name not in ("readout.position", "output")


def sites(model: FNN | Twin) -> dict[str, Site]:
    """Return the recording sites of a network, from the stimulus to the response.

    The encoder's sites hold γ·GELU of a convolution's output, which is what the next layer sees;
    ``recurrent.hidden`` the hidden state after the frame; ``recurrent.out`` the core's output;
    ``readout.position`` the core's output interpolated at the position of each unit; and
    ``output`` the responses.

    Parameters
    ----------
    model
        A network, or the twin that holds one.
    """
    network = cast("FNN", getattr(model, "network", model))
    shapes = site_shapes(network.architecture, network.units)
    return {name: Site(name, TITLES[name], shape) for name, shape in shapes.items()}


def depth_of(names: Iterable[str]) -> int:
    """Return how many of the `SITES` the network has to run through to reach all of these.

    Raises
    ------
    UnknownSiteError
        A name is not in `SITES`.
    """
    depth = 0
    for name in names:
        if name not in SITES:
            raise UnknownSiteError(
                f"The network has no site {name!r}", f"choose from {', '.join(SITES)}"
            )
        depth = max(depth, SITES.index(name) + 1)
    return depth


def site_shapes(architecture: Architecture, units: int) -> dict[str, tuple[int, int, int]]:
    """Return the shape (channel, y, x) of one frame at each site, by name."""
    streams, sizes = architecture.streams, architecture.map_sizes()
    shapes = []
    for block, size in zip(architecture.blocks, sizes, strict=True):
        shapes += [(streams * block.channels, *size)] * 2
    shapes += [
        (streams * architecture.recurrent_hidden, *sizes[-1]),
        (streams * architecture.features, *sizes[-1]),
        (streams * architecture.features, units, 1),
        (1, units, 1),
    ]
    return dict(zip(SITES, shapes, strict=True))
