"""What a long job needs of a terminal: a progress bar, and Ctrl-C as a wish and not a crash."""

import contextlib
import signal
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from napari_nfm.jobs import ShouldStop

if TYPE_CHECKING:
    from tqdm import tqdm

__all__ = ["TerminalProgress", "interruptible", "progress_bar"]


class TerminalProgress:
    """A job's progress, shown on a terminal progress bar.

    Parameters
    ----------
    bar
        The bar, from `progress_bar`.
    """

    def __init__(self, bar: "tqdm") -> None:
        self.bar = bar

    def __call__(self, done: int, total: int, message: str = "") -> None:
        """Move the bar to `done` of `total`."""
        self.bar.total = total
        self.bar.n = done
        self.bar.set_postfix_str(message, refresh=False)
        self.bar.refresh()


@contextlib.contextmanager
def progress_bar(unit: str | None = None) -> Iterator["tqdm"]:
    """Yield a bar that counts in `unit`, or one that shows the share alone where it is None."""
    from tqdm import tqdm

    share_alone = "{percentage:3.0f}%|{bar}| {elapsed}<{remaining}{postfix}"
    bar_format = share_alone if unit is None else None
    with tqdm(unit=f" {unit}", dynamic_ncols=True, bar_format=bar_format) as bar:
        yield bar


@contextlib.contextmanager
def interruptible() -> Iterator[ShouldStop]:
    """Yield a callable that says whether Ctrl-C was pressed; a second one stops at once."""
    pressed: list[int] = []

    def note(number: int, _frame: Any) -> None:
        pressed.append(number)
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, note)
    try:
        yield lambda: bool(pressed)
    finally:
        signal.signal(signal.SIGINT, before)
