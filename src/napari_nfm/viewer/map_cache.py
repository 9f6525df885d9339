"""Feature maps that were on screen, kept for when they are again."""

from collections import OrderedDict
from collections.abc import Hashable

from napari_nfm.viewer.plans import RankedMaps

__all__ = ["MapCache"]


class MapCache:
    """The feature maps seen last, within a budget of memory.

    Parameters
    ----------
    budget
        Bytes that may be kept.
    """

    def __init__(self, budget: int) -> None:
        self._budget = budget
        self._kept: OrderedDict[Hashable, RankedMaps] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Hashable) -> RankedMaps | None:
        """Return what is kept under `key` and count it as seen last, or None."""
        kept = self._kept.get(key)
        if kept is not None:
            self._kept.move_to_end(key)
        return kept

    def put(self, key: Hashable, maps: RankedMaps) -> None:
        """Keep `maps`, and drop what was not seen for longest where they do not fit."""
        self._kept[key] = maps
        self._kept.move_to_end(key)
        while len(self._kept) > 1 and self._bytes() > self._budget:
            self._kept.popitem(last=False)

    def clear(self) -> None:
        """Forget all maps."""
        self._kept.clear()

    def _bytes(self) -> int:
        return sum(kept.maps.nbytes for kept in self._kept.values())
