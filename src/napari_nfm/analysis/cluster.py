"""Decompositions at several ranks on Dask workers."""

import logging
import os
import time
import uuid
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from queue import Empty, Queue
from typing import TYPE_CHECKING, Any

from napari_nfm import __version__
from napari_nfm.analysis.errors import AnalysisError
from napari_nfm.jobs import Cancelled, ShouldStop, check_stop

if TYPE_CHECKING:
    from distributed import Client

    from napari_nfm.analysis.permuted import PermutedCP

__all__ = ["LOCAL_PROCESSES", "fits_on_cluster"]

LOCAL_PROCESSES = "processes"

POLL_SECONDS = 0.2
CONNECT_SECONDS = 10
# How often a worker asks whether the sweep was given up.
STOP_SECONDS = 1.0


def fits_on_cluster(
    tensor: Any,
    ranks: Sequence[int],
    *,
    n_starts: int,
    seed: int,
    scheduler: str,
    should_stop: ShouldStop | None = None,
) -> Generator[tuple[int, "PermutedCP"], None, None]:
    """Decompose at every rank, one task each, and yield ranks and results as they finish.

    The highest ranks are begun first, because they take longest. A task computes with one thread
    and so exactly what it would compute in this process. Tasks that run when the sweep is given up
    notice it within a second or two.

    Parameters
    ----------
    tensor
        ``(unit, stimulus, direction, time)``; sent to each worker once.
    ranks
        The ranks.
    n_starts, seed
        See `permuted_cp`.
    scheduler
        ``"processes"`` for workers on this machine, one per core, or the address of a scheduler
        whose workers have this package.
    should_stop
        See `napari_nfm.jobs`.

    Raises
    ------
    AnalysisError
        Dask is not installed, no scheduler answers, or the workers fail.
    Cancelled
        `should_stop` said so.
    """
    with _client(scheduler, len(ranks)) as client:
        from distributed import Event

        given_up = Event(f"napari-nfm-{uuid.uuid4().hex}", client=client)
        held = client.scatter(tensor, broadcast=True, hash=False)
        ended: Queue[Any] = Queue()
        running: dict[Any, int] = {}
        for rank in sorted(ranks, reverse=True):
            arguments = (held, rank, n_starts, seed, given_up.name, __version__)
            task = client.submit(_fit, *arguments, pure=False)
            running[task] = rank
            task.add_done_callback(ended.put)
        try:
            while running:
                check_stop(should_stop)
                try:
                    task = ended.get(timeout=POLL_SECONDS)
                except Empty:
                    continue
                rank = running.pop(task)
                yield rank, _result(task, rank)
        finally:
            if running:
                given_up.set()
                client.cancel(list(running))


def _fit(
    tensor: Any, rank: int, n_starts: int, seed: int, given_up: str, version: str
) -> "PermutedCP":
    """Decompose at one rank; runs on a worker, for a process that has `version`."""
    if version != __version__:
        raise AnalysisError(
            f"The Dask workers have napari-nfm {__version__}, and {version} asks them",
            "install the same version where the workers run",
        )
    import torch
    from distributed import Event
    from threadpoolctl import threadpool_limits

    from napari_nfm.analysis.permuted import permuted_cp

    event = Event(given_up)
    asked = time.monotonic()

    def should_stop() -> bool:
        nonlocal asked
        if time.monotonic() - asked < STOP_SECONDS:
            return False
        asked = time.monotonic()
        return event.is_set()

    torch.set_num_threads(1)
    with threadpool_limits(limits=1):
        return permuted_cp(tensor, rank, n_starts=n_starts, seed=seed, should_stop=should_stop)


def _result(task: Any, rank: int) -> "PermutedCP":
    """Return what a task has computed, or raise what went wrong as one sentence."""
    from distributed import CancelledError, KilledWorker

    try:
        return task.result()
    except (AnalysisError, Cancelled):
        raise
    except ModuleNotFoundError as error:
        raise AnalysisError(
            f"The workers of the Dask scheduler have no module {error.name}",
            "install napari-nfm where the workers run",
        ) from error
    except (KilledWorker, CancelledError, OSError, MemoryError) as error:
        raise AnalysisError(
            f"The Dask workers were lost while they decomposed at rank {rank} "
            f"({type(error).__name__})",
            "see their log, give them more memory, and sweep again with the same store",
        ) from error


@contextmanager
def _client(scheduler: str, n_tasks: int) -> "Iterator[Client]":
    """Connect to a scheduler, or start one here with its workers; all of it ends afterwards."""
    try:
        from distributed import Client, LocalCluster
    except ImportError as error:
        raise AnalysisError(
            "Workers need the package distributed, which is not installed",
            "run pip install 'napari-nfm[distributed]', or sweep with scheduler=None",
        ) from error
    with ExitStack() as stack:
        address: Any = scheduler
        if scheduler == LOCAL_PROCESSES:
            try:
                address = stack.enter_context(
                    LocalCluster(
                        n_workers=min(_usable_cores(), n_tasks),
                        threads_per_worker=1,
                        processes=True,
                        memory_limit=0,
                        dashboard_address=None,
                        silence_logs=logging.CRITICAL,
                    )
                )
            except (RuntimeError, OSError) as error:
                raise AnalysisError(
                    "Worker processes cannot be started from here",
                    "call from a script that begins with if __name__ == '__main__', or sweep with "
                    "scheduler=None",
                ) from error
        try:
            client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
        except (OSError, ValueError, ImportError) as error:
            raise AnalysisError(
                f"No Dask scheduler answers at {str(scheduler)[:80]!r}",
                "check the address, as tcp://host:8786, and that dask scheduler runs there",
            ) from error
        yield stack.enter_context(client)


def _usable_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
