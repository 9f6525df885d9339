"""The commands ``encode`` and ``rank``: encoding manifolds without a window."""

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

from napari_nfm.terminal import TerminalProgress, interruptible, progress_bar

if TYPE_CHECKING:
    from pandas import DataFrame
    from xarray import DataArray

    from napari_nfm.analysis import EncodingManifold, RankChoice

__all__ = ["ENCODE", "RANK", "add_encode_arguments", "add_rank_arguments", "encode", "rank"]

ENCODE = """\
Lay out the units of a population so that neighbours respond alike.

RESPONSES is a response tensor (.npy as the study's authors store it, .nc, .zarr) or a
recording (.zarr) that keeps units. Ctrl-C stops soon; the same command again takes the
finished steps from the cache.

examples:
  napari-nfm encode recording.zarr --site encoder.L8 --rank 12 --out manifold
  napari-nfm encode retina_tensor_traces.npy --rank 14 --starts 30 --out retina
  napari-nfm encode responses.nc --rank 9 --objective greedy --no-cache --out fast
"""

RANK = """\
Decompose responses at many ranks, and suggest one.

RESPONSES is as in the command encode. Ranks that are finished are kept in the output folder;
the same command again goes on from there. The work can go to local processes or to a Dask
cluster.

examples:
  napari-nfm rank recording.zarr --site encoder.L8 --ranks 2-30 --starts 30 --out ranks
  napari-nfm rank responses.npy --ranks 4,8,12 --starts 5 --out ranks --scheduler processes
  napari-nfm rank responses.npy --out ranks --scheduler tcp://node01:8786
"""


def add_encode_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``encode``."""
    parser.set_defaults(after_cancel="the same command goes on from the steps that are finished.")
    _add_responses(parser)
    parser.add_argument("--rank", type=int, required=True, help="factors of the decomposition")
    parser.add_argument("--starts", type=int, default=10, help="random starts (default 10)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the random starts (default 0)")
    parser.add_argument("--out", metavar="FOLDER", type=Path, required=True, help="where to write")
    graph = parser.add_argument_group("outliers and graph")
    graph.add_argument("--objective", choices=("l1", "greedy"), default="l1")
    graph.add_argument(
        "--method",
        choices=("auto", "exact", "approximate"),
        default="auto",
        help="auto (default) is exact up to 5,000 units",
    )
    graph.add_argument(
        "--keep",
        nargs="+",
        type=int,
        default=[],
        metavar="UNIT",
        help="units that are no outliers whatever the rule says, by their position",
    )
    graph.add_argument(
        "--like-study", action="store_true", help="remove 13 outliers as in Bertram et al."
    )
    kept = parser.add_argument_group("what is kept of the steps").add_mutually_exclusive_group()
    kept.add_argument(
        "--cache", metavar="FOLDER", type=Path, help="default: the user's cache folder"
    )
    kept.add_argument("--no-cache", action="store_true", help="keep nothing")


def add_rank_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``rank``."""
    parser.set_defaults(after_cancel="the same command goes on from the ranks that are finished.")
    _add_responses(parser)
    parser.add_argument(
        "--ranks",
        type=_ranks,
        default=range(2, 31),
        metavar="RANKS",
        help="as 2-30 (default) or 4,8,12",
    )
    parser.add_argument("--starts", type=int, default=30, help="random starts (default 30)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the random starts (default 0)")
    parser.add_argument("--out", metavar="FOLDER", type=Path, required=True, help="where to write")
    parser.add_argument(
        "--scheduler",
        metavar="WHERE",
        help="'processes', or the address of a Dask scheduler (default: this process)",
    )


def _add_responses(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("responses", metavar="RESPONSES", type=Path)
    parser.add_argument("--site", help="which site of a recording")
    parser.add_argument(
        "--spatial-frequency",
        choices=("auto", "optimal", "all"),
        default="auto",
        help="each unit's optimal one, or all categories; auto (default) is optimal for the 11 "
        "flow categories",
    )


def _ranks(text: str) -> list[int]:
    """Read ``2-30``, ``4,8,12`` or a mixture."""
    ranks: set[int] = set()
    for part in text.split(","):
        first, dash, last = part.partition("-")
        try:
            ranks |= set(range(int(first), int(last if dash else first) + 1))
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not like 2-30 or 4,8,12") from None
    if not ranks:
        raise argparse.ArgumentTypeError(f"{text!r} holds no rank; give them as 2-30")
    return sorted(ranks)


def encode(options: argparse.Namespace) -> None:
    """Run the command ``encode``."""
    from napari_nfm.analysis import encoding_manifold
    from napari_nfm.fnn.cache import cache_directory

    cache = options.cache or cache_directory() / "encoding"
    responses = _load(options)
    start = time.perf_counter()
    with progress_bar() as bar, interruptible() as should_stop:
        manifold = encoding_manifold(
            responses,
            rank=options.rank,
            seed=options.seed,
            n_starts=options.starts,
            objective=options.objective,
            method=options.method,
            keep=options.keep,
            spatial_frequency=options.spatial_frequency,
            like_study=options.like_study,
            cache=None if options.no_cache else cache,
            progress=TerminalProgress(bar),
            should_stop=should_stop,
        )
    manifold.save(options.out)
    print(_summary(manifold))
    print(f"written to {options.out} after {time.perf_counter() - start:.0f} s")


def rank(options: argparse.Namespace) -> None:
    """Run the command ``rank``."""
    from napari_nfm.analysis import choose_rank, encoding_tensor, sweep_ranks

    tensor = encoding_tensor(_load(options), spatial_frequency=options.spatial_frequency)
    with progress_bar() as bar, interruptible() as should_stop:
        fits = sweep_ranks(
            tensor,
            options.ranks,
            n_starts=options.starts,
            seed=options.seed,
            store=options.out,
            scheduler=options.scheduler,
            progress=TerminalProgress(bar),
            should_stop=should_stop,
            on_fit=lambda rank, fit: bar.write(f"rank {rank}: error {fit.percent_error:.2f} %"),
        )
    choice = choose_rank(fits)
    table = _table(choice)
    table.to_csv(options.out / "ranks.csv", lineterminator="\n")
    print(table.to_string(float_format="{:.3f}".format))
    print(f"suggested rank: {choice.suggested}, {choice.rule}")
    print(f"written to {options.out}")


def _table(choice: "RankChoice") -> "DataFrame":
    """Return one row per rank."""
    import pandas as pd

    columns = {
        "nuclear_value": choice.mean,
        "spread": choice.std,
        "stability": choice.stability,
        "percent_error": choice.percent_error,
    }
    return pd.DataFrame(columns, index=pd.Index(choice.ranks, name="rank"))


def _load(options: argparse.Namespace) -> "DataArray":
    from napari_nfm.recording import load_responses

    responses = load_responses(options.responses, site=options.site)
    print(" x ".join(f"{size} {axis}" for axis, size in responses.sizes.items()))
    return responses


def _summary(manifold: "EncodingManifold") -> str:
    """Return a few lines on what came out."""
    left_out = manifold.left_out["reason"].value_counts(sort=False)
    clusters = manifold.units["cluster"]
    dimension = manifold.units["local_dimension"]
    lines = {
        "on the manifold": f"{len(manifold.units)} units, {len(manifold.edges)} edges",
        "left out": ", ".join(f"{n} {reason}" for reason, n in left_out.items()) or "none",
        "error": f"{manifold.decomposition.percent_error:.2f} % of the squared norm",
        "components": str(manifold.matrix.n_components),
        "clusters": f"{clusters[clusters >= 0].nunique()}, {(clusters < 0).sum()} units in none",
        "local dimension": f"{dimension.mean():.2f} ± {dimension.std(ddof=0):.2f}",
    }
    return "\n".join(f"{name + ':':<17} {text}" for name, text in lines.items())
