"""How homogeneous neighbourhoods are: do units neighbour units of their own feature map."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_nfm.analysis.errors import AnalysisError
from napari_nfm.provenance import Provenance

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["GraphStatistics", "graph_statistics"]


@dataclass(frozen=True)
class GraphStatistics:
    """Neighbours of each unit, and how many of them are of its own group.

    Attributes
    ----------
    units
        One row per unit. ``degree``: neighbours, the unit itself not counted; ``weighted_degree``:
        the sum of their weights; ``same_group`` and ``other_group``: neighbours of the unit's
        own group and of others; ``homogeneity``: the share of the weights that is within the own
        group, NaN without neighbours.
    summary
        Rows ``mean``, ``min``, ``max`` and ``std`` (of the population) over units, columns as
        `units`; NaN is left out.
    expected_homogeneity
        Mean homogeneity if neighbours were drawn at random from all other units.
    provenance
        The call that made this result.
    """

    units: "pd.DataFrame"
    summary: "pd.DataFrame"
    expected_homogeneity: float
    provenance: Provenance


def graph_statistics(links: Any, groups: Any) -> GraphStatistics:
    """Count each unit's neighbours within and outside of its group.

    Parameters
    ----------
    links
        The weighted kernel ``(unit, unit)``, as ``IanGraph.weights``, dense or sparse; or the
        graph itself, an `IanGraph`, for its edges, each of weight 1.
    groups
        ``(unit,)``, label of each unit's group, as its feature map (``channel``).

    Returns
    -------
    GraphStatistics
        Per unit, and summarised.

    Raises
    ------
    AnalysisError
        `links` is no such matrix, or `groups` has not one label per unit.

    Notes
    -----
    The study counts the non-zero entries of the kernel. That is nearly dense (a kernel cut at 1e-8
    has a third to two thirds of all entries), so that most units are "neighbours", and its counts
    say little. The edges of the graph, or the homogeneity, which goes by weight, say more.
    """
    import pandas as pd

    matrix = _without_diagonal(links)
    labels = np.asarray(groups)
    if labels.shape != (matrix.shape[0],):
        raise AnalysisError(
            f"There are {matrix.shape[0]} units in the graph, and groups of shape {labels.shape}",
            "give one group label per unit",
        )
    _, of_group = np.unique(labels, return_inverse=True)
    row, column = matrix.coords
    same = of_group[row] == of_group[column]
    n_units = len(of_group)
    degree = np.bincount(row, minlength=n_units)
    same_group = np.bincount(row[same], minlength=n_units)
    weighted = np.bincount(row, matrix.data, n_units)
    within = np.bincount(row[same], matrix.data[same], n_units)
    units = pd.DataFrame(
        {
            "degree": degree,
            "weighted_degree": weighted,
            "same_group": same_group,
            "other_group": degree - same_group,
            "homogeneity": np.divide(
                within, weighted, out=np.full(n_units, np.nan), where=weighted > 0
            ),
        },
        index=pd.RangeIndex(n_units, name="unit"),
    )
    of_own_group = np.bincount(of_group)[of_group] - 1
    return GraphStatistics(
        units=units,
        summary=pd.DataFrame(
            {
                "mean": units.mean(),
                "min": units.min(),
                "max": units.max(),
                "std": units.std(ddof=0),
            }
        ).T,
        expected_homogeneity=float(of_own_group.mean() / (n_units - 1)),
        provenance=Provenance.of("napari_nfm.analysis.graph_statistics", links),
    )


def _without_diagonal(links: Any) -> Any:
    """Return the links between different units as a ``coo_array``, both directions."""
    from scipy.sparse import coo_array, issparse

    if hasattr(links, "edges"):
        row, column = np.concatenate([links.edges, links.edges[:, ::-1]]).T
        return coo_array((np.ones(len(row)), (row, column)), shape=(links.n_units,) * 2)
    if not issparse(links):
        links = np.asarray(links)
    if links.ndim != 2 or links.shape[0] != links.shape[1] or links.shape[0] < 2:
        raise AnalysisError(
            f"The weights have shape {links.shape}",
            "give one row and one column for each of two or more units",
        )
    matrix = coo_array(links, dtype=np.float64)
    row, column = matrix.coords
    if not np.isfinite(matrix.data).all() or (matrix.data < 0).any():
        raise AnalysisError(
            "The weights hold NaN, infinite or negative values", "give a non-negative kernel"
        )
    linked = (row != column) & (matrix.data > 0)
    return coo_array((matrix.data[linked], (row[linked], column[linked])), shape=matrix.shape)
