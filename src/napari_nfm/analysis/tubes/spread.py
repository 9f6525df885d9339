"""One measurement on several cores: independent pieces, the same whoever computes them."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from napari_nfm.side_by_side import Spread, over_cores

__all__ = ["halves", "on_all_cores", "quiet_and_single"]

CENTRELINES = r"napari_nfm\.analysis\.tubes\.centreline"
"""Where FITPACK's warnings appear to come from."""


def halves(count: int) -> list[slice]:
    """Return two slices of as many entries; always two, so that sums do not depend on cores."""
    return [slice(0, count // 2), slice(count // 2, count)]


@contextmanager
def quiet_and_single() -> Iterator[None]:
    """One BLAS thread, whatever the machine, and no word of FITPACK when it stops early.

    Two threads of BLAS collapse on small products, and round differently. FITPACK warns where it
    cannot have the residuals that were asked for; the fit that it then returns is the one of the
    study.
    """
    with _controller().limit(limits=1), warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=UserWarning, module=CENTRELINES)
        yield


@contextmanager
def on_all_cores() -> Iterator[Spread]:
    """Give a `map` that spreads pieces over the cores; each is computed in one BLAS thread."""
    with quiet_and_single(), over_cores() as spread:
        yield spread


@lru_cache(maxsize=1)
def _controller() -> Any:
    """Return what sets the threads of BLAS; to look for the libraries takes milliseconds."""
    import scipy.linalg  # noqa: F401  (brings the last of the libraries)
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
