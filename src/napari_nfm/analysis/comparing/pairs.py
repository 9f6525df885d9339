"""Alignment of a pair of populations, and of all pairs of many."""

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import xarray as xr

from napari_nfm.analysis.comparing.dynamics import dynamical_similarity
from napari_nfm.analysis.comparing.geometry import Dissimilarity, representational_similarity
from napari_nfm.analysis.comparing.linear import canonical_correlation, linear_predictivity
from napari_nfm.analysis.comparing.result import Alignment
from napari_nfm.analysis.comparing.states import matched
from napari_nfm.analysis.errors import AnalysisError
from napari_nfm.jobs import Progress, ShouldStop, check_stop, report
from napari_nfm.provenance import Provenance

__all__ = ["AlignmentMethod", "alignment", "alignment_matrix"]

AlignmentMethod = Literal["rsa", "cca", "linear predictivity", "dsa"]


def alignment(
    first: Any,
    second: Any,
    *,
    method: AlignmentMethod = "rsa",
    dissimilarity: Dissimilarity = "correlation",
    n_components: int = 10,
    n_delays: int = 5,
    n_folds: int = 5,
    seed: int = 0,
) -> Alignment:
    """Compare two populations by their responses to the same stimuli.

    Parameters
    ----------
    first, second
        ``(unit, category, direction, time)``, or ``stimulus`` for ``category``. Units may differ
        in number; so may frames. Where both name their categories or directions, they are
        matched by name, else by order. "dsa" takes a frame of one for a frame of the other.
    method
        "rsa": Spearman correlation of the dissimilarities of all pairs of stimuli.
        "cca": mean canonical correlation of the first principal components, held out.
        "linear predictivity": share of the second's variance that a ridge regression on the first
        predicts, held out; not symmetric.
        "dsa": one minus the angle, in right angles, between the linear flows of delay
        coordinates, the second rotated to fit.
        All but "dsa" compare mean responses over time to each category and direction.
    dissimilarity
        Of "rsa": "correlation" (one minus Pearson's, over units) or "euclidean", which the study
        takes to compare subpopulations.
    n_components
        Principal components, of "cca" and "dsa", and rank of the flow.
    n_delays
        Moments in the delay coordinates, of "dsa".
    n_folds, seed
        Folds of stimuli, and the seed that divides them; of "cca" and "linear predictivity".

    Returns
    -------
    Alignment
        The score is 1 where the method cannot tell the populations apart. Unrelated populations
        have about 0; less is possible, by chance or, in "linear predictivity", where a prediction
        is worse than the mean. Of "dsa" they have more than 0, because a rotation is fitted and
        because slow dynamics are alike in being slow: compare its scores only with each other.

    Raises
    ------
    ResponseTensorError
        One of them is no such tensor, or has units without responses.
    AnalysisError
        Different stimuli, too few for the folds, populations that do not vary or span fewer than
        `n_components` dimensions, or an unknown method.

    Notes
    -----
    Invariant to: "rsa" with correlation, shift and scale of all units together, and any
    permutation; with Euclidean distance, rotation; "cca" and "linear predictivity", rotation,
    shift and scale of either population, and any linear change within the components that "cca"
    keeps; "dsa", rotation and shift.

    The study's averages of four methods (arXiv 2601.21508) come without code; which variants they
    are of is not known, so these scores are not expected to equal them.
    """
    from threadpoolctl import threadpool_limits

    one, other = matched(first, second)
    # one thread, so that the digits do not depend on how many there are
    with threadpool_limits(limits=1):
        if method == "rsa":
            parameters: dict[str, Any] = {"dissimilarity": dissimilarity}
            score, details = representational_similarity(one, other, dissimilarity)
        elif method == "cca":
            parameters = {"n_components": n_components, "n_folds": n_folds, "seed": seed}
            score, details = canonical_correlation(one, other, n_components, n_folds, seed)
        elif method == "linear predictivity":
            parameters = {"n_folds": n_folds, "seed": seed}
            score, details = linear_predictivity(one, other, n_folds, seed)
        elif method == "dsa":
            parameters = {"n_components": n_components, "n_delays": n_delays}
            score, details = dynamical_similarity(one, other, n_components, n_delays)
        else:
            raise AnalysisError(
                f"There is no method {method!r}", "choose rsa, cca, linear predictivity or dsa"
            )
    return Alignment(
        score=score,
        method=method,
        details=details,
        provenance=Provenance.of(
            "napari_nfm.analysis.alignment", first, method=method, **parameters
        ),
    )


def alignment_matrix(
    populations: Mapping[str, Any],
    references: Mapping[str, Any] | None = None,
    *,
    method: AlignmentMethod = "rsa",
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
    **parameters: Any,
) -> xr.DataArray:
    """Compare many populations with each other, or with references.

    Parameters
    ----------
    populations
        Responses by name, as `alignment` takes them.
    references
        Responses to compare with; without, `populations` themselves.
    method
        As in `alignment`.
    progress, should_stop
        The protocol of a long job; a step is a pair.
    **parameters
        Further arguments of `alignment`.

    Returns
    -------
    DataArray
        Scores ``(first, second)``: populations in rows, references in columns. The row's
        population predicts the column's in "linear predictivity".

    Raises
    ------
    AnalysisError
        There is nothing to compare, or a pair cannot be compared; which one is said.
    """
    columns = populations if references is None else references
    if not populations or not columns:
        raise AnalysisError("There are no populations to compare", "give at least one of each")
    scores = np.empty((len(populations), len(columns)))
    mirrored = references is None and method != "linear predictivity"
    for i, (name, first) in enumerate(populations.items()):
        for j, (other, second) in enumerate(columns.items()):
            check_stop(should_stop)
            if mirrored and j < i:
                scores[i, j] = scores[j, i]
            else:
                try:
                    scores[i, j] = alignment(first, second, method=method, **parameters).score
                except AnalysisError as error:
                    raise type(error)(
                        f"Comparing {name} with {other}: {error.problem[0].lower()}"
                        f"{error.problem[1:]}",
                        error.remedy,
                    ) from error
            report(progress, i * len(columns) + j + 1, scores.size, f"{name} and {other}")
    return xr.DataArray(
        scores,
        dims=("first", "second"),
        coords={"first": list(populations), "second": list(columns)},
        attrs={"method": method},
    )
