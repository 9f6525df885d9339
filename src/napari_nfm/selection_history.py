"""Going back and forth through the selections of units that were made."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from napari_nfm.session import Session

if TYPE_CHECKING:
    from xarray import DataArray

__all__ = ["SelectionHistory"]

LONGEST = 100
"""Selections that are remembered."""

Step = tuple[str | None, tuple[int, ...]]


class SelectionHistory:
    """The selections of a session, each with its site, in the order they were made.

    Selections of units whose responses were replaced are forgotten.

    Parameters
    ----------
    session
        Whose selections are remembered, from now on.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._steps: list[Step] = [self._current()]
        self._place = 0
        self._going = False
        self._known: Mapping[str, DataArray] = session.responses
        session.selection.events.units_changed.connect(self._remember)
        session.events.responses_changed.connect(self._forget_replaced)

    @property
    def can_go_back(self) -> bool:
        """Whether there is an earlier selection."""
        return self._place > 0 or self._has_left

    @property
    def can_go_forward(self) -> bool:
        """Whether the last step was one back."""
        return self._place < len(self._steps) - 1

    def back(self) -> bool:
        """Select what was selected before; return whether there was anything."""
        return self.can_go_back and self._go_to(self._place - (not self._has_left))

    def forward(self) -> bool:
        """Undo the last step back; return whether there was one."""
        return self.can_go_forward and self._go_to(self._place + 1)

    @property
    def _has_left(self) -> bool:
        """Whether another site was gone to since the last selection."""
        last = self._steps[self._place]
        return bool(last[1]) and self._current() != last

    def _current(self) -> Step:
        chosen = self._session.selection
        return chosen.site, chosen.units

    def _go_to(self, place: int) -> bool:
        self._place = place
        site, units = self._steps[place]
        self._going = True
        try:
            if site is not None:
                self._session.selection.site = site
            self._session.selection.units = units
        finally:
            self._going = False
        return True

    def _remember(self) -> None:
        if self._going:
            return
        step = self._current()
        kept = self._steps[: self._place + 1]
        # Leaving a site forgets its units, which nobody did on purpose: not a step of its own.
        if kept and not step[1] and kept[-1][0] != step[0]:
            return
        self._steps = [*kept, step][-LONGEST:]
        self._place = len(self._steps) - 1

    def _forget_replaced(self, responses: "Mapping[str, DataArray]") -> None:
        gone = {site for site, known in self._known.items() if responses.get(site) is not known}
        self._known = responses
        if not gone:
            return
        current = self._current()
        kept = [step for step in self._steps[: self._place] if step[0] not in gone]
        self._steps = [*kept, current]
        self._place = len(self._steps) - 1
