"""How many cores a network is worth."""

from collections.abc import Iterator
from contextlib import contextmanager

from napari_nfm.fnn.architecture import Architecture
from napari_nfm.side_by_side import one_thread_each

__all__ = ["ENOUGH_WORK", "is_worth_threads", "worthwhile_threads"]

ENOUGH_WORK = 3e8
"""Multiplications per frame from which a second thread pays; the published network has 2.4e9."""


def is_worth_threads(architecture: Architecture) -> bool:
    """Say whether a network is large enough for more than one thread."""
    return architecture.multiply_adds >= ENOUGH_WORK


@contextmanager
def worthwhile_threads(architecture: Architecture) -> Iterator[None]:
    """Let torch compute in one thread while the network is small.

    Threads of a reduced network spend more time waiting for each other than computing; on a busy
    machine that makes a frame ten to fifty times slower.
    """
    if is_worth_threads(architecture):
        yield
        return
    with one_thread_each():
        yield
