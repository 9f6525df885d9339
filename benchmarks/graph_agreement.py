"""How well the approximate neighbourhood graph agrees with the exact one, and what both cost.

    python benchmarks/graph_agreement.py --data ../shared/data
    python benchmarks/graph_agreement.py --units 500 --costs 2000

Populations are those of ``populations.py``, and units on a curved noisy sheet that needs no data.
Outliers are removed first, as on the way to an encoding manifold.
"""

import argparse
import time
import tracemalloc
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from populations import points as population
from populations import principal_components
from scipy.linalg import subspace_angles
from scipy.spatial import cKDTree

from napari_nfm.analysis import IanGraph, diffusion_map, find_outliers, ian_graph

N_COORDINATES, N_NEAREST = 10, 15
COSTS = (2000, 5000, 20000)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="the folder of published decompositions")
    parser.add_argument("--units", type=int, default=2000)
    parser.add_argument("--costs", type=int, nargs="*", default=COSTS, help="units to time")
    arguments = parser.parse_args()
    for what, places in populations(arguments.units, arguments.data).items():
        kept = places[find_outliers(places).kept]
        print(f"{what}, {len(kept)} units in {kept.shape[1]} dimensions")
        for name, value in agreement(kept).items():
            print(f"    {name:55} {value}")
    for n_units in arguments.costs:
        places = sheet(n_units)
        # The exact method's matrices fill gigabytes from here on.
        for method in ("exact", "approximate")[n_units > 10_000 :]:
            seconds, gigabytes = cost(places, method)
            print(f"{n_units:6} units, {method:12} {seconds:6.1f} s, peak {gigabytes:.2f} GB")


def populations(n_units: int, data: Path | None) -> dict[str, NDArray[np.float64]]:
    """Return points ``(unit, dimension)`` by what they are."""
    places, what = population(n_units, data)
    found = {what: places, "sheet": sheet(n_units)}
    path = None if data is None else data / "fnn_decompositions" / "b1_R08_best.npz"
    if path is not None and path.is_file():
        with np.load(path, allow_pickle=False) as file:
            loadings = file["neural"] * file["lambdas"] * file["stimulus"].max(axis=0)
        block = principal_components(np.sqrt(loadings), share=0.8)[:n_units]
        found["encoder block factors"] = block
    return found


def sheet(n_units: int) -> NDArray[np.float64]:
    """Return units along two features that curve through six dimensions, with some noise."""
    rng = np.random.default_rng(0)
    u, v = rng.uniform(size=(2, n_units))
    angles = 2 * np.pi * u
    curved = [np.sin(angles), np.cos(angles), v, v**2, u * v, np.sin(3 * v)]
    return np.column_stack(curved) + 0.02 * rng.standard_normal((n_units, 6))


def agreement(places: NDArray[np.float64]) -> dict[str, str]:
    """Return how much the two graphs share, and the diffusion maps of both."""
    exact = ian_graph(places)
    approximate = ian_graph(places, method="approximate")
    maps = [
        diffusion_map(graph.weights, N_COORDINATES).coordinates for graph in (exact, approximate)
    ]
    joined = ~np.isnan(np.hstack(maps)).any(axis=1)
    first, second = (coordinates[joined] for coordinates in maps)
    angles = np.rad2deg(subspace_angles(first[:, :3], second))
    shared, baseline = shared_neighbours(first, second), shared_neighbours(first, places[joined])
    return {
        "edges, exact and approximate": f"{len(exact.edges)} and {len(approximate.edges)}",
        "edges, Jaccard index": f"{jaccard(exact, approximate):.2f}",
        "kernel, correlation": f"{kernel_correlation(exact, approximate):.2f}",
        "log scales, correlation": f"{scale_correlation(exact, approximate):.2f}",
        f"diffusion map, shared {N_NEAREST} nearest": f"{shared:.2f}",
        "the points themselves, shared with the exact map": f"{baseline:.2f}",
        f"angles of first 3 coordinates to first {N_COORDINATES} (degrees)": " ".join(
            f"{angle:.0f}" for angle in np.sort(angles)
        ),
        "units disconnected, exact and approximate": (
            f"{len(exact.disconnected)} and {len(approximate.disconnected)}"
        ),
    }


def jaccard(one: IanGraph, other: IanGraph) -> float:
    """Return the share of edges in both graphs among those in either."""
    edges = [{tuple(edge) for edge in graph.edges.tolist()} for graph in (one, other)]
    return len(edges[0] & edges[1]) / len(edges[0] | edges[1])


def kernel_correlation(one: IanGraph, other: IanGraph) -> float:
    """Return the correlation of the weights of pairs that have one in either graph."""
    upper = np.triu_indices(one.n_units, 1)
    values = np.array([graph.weights.toarray()[upper] for graph in (one, other)])
    return float(np.corrcoef(values[:, values.any(axis=0)])[0, 1])


def scale_correlation(one: IanGraph, other: IanGraph) -> float:
    """Return the correlation of the logarithms of scales of units connected in both graphs."""
    both = (one.scales > 0) & (other.scales > 0)
    return float(np.corrcoef(np.log(one.scales[both]), np.log(other.scales[both]))[0, 1])


def shared_neighbours(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Return the share of a unit's nearest units in one space that are so in the other."""
    near = [
        cKDTree(places).query(places, N_NEAREST + 1)[1][:, 1:].tolist() for places in (one, other)
    ]
    shared = [len(set(a) & set(b)) / N_NEAREST for a, b in zip(*near, strict=True)]
    return float(np.mean(shared))


def cost(places: NDArray[np.float64], method: str) -> tuple[float, float]:
    """Return the seconds of a run, and the peak memory of another in GB."""
    start = time.perf_counter()
    ian_graph(places, method=method)
    seconds = time.perf_counter() - start
    tracemalloc.start()
    ian_graph(places, method=method)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return seconds, peak / 1e9


if __name__ == "__main__":
    main()
