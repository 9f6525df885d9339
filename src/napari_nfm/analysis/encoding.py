"""The whole path of the encoding manifold, from responses to points, with one call."""

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from napari_nfm.analysis.arguments import check_choice
from napari_nfm.analysis.errors import AnalysisError
from napari_nfm.analysis.manifold import EncodingManifold
from napari_nfm.analysis.preprocessing import EncodingTensor, encoding_tensor
from napari_nfm.analysis.responses import as_responses
from napari_nfm.analysis.step_cache import StepCache
from napari_nfm.analysis.step_sequence import StepSequence
from napari_nfm.jobs import Progress, ShouldStop
from napari_nfm.provenance import Provenance

if TYPE_CHECKING:
    from napari_nfm.analysis.neighbourhoods import IanGraph
    from napari_nfm.analysis.outliers import Outliers

__all__ = ["encoding_manifold"]

EXACT_UNITS = 5000
"""Above as many units, the method "auto" is approximate."""

COMPONENTS = 20
"""Coordinates of the diffusion map, where there are units enough."""

SHARES = {
    "tensor": 1,
    "decomposition": 60,
    "neural matrix": 1,
    "outliers": 1,
    "graph": 24,
    "diffusion map": 3,
    "clusters": 2,
    "local dimension": 7,
    "units": 1,
}
"""Steps and their usual share of the time, in percent."""

OBJECTIVES = ("l1", "greedy")
METHODS = ("auto", "exact", "approximate")


def encoding_manifold(
    responses: Any,
    *,
    rank: int,
    seed: int = 0,
    n_starts: int = 10,
    objective: Literal["l1", "greedy"] = "l1",
    method: Literal["auto", "exact", "approximate"] = "auto",
    keep: Collection[int] = (),
    spatial_frequency: Literal["auto", "optimal", "all"] = "auto",
    like_study: bool = False,
    cache: str | Path | None = None,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> EncodingManifold:
    """Lay out the units of a population so that neighbours respond alike.

    Tensor, permuted decomposition, neural matrix, outliers, graph of neighbours, diffusion map,
    principal coordinates, clusters, local dimension and tuning; each can also be called by
    itself.

    Parameters
    ----------
    responses
        ``(unit, category, direction, time)``.
    rank
        Number of factors of the decomposition; `choose_rank` suggests one.
    seed
        Seed of the random starts.
    n_starts
        Random starts of the decomposition, of which the best counts.
    objective
        Objective of the graph, see `ian_graph`.
    method
        ``"exact"``, ``"approximate"``, or ``"auto"``: approximate above 5,000 units.
    keep
        Units that stay although the rule for outliers would remove them, as positions in
        `responses`.
    spatial_frequency
        See `encoding_tensor`.
    like_study
        Remove outliers as in the study, the 3 most isolated and the 10 closest to another, and
        compute ``osi`` as there, see `tuning`.
    cache
        Folder in which the long steps are kept, by the fingerprint of what they depend on; None
        keeps nothing.
    progress, should_stop
        See `napari_nfm.jobs`.

    Returns
    -------
    EncodingManifold
        The same to the byte for the same responses and arguments.

    Raises
    ------
    ResponseTensorError
        `responses` is no such tensor, or holds NaN, or no unit responds.
    AnalysisError
        An argument is none of the choices, the rank is larger than possible, or too few units are
        left for a graph.
    Cancelled
        `should_stop` said so; finished steps are in the cache.

    Notes
    -----
    Dyballa et al. (PNAS 2024) and Bertram et al. (arXiv 2601.21508). Embedding, clusters and local
    dimension are computed of the units that the graph connects; the study computed them after
    dropping the disconnected, too.
    """
    from napari_nfm.analysis.clusters import density_clusters
    from napari_nfm.analysis.dimension import local_dimension
    from napari_nfm.analysis.embedding import diffusion_map, principal_coordinates
    from napari_nfm.analysis.neighbourhoods import ian_graph
    from napari_nfm.analysis.neural import neural_matrix
    from napari_nfm.analysis.outliers import find_outliers
    from napari_nfm.analysis.permuted import permuted_cp
    from napari_nfm.analysis.units_table import units_table

    check_choice("objective", objective, OBJECTIVES)
    check_choice("method", method, METHODS)
    given = as_responses(responses)
    kept_by_hand = _checked_keep(keep, given.sizes["unit"])
    steps = StepSequence(SHARES, StepCache(cache), progress, should_stop)

    tensor = steps.run(
        "tensor", lambda: encoding_tensor(given, spatial_frequency=spatial_frequency)
    )
    decomposition = steps.run(
        "decomposition",
        lambda: permuted_cp(
            tensor, rank, n_starts=n_starts, seed=seed, progress=steps, should_stop=should_stop
        ),
        *(tensor, rank, n_starts, seed),
    )
    matrix = steps.run(
        "neural matrix",
        lambda: neural_matrix(tensor, decomposition.factors, decomposition.weights),
    )
    responding = tensor.values.coords["unit"].values
    outliers = steps.run(
        "outliers",
        lambda: find_outliers(
            matrix,
            keep=np.flatnonzero(np.isin(responding, kept_by_hand)),
            like_study=like_study,
        ),
    )
    points = matrix.scores[outliers.kept]
    exact = len(points) <= EXACT_UNITS if method == "auto" else method == "exact"
    chosen: Literal["exact", "approximate"] = "exact" if exact else "approximate"
    graph = steps.run(
        "graph",
        lambda: ian_graph(
            points, objective=objective, method=chosen, progress=steps, should_stop=should_stop
        ),
        *(points, objective, chosen),
    )
    joined, connected = graph.without_disconnected()
    on_manifold = outliers.kept[joined]
    n_components = min(max(COMPONENTS, matrix.n_components), len(joined) - 1)
    diffusion = steps.run(
        "diffusion map",
        lambda: diffusion_map(connected.weights, n_components),
        *(connected.weights, n_components),
    )
    # As in the study, as many coordinates count as the neural matrix has components.
    coordinates = diffusion.coordinates[:, : matrix.n_components]
    clusters = steps.run("clusters", lambda: density_clusters(coordinates, connected))
    dimension = steps.run(
        "local dimension",
        lambda: local_dimension(connected, progress=steps, should_stop=should_stop),
        connected,
    )
    units = steps.run(
        "units",
        lambda: units_table(
            given,
            tensor.values[on_manifold],
            clusters=clusters,
            local_dimension=dimension.values,
            degrees=connected.degree,
            loadings=matrix.values[on_manifold],
            like_study=like_study,
        ),
    )
    return EncodingManifold(
        units=units,
        coordinates=diffusion.coordinates,
        principal_coordinates=principal_coordinates(coordinates),
        eigenvalues=diffusion.eigenvalues,
        edges=connected.edges,
        stimuli=tuple(str(name) for name in tensor.values.coords["stimulus"].values),
        directions=tuple(float(angle) for angle in tensor.values.coords["direction"].values),
        n_frames=tensor.values.sizes["time"],
        tensor=tensor,
        decomposition=decomposition,
        matrix=matrix,
        graph=graph,
        left_out=_left_out(tensor, outliers, graph),
        provenance=Provenance.of(
            "napari_nfm.analysis.encoding_manifold",
            responses,
            rank=rank,
            seed=seed,
            n_starts=n_starts,
            objective=objective,
            method=method,
            keep=kept_by_hand,
            spatial_frequency=tensor.provenance.parameters["spatial_frequency"],
            like_study=like_study,
        ),
    )


def _checked_keep(keep: Collection[int], n_units: int) -> tuple[int, ...]:
    positions = tuple(sorted({int(unit) for unit in keep}))
    outside = [unit for unit in positions if not 0 <= unit < n_units]
    if outside:
        raise AnalysisError(
            f"The argument keep names unit {outside[0]} of {n_units}",
            f"give positions from 0 to {n_units - 1}",
        )
    return positions


def _left_out(tensor: EncodingTensor, outliers: "Outliers", graph: "IanGraph") -> pd.DataFrame:
    """Return the reason for every unit that is not on the manifold, by its position."""
    responding = tensor.values.coords["unit"].values
    disconnected = responding[outliers.kept[graph.disconnected]]
    reasons = (
        dict.fromkeys(tensor.silent.tolist(), "silent")
        | dict(zip(responding[outliers.removed.index], outliers.removed["reason"], strict=True))
        | dict.fromkeys(disconnected.tolist(), "disconnected")
    )
    positions = pd.Index(sorted(reasons), name="unit", dtype=np.int64)
    return pd.DataFrame({"reason": [reasons[unit] for unit in positions]}, index=positions)
