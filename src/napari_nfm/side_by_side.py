"""Pieces of a long job side by side on the cores of a CPU, each computed in one thread.

The threads of one small piece wait for each other more than they compute, and a sum over several
threads rounds differently with their number. Pieces do not wait for each other.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from typing import Any, TypeVar

from napari_nfm.jobs import ShouldStop

__all__ = ["Spread", "one_thread_each", "over_cores", "side_by_side"]

Item = TypeVar("Item")
Result = TypeVar("Result")

Spread = Callable[[Callable[[Any], Any], Iterable[Any]], Iterable[Any]]
"""`map`, or that of `over_cores`."""


@contextmanager
def over_cores() -> Iterator[Spread]:
    """Give a `map` that spreads the pieces of one short computation over the cores."""
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        yield pool.map


@contextmanager
def one_thread_each() -> Iterator[None]:
    """Let torch compute in one thread, also in the threads of `side_by_side`."""
    import torch

    before = torch.get_num_threads()
    if before == 1:
        yield
        return
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def side_by_side(
    function: Callable[[int, Item, ShouldStop], Result],
    items: Sequence[Item],
    players: int,
    should_stop: ShouldStop | None = None,
    finished: Callable[[Item], None] | None = None,
) -> list[Result]:
    """Call a function with every item, some at once, and wait for all.

    Parameters
    ----------
    function
        Takes the number of the item, the item, and what to ask whether to stop: as `should_stop`,
        but true as well when the function failed with another item.
    items
        The pieces.
    players
        How many are computed at once.
    should_stop
        Whether all shall stop.
    finished
        Told of every item in the calling thread as soon as it can be, while others go on.

    Returns
    -------
    list
        What the function returned, in the order of `items`.

    Raises
    ------
    BaseException
        The first that the function or `finished` raised, when all have stopped.
    """
    failures: list[BaseException] = []
    results: dict[int, Result] = {}

    def stop() -> bool:
        return bool(failures) or (should_stop is not None and should_stop())

    def attempt(number: int) -> int:
        if not failures:
            try:
                results[number] = function(number, items[number], stop)
            except BaseException as error:
                failures.append(error)
        return number

    def tell(number: int) -> None:
        if finished is not None and number in results and not failures:
            finished(items[number])

    if players == 1 or len(items) == 1:
        for number in range(len(items)):
            tell(attempt(number))
    else:
        with ThreadPoolExecutor(players) as pool:
            attempts = [pool.submit(attempt, number) for number in range(len(items))]
            try:
                for done in as_completed(attempts):
                    tell(done.result())
            except BaseException as error:  # Ctrl+C reaches this thread only
                failures.append(error)
    if failures:
        raise failures[0]
    return [results[number] for number in range(len(items))]
