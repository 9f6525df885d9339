"""Diffusion map of a neighbourhood graph, and principal coordinates of it.

The diffusion map is that of Coifman & Lafon (2006), with the density correction of strength alpha,
as the encoding-manifold studies use it. Signs are fixed by one rule, the largest entry of a
coordinate is positive, so that a picture never flips between runs.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from napari_nfm.analysis.errors import AnalysisError
from napari_nfm.provenance import Provenance

__all__ = ["DiffusionMap", "diffusion_map", "principal_coordinates"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

LARGEST_DENSE = 2000
"""Units up to which all eigenvectors are found at once; beyond, a few by Lanczos iteration."""

SAME_SIZE = 1e-9
"""Entries this close (relative) count as equally large when a sign is chosen."""


@dataclass(frozen=True)
class DiffusionMap:
    """Units placed so that distance means how slowly a random walk passes between them.

    Attributes
    ----------
    coordinates
        ``(unit, component)``, slowest first; NaN for units without any weight.
    eigenvalues
        ``(component,)``, of the walk's transition matrix, descending. 1 where the component only
        tells connected parts of the graph apart.
    component_of
        ``(unit,)``, which connected part of the graph a unit belongs to: 0 is the part with most
        units, -1 a unit without any weight.
    provenance
        The call that made this result.
    """

    coordinates: FloatArray
    eigenvalues: FloatArray
    component_of: IntArray
    provenance: Provenance


def diffusion_map(weights: Any, n_components: int = 20, *, alpha: float = 1.0) -> DiffusionMap:
    """Embed the units of a weighted graph by the slowest modes of a random walk on it.

    Parameters
    ----------
    weights
        ``(unit, unit)`` symmetric non-negative kernel, dense or sparse, as ``IanGraph.weights``.
    n_components
        Number of coordinates, not counting the trivial constant one.
    alpha
        How much the sampling density is corrected for: 1 (Laplace–Beltrami), 0 (not at all).

    Returns
    -------
    DiffusionMap
        Coordinates ``(unit, component)``.

    Raises
    ------
    AnalysisError
        `weights` is no such kernel, or there are too few units for `n_components`.

    Notes
    -----
    With ``q = K 1``, ``K' = K / (q_i q_j)^alpha`` and ``d = K' 1``, the coordinates are
    ``lambda_k u_k / sqrt(d)`` with the unit eigenvectors ``u_k`` of ``K' / sqrt(d_i d_j)``.

    A graph in several connected parts has the eigenvalue 1 once per part, with eigenvectors that
    are arbitrary mixtures. Here each part is embedded by itself, zero outside of it, and exactly
    one trivial vector is dropped. The other vectors of eigenvalue 1 are chosen by rule: the k-th
    sets the k-th part (by size) against all larger parts together. The study drops the first
    of whatever mixture its solver returns.

    The study takes singular values for eigenvalues, which would list a large negative eigenvalue
    among the slow modes, with positive sign. Eigenvalues are used here; the two agree where the
    `n_components` largest magnitudes are positive, as in all of its data.
    """
    from scipy.sparse.csgraph import connected_components
    from threadpoolctl import threadpool_limits

    kernel = _as_kernel(weights)
    n_units = kernel.shape[0]
    present = np.flatnonzero(kernel.sum(axis=1) > 0)
    if not 1 <= n_components < len(present):
        raise AnalysisError(
            f"The argument n_components is {n_components} for {len(present)} units with neighbours",
            f"ask for 1 to {len(present) - 1}"
            if len(present) > 1
            else "give a graph that links at least two units",
        )
    linked = kernel[present][:, present]
    markov, root_degree = _symmetric_markov(linked, alpha)
    labels = numbered_by_size(connected_components(markov, directed=False)[1])
    # eigenvectors of one thread and of two differ in their last digits
    with threadpool_limits(limits=1):
        values, vectors = _nontrivial_modes(markov, root_degree, labels, n_components)
    coordinates = np.full((n_units, n_components), np.nan)
    coordinates[present] = fix_signs(values * vectors / root_degree[:, np.newaxis])
    component_of = np.full(n_units, -1, dtype=np.int64)
    component_of[present] = labels
    return DiffusionMap(
        coordinates=coordinates,
        eigenvalues=values,
        component_of=component_of,
        provenance=Provenance.of(
            "napari_nfm.analysis.diffusion_map", weights, n_components=n_components, alpha=alpha
        ),
    )


def principal_coordinates(coordinates: Any, n_components: int = 10) -> FloatArray:
    """Turn coordinates to their principal axes, largest spread first.

    Classical multidimensional scaling of the Euclidean distances between units, which is what the
    study calls kernel PCA of the diffusion coordinates.

    Parameters
    ----------
    coordinates
        ``(unit, component)``. Rows with NaN (units that the graph lost) take no part.
    n_components
        Largest number of principal coordinates.

    Returns
    -------
    ndarray
        ``(unit, component)``, at most `n_components` and no more than `coordinates` has; NaN rows
        stay NaN. The study fills up with columns of zeros.

    Raises
    ------
    AnalysisError
        `coordinates` has not two axes, holds infinite values, or has fewer than two units.
    """
    points = as_points(coordinates)
    if n_components < 1:
        raise AnalysisError(
            f"The argument n_components is {n_components}", "ask for at least one component"
        )
    from threadpoolctl import threadpool_limits

    known = ~np.isnan(points).any(axis=1)
    if known.sum() < 2:
        raise AnalysisError(
            f"Only {known.sum()} of {len(points)} units have coordinates",
            "give at least two units that have neighbours",
        )
    centred = points[known] - points[known].mean(axis=0)
    with threadpool_limits(limits=1):
        left, sizes, _ = np.linalg.svd(centred, full_matrices=False)
    scores = fix_signs((left * sizes)[:, :n_components])
    result = np.full((len(points), scores.shape[1]), np.nan)
    result[known] = scores
    return result


def fix_signs(columns: FloatArray) -> FloatArray:
    """Flip columns so that the entry of largest magnitude is positive, the first among equals."""
    sizes = np.abs(columns)
    first = (sizes >= (1 - SAME_SIZE) * sizes.max(axis=0)).argmax(axis=0)
    return np.where(columns[first, np.arange(columns.shape[1])] < 0, -columns, columns)


def as_points(coordinates: Any) -> FloatArray:
    """Return `coordinates` as float64 ``(unit, component)``; NaN is allowed, infinity is not."""
    points = np.asarray(coordinates, dtype=np.float64)
    if points.ndim != 2 or 0 in points.shape:
        raise AnalysisError(
            f"The coordinates have shape {points.shape}", "give them as (unit, component)"
        )
    if np.isinf(points).any():
        raise AnalysisError("The coordinates hold infinite values", "leave these units out")
    return points


def numbered_by_size(labels: IntArray) -> IntArray:
    """Renumber groups, most members first; of equal ones that of the first member. -1 stays."""
    groups, first, sizes = np.unique(labels[labels >= 0], return_index=True, return_counts=True)
    renumbered = np.full(len(groups) + 1, -1)  # the last entry is where -1 points
    renumbered[groups[np.lexsort((first, -sizes))]] = np.arange(len(groups))
    return renumbered[labels]


def _as_kernel(weights: Any) -> Any:
    """Return a checked ``csr_array`` without stored zeros."""
    from scipy.sparse import csr_array, issparse

    if not issparse(weights):
        weights = np.asarray(weights)
    if weights.ndim != 2 or weights.shape[0] != weights.shape[1] or weights.shape[0] == 0:
        raise AnalysisError(
            f"The weights have shape {weights.shape}", "give one row and one column per unit"
        )
    kernel = csr_array(weights, dtype=np.float64, copy=True)
    kernel.eliminate_zeros()
    if not np.isfinite(kernel.data).all():
        raise AnalysisError(
            "The weights hold NaN or infinite values", "leave the units out that have them"
        )
    if (kernel.data < 0).any():
        raise AnalysisError("The weights hold negative values", "give a non-negative kernel")
    difference = np.abs((kernel - kernel.T).data)
    if difference.size and difference.max() > 1e-9 * kernel.data.max():
        raise AnalysisError(
            "The weights differ between the two directions of a link", "give a symmetric kernel"
        )
    return kernel


def _symmetric_markov(kernel: Any, alpha: float) -> tuple[Any, FloatArray]:
    """Return the symmetric conjugate of the walk's transition matrix, and ``sqrt(d)``."""
    markov = kernel.tocoo()
    row, column = markov.coords
    density = kernel.sum(axis=1)
    markov.data = markov.data / (density[row] * density[column]) ** alpha
    root_degree = np.sqrt(markov.tocsr().sum(axis=1))
    markov.data = markov.data / (root_degree[row] * root_degree[column])
    return markov.tocsr(), root_degree


def _nontrivial_modes(
    markov: Any, root_degree: FloatArray, labels: IntArray, count: int
) -> tuple[FloatArray, FloatArray]:
    """Return the `count` largest eigenvalues but the trivial one, and their unit vectors."""
    sizes = np.bincount(labels)
    vectors = [_contrasts(root_degree, labels, min(count, len(sizes) - 1))]
    values = [np.ones(vectors[0].shape[1])]
    for part, size in enumerate(sizes):
        if size == 1 or vectors[0].shape[1] == count:
            break  # parts come in order of size, and a single unit has but the trivial mode
        members = np.flatnonzero(labels == part)
        found = min(count + 1, size)
        part_values, part_vectors = _largest_modes(markov[members][:, members], found)
        values.append(part_values[1:])
        vectors.append(np.zeros((len(labels), found - 1)))
        vectors[-1][members] = part_vectors[:, 1:]
    all_values = np.concatenate(values)
    order = np.argsort(-all_values, kind="stable")[:count]
    return all_values[order], np.concatenate(vectors, axis=1)[:, order]


def _contrasts(root_degree: FloatArray, labels: IntArray, count: int) -> FloatArray:
    """Return unit eigenvectors of eigenvalue 1 that set part k against all parts before it."""
    mass = np.bincount(labels, weights=root_degree**2)
    before = np.cumsum(mass)
    vectors = np.zeros((len(labels), count))
    for k in range(1, count + 1):
        entry = np.where(labels == k, before[k - 1], np.where(labels < k, -mass[k], 0.0))
        vector = entry * root_degree
        vectors[:, k - 1] = vector / np.linalg.norm(vector)
    return vectors


def _largest_modes(matrix: Any, count: int) -> tuple[FloatArray, FloatArray]:
    """Return the `count` largest eigenvalues and unit eigenvectors of a sparse matrix."""
    from scipy.linalg import eigh
    from scipy.sparse.linalg import ArpackNoConvergence, eigsh

    size = matrix.shape[0]
    if size <= LARGEST_DENSE:
        values, vectors = eigh(matrix.toarray(), subset_by_index=(size - count, size - 1))
    else:
        start = np.random.default_rng(0).standard_normal(size)
        try:
            values, vectors = eigsh(matrix, k=count, which="LA", v0=start)
        except ArpackNoConvergence as error:
            raise AnalysisError(
                f"The modes of a part of {size} units are too close together to be told apart",
                "ask for fewer components or link each unit to more neighbours",
            ) from error
    order = np.argsort(-values, kind="stable")
    return values[order], vectors[:, order]
