"""Which curves belong to one bundle."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from napari_nfm.analysis.errors import AnalysisError
from napari_nfm.analysis.tubes.curves import FloatArray, curve_distances

__all__ = ["bundles_of", "density_labels", "labels_of"]

MIN_CLUSTER_SIZE = 4
MIN_SAMPLES = 3
"""Of HDBSCAN in the study, the point itself not counted."""

NOISE = -1


def labels_of(labels: Any, resampled: FloatArray, categories: npt.NDArray) -> npt.NDArray:
    """Return a label per curve, ``(curve,)``.

    Parameters
    ----------
    labels
        None for the category of each curve, "hdbscan", or an array with an entry per curve, in
        the order category, direction.
    resampled
        ``(curve, point, component)``.
    categories
        ``(curve,)``, what to take for None.

    Raises
    ------
    AnalysisError
        There is not one label per curve, or a word is not "hdbscan".
    """
    if labels is None:
        return categories
    if isinstance(labels, str):
        if labels != "hdbscan":
            raise AnalysisError(
                f"The argument labels is {labels!r}", "give 'hdbscan' or one label per curve"
            )
        return density_labels(resampled)
    given = np.asarray(labels).ravel()
    if len(given) != len(resampled):
        raise AnalysisError(
            f"There are {len(given)} labels and {len(resampled)} curves", "give one per curve"
        )
    if given.dtype.kind == "f" and not np.isfinite(given).all():
        raise AnalysisError("Some labels are NaN or infinite", "give whole numbers or names")
    return given


def density_labels(resampled: FloatArray) -> npt.NDArray[np.int64]:
    """Group curves by HDBSCAN on their H1 distance, ``(curve,)``; -1 belongs to no bundle."""
    from sklearn.cluster import HDBSCAN

    if len(resampled) <= MIN_CLUSTER_SIZE:
        raise AnalysisError(
            f"There are {len(resampled)} curves to cluster",
            f"give more than {MIN_CLUSTER_SIZE}, or labels",
        )
    found = HDBSCAN(
        min_cluster_size=MIN_CLUSTER_SIZE,
        min_samples=MIN_SAMPLES + 1,  # scikit-learn counts the point itself
        metric="precomputed",
        copy=True,
    ).fit_predict(curve_distances(resampled))
    return found.astype(np.int64)


def bundles_of(
    labels: npt.NDArray,
) -> tuple[npt.NDArray, list[npt.NDArray[np.int64]], npt.NDArray]:
    """Return labels of bundles, the curves of each, and the labels that make none.

    Labels keep the order in which they first appear. The label -1 is noise; the study takes it
    for a bundle.

    Raises
    ------
    AnalysisError
        No label has two curves.
    """
    names, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    order = np.argsort(first)
    members = [np.flatnonzero(inverse == number) for number in order]
    names = names[order]
    is_noise = names == NOISE if names.dtype.kind in "iuf" else np.zeros(len(names), dtype=bool)
    large = np.array([len(curves) > 1 for curves in members]) & ~is_noise
    if is_noise.all():
        raise AnalysisError(
            f"All {len(labels)} curves are noise, label {NOISE}",
            "take stimuli as bundles, or give labels",
        )
    if not large.any():
        raise AnalysisError(
            f"None of {len(names)} labels has two curves",
            "give labels that put two or more curves in a bundle",
        )
    chosen = [curves for curves, kept in zip(members, large, strict=True) if kept]
    return names[large], chosen, names[~large]
