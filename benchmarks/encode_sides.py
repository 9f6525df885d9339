"""Both sides of the encoding benchmark, each made in a process of its own by `sides.Worker`.

Methods of the same name do the same work on the same numbers, and return what shows that they did.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from populations import N_DIRECTIONS, N_FRAMES, N_STIMULI, points, responses


class Data:
    """The populations, made once per process."""

    def __init__(self, data: Path | None) -> None:
        self.tensor = cache(lambda n_units: self._tensor(n_units))
        self.points = cache(lambda n_units: points(n_units, data)[0])
        self.responses = cache(lambda n_units: responses(n_units, data))

    def _tensor(self, n_units: int) -> Any:
        from napari_nfm.analysis import encoding_tensor

        return encoding_tensor(self.responses(n_units)[0], spatial_frequency="all")

    def fibres(self, n_units: int) -> NDArray[np.float64]:
        """Return the encoding tensor ``(unit, stimulus, fibre)``, direction fastest."""
        maps = self.tensor(n_units).values.values
        return np.ascontiguousarray(maps.swapaxes(2, 3)).reshape(*maps.shape[:2], -1)


class OurSide:
    """The functions of `napari_nfm.analysis`.

    Parameters
    ----------
    data
        Folder of the published decompositions, or None for drawn populations.
    """

    def __init__(self, data: Path | None) -> None:
        self.data = Data(data)
        self._graphs: dict[int, Any] = {}
        self._fits: dict[tuple[int, int], Any] = {}
        self._objectives: dict[int, Any] = {}

    def describe(self, n_units: int) -> str:
        """Return what the populations are, and make them."""
        self.data.tensor(n_units)
        return self.data.responses(n_units)[1]

    def transform(self, n_units: int) -> None:
        """Transform the tensor, which a decomposition does once for all its evaluations."""
        import torch

        from napari_nfm.analysis.permuted.objective import Objective
        from napari_nfm.analysis.permuted.spectrum import Spectrum
        from napari_nfm.analysis.permuted.starts import LEFT_OUT

        values = self.data.tensor(n_units).values.values
        cpu = torch.device("cpu")
        spectrum = Spectrum.of(values, device=cpu, dtype=torch.float32, tolerance=LEFT_OUT)
        self._objectives[n_units] = Objective(spectrum)

    def evaluate(self, n_units: int, rank: int, starts: int, repetitions: int) -> float:
        """Evaluate objective and gradient of all starts, several times; return the first value.

        In one thread, as a decomposition does, which spreads its starts over threads.
        """
        import torch

        shape = (n_units, N_STIMULI, N_DIRECTIONS * N_FRAMES)
        drawn = [np.concatenate(start(shape, rank, number)).T for number in range(starts)]
        at = torch.as_tensor(np.stack(drawn), dtype=torch.float32)
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            for _ in range(repetitions):
                found = self._objectives[n_units].evaluate(at)
        finally:
            torch.set_num_threads(threads)
        return float(found.values[0])

    def decompose(self, n_units: int, rank: int, starts: int) -> list[float]:
        """Return the percent errors of all starts."""
        from napari_nfm.analysis import permuted_cp

        fit = permuted_cp(self.data.tensor(n_units), rank, n_starts=starts)
        self._fits[n_units, rank] = fit
        return fit.percent_errors.tolist()

    def components(self, n_units: int, rank: int) -> tuple[Any, Any]:
        """Return factors and weights of a decomposition of a few starts."""
        if (n_units, rank) not in self._fits:
            self.decompose(n_units, rank, 2)
        fit = self._fits[n_units, rank]
        return fit.factors, fit.weights

    def neural_matrix(self, n_units: int, factors: Any, weights: Any) -> NDArray[np.float64]:
        """Return the neural matrix."""
        from napari_nfm.analysis import neural_matrix

        return neural_matrix(self.data.tensor(n_units), factors, weights).values

    def graph(self, n_units: int) -> NDArray[np.int64]:
        """Return the edges of the exact graph."""
        from napari_nfm.analysis import ian_graph

        self._graphs[n_units] = ian_graph(self.data.points(n_units))
        return self._graphs[n_units].edges

    def local_dimension(self, n_units: int) -> NDArray[np.float64]:
        """Return each unit's local dimension."""
        from napari_nfm.analysis import local_dimension

        if n_units not in self._graphs:
            self.graph(n_units)
        return local_dimension(self._graphs[n_units]).values

    def whole_path(self, n_units: int, rank: int) -> dict[str, int]:
        """Go from responses to points, without a cache; return what came out."""
        from napari_nfm.analysis import encoding_manifold

        manifold = encoding_manifold(
            self.data.responses(n_units)[0], rank=rank, spatial_frequency="all"
        )
        clusters = manifold.units["cluster"]
        return {
            "units": len(manifold.units),
            "edges": len(manifold.edges),
            "clusters": int(clusters[clusters >= 0].nunique()),
        }


class ReferenceSide:
    """Plain ports of the study's way, ``reference_*.py``; nothing of them is in the package.

    Parameters
    ----------
    data
        As for `OurSide`.
    """

    def __init__(self, data: Path | None) -> None:
        self.data = Data(data)

    def describe(self, n_units: int) -> str:
        """Make the populations."""
        self.data.tensor(n_units)
        return self.data.responses(n_units)[1]

    def evaluate(self, n_units: int, rank: int, repetitions: int) -> float:
        """Evaluate objective and gradient of one start, several times; return the value."""
        from reference_permuted_cp import objective

        fibres = self.data.fibres(n_units)
        at = start(fibres.shape, rank, 0)
        for _ in range(repetitions):
            value, _ = objective(fibres, at, N_DIRECTIONS)
        return float(value)

    def decompose(self, n_units: int, rank: int, iterations: int) -> tuple[float, int]:
        """Return the percent error of one start after as many iterations, and evaluations."""
        from reference_permuted_cp import fit

        fibres = self.data.fibres(n_units)
        error, _, evaluations = fit(fibres, rank, start(fibres.shape, rank, 0), iterations)
        return float(error), int(evaluations)

    def neural_matrix(self, n_units: int, factors: Any, weights: Any) -> NDArray[np.float64]:
        """Return the neural matrix."""
        from reference_neural_matrix import neural_matrix

        return neural_matrix(self.data.tensor(n_units).values.values, factors, weights)[0]

    def graph(self, n_units: int) -> NDArray[np.int64]:
        """Return the edges of the graph."""
        from reference_ian import ian_graph

        return ian_graph(self.data.points(n_units))

    def local_dimension(self, n_units: int, edges: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return each unit's local dimension, on a graph that is given."""
        from reference_local_dimension import local_dimension
        from scipy.spatial.distance import cdist

        places = self.data.points(n_units)
        return local_dimension(cdist(places, places, "sqeuclidean"), edges)


def start(shape: tuple[int, ...], rank: int, number: int) -> list[NDArray[np.float64]]:
    """Return the same random start for both sides: uniform columns of unit norm."""
    rng = np.random.default_rng(number)
    factors = [rng.uniform(size=(size, rank)) for size in shape]
    return [factor / np.linalg.norm(factor, axis=0) for factor in factors]
