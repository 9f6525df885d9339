"""Several sequences side by side on the cores of a CPU, each computed in one thread.

The threads of one sequence wait for each other a few hundred times a frame, and averaging,
statistics and the disk leave all but one of them idle. Sequences do not wait for each other.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

import torch

from napari_nfm.jobs import ShouldStop

__all__ = ["one_thread_each", "side_by_side"]

Item = TypeVar("Item")


@contextmanager
def one_thread_each(players: int) -> Iterator[None]:
    """Let torch compute in one thread while there are several `players`."""
    before = torch.get_num_threads()
    if players > 1:
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def side_by_side(
    function: Callable[[int, Item, ShouldStop], None],
    items: Sequence[Item],
    should_stop: ShouldStop | None = None,
) -> None:
    """Call a function with every item, all at once, and wait for all.

    Parameters
    ----------
    function
        Takes the number of the item, the item, and what to ask whether to stop: as `should_stop`,
        but true as well when the function failed with another item.
    items
        One for each thread.
    should_stop
        Whether all shall stop.

    Raises
    ------
    BaseException
        The first that the function raised, when all have stopped.
    """
    failures: list[BaseException] = []

    def stop() -> bool:
        return bool(failures) or (should_stop is not None and should_stop())

    def attempt(number: int, item: Item) -> None:
        try:
            function(number, item, stop)
        except BaseException as error:
            failures.append(error)

    if len(items) == 1:
        attempt(0, items[0])
    else:
        from joblib import Parallel, delayed

        Parallel(n_jobs=len(items), backend="threading", batch_size=1)(
            delayed(attempt)(number, item) for number, item in enumerate(items)
        )
    if failures:
        raise failures[0]
