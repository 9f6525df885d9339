"""Keeping freed memory in the process."""

import ctypes
import sys
from functools import cache

__all__ = ["keep_freed_memory", "return_freed_memory"]

M_TRIM_THRESHOLD = -1
M_MMAP_THRESHOLD = -3
M_ARENA_MAX = -8
KEPT_BYTES = 1 << 30
OLDER_LIMIT = 32 << 20  # half of the largest heap, beyond which glibc may refuse a threshold


@cache
def keep_freed_memory() -> None:
    """Ask glibc to reuse freed memory rather than return it to the kernel.

    Feature maps are megabytes that come and go with every frame. By default glibc maps and unmaps
    each of them, and the kernel clears every page again, which costs a good part of the time of a
    frame. Blocks up to 1 GB (32 MB where glibc accepts no more) now come from the heap, and up to
    1 GB of it stays when freed. All threads share one heap: those of their own are of 64 MB, and
    what does not fit is mapped again. Takes effect once per process; elsewhere than on Linux with
    glibc nothing happens.
    """
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        if not mallopt(M_MMAP_THRESHOLD, KEPT_BYTES):
            mallopt(M_MMAP_THRESHOLD, OLDER_LIMIT)
        mallopt(M_TRIM_THRESHOLD, KEPT_BYTES)
        mallopt(M_ARENA_MAX, 1)


def return_freed_memory() -> None:
    """Return to the kernel what `keep_freed_memory` has kept, once nothing large comes and goes.

    A block that is still used at the end of the heap keeps all that is free below it: after the
    gradient of a unit of the published network, 3 GB.
    """
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
