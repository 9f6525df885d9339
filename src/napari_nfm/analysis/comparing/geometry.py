"""Representational similarity: whether two populations find the same stimuli alike."""

from typing import Literal

import numpy as np
import numpy.typing as npt
import xarray as xr

from napari_nfm.analysis.comparing.states import mean_states
from napari_nfm.analysis.errors import AnalysisError

__all__ = ["Dissimilarity", "representational_similarity"]

FloatArray = npt.NDArray[np.float64]

Dissimilarity = Literal["correlation", "euclidean"]


def representational_similarity(
    first: xr.DataArray, second: xr.DataArray, dissimilarity: Dissimilarity
) -> tuple[float, xr.Dataset]:
    """Return the rank correlation of the dissimilarities of all pairs of stimuli, and these.

    Nothing is fitted, so nothing need be held out (Kriegeskorte et al. 2008).
    """
    from scipy.stats import rankdata

    pairs = np.stack(
        [
            _dissimilarities(mean_states(tensor, which), dissimilarity, which)
            for tensor, which in ((first, "first"), (second, "second"))
        ]
    )
    ranks = rankdata(pairs, axis=1)
    ranks -= ranks.mean(axis=1, keepdims=True)
    norms = np.linalg.norm(ranks, axis=1)
    if norms.min() == 0:
        raise AnalysisError(
            f"In the {('first', 'second')[int(norms.argmin())]} population all stimuli are equally "
            f"far from each other",
            "give more stimuli, or units that tell them apart",
        )
    score = float(ranks[0] @ ranks[1] / (norms[0] * norms[1]))
    return score, xr.Dataset(
        {"dissimilarity": (("population", "pair"), pairs)},
        coords={"population": ["first", "second"]},
    )


def _dissimilarities(states: FloatArray, dissimilarity: Dissimilarity, which: str) -> FloatArray:
    """Return the dissimilarity of each pair of states, in the order of the upper triangle."""
    from scipy.spatial.distance import pdist

    if dissimilarity == "euclidean":
        return pdist(states)
    if dissimilarity != "correlation":
        raise AnalysisError(
            f"There is no dissimilarity {dissimilarity!r}", "choose correlation or euclidean"
        )
    flat = np.ptp(states, axis=1) <= 1e-14 * np.abs(states).max()
    if flat.any():
        raise AnalysisError(
            f"To stimulus {int(flat.argmax())}, all {states.shape[1]} units of the {which} "
            f"population respond alike, for which no correlation is defined",
            "choose the euclidean dissimilarity",
        )
    return pdist(states, "correlation")
