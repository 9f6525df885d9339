"""The decoding view: each point is a population state, each axis a mixture of units.

Principal components of the responses over stimuli, as in Bertram et al. (arXiv 2601.21508): the
*decoding manifold* has one point per stimulus (responses averaged over time), the *decoding
trajectories* one curve per stimulus. Their public code uses a randomised, unseeded solver;
here the decomposition is exact and the signs are fixed, so a picture never flips between runs.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from napari_nfm.analysis.errors import AnalysisError, ResponseTensorError
from napari_nfm.analysis.responses import as_responses
from napari_nfm.provenance import Provenance

__all__ = [
    "DecodingManifold",
    "DecodingTrajectories",
    "decoding_manifold",
    "decoding_trajectories",
]

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class DecodingManifold:
    """Population states of the stimuli in principal components.

    Attributes
    ----------
    points
        ``(category, direction, component)``.
    explained_variance_ratio
        ``(component,)``, each component's share of the total variance.
    components
        ``(component, unit)``, the units' loadings, unit norm per component.
    provenance
        The call that made this result.
    """

    points: xr.DataArray
    explained_variance_ratio: FloatArray
    components: FloatArray
    provenance: Provenance


@dataclass(frozen=True)
class DecodingTrajectories:
    """Paths of the population state through time, one per stimulus category and direction.

    Attributes
    ----------
    curves
        ``(category, direction, time, component)``; NaN where all units are NaN (stimuli that
        were padded to a common length).
    explained_variance_ratio
        ``(component,)``, each component's share of the total variance.
    components
        ``(component, unit)``, the units' loadings, unit norm per component.
    provenance
        The call that made this result.
    """

    curves: xr.DataArray
    explained_variance_ratio: FloatArray
    components: FloatArray
    provenance: Provenance


def decoding_manifold(responses: Any, n_components: int = 3) -> DecodingManifold:
    """Project time-averaged population responses onto their principal components.

    Parameters
    ----------
    responses
        ``(unit, category, direction, time)``. NaN time points are left out of the average.
    n_components
        Number of principal components.

    Returns
    -------
    DecodingManifold
        Points ``(category, direction, component)``.

    Raises
    ------
    ResponseTensorError
        `responses` is not such a tensor, or has units without any value for a stimulus.
    AnalysisError
        More components than units or stimuli allow, or responses that never vary.

    Notes
    -----
    Equals the principal components of the ``(category x direction, unit)`` matrix in
    Bertram et al. up to their random sign. The loading of largest magnitude is positive.
    """
    tensor = as_responses(responses)
    average = tensor.mean("time", skipna=True)
    rows = average.transpose("category", "direction", "unit")
    scores, ratio, components = _principal_components(_as_matrix(rows), n_components)
    return DecodingManifold(
        points=_with_components(rows, scores),
        explained_variance_ratio=ratio,
        components=components,
        provenance=Provenance.of(
            "napari_nfm.analysis.decoding_manifold", responses, n_components=n_components
        ),
    )


def decoding_trajectories(responses: Any, n_components: int = 3) -> DecodingTrajectories:
    """Project population responses at every moment onto their principal components.

    Parameters
    ----------
    responses
        ``(unit, category, direction, time)``. A moment at which all units are NaN takes no
        part in the fit and stays NaN.
    n_components
        Number of principal components.

    Returns
    -------
    DecodingTrajectories
        Curves ``(category, direction, time, component)``.

    Raises
    ------
    ResponseTensorError
        `responses` is not such a tensor, or some units are NaN where others are not.
    AnalysisError
        More components than units or moments allow, or responses that never vary.

    Notes
    -----
    Equals the principal components of the ``(time x category x direction, unit)`` matrix, not
    z-scored, in Bertram et al. up to their random sign. The loading of largest magnitude is
    positive.
    """
    tensor = as_responses(responses)
    rows = tensor.transpose("category", "direction", "time", "unit")
    scores, ratio, components = _principal_components(_as_matrix(rows), n_components)
    return DecodingTrajectories(
        curves=_with_components(rows, scores),
        explained_variance_ratio=ratio,
        components=components,
        provenance=Provenance.of(
            "napari_nfm.analysis.decoding_trajectories", responses, n_components=n_components
        ),
    )


def _as_matrix(rows: xr.DataArray) -> FloatArray:
    """Flatten all axes but the last, ``unit``."""
    return rows.values.reshape(-1, rows.sizes["unit"])


def _with_components(rows: xr.DataArray, scores: FloatArray) -> xr.DataArray:
    """Give `scores` the axes of `rows`, with ``component`` in the place of ``unit``."""
    axes = rows.dims[:-1]
    coordinates = {axis: rows.coords[axis] for axis in axes if axis in rows.coords}
    shape = (*rows.shape[:-1], scores.shape[1])
    return xr.DataArray(scores.reshape(shape), dims=(*axes, "component"), coords=coordinates)


def _principal_components(
    matrix: FloatArray, n_components: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return scores ``(row, component)``, variance ratios and loadings ``(component, unit)``.

    Exact, by the eigenvectors of the smaller of the two cross-product matrices. Rows that are
    NaN throughout are left out and come back as NaN.
    """
    present = ~np.isnan(matrix).all(axis=1)
    known = matrix[present]
    missing = int(np.isnan(known).any(axis=0).sum())
    if missing:
        raise ResponseTensorError(
            f"Of {matrix.shape[1]} units, {missing} are NaN at moments when others are not",
            "leave these units out or fill the gaps",
        )
    possible = min(known.shape)
    if not 1 <= n_components <= possible:
        raise AnalysisError(
            f"The argument n_components is {n_components} for {known.shape[0]} population states "
            f"of {known.shape[1]} units",
            f"ask for 1 to {possible}" if possible else "give responses that are not all NaN",
        )
    centred = known - known.mean(axis=0)
    total = float(np.einsum("ru,ru->", centred, centred))
    scale = float(np.abs(known).max())
    if total <= known.size * (scale * np.finfo(np.float64).eps) ** 2:
        raise AnalysisError(
            "The responses are the same for all stimuli and moments",
            "choose units that respond, or a site that varies",
        )
    fewer_units = known.shape[1] <= known.shape[0]
    cross = centred.T @ centred if fewer_units else centred @ centred.T
    values, vectors = _largest_eigenvectors(cross, n_components)
    loadings = vectors.T if fewer_units else vectors.T @ centred
    norms = np.linalg.norm(loadings, axis=1, keepdims=True)
    loadings = loadings / np.where(norms > 0, norms, 1)
    largest = np.abs(loadings).argmax(axis=1)
    signs = np.sign(loadings[np.arange(n_components), largest])
    loadings *= np.where(signs == 0, 1, signs)[:, np.newaxis]
    scores = np.full((len(matrix), n_components), np.nan)
    scores[present] = centred @ loadings.T
    return scores, values / total, loadings


def _largest_eigenvectors(matrix: FloatArray, count: int) -> tuple[FloatArray, FloatArray]:
    """Return the `count` largest eigenvalues and their vectors in columns, largest first.

    Of a large matrix a few are found by Lanczos iteration to machine precision, from a start that
    is always the same; it takes a hundredth of the time.
    """
    from scipy.linalg import eigh
    from scipy.sparse.linalg import eigsh

    size = len(matrix)
    if size > 20 * count:
        start = np.random.default_rng(0).standard_normal(size)
        values, vectors = eigsh(matrix, k=count, v0=start)
        order = np.argsort(values)[::-1]
    else:
        values, vectors = eigh(matrix, subset_by_index=(size - count, size - 1))
        order = np.arange(count)[::-1]
    return np.clip(values[order], 0, None), vectors[:, order]
