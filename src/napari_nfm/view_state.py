"""What the views of a session show at this moment, and how: both evented parts of a `Session`."""

from collections.abc import Container, Iterable
from dataclasses import dataclass
from typing import ClassVar

from psygnal import SignalGroupDescriptor

__all__ = ["ManifoldLook", "Selection", "signal_name"]


def signal_name(field_name: str) -> str:
    """Return the name of the signal that tells of a change of a field."""
    return f"{field_name}_changed"


@dataclass(eq=False)
class Selection:
    """What every view shows at this moment; ``events.<field>_changed`` tells of each change.

    Attributes
    ----------
    category
        Name of the current stimulus category.
    direction
        Current direction of motion, in degrees.
    instance
        Current instance of the stimulus, from 0.
    frame
        Current frame of the stimulus, from 0.
    reference
        Category, direction and instance whose feature maps are subtracted from those of the
        current stimulus, or None.
    site
        Name of the current recording site.
    channels
        Channels of that site on screen; empty where the most active ones shall be chosen.
    units
        Selected units, by their position in the site's responses.
    unit
        The unit that is looked at, one of those selected; None where that is the mean of all.
    hovered
        The unit under the mouse, or None.
    pinned
        Units that are kept to compare others with.
    """

    category: str | None = None
    direction: float | None = None
    instance: int = 0
    frame: int = 0
    reference: tuple[str, float, int] | None = None
    site: str | None = None
    channels: tuple[int, ...] = ()
    units: tuple[int, ...] = ()
    unit: int | None = None
    hovered: int | None = None
    pinned: tuple[int, ...] = ()

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor(signal_aliases=signal_name)

    def choose_units(self, units: Iterable[int], *, add: bool = False) -> None:
        """Select these units; with `add`, beside the others, or no longer where all are."""
        found, before = [int(unit) for unit in units], list(self.units)
        if add and set(found) <= set(before):
            found = [unit for unit in before if unit not in set(found)]
        elif add:
            found = [*before, *(unit for unit in found if unit not in set(before))]
        self.units = tuple(found)


@dataclass(eq=False)
class ManifoldLook:
    """How the encoding manifold is drawn; ``events.<field>_changed`` tells of each change.

    Attributes
    ----------
    coordinates
        ``"diffusion map"``, or ``"principal components"`` of the diffusion coordinates (classical
        multidimensional scaling).
    axes
        Which three of the coordinates, from 0.
    colour_by
        Column of the manifold's table of units.
    edges
        Whether the edges of the neighbourhood graph are drawn.
    """

    coordinates: str = "diffusion map"
    axes: tuple[int, int, int] = (0, 1, 2)
    colour_by: str = "preferred_stimulus"
    edges: bool = False

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor(signal_aliases=signal_name)

    def colouring_of(self, columns: Container[str]) -> str:
        """Return the column to colour by; that of stimuli where `columns` lack the chosen one."""
        return self.colour_by if self.colour_by in columns else "preferred_stimulus"
